"""The way out: signed onto the own log, through the same door, guarded before it is seen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from node.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    QuotaError,
    RecoveringError,
)
from node.projection import Projection
from node.readmodels import PROJECTIONS
from node.store import Guard, Reading
from protocol.header import LogId
from protocol.heads import Head
from protocol.records import (
    MembershipIn,
    NeedWithdrawn,
    Quota,
    ReportApproved,
    StationAdmitted,
    StationEnded,
)
from tests.builders import DAY_MS, Country, NodeInTest, StationInTest, TestClock, need

Open = Callable[..., NodeInTest]


def admitted(
    open_node: Open,
    country: Country,
    projections: tuple[Projection, ...] = (),
    quota: Quota | None = None,
) -> NodeInTest:
    """A regional station's node that has heard of its own admission."""
    sichuan = country.national.admit("四川", "regional", division="510000", quota=quota)
    node = open_node(sichuan, projections)
    node.ingest.receive(country.national.text("registry"), "peer")
    return node


def heads(node: NodeInTest) -> list[Head]:
    return node.store.read(lambda reading: reading.heads(author=node.station.key.public))


def test_the_first_record_of_a_channel_opens_its_log(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)

    entry = node.publisher.publish(need())

    assert entry.header.seq == 1
    assert entry.header.epoch == country.clock.now // 1000
    opening = node.store.read(lambda r: r.entry(heads(node)[0].log, 0))
    assert opening.header.kind == "log.opened/1"
    assert opening.body == b'{"why":"new"}'


def test_records_follow_each_other_with_rising_times_at_one_instant(
    open_node: Open, country: Country
) -> None:
    node = admitted(open_node, country)

    first = node.publisher.publish(need("甲"))
    second, third = node.publisher.publish_many([(need("乙"), "-"), (need("丙"), "-")])

    assert [e.header.seq for e in (first, second, third)] == [1, 2, 3]
    assert first.header.time < second.header.time < third.header.time


async def test_publishing_works_from_the_event_loop(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)

    entry = await node.publisher.apublish(need())
    more = await node.publisher.apublish_many([(need(), "-")])

    assert more[0].header.prev == entry.id


def test_an_entry_is_later_than_what_it_refers_to(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country, PROJECTIONS)
    early = node.publisher.publish(need())
    country.clock.now -= 60_000

    withdrawn = node.publisher.publish(NeedWithdrawn(), subject=early.id)

    assert withdrawn.header.time > early.header.time


def test_an_entry_is_later_than_another_author_s_entry_it_refers_to(
    open_node: Open, country: Country
) -> None:
    node = admitted(open_node, country, PROJECTIONS)
    ahead = country.clock.now + 600_000
    foreign = country.national.sign(need(), time=ahead)
    country.national.logs["needs", foreign.header.epoch].text()
    node.ingest.receive(country.national.text("needs"), "peer")

    withdrawn = node.publisher.publish(NeedWithdrawn(), subject=foreign.id)

    assert withdrawn.header.time == ahead + 1


def test_a_station_that_is_not_admitted_cannot_publish_and_nothing_is_stored(
    open_node: Open, country: Country
) -> None:
    stranger = StationInTest(country.network, "路人", country.clock)
    node = open_node(stranger)

    with pytest.raises(NotAllowedError, match="not admitted yet"):
        node.publisher.publish(need())

    assert node.store.read(lambda r: r.counts()["entries"]) == 0
    assert node.store.visible == 0


def test_the_first_station_publishes_its_own_council_signed_admission(
    open_node: Open, country: Country
) -> None:
    national = StationInTest(country.network, "国家站", country.clock)
    node = open_node(national)

    node.publisher.publish(country.carry(national.admission("national", None)))

    assert node.ingest.roster.is_admitted(national.key.public)
    node.publisher.publish(need())


def test_a_record_above_the_admitted_level_is_refused_before_it_is_signed(
    open_node: Open, country: Country
) -> None:
    sichuan = country.national.admit("四川", "regional", division="510000")
    chengdu = sichuan.admit("成都", division="510100")
    node = open_node(chengdu)
    node.ingest.receive(country.national.text() + sichuan.text(), "peer")

    with pytest.raises(NotAllowedError, match="national or regional"):
        node.publisher.publish(ReportApproved(report=country.national.id))

    assert heads(node) == []


