"""The ranking: whole numbers, one order, missing is missing (SPEC 13, M10, R8, promise P5)."""

import hashlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protocol.keys import digest
from protocol.scoring import INDICATORS, Policy, ReportIn, Row, rank, ranking_digest

POLICY = Policy(weights={"visits": 40, "outcomes": 60})


def _station(name: str) -> str:
    return digest(name.encode())


def _report(name: str, tier: str = "grassroots", **indicators: int) -> ReportIn:
    return ReportIn(_station(name), tier, indicators, digest(b"report " + name.encode()), "up")


def _stations(*reports: ReportIn) -> dict[str, str]:
    return {each.station: each.tier for each in reports}


def test_the_best_of_a_group_gets_full_marks_and_others_their_share_of_it() -> None:
    best = _report("a", visits=9, outcomes=3)
    other = _report("b", visits=3, outcomes=1)

    first, second = rank(POLICY, [other, best], _stations(best, other))

    assert (first.station, first.rank, first.points) == (best.station, 1, 1_000_000)
    assert first.parts == {"visits": 400_000, "outcomes": 600_000}
    assert (second.station, second.rank, second.points) == (other.station, 2, 333_300)
    assert second.parts == {"visits": 40 * 3_333, "outcomes": 60 * 3_333}
    assert second.report == other.report


def test_an_indicator_nobody_has_anything_of_gives_nobody_points() -> None:
    only = _report("a", visits=5, outcomes=0)

    (row,) = rank(POLICY, [only], _stations(only))

    assert row.points == 400_000
    assert row.parts["outcomes"] == 0


def test_each_tier_is_its_own_group() -> None:
    regional = _report("r", "regional", visits=100, outcomes=100)
    small = _report("g", "grassroots", visits=1, outcomes=1)
    top = _report("n", "national", visits=1, outcomes=0)

    rows = rank(POLICY, [small, regional, top], _stations(regional, small, top))

    assert [(row.tier, row.rank) for row in rows] == [
        ("national", 1),
        ("regional", 1),
        ("grassroots", 1),
    ]
    assert [row.points for row in rows] == [400_000, 1_000_000, 1_000_000]


def test_equal_stations_share_a_rank_and_the_next_rank_counts_them_all() -> None:
    reports = [
        _report("a", visits=4, outcomes=4),
        _report("b", visits=2, outcomes=2),
        _report("c", visits=2, outcomes=2),
        _report("d", visits=1, outcomes=1),
    ]

    rows = rank(POLICY, reports, _stations(*reports))

    assert [row.rank for row in rows] == [1, 2, 2, 4]
    assert [row.station for row in rows[1:3]] == sorted(each.station for each in reports[1:3])


def test_equal_points_are_settled_by_the_contract_amount() -> None:
    less = _report("a", visits=2, outcomes=2, contract_fen=100)
    more = _report("b", visits=2, outcomes=2, contract_fen=200)

    rows = rank(POLICY, [less, more], _stations(less, more))

    assert [(row.station, row.rank) for row in rows] == [(more.station, 1), (less.station, 2)]


def test_a_station_without_approved_report_is_missing_and_not_zero() -> None:
    present = _report("a", visits=0, outcomes=0)
    absent = _station("absent")

    rows = rank(POLICY, [present], {**_stations(present), absent: "grassroots"})

    assert (rows[0].rank, rows[0].points) == (1, 0)
    assert rows[1] == Row(station=absent, tier="grassroots", missing=("outcomes", "visits"))
    assert (rows[1].rank, rows[1].points) == (None, None)


def test_a_report_that_leaves_a_weighted_indicator_out_is_not_ranked() -> None:
    whole = _report("a", visits=1, outcomes=1)
    broken = _report("b", visits=99)

    rows = rank(POLICY, [whole, broken], _stations(whole, broken))

    assert rows[0].points == 1_000_000
    assert (rows[1].rank, rows[1].missing, rows[1].report) == (None, ("outcomes",), broken.report)


