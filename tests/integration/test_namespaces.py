"""A wire between two real nodes is pulled: packets vanish, and nobody is told (P1, P3)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from node.clock import SystemClock
from node.demo.process import wait_until
from node.settings import PeerAddress
from protocol.records import ActCarried
from tests.integration.country import Country
from tests.integration.machines import PEERING, SETTLE_S, START_S, Load, Machine, free_port
from tests.integration.namespaces import Space, Spaces, two_spaces, why_not


@pytest.fixture
def spaces() -> Iterator[Spaces]:
    reason = why_not()
    if reason:
        pytest.skip(reason)
    with two_spaces() as made:
        yield made


def machine(land: Country, space: Space, name: str, mode: str, *peers: PeerAddress) -> Machine:
    land.init(name, mode, peers, listen_host=space.host, listen_port=free_port(), peering=PEERING)
    made = Machine(name, land.folder / name)
    made.prefix = space.prefix
    return made


def found(land: Country, national: Machine) -> None:
    record = land.council_admission(national.name, SystemClock().now_ms() - 1000)
    assert isinstance(record, ActCarried)
    signatures = [list(pair) for pair in record.signatures]
    national.post("/acts", {"act": record.act, "signatures": signatures})


def test_a_pulled_wire_stops_nobody_and_both_meet_again(spaces: Spaces, tmp_path: Path) -> None:
    land = Country(tmp_path)
    with ExitStack() as stack:
        national = machine(land, spaces.one, "国家站", "national")
        stack.callback(national.wait_stopped, 10)
        stack.callback(national.ask_to_stop)
        national.start()
        national.wait_ready(START_S)
        found(land, national)
        peer = PeerAddress(url=national.address, key=land.requests["国家站"].key)
        regional = machine(land, spaces.other, "四川站", "regional", peer)
        stack.callback(regional.wait_stopped, 10)
        stack.callback(regional.ask_to_stop)
        regional.start()
        regional.wait_ready(START_S)
        body = land.requests["四川站"].model_dump(mode="json")
        national.post("/admissions", {**body, "level": "regional", "division": "510000"})
        assert wait_until(lambda: regional.status()["is_admitted"], SETTLE_S)

        with Load([national, regional]) as load:
            load.wait_for(regional, 3)
            spaces.cut()
            is_noticed = wait_until(lambda: regional.status()["peers_up"] == 0, SETTLE_S)
            inside = [each.publish(f"{each.name}独自发布") for each in (national, regional)]
            load.wait_for(national, 3)
            load.wait_for(regional, 3)
            crossed = national.holds(inside[1]) or regional.holds(inside[0])
            spaces.mend()

        assert is_noticed
        assert not crossed
        assert wait_until(lambda: national.shows() == regional.shows(), SETTLE_S)
        assert [id_ for id_ in [*load.ids, *inside] if not national.holds(id_)] == []
