"""The division tree as a network: small here, whole with ``yizhan simulate --country``."""

import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest

from node.simulation.country import share_out
from node.simulation.measure import Measured, extrapolate, measure
from node.simulation.picture import draw, write_table
from node.simulation.plan import association_seats, thin_country


def _small(seed: int = 1) -> Measured:
    return measure(seed, 45, lambda _: None, drills=2)


def test_the_tree_of_2024_has_3211_associations_each_under_a_parent() -> None:
    seats = association_seats()
    names = {seat.name for seat in seats}

    assert Counter(seat.level for seat in seats) == {
        "national": 1, "province": 31, "city": 333, "county": 2846,
    }  # fmt: skip
    assert all(seat.parent in names for seat in seats[1:])


def test_a_thin_country_keeps_every_province_and_every_parent() -> None:
    seats = thin_country(100)
    names = {seat.name for seat in seats}

    assert sum(seat.level == "province" for seat in seats) == 31
    assert all(seat.parent in names for seat in seats[1:])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_every_station_is_played_by_one_process_and_fewer_beside_national(size: int) -> None:
    seats = association_seats()
    owners = share_out(seats, size)
    played = Counter(owners.values())
    provinces = Counter(owners[seat.name] for seat in seats if seat.level == "province")

    assert owners.keys() == {seat.name for seat in seats}
    assert played.keys() == provinces.keys() == set(range(size))
    assert all(played[other] - played[0] in range(200, 260) for other in range(1, size))


def test_a_small_country_converges_and_carries_on_without_a_province_and_without_national() -> None:
    found = _small()

    assert found.holds
    assert [each.removed for each in found.drills] == ["650000", "national"]
    assert found.read_models_sampled == found.nodes
    assert found.curve[-1][1] == 1.0


def test_the_report_is_a_table_and_a_plot() -> None:
    found = [measure(1, 40, lambda _: None)]

    assert "us/(node,run)" in write_table(found)
    assert ElementTree.fromstring(draw(found)).tag.endswith("svg")
    assert extrapolate(found, 25_000)["nodes"] == 25_000
