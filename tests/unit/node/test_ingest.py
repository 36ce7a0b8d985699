"""The door: what is stored, what is refused with which code, and what it leaves behind."""

from collections.abc import Callable, Sequence

import pytest

from node.projection import Fact, Projection
from node.retrying import RETRY_AFTER_MS
from node.standing import NOBODY
from node.store import Writing
from protocol.chain import join_text
from protocol.cursor import Cursor
from protocol.entry import Tail
from protocol.errors import Code
from protocol.header import LogId, entry_id
from protocol.limits import EPOCHS_PER_YEAR_MAX, FUTURE_MS_MAX
from protocol.records import LogCut, Quota, ReportApproved
from protocol.roster import Roster
from tests.builders import DAY_MS, Country, LogText, NodeInTest, StationInTest, TestClock, need

Open = Callable[..., NodeInTest]


class Spy:
    """A read model that remembers the facts it was given."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.rosters = 0
        self.projection = Projection("spy", 1, (), None, self._project, self._project_roster)

    def _project(self, tx: Writing, roster: Roster, facts: Sequence[Fact]) -> None:
        self.facts += facts

    def _project_roster(self, tx: Writing, roster: Roster) -> None:
        self.rosters += 1

    def reasons(self, channel: str = "") -> list[str]:
        return [str(f.reason) for f in self.facts if channel in ("", f.log.channel)]


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional", division="510000")


@pytest.fixture
def node(open_node: Open, country: Country, sichuan: StationInTest) -> NodeInTest:
    """A node that knows the registry, but nothing else."""
    made = open_node(sichuan)
    codes = [each.code for each in made.ingest.receive(country.national.text(), "peer")]
    assert codes == ["accepted"]
    return made


def codes(node: NodeInTest, text: bytes, source: str = "peer") -> list[str]:
    return [str(each.code) for each in node.ingest.receive(text, source)]


def entries(node: NodeInTest) -> int:
    return node.store.read(lambda r: r.counts()["entries"])


# -- what is good


def test_a_member_s_entries_are_stored_and_served_byte_for_byte(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    for number in range(300):
        sichuan.sign(need(f"需求{number}"))
    node = open_node(sichuan)

    outcomes = node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    assert [(o.code, o.first, o.count, o.next) for o in outcomes] == [
        ("accepted", 0, 3, 3),
        ("accepted", 0, 256, 256),
        ("accepted", 256, 45, 301),
    ]
    stored = b"".join(node.store.read(lambda reading: list(reading.log_texts())))
    assert stored == country.national.text() + sichuan.text()


def test_the_same_text_again_is_a_duplicate_and_changes_nothing(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    sichuan.sign(need())
    codes(node, sichuan.text())
    before = node.store.visible

    assert codes(node, sichuan.text()) == ["duplicate"]
    assert node.store.visible == before


def test_of_a_run_held_in_part_only_the_rest_is_taken(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    for _ in range(9):
        sichuan.sign(need())
    log = sichuan.log("needs")
    codes(node, log.text(0, 4))

    outcome = node.ingest.receive(log.text(2, 9), "peer")[0]

    assert (outcome.code, outcome.first, outcome.count) == ("accepted", 5, 5)


def test_the_cursor_is_committed_with_the_text(node: NodeInTest, sichuan: StationInTest) -> None:
    sichuan.sign(need())

    node.ingest.receive(sichuan.text(), "peer", ("peer", Cursor(1, 7, "f" * 16)))

    assert node.store.read(lambda r: r.cursor("peer", "f" * 16)) == Cursor(1, 7, "f" * 16)


def test_duplicates_alone_let_the_cursor_lag_a_little(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    sichuan.sign(need())
    node.ingest.receive(sichuan.text(), "peer", ("peer", Cursor(1, 7, "f" * 16)))

    def cursor_after(text: bytes, position: int, epoch: int = 1) -> Cursor | None:
        node.ingest.receive(text, "peer", ("peer", Cursor(epoch, position, "f" * 16)))
        return node.store.read(lambda r: r.cursor("peer", "f" * 16))

    assert cursor_after(sichuan.text(), 8) == Cursor(1, 7, "f" * 16)
    assert cursor_after(sichuan.text(), 1_007) == Cursor(1, 1_007, "f" * 16)
    assert cursor_after(sichuan.text(), 1_008, epoch=2) == Cursor(2, 1_008, "f" * 16)
    assert cursor_after(b"", 1_009, epoch=2) == Cursor(2, 1_009, "f" * 16)


async def test_the_async_door_is_the_same_door(node: NodeInTest, sichuan: StationInTest) -> None:
    sichuan.sign(need())

    outcomes = await node.ingest.areceive(sichuan.text(), "peer")

    assert [each.code for each in outcomes] == ["accepted"]


def test_whoever_waits_is_told_after_the_commit_which_logs_grew(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    told: list[tuple[list[LogId], int]] = []
    node.ingest.on_stored.append(lambda logs, position: told.append((logs, position)))
    sichuan.sign(need())

    codes(node, sichuan.text())
    codes(node, sichuan.text())

    assert told == [([sichuan.log("needs").id], node.store.visible)]


def test_the_roster_survives_a_restart(
    node: NodeInTest, open_node: Open, sichuan: StationInTest
) -> None:
    digest = node.ingest.roster.digest()
    node.close()

    again = open_node(sichuan)

    assert again.ingest.roster.digest() == digest
    assert again.ingest.roster.is_admitted(sichuan.key.public)


# -- what is refused


def test_a_stranger_s_entries_are_refused_held_and_asked_for_again(
    node: NodeInTest, country: Country, clock: TestClock
) -> None:
    stranger = StationInTest(country.network, "路人", clock)
    stranger.sign(need())
    before = entries(node)

    outcome = node.ingest.receive(stranger.text(), "peer")[0]

    assert (outcome.code, outcome.next) == ("not-admitted", 0)
    assert entries(node) == before
    held = node.store.read(lambda r: r.held("peer"))
    assert [(h.log, h.wanted, h.code) for h in held] == [
        (stranger.log("needs").id, 0, "not-admitted")
    ]
    assert held[0].retry_at == clock.now + RETRY_AFTER_MS[Code.NOT_ADMITTED]


def test_an_admission_makes_held_runs_due_at_once(
    node: NodeInTest, country: Country, sichuan: StationInTest, clock: TestClock
) -> None:
    chengdu = sichuan.admit("成都", division="510100")
    chengdu.sign(need())
    codes(node, chengdu.text())

    codes(node, sichuan.text("registry"))

    assert len(node.store.read(lambda r: r.held(due_ms=clock.now))) == 1
    assert codes(node, chengdu.text()) == ["accepted"]
    assert node.store.read(lambda r: r.held()) == []


def test_a_gap_names_the_entry_that_is_due(node: NodeInTest, sichuan: StationInTest) -> None:
    for _ in range(5):
        sichuan.sign(need())

    outcome = node.ingest.receive(sichuan.log("needs").text(3, 5), "peer")[0]

    assert (outcome.code, outcome.next) == ("gap", 0)
    assert node.store.read(lambda r: r.held("peer"))[0].wanted == 0


def test_another_entry_at_a_held_position_is_a_fork_and_nothing_of_it_is_stored(
    node: NodeInTest, country: Country, sichuan: StationInTest, clock: TestClock
) -> None:
    twin = StationInTest(country.network, "四川", clock)
    for number in range(3):
        sichuan.sign(need(f"甲{number}"))
        twin.sign(need(f"乙{number}"))
    codes(node, sichuan.text("needs"))
    before = entries(node)

    assert codes(node, twin.text("needs")) == ["fork"]
    assert codes(node, twin.log("needs").text(4, 4) or twin.text("needs")) == ["fork"]
    assert entries(node) == before


def test_a_fork_at_the_next_position_is_found_by_prev(
    node: NodeInTest, country: Country, sichuan: StationInTest, clock: TestClock
) -> None:
    twin = StationInTest(country.network, "四川", clock)
    sichuan.sign(need("甲"))
    twin.sign(need("乙"))
    twin.sign(need("丙"))
    codes(node, sichuan.text("needs"))

    assert codes(node, twin.log("needs").text(2, 2)) == ["fork"]


def test_one_bad_run_does_not_block_the_good_ones_beside_it(
    node: NodeInTest, country: Country, sichuan: StationInTest, clock: TestClock
) -> None:
    stranger = StationInTest(country.network, "路人", clock)
    stranger.sign(need())
    sichuan.sign(need())
    country.national.sign(need())
    broken = bytearray(country.national.text("needs"))
    broken[-10] ^= 1

    text = stranger.text() + sichuan.text("needs") + bytes(broken) + b"yz1 half"

    assert codes(node, text) == ["not-admitted", "accepted", "bad-body", "malformed"]
    assert node.store.read(lambda r: r.head(sichuan.log("needs").id)) is not None
    assert node.store.read(lambda r: r.head(country.national.log("needs").id)) is None


def test_after_a_refused_run_the_rest_of_that_log_is_a_gap(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    for _ in range(300):
        sichuan.sign(need())
    log = sichuan.log("needs")
    text = bytearray(log.text())
    text[len(log.text(0, 0)) + len(log.headers[1]) + 10] ^= 1

    assert codes(node, bytes(text)) == ["bad-body", "gap"]
    assert len(node.store.read(lambda r: r.held("peer"))) == 1


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"yz1 ", b"yz2 ", "unsupported"),
        (b" needs ", b" secrets ", "malformed"),
        (b" 1 ", b" 01 ", "malformed"),
        (b"need.published/1", b"need.published/2", "bad-signature"),
    ],
)
def test_a_header_changed_on_the_way_is_refused_by_its_code(
    node: NodeInTest, sichuan: StationInTest, old: bytes, new: bytes, code: str
) -> None:
    sichuan.sign(need())
    log = sichuan.log("needs")
    codes(node, log.text(0, 0))

    assert codes(node, log.text(1, 1).replace(old, new, 1)) == [code]


def test_an_entry_of_another_network_is_refused(node: NodeInTest, clock: TestClock) -> None:
    abroad = Country(clock)
    abroad.network.id = "f" * 16
    elsewhere = StationInTest(abroad.network, "四川", clock)
    elsewhere.sign(need())

    assert codes(node, elsewhere.text()) == ["wrong-network"]


def test_a_time_still_to_come_is_held_until_the_clock_allows(
    node: NodeInTest, sichuan: StationInTest, clock: TestClock
) -> None:
    sichuan.sign(need(), time=clock.now + FUTURE_MS_MAX + 60_000)

    assert codes(node, sichuan.text("needs")) == ["held-future"]
    due = node.store.read(lambda r: r.held("peer"))[0].retry_at
    clock.now = due
    assert codes(node, sichuan.text("needs")) == ["accepted"]


def test_empty_text_is_no_run(node: NodeInTest) -> None:
    assert codes(node, b"") == []
    assert codes(node, b"\n\n") == ["malformed"]


# -- quota


def test_a_log_keeps_its_quota_on_its_own_times(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    small = country.national.admit("小站", "regional", quota=Quota(entries_per_day=10))
    node = open_node(small)
    for _ in range(30):
        small.sign(need())
        clock.now += DAY_MS // 9
    log = small.log("needs")
    late = StationInTest(country.network, "小站", clock)

    assert codes(node, country.national.text() + log.text()) == ["accepted", "accepted"]
    for _ in range(12):
        late.sign(need(), channel="results")
    outcome = node.ingest.receive(late.text("results"), "peer")[0]
    assert (outcome.code, outcome.first, outcome.count, outcome.next) == ("over-quota", 0, 13, 10)
    assert codes(node, late.log("results").text(0, 9)) == ["duplicate"]
    assert codes(node, late.log("results").text(10, 10)) == ["over-quota"]
    held = node.store.read(lambda r: r.held("peer"))
    assert [(each.log, each.wanted) for each in held] == [(late.log("results").id, 10)]


def test_bytes_are_counted_as_well_as_entries(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    small = country.national.admit("小站", "regional", quota=Quota(bytes_per_day=4_000))
    node = open_node(small)
    for _ in range(9):
        small.sign(need())
    log = small.log("needs")
    codes(node, country.national.text())

    assert codes(node, log.text()) == ["over-quota"]
    kept = node.store.read(lambda r: r.head(log.id))
    assert kept is not None
    sizes = [len(h) + len(b) for h, b in zip(log.headers, log.bodies, strict=True)]
    assert sum(sizes[: kept.seq + 1]) <= 4_000 < sum(sizes[: kept.seq + 2])
    assert codes(node, log.text(kept.seq + 1, 9)) == ["over-quota"]


def test_an_entry_counts_under_the_quota_of_its_own_time_whatever_was_granted_since(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    station = country.national.admit("大站", "regional", quota=Quota(entries_per_day=20))
    for _ in range(15):
        station.sign(need())
    clock.now += 390 * DAY_MS
    renewal = station.admission(
        "regional", country.national.id, quota=Quota(entries_per_day=5),
        station=station.id, replaces=station.act,
        from_ms=clock.now, until_ms=clock.now + 395 * DAY_MS,
    )  # fmt: skip
    country.national.sign(renewal)
    clock.now += 20 * DAY_MS
    for _ in range(6):
        station.sign(need())
    node = open_node(station)

    assert codes(node, country.national.text() + station.text()) == ["accepted", "over-quota"]
    head = node.store.read(lambda r: r.head(station.log("needs").id))
    assert head is not None
    assert head.seq == 15 + 5


def test_what_a_run_may_end_at_is_looked_at_when_it_is_taken_in_part(
    open_node: Open, country: Country
) -> None:
    small = country.national.admit("小站", "regional", quota=Quota(entries_per_day=4))
    for _ in range(9):
        small.sign(need())
    log = small.log("needs")
    node = open_node(small)
    forged = log.headers[3][:-86] + b"A" * 86
    rest = StationInTest(country.network, "小站", country.clock)
    rest.logs["needs", log.id.epoch] = LogText(
        log.id, Tail(3, entry_id(forged), log.tail.time if log.tail else 0)
    )
    for _ in range(3):
        rest.sign(need())
    tail = rest.log("needs")
    text = join_text([*log.headers[:3], forged, *tail.headers], [*log.bodies[:4], *tail.bodies])

    assert codes(node, country.national.text() + text) == ["accepted", "bad-signature"]
    assert node.store.read(lambda r: r.head(log.id)) is None


def test_a_time_still_to_come_holds_back_only_what_has_it(
    node: NodeInTest, sichuan: StationInTest, clock: TestClock
) -> None:
    sichuan.sign(need())
    sichuan.sign(need(), time=clock.now + FUTURE_MS_MAX + 60_000)

    outcome = node.ingest.receive(sichuan.text("needs"), "peer")[0]

    assert (outcome.code, outcome.next) == ("held-future", 2)


def test_at_most_sixteen_epochs_of_a_log_in_a_year(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    start = sichuan.log("needs").id.epoch
    for number in range(EPOCHS_PER_YEAR_MAX + 1):
        sichuan.log("needs", start + number)

    got = codes(node, sichuan.text("needs"))

    assert got == ["accepted"] * EPOCHS_PER_YEAR_MAX + ["over-quota"]


# -- the registry


def test_an_admission_and_the_log_of_the_one_admitted_may_come_in_any_order(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    chengdu = sichuan.admit("成都", division="510100")
    chengdu.log("registry")
    chengdu.sign(need())
    node = open_node(chengdu)

    got = codes(node, chengdu.text() + sichuan.text("registry") + country.national.text())

    assert got == ["accepted"] * 4
    assert node.ingest.roster.tier(chengdu.id) == "grassroots"


def test_a_stranger_s_registry_log_is_refused_and_moves_nothing(
    node: NodeInTest, country: Country, clock: TestClock
) -> None:
    stranger = StationInTest(country.network, "路人", clock)
    stranger.id = country.national.id
    victim = stranger.admit("假站", "regional")
    before = node.ingest.roster

    assert codes(node, stranger.text()) == ["not-admitted"]
    assert node.ingest.roster is before
    assert node.ingest.roster.station_of(victim.key.public) is None


def test_of_registry_runs_too_the_bad_are_refused_and_the_known_are_duplicates(
    node: NodeInTest, country: Country, sichuan: StationInTest
) -> None:
    sichuan.log("registry")
    broken = bytearray(sichuan.text("registry"))
    broken[-5] ^= 1
    far = country.national.log("registry", country.clock.now // 1000)
    known = country.national.text()

    assert codes(node, bytes(broken) + known) == ["bad-body", "duplicate", "accepted"]
    assert node.store.read(lambda r: r.head(far.id)) is not None


def test_a_stranger_s_long_registry_log_is_refused_once_and_the_rest_is_a_gap(
    node: NodeInTest, country: Country, clock: TestClock
) -> None:
    stranger = StationInTest(country.network, "路人", clock)
    for _ in range(300):
        stranger.sign(need(), channel="registry")

    assert codes(node, stranger.text()) == ["not-admitted", "gap"]


def test_a_log_cut_before_its_first_entry_is_shown_to_no_one(
    node: NodeInTest, country: Country, sichuan: StationInTest
) -> None:
    sichuan.sign(need())
    codes(node, sichuan.text())
    country.national.end(sichuan)

    codes(node, country.national.text())

    assert node.store.read(lambda r: r.heads(sichuan.key.public)) == []


def test_a_stranger_may_not_carry_an_act_that_does_not_admit_it(
    node: NodeInTest, country: Country, clock: TestClock
) -> None:
    stranger, other = (StationInTest(country.network, name, clock) for name in "甲乙")
    stranger.sign(country.carry(other.admission("national", None)))

    assert codes(node, stranger.text()) == ["not-admitted"]


def test_beyond_a_cut_nothing_is_taken_and_heads_end_at_the_cut(
    node: NodeInTest, country: Country, sichuan: StationInTest
) -> None:
    for _ in range(5):
        sichuan.sign(need())
    log = sichuan.log("needs")
    codes(node, log.text(0, 4))
    at = node.store.read(lambda r: r.entry(log.id, 2))
    cut = LogCut(channel="needs", epoch=log.id.epoch, seq=2, id=at.id)
    country.national.end(sichuan, (cut,))

    codes(node, country.national.text())

    assert codes(node, log.text(5, 5)) == ["revoked"]
    shown = node.store.read(lambda r: r.heads(sichuan.key.public))
    assert [(head.seq, head.id) for head in shown] == [(2, at.id)]
    assert node.store.read(lambda r: r.head(log.id)).seq == 4  # type: ignore[union-attr]


# -- what the read models are told


def test_facts_come_judged_and_in_the_order_of_the_log(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    spy = Spy()
    node = open_node(sichuan, (spy.projection,))
    sichuan.sign(need("甲"))
    sichuan.sign_raw("needs", "need.dreamt/1", b'{"of":"gold"}')
    sichuan.sign_raw("needs", "need.published/1", b'{"title":"x"}')
    sichuan.sign_raw("needs", "need.published/1", b"not json")
    sichuan.sign(need("乙"), channel="results")
    sichuan.sign(ReportApproved(report=country.national.id))

    codes(node, country.national.text() + sichuan.text())

    assert spy.reasons("needs") == ["", "", "unknown-kind", "bad-record", "bad-json"]
    assert spy.reasons("results") == ["", "wrong-channel"]
    assert spy.reasons("performance") == ["", ""]
    assert {f.station for f in spy.facts if f.log.author == sichuan.key.public} == {sichuan.id}
    assert [f.seq for f in spy.facts if f.log.channel == "needs"] == [0, 1, 2, 3, 4]
    assert spy.rosters == 2


def test_what_is_beyond_the_admitted_level_is_kept_and_inert(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    spy = Spy()
    chengdu = sichuan.admit("成都", division="510100")
    node = open_node(chengdu, (spy.projection,))
    chengdu.sign(ReportApproved(report=country.national.id))
    chengdu.sign(StationInTest(country.network, "冒", country.clock).admission("regional", None))

    got = codes(node, country.national.text() + sichuan.text() + chengdu.text())

    assert set(got) == {"accepted"}
    inert = [f for f in spy.facts if f.reason]
    assert {f.kind for f in inert} == {"report.approved/1", "station.admitted/1"}
    assert {str(f.reason) for f in inert} == {"beyond-level"}
    assert all(f.record is None and f.detail for f in inert)


def test_an_absent_body_is_stored_and_inert_until_it_comes(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    spy = Spy()
    node = open_node(sichuan, (spy.projection,))
    sichuan.sign(need("甲"))
    sichuan.sign(need("乙"))
    log = sichuan.log("needs")
    text = join_text(log.headers, [log.bodies[0], b"", log.bodies[2]])

    got = codes(node, country.national.text() + text)

    assert got == ["accepted", "accepted"]
    assert spy.reasons("needs") == ["", "absent", ""]


def test_when_a_membership_ends_what_lies_beyond_the_cut_is_judged_anew(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    spy = Spy()
    node = open_node(sichuan, (spy.projection,))
    sichuan.sign(need("甲"))
    sichuan.sign(need("乙"))
    codes(node, country.national.text() + sichuan.text())
    entry = node.store.read(lambda r: r.entry(sichuan.log("needs").id, 1))
    spy.facts.clear()
    cut = LogCut(channel="needs", epoch=entry.header.epoch, seq=1, id=entry.id)

    country.national.end(sichuan, (cut,))
    codes(node, country.national.text())

    assert spy.reasons("needs") == ["", "", "revoked"]


def test_a_renewed_roster_without_effect_on_earlier_entries_refolds_nothing(
    open_node: Open, country: Country, sichuan: StationInTest
) -> None:
    spy = Spy()
    node = open_node(sichuan, (spy.projection,))
    sichuan.sign(need("甲"))
    codes(node, country.national.text() + sichuan.text())
    spy.facts.clear()

    country.national.admit("浙江", "regional", division="330000")
    codes(node, country.national.text())

    assert [f.kind for f in spy.facts] == ["station.admitted/1"]
    assert NOBODY not in {f.station for f in spy.facts}


def test_a_text_that_says_everything_twice_is_taken_once(
    node: NodeInTest, sichuan: StationInTest, country: Country
) -> None:
    member = sichuan.admit("武侯")
    member.sign(need())
    text = country.national.text() + sichuan.text() + member.text()

    assert set(codes(node, text + text)) <= {"accepted", "duplicate"}
    assert set(codes(node, text)) == {"duplicate"}
