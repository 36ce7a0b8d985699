"""Forks: what proves one, what does not, and what stays in force in spite of it."""

import pytest

from protocol.disputes import fold_disputes
from protocol.entry import Entry
from protocol.errors import Inert
from protocol.forks import prove_fork, read_fork, read_kept
from protocol.header import entry_id, parse_header
from protocol.records import EntryKept, ForkShown, Record
from protocol.roster import RegistryEntry, fold
from tests.builders import Country, StationInTest, need

BAD_SIGNATURE = b"A" * 86


@pytest.fixture
def country() -> Country:
    return Country()


@pytest.fixture
def twins(country: Country) -> tuple[StationInTest, StationInTest]:
    """Two who sign by one key: the same first need, then each its own."""
    one = country.national.admit("四川", "regional")
    other = StationInTest(country.network, "四川", country.clock)
    for each in (one, other):
        each.sign(need("一样的"))
    for number in range(3):
        one.sign(need(f"甲{number}"))
        other.sign(need(f"乙{number}"))
    return one, other


def lines(station: StationInTest) -> list[bytes]:
    return station.log("needs").headers


def shown(first: list[bytes], second: list[bytes]) -> ForkShown:
    return ForkShown(branches=tuple(tuple(line.decode() for line in b) for b in (first, second)))


def position(country: Country, record: ForkShown) -> int:
    return read_fork(country.network.id, record.body()).seq


def wrong(country: Country, record: Record) -> str:
    with pytest.raises(Inert) as caught:
        read_fork(country.network.id, record.body())
    return caught.value.detail


def test_two_signed_lines_at_one_position_prove_a_fork(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)

    assert position(country, shown(one[2:3], other[2:3])) == 2
    assert position(country, shown(other[2:3], one[2:3])) == 2


def test_what_prev_states_counts_too(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)

    assert position(country, shown(one[2:3], other[3:4])) == 2
    assert position(country, shown(one[3:4], other[3:4])) == 2
    assert position(country, shown(one, other)) == 2


def test_what_proves_nothing_is_said_in_words(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)
    unsigned = [one[2][:-86] + BAD_SIGNATURE]

    assert "differ at no position" in wrong(country, shown(one[2:3], one[2:3]))
    assert "differ at no position" in wrong(country, shown(one[1:2], other[4:5]))
    assert "not signed" in wrong(country, shown(unsigned, other[2:3]))
    assert "prev" in wrong(country, shown([*unsigned, one[3]], other[2:3]))
    assert "not consecutive" in wrong(country, shown([one[2], one[4]], other[2:3]))
    country.national.sign(need())
    foreign = country.national.log("needs").headers[1:2]
    assert "two logs" in wrong(country, shown(foreign, other[1:2]))


def test_evidence_of_another_network_proves_nothing(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)

    with pytest.raises(Inert):
        read_fork("0" * 16, shown(one[2:3], other[2:3]).body())


def test_the_shortest_stretch_to_a_good_signature_is_shown(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)

    found = prove_fork(country.network.id, one[2:], other[2:])

    assert found is not None
    assert [len(branch) for branch in found[0].branches] == [1, 1]
    assert found[1].seq == 2


def test_lines_that_prove_nothing_make_no_evidence(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)
    network = country.network.id

    assert prove_fork(network, one[2:], [other[2][:-86] + BAD_SIGNATURE]) is None
    assert prove_fork(network, one[2:], [b"yz1 nothing"]) is None
    assert prove_fork(network, one[1:2], other[1:2]) is None


def registry(entry: Entry) -> RegistryEntry:
    header = entry.header
    return RegistryEntry(
        entry.id, header.author, header.epoch, header.seq, header.time, header.kind, entry.body
    )


def entries(*stations: StationInTest) -> list[RegistryEntry]:
    return [
        registry(Entry(parse_header(line), entry_id(line), line, body))
        for station in stations
        for (channel, _), log in station.logs.items()
        if channel == "registry"
        for line, body in zip(log.headers, log.bodies, strict=True)
    ]


def kept(entry: Entry) -> EntryKept:
    return EntryKept(header=entry.line.decode(), content=entry.body.decode())


def test_the_lowest_known_fork_wins_in_any_order(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)
    country.national.sign(shown(one[4:5], other[4:5]))
    country.national.sign(shown(one[2:3], other[2:3]))
    held = entries(country.national)

    for order in (held, held[::-1]):
        roster = fold(country.network, order)
        assert roster.disputed(twins[0].log("needs").id) == 2
        assert roster.verdict(twins[0].log("needs").id, 1, 1, *_times(country)) is None
        assert roster.verdict(twins[0].log("needs").id, 1, 2, *_times(country)) == "fork"


def _times(country: Country) -> tuple[int, int]:
    return country.clock.now, country.clock.now


def test_evidence_beyond_its_carriers_cut_does_not_count(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)
    witness = country.national.admit("证人", "regional")
    witness.sign(shown(one[2:3], other[2:3]))
    held = entries(country.national, witness)

    assert fold_disputes(country.network.id, lambda log: None, held).positions
    assert fold_disputes(country.network.id, lambda log: 0, held).is_empty


def test_a_kept_entry_counts_only_where_its_part_is_disputed(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    one, other = map(lines, twins)
    before = country.national.sign(kept(_entry(twins[0], 1)))
    wanted = _entry(twins[1], 2)
    country.national.sign(kept(wanted))
    country.national.sign(shown(one[2:3], other[2:3]))

    roster = fold(country.network, entries(country.national))

    assert list(roster.disputes.kept) == [wanted.id]
    assert "not disputed" in roster.inert[before.id]


def _entry(station: StationInTest, seq: int) -> Entry:
    log = station.log("needs")
    return Entry(
        parse_header(log.headers[seq]),
        entry_id(log.headers[seq]),
        log.headers[seq],
        log.bodies[seq],
    )


def test_a_kept_entry_must_be_whole_and_signed(
    country: Country, twins: tuple[StationInTest, StationInTest]
) -> None:
    record = kept(_entry(twins[0], 2))
    bad = [
        record.model_copy(update={"content": record.content.replace("甲", "丁")}),
        record.model_copy(update={"header": record.header[:-86] + "A" * 86}),
        record.model_copy(update={"header": "yz1 nothing"}),
    ]

    assert read_kept(country.network.id, record.body()).id == _entry(twins[0], 2).id
    for each in bad:
        with pytest.raises(Inert):
            read_kept(country.network.id, each.body())


def test_admissions_in_either_branch_of_a_registry_log_stand(country: Country) -> None:
    upper = country.national.admit("四川", "regional")
    twin = StationInTest(country.network, "四川", country.clock)
    twin.id = upper.id
    here, there = upper.admit("四川1"), twin.admit("四川2")
    heads = [each.log("registry").headers for each in (upper, twin)]
    act = Entry(parse_header(heads[1][1]), there.id, heads[1][1], twin.log("registry").bodies[1])
    country.national.sign(shown(heads[0][1:2], heads[1][1:2]))
    country.national.sign(kept(act))

    one = fold(country.network, entries(country.national, upper))
    other = fold(country.network, entries(country.national, twin)[::-1])

    assert one.disputed(upper.log("registry").id) == 1
    assert {here.id, there.id} <= set(one.stations)
    assert there.id in other.stations