def test_a_report_of_a_station_the_ranking_is_not_about_is_left_out() -> None:
    inside, outside = _report("a", visits=1, outcomes=1), _report("b", visits=9, outcomes=9)

    rows = rank(POLICY, [outside, inside], _stations(inside))

    assert [(row.station, row.points) for row in rows] == [(inside.station, 1_000_000)]


def test_of_two_reports_of_one_station_the_smaller_id_counts() -> None:
    one = _report("a", visits=1, outcomes=1)._replace(report=digest(b"1"))
    two = _report("a", visits=2, outcomes=2)._replace(report=digest(b"2"))
    smaller = min(one, two, key=lambda each: each.report)

    for order in ([one, two], [two, one]):
        (row,) = rank(POLICY, order, _stations(one))
        assert row.report == smaller.report


def test_an_approval_in_a_dead_parents_place_shows_in_the_row() -> None:
    report = _report("a", visits=1, outcomes=1)._replace(in_place_of=_station("dead parent"))

    (row,) = rank(POLICY, [report], _stations(report))

    assert row.in_place_of == _station("dead parent")


_REPORTS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(["national", "regional", "grassroots"]),
        st.fixed_dictionaries(
            {"visits": st.integers(0, 5)},
            optional={"outcomes": st.integers(0, 3), "contract_fen": st.integers(0, 2**53 - 1)},
        ),
    ),
    max_size=12,
    unique_by=lambda each: each[0],
)


@given(reports=_REPORTS, data=st.data())
def test_the_order_in_which_reports_come_makes_no_difference(
    reports: list[tuple[int, str, dict[str, int]]], data: st.DataObject
) -> None:
    given_reports = [_report(f"s{n}", tier, **values) for n, tier, values in reports]
    shuffled = data.draw(st.permutations(given_reports))
    stations = {**_stations(*given_reports), _station("absent"): "regional"}
    turned = dict(reversed(stations.items()))

    rows = rank(POLICY, given_reports, stations)

    assert rank(POLICY, shuffled, turned) == rows
    assert ranking_digest(rank(POLICY, shuffled, turned)) == ranking_digest(rows)


@given(reports=_REPORTS)
def test_every_station_stands_once_and_points_never_rise_inside_a_tier(
    reports: list[tuple[int, str, dict[str, int]]],
) -> None:
    given_reports = [_report(f"s{n}", tier, **values) for n, tier, values in reports]

    rows = rank(POLICY, given_reports, _stations(*given_reports))

    assert sorted(row.station for row in rows) == sorted(each.station for each in given_reports)
    for tier in ("national", "regional", "grassroots"):
        ranked = [row for row in rows if row.tier == tier and row.rank is not None]
        assert [row.points for row in ranked] == sorted(
            (row.points or 0 for row in ranked), reverse=True
        )
        for row in ranked:
            assert row.rank is not None
            assert row.rank <= ranked.index(row) + 1
            assert row.points == sum(row.parts.values())


def test_the_digest_is_over_the_text_the_spec_gives() -> None:
    a, b, up = "A" * 43, "B" * 42 + "A", "C" * 42 + "A"
    rows = [
        Row(
            station=a,
            tier="national",
            rank=1,
            points=7,
            parts={"visits": 3, "needs": 4},
            report=b,
            in_place_of=up,
        ),
        Row(station=b, tier="grassroots", missing=("visits", "needs")),
    ]
    text = (
        "yizhan ranking v1\n"
        f"{a} national 1 7 needs=4,visits=3 - {b} {up}\n"
        f"{b} grassroots - - - needs,visits - -\n"
    )
    expected = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")

    assert ranking_digest(rows) == expected


@pytest.mark.parametrize(
    "weights",
    [{}, {"visits": 99}, {"visits": 100, "needs": 1}, {"visits": 100, "needs": 0}, {"luck": 100}],
)
def test_a_policy_weighs_known_indicators_and_adds_up_to_a_hundred(
    weights: dict[str, int],
) -> None:
    with pytest.raises(ValidationError):
        Policy(weights=weights)


def test_activity_output_and_outcome_are_told_apart() -> None:
    assert {each.kind for each in INDICATORS.values()} == {"activity", "output", "outcome"}
    assert INDICATORS["contract_fen"].kind == "outcome"
