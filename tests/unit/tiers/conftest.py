"""Five stations around their desks: national, two regions, a grassroots station in each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builders import Country
from tests.unit.tiers.desk import Desk, exchange, open_desk


@dataclass
class Desks:
    """The desks of a small country, and who sits at them."""

    national: Desk
    sichuan: Desk
    zhejiang: Desk
    chengdu: Desk
    hangzhou: Desk

    def all(self) -> list[Desk]:
        return [self.national, self.sichuan, self.zhejiang, self.chengdu, self.hangzhou]

    def exchange(self) -> None:
        exchange(self.all())


@pytest.fixture
def desks(country: Country, tmp_path: Path) -> Iterator[Desks]:
    sichuan = country.national.admit("四川区域站", "regional", division="510000")
    zhejiang = country.national.admit("浙江区域站", "regional", division="330000")
    chengdu = sichuan.admit("成都基层站", division="510100")
    hangzhou = zhejiang.admit("杭州基层站", division="330100")
    stations = [country.national, sichuan, zhejiang, chengdu, hangzhou]
    registry = b"".join(station.text() for station in stations)
    made = [open_desk(each, country, tmp_path / each.name) for each in stations]
    for desk in made:
        desk.ingest.receive(registry, "peer")
    yield Desks(*made)
    for desk in made:
        desk.store.close()
