"""Recomputing a ranking: only what the cut names counts, and nothing may be missing (P5, R8)."""

from pathlib import Path

import pytest

from node.errors import ConflictError, NotFoundError
from node.ranking import compute_ranking, cut_records, find_cut, name_heads
from node.readmodels import PROJECTIONS
from protocol.keys import SigningKey
from protocol.records import PolicyPublished, ReportApproved, ReportCompiled
from protocol.scoring import INDICATORS
from tests.builders import Country, NodeInTest, StationInTest, seed_of

PERIOD = "2026-09"


def _numbers(outcomes: int) -> dict[str, int]:
    return dict.fromkeys(INDICATORS, 0) | {"outcomes": outcomes}


@pytest.fixture
def regions(country: Country) -> list[StationInTest]:
    return [country.national.admit(f"区域{number}", "regional") for number in range(3)]


def _text(country: Country, regions: list[StationInTest]) -> bytes:
    return country.national.text() + b"".join(region.text() for region in regions)


def _file(country: Country, region: StationInTest, outcomes: int) -> None:
    report = region.sign(ReportCompiled(period=PERIOD, indicators=_numbers(outcomes)))
    country.national.sign(ReportApproved(report=report.id))


def _open(country: Country, folder: Path, text: bytes) -> NodeInTest:
    folder.mkdir()
    node = NodeInTest.open("sqlite:///node.db", folder, country.national, PROJECTIONS)
    node.ingest.receive(text, "peer")
    return node


def _name_cut(country: Country, regions: list[StationInTest], folder: Path) -> tuple[str, str]:
    """Sign a policy and a cut of what is there; their ids."""
    policy = country.national.sign(
        PolicyPublished(name="试行", period=PERIOD, weights={"outcomes": 100})
    )
    node = _open(country, folder, _text(country, regions))
    (record,) = cut_records("九月", PERIOD, node.store.read(name_heads))
    node.store.close()
    return policy.id, country.national.sign(record).id


def test_what_is_reported_after_the_cut_does_not_count(
    country: Country, regions: list[StationInTest], tmp_path: Path
) -> None:
    _file(country, regions[0], 5)
    _file(country, regions[1], 3)
    policy, cut = _name_cut(country, regions, tmp_path / "first")
    early = _open(country, tmp_path / "early", _text(country, regions))
    _file(country, regions[2], 9)
    _file(country, regions[1], 9)
    country.national.admit("新站", "regional")
    late = _open(country, tmp_path / "late", _text(country, regions))

    computed = [
        node.store.read(lambda r: compute_ranking(r, country.network, policy, [cut], PERIOD))
        for node in (early, late)
    ]

    assert computed[0] == computed[1]
    ranks = {row.station: row.rank for row in computed[1].rows}
    assert ranks == {regions[0].id: 1, regions[1].id: 2, regions[2].id: None}


def test_of_two_approved_reports_the_later_counts(
    country: Country, regions: list[StationInTest], tmp_path: Path
) -> None:
    _file(country, regions[0], 1)
    _file(country, regions[1], 2)
    _file(country, regions[0], 3)
    policy, cut = _name_cut(country, regions, tmp_path / "first")
    node = _open(country, tmp_path / "node", _text(country, regions))

    rows = node.store.read(
        lambda r: compute_ranking(r, country.network, policy, [cut], PERIOD)
    ).rows

    assert [row.station for row in rows if row.rank == 1] == [regions[0].id]


def test_a_node_that_lacks_a_log_of_the_cut_says_so_and_computes_nothing(
    country: Country, regions: list[StationInTest], tmp_path: Path
) -> None:
    _file(country, regions[0], 1)
    policy, cut = _name_cut(country, regions, tmp_path / "first")
    node = _open(country, tmp_path / "node", country.national.text())

    with pytest.raises(ConflictError, match="1 of the"):
        node.store.read(lambda r: compute_ranking(r, country.network, policy, [cut], PERIOD))


def test_an_unknown_policy_or_cut_is_said_to_be_missing(
    country: Country, regions: list[StationInTest], tmp_path: Path
) -> None:
    policy, cut = _name_cut(country, regions, tmp_path / "first")
    node = _open(country, tmp_path / "node", _text(country, regions))

    for wrong in (("A" * 43, cut), (policy, "A" * 43)):
        with pytest.raises(NotFoundError):
            node.store.read(
                lambda r, w=wrong: compute_ranking(r, country.network, w[0], [w[1]], PERIOD)
            )
    with pytest.raises(NotFoundError):
        node.store.read(lambda r: find_cut(r, "没有"))
    assert node.store.read(lambda r: find_cut(r, "九月")) == (PERIOD, [cut])


def test_a_large_cut_is_named_in_parts() -> None:
    key = SigningKey(seed_of("any")).public
    heads = [(key, number, 1, "A" * 43) for number in range(401)]

    records = cut_records("九月", PERIOD, heads)

    assert [(record.part, record.parts, len(record.heads)) for record in records] == [
        (1, 2, 400),
        (2, 2, 1),
    ]
    assert all(len(record.body()) < 65_536 for record in records)