def test_an_act_the_network_would_not_honour_is_taken_back(
    open_node: Open, country: Country
) -> None:
    node = admitted(open_node, country)
    far = StationInTest(country.network, "杭州", country.clock)
    elsewhere = far.admission("grassroots", node.station.id, division="330100")

    with pytest.raises(InvalidError, match="would not honour"):
        node.publisher.publish(elsewhere)

    assert heads(node) == []
    assert far.id not in node.ingest.roster.stations


def test_a_follow_up_without_a_subject_is_refused(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)

    with pytest.raises(InvalidError, match="subject"):
        node.publisher.publish(NeedWithdrawn())


def test_a_used_up_quota_says_until_when_and_then_it_is_not(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    node = admitted(open_node, country, quota=Quota(entries_per_day=4))
    opened_ms = clock.now
    node.publisher.publish(need())
    clock.now += DAY_MS // 2
    later_ms = clock.now
    node.publisher.publish_many([(need(), "-"), (need(), "-")])

    with pytest.raises(QuotaError, match="used up until") as one:
        node.publisher.publish(need())
    with pytest.raises(QuotaError) as four:
        node.publisher.publish_many([(need(), "-")] * 4)

    assert one.value.free_ms == opened_ms + DAY_MS
    assert four.value.free_ms == later_ms + 1 + DAY_MS
    assert node.publisher.full_until == {"needs": four.value.free_ms}
    clock.now = one.value.free_ms
    assert node.publisher.publish(need()).header.seq == 4
    clock.now = four.value.free_ms + DAY_MS
    assert len(node.publisher.publish_many([(need(), "-")] * 4)) == 4


def test_more_than_a_day_s_quota_at_once_is_a_conflict_that_no_waiting_ends(
    open_node: Open, country: Country
) -> None:
    node = admitted(open_node, country, quota=Quota(entries_per_day=4))
    before = node.store.visible

    with pytest.raises(ConflictError, match="quota") as refused:
        node.publisher.publish_many([(need(), "-")] * 4)

    assert not isinstance(refused.value, QuotaError)
    assert heads(node) == []
    assert node.store.visible == before


def test_an_ended_station_cannot_publish(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)
    country.national.end(node.station)
    node.ingest.receive(country.national.text(), "peer")

    with pytest.raises(NotAllowedError):
        node.publisher.publish(need())


def test_nothing_is_signed_before_the_peers_were_asked(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)
    node.publisher.publish(need())
    before = heads(node)
    node.publisher.recovery.begin(until_ms=country.clock.now + 30_000)
    node.publisher.recovery.choose(["peer"])

    with pytest.raises(RecoveringError):
        node.publisher.publish(need())
    with pytest.raises(RecoveringError):
        node.publisher.open_log("results")

    assert heads(node) == before
    node.publisher.recovery.note_heard("peer")
    assert node.publisher.publish(need()).header.seq == 2


def test_the_guard_file_is_written_before_peers_may_see_the_entry(
    open_node: Open, country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = admitted(open_node, country)
    visible_at_guard: list[int] = []
    create = Guard.create

    def watched(guard: Guard, new: dict[LogId, object]) -> None:
        visible_at_guard.append(node.store.visible)
        create(guard, new)  # type: ignore[arg-type]

    monkeypatch.setattr(Guard, "create", watched)
    before = node.store.visible

    entry = node.publisher.publish(need())

    assert visible_at_guard == [before]
    assert node.store.visible == before + 1
    signed = Guard(tmp_path / "node" / "guard").find(node.station.key.public, "needs")
    assert signed is not None
    assert (signed.epoch, signed.seq, signed.id) == (entry.header.epoch, 1, entry.id)


def test_while_the_guard_file_cannot_be_written_peers_see_nothing_new(
    open_node: Open, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = admitted(open_node, country)
    before = node.store.visible

    def full(guard: Guard, new: dict[LogId, object]) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Guard, "create", full)
        with pytest.raises(OSError, match="No space"):
            node.publisher.publish(need())
    zhejiang = country.national.admit("浙江", "regional", division="330000")
    node.ingest.receive(country.national.text() + zhejiang.text(), "peer")
    assert node.store.visible == before

    node.publisher.publish(need())
    assert node.store.visible == node.store.write(lambda tx: tx.last_position())


def test_a_guard_ahead_of_the_store_opens_a_new_epoch(
    open_node: Open, country: Country, tmp_path: Path, clock: TestClock
) -> None:
    first = admitted(open_node, country)
    lost = first.publisher.publish(need("丢失的"))
    guard = (tmp_path / "node" / "guard").read_bytes()
    clock.now += 5_000
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "guard").write_bytes(guard)
    node = open_node(first.station, name="restored")
    node.ingest.receive(country.national.text(), "peer")

    entry = node.publisher.publish(need("恢复后"))

    assert entry.header.epoch > lost.header.epoch
    opening = node.store.read(lambda r: r.entry(heads(node)[0].log, 0))
    assert b'"why":"restore"' in opening.body
    assert lost.id.encode() in opening.body


def test_own_entries_pulled_back_to_an_empty_disk_are_not_written_on(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    first = admitted(open_node, country)
    signed = first.publisher.publish(need("之前"))
    text = b"".join(first.store.read(lambda r: list(r.log_texts())))
    back = open_node(first.station, name="back")
    back.ingest.receive(text, "peer")

    entry = back.publisher.publish(need("之后"))
    again = back.publisher.publish(need("再后"))

    assert entry.header.epoch == signed.header.epoch + 1
    assert again.header.prev == entry.id


def test_a_roster_change_holds_even_where_the_guard_file_could_not_be_written(
    open_node: Open, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = admitted(open_node, country)
    chengdu = StationInTest(country.network, "成都", country.clock)

    def full(guard: Guard, new: dict[LogId, object]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Guard, "create", full)
    with pytest.raises(OSError, match="No space"):
        node.publisher.publish(chengdu.admission("grassroots", node.station.id, division="510100"))

    assert node.ingest.roster.is_admitted(chengdu.key.public)


def test_a_peer_that_holds_more_of_our_log_than_we_do_makes_us_open_a_new_epoch(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    node = admitted(open_node, country)
    first = node.publisher.publish(need())
    log = heads(node)[0].log
    clock.now += 2_000

    node.publisher.note_lost(Head(log, 7, first.id, clock.now))
    entry = node.publisher.publish(need())
    again = node.publisher.publish(need())

    assert entry.header.epoch > first.header.epoch
    assert again.header.epoch == entry.header.epoch


def test_a_clock_that_ran_ahead_opens_a_new_epoch_where_time_starts_afresh(
    open_node: Open, country: Country, clock: TestClock
) -> None:
    node = admitted(open_node, country)
    clock.now += DAY_MS
    wrong = node.publisher.publish(need())
    clock.now -= DAY_MS

    right = node.publisher.publish(need())

    assert right.header.time < wrong.header.time
    assert right.header.epoch == wrong.header.epoch + 1
    opened = node.store.read(lambda r: r.entry(LogId(*_log_of(right)), 0))
    assert b'"why":"clock"' in opened.body


def _log_of(entry: object) -> tuple[str, str, int]:
    header = entry.header  # type: ignore[attr-defined]
    return header.author, header.channel, header.epoch


def test_admitting_shows_in_the_roster_at_once(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)
    chengdu = StationInTest(country.network, "成都", country.clock)

    act = node.publisher.publish(
        chengdu.admission("grassroots", node.station.id, division="510100")
    )

    assert node.ingest.roster.is_admitted(chengdu.key.public)
    ended = StationEnded(station=act.id, hierarchy="stations", replaces=act.id, why="revoked")
    node.publisher.publish(ended)
    assert not node.ingest.roster.is_admitted(chengdu.key.public)


def test_a_record_too_long_for_the_wire_is_invalid(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)
    giant = StationAdmitted.model_construct(
        key="k" * 43,
        recovery="r" * 43,
        sealing="s" * 43,
        name="大" * 30_000,
        memberships=(MembershipIn(hierarchy="stations", level="grassroots"),),
        from_ms=0,
        until_ms=1,
    )

    with pytest.raises(InvalidError, match="too long"):
        node.publisher.publish(giant)


def test_a_batch_is_published_whole_or_not_at_all(open_node: Open, country: Country) -> None:
    node = admitted(open_node, country)

    with pytest.raises(InvalidError):
        node.publisher.publish_many([(need(), "-"), (NeedWithdrawn(), "-")])

    def entries(reading: Reading) -> int:
        return reading.counts()["needs"]

    assert node.store.read(entries) == 0


def test_the_log_of_a_sealed_part_is_open_before_it_is_sealed(
    open_node: Open, country: Country
) -> None:
    node = admitted(open_node, country)

    log = node.publisher.open_log("referrals")

    assert node.publisher.open_log("referrals") == log
    assert node.store.read(lambda r: r.head(log)).seq == 0  # type: ignore[union-attr]
