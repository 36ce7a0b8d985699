"""Bodies that are not held: filled in when they come, dropped when their author takes them back."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from node.peering.rota import AGAIN_MS, BODIES_PER_TURN, Rota
from node.readmodels import PROJECTIONS, entries, needs
from node.rebuild import readmodel_digest
from node.search import Search
from node.store import FIRST_TURN, Erasure, merge_chunks
from node.verify import verify_texts
from protocol.chain import join_text
from protocol.limits import CHANNELS
from protocol.records import LogCut, NeedAmended, NeedWithdrawn
from tests.builders import START_MS, Country, LogText, NodeInTest, StationInTest, erasure, need

Open = Callable[..., NodeInTest]
LATER = START_MS // 1000 + 1


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional", division="510000")


@pytest.fixture
def node(open_node: Open, country: Country, sichuan: StationInTest) -> NodeInTest:
    """A node on either database that knows the registry, but nothing else."""
    made = open_node(sichuan, PROJECTIONS)
    take(made, country.national.text())
    return made


def take(node: NodeInTest, text: bytes) -> list[str]:
    return [str(each.code) for each in node.ingest.receive(text, "peer")]


def stripped(log: LogText, *seqs: int) -> bytes:
    """The log without the bodies of these entries."""
    bodies = [b"" if seq in seqs else body for seq, body in enumerate(log.bodies)]
    return join_text(log.headers, bodies)


def reasons(node: NodeInTest) -> dict[int, str]:
    found = node.store.read(lambda r: entries.find(r, channel="needs"))
    return {each.seq: each.reason for each in found if each.epoch != LATER}


def titles(node: NodeInTest) -> list[str]:
    return sorted(each.title for each in node.store.read(needs.find))


def absent(node: NodeInTest) -> list[int]:
    return [each.seq for each in node.store.read(lambda r: r.list_absent(FIRST_TURN, 99))]


def held(node: NodeInTest) -> bytes:
    return b"".join(node.store.read(lambda r: list(r.log_texts(("needs",)))))


def digest(node: NodeInTest) -> str:
    return node.store.read(lambda r: readmodel_digest(r, PROJECTIONS)).total


def test_a_body_that_comes_later_takes_its_place_and_its_effect(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    opened = sichuan.sign(need("甲"))
    changed = need("乙").model_dump() | {"after": opened.id}
    sichuan.sign(NeedAmended.model_validate(changed), opened.id)
    sichuan.sign(need("丙"))
    log = sichuan.log("needs")
    take(node, stripped(log, 1, 3))
    heads = node.store.read(lambda r: (r.heads(), r.buckets(CHANNELS)))
    before = node.store.visible

    assert (reasons(node)[1], titles(node), absent(node)) == ("absent", [], [1, 3])
    assert take(node, log.text(1, 2)) == ["duplicate"]

    assert (reasons(node)[1], titles(node), absent(node)) == ("", ["乙"], [3])
    assert node.store.read(lambda r: (r.heads(), r.buckets(CHANNELS))) == heads
    page = node.store.read(lambda r: r.feed(before))
    assert [run.text() for run in page.runs] == [log.text(1, 1)]
    assert take(node, log.text()) == ["duplicate"]
    assert (titles(node), absent(node), held(node)) == (["丙", "乙"], [], log.text())


def test_a_body_that_was_not_signed_for_fills_nothing(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    sichuan.sign(need("甲"))
    log = sichuan.log("needs")
    take(node, stripped(log, 1))
    before = node.store.visible

    for body in (b"{}", log.bodies[1].replace("甲".encode(), "乙".encode())):
        assert take(node, join_text(log.headers, [log.bodies[0], body])) == ["duplicate"]

    assert (absent(node), held(node)) == ([1], stripped(log, 1))
    assert node.store.visible == before


def test_what_its_author_erases_is_dropped_from_chunks_read_models_and_the_feed(
    node: NodeInTest, country: Country, open_node: Open, sichuan: StationInTest
) -> None:
    said = [sichuan.sign(need(f"需求{number}")) for number in range(12)]
    log = sichuan.log("needs")
    for seq in range(13):
        take(node, log.text(seq, seq))
    node.store.write(merge_chunks)
    before = node.store.read(lambda r: (r.head(log.id), r.volume(log.id, 0)))

    sichuan.sign(erasure(said[3], said[9]), channel="needs")
    take(node, log.text(13, 13))

    assert {seq for seq, reason in reasons(node).items() if reason == "erased"} == {4, 10}
    assert len(titles(node)) == 10
    assert held(node) == stripped(log, 4, 10)
    assert absent(node) == []
    assert node.store.read(lambda r: r.volume(log.id, 0))[2] > before[1][2]
    feed = node.store.read(lambda r: b"".join(run.text() for run in r.feed(0).runs))
    assert said[3].body not in feed
    assert take(node, log.text()) == ["duplicate"]
    assert held(node) == stripped(log, 4, 10)
    never = open_node(sichuan, PROJECTIONS, "never")
    take(never, country.national.text() + stripped(log, 4, 10))
    assert digest(never) == digest(node)


def test_a_body_known_as_erased_is_dropped_where_it_arrives(
    node: NodeInTest, country: Country, open_node: Open, sichuan: StationInTest
) -> None:
    said = sichuan.sign(need("甲"))
    log = sichuan.log("needs")
    sichuan.sign(erasure(said), channel="needs", epoch=LATER)

    take(node, sichuan.log("needs", LATER).text())
    take(node, log.text())

    assert (reasons(node)[1], titles(node)) == ("erased", [])
    assert said.body not in held(node)
    other = open_node(sichuan, PROJECTIONS, "other")
    take(other, country.national.text() + stripped(log, 1))
    assert absent(other) == [1]
    take(other, sichuan.log("needs", LATER).text())
    assert absent(other) == []
    assert digest(other) == digest(node)
    assert node.store.read(lambda r: r.erasures()) == [
        Erasure(log.id, 1, said.id, sichuan.log("needs", LATER).id, 1, said_by(sichuan))
    ]


def said_by(station: StationInTest) -> str:
    tail = station.log("needs", LATER).tail
    assert tail is not None
    return tail.id


@pytest.mark.parametrize("comes_first", [True, False])
def test_what_a_station_may_not_erase_stays_and_the_erasure_is_inert(
    node: NodeInTest, country: Country, sichuan: StationInTest, comes_first: bool
) -> None:
    said = sichuan.sign(need("甲"))
    closed = sichuan.sign(NeedWithdrawn(reason="撤回"), said.id)
    country.national.sign(erasure(said), channel="needs")
    sichuan.sign(erasure(closed), channel="needs", epoch=LATER)
    texts = [
        sichuan.log("needs").text(),
        country.national.log("needs").text() + sichuan.log("needs", LATER).text(),
    ]

    for text in reversed(texts) if comes_first else texts:
        assert set(take(node, text)) == {"accepted"}

    found = node.store.read(lambda r: entries.find(r, kind="body.erased/1"))
    assert {(each.reason, each.detail.split()[2]) for each in found} == {
        ("bad-record", "is"),
        ("bad-record", "of"),
    }
    assert said.body in held(node)
    assert closed.body in held(node)


def test_a_store_written_without_marks_finds_them_in_its_chunks(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    said = sichuan.sign(need("甲"))
    sichuan.sign(need("乙"))
    log = sichuan.log("needs")
    sichuan.sign(erasure(said), channel="needs")
    take(node, stripped(log, 1, 2))
    marks = node.store.read(lambda r: (r.list_marked(), r.erasures()))
    before = digest(node)

    node.store.write(lambda tx: (tx.find_absence(), tx.drop_meta("absence")))
    assert node.store.read(lambda r: r.erasures()) == []
    again = type(node.ingest)(node.store, sichuan.network, sichuan.clock, node.ingest.projections)

    assert node.store.read(lambda r: (r.list_marked(), r.erasures())) == marks
    assert again.roster.digest() == node.ingest.roster.digest()
    assert (digest(node), absent(node)) == (before, [2])


def test_an_erasure_beyond_a_cut_erases_no_more(
    node: NodeInTest, country: Country, open_node: Open, sichuan: StationInTest
) -> None:
    said = sichuan.sign(need("甲"))
    log = sichuan.log("needs")
    sichuan.sign(erasure(said), channel="needs")
    take(node, log.text())
    assert (reasons(node)[1], absent(node)) == ("erased", [])

    cut = LogCut(channel="needs", epoch=log.id.epoch, seq=1, id=said.id)
    country.national.end(sichuan, (cut,))
    take(node, country.national.text())

    assert (reasons(node)[1], absent(node)) == ("absent", [1])
    take(node, log.text(0, 1))
    other = open_node(sichuan, PROJECTIONS, "other")
    take(other, country.national.text() + log.text())
    assert titles(node) == titles(other) == ["甲"]
    assert digest(node) == digest(other)


def test_what_was_erased_is_found_no_more(
    node: NodeInTest, sichuan: StationInTest, tmp_path: Path
) -> None:
    said = sichuan.sign(need("钛精矿浮选药剂"))
    changed = need("光伏逆变器").model_dump() | {"after": said.id}
    amended = sichuan.sign(NeedAmended.model_validate(changed), said.id)
    log = sichuan.log("needs")
    take(node, log.text())
    search = Search(tmp_path / "search", node.store, sichuan.clock)
    assert [hit.id for hit in search.find_needs("光伏逆变器")] == [said.id]

    sichuan.sign(erasure(amended), channel="needs")
    take(node, log.text(3, 3))

    assert search.find_needs("光伏逆变器") == []
    assert [hit.id for hit in search.find_needs("浮选药剂")] == [said.id]


def test_logs_with_erased_bodies_verify(node: NodeInTest, country: Country) -> None:
    said = country.national.sign(need("甲"))
    country.national.sign(erasure(said), channel="needs")
    take(node, country.national.text())

    texts = node.store.read(lambda r: list(r.log_texts()))
    found = verify_texts(country.network, "store", texts)

    assert (found.absent, found.inert) == (1, 0)


def test_absent_bodies_are_asked_in_turns_and_once_an_hour(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    for number in range(300):
        sichuan.sign(need(f"需求{number}"))
    log = sichuan.log("needs")
    take(node, join_text(log.headers, [b""] * 301))
    rota = Rota()

    def turn(now_ms: int) -> list[tuple[int, int]]:
        ranges = node.store.read(lambda r: rota.next_turn(r, now_ms))
        return [(each.first, each.last) for each in ranges]

    assert turn(0) == [(0, BODIES_PER_TURN - 1)]
    assert turn(1) == [(BODIES_PER_TURN, 300)]
    assert turn(2) == turn(AGAIN_MS - 1) == []
    sichuan.sign(need("又一项"))
    take(node, join_text([log.headers[301]], [b""]))
    assert turn(3) == [(301, 301)]
    take(node, log.text(0, 255))
    assert turn(AGAIN_MS) == [(256, 301)]


def test_a_turn_asks_for_no_more_than_fits_an_answer(
    node: NodeInTest, sichuan: StationInTest
) -> None:
    large = json.dumps({"a": "x" * 60_000}).encode()
    for _ in range(20):
        sichuan.sign_raw("needs", "need.sung/1", large)
    log = sichuan.log("needs")
    take(node, join_text(log.headers, [log.bodies[0], *[b""] * 20]))

    (asked,) = node.store.read(lambda r: Rota().next_turn(r, 0))

    assert asked.first == 1
    assert 10 <= asked.last <= 13
