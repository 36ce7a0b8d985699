"""The same entries in any order give the same read models on every node (promise P9)."""

import random
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from node.readmodels import PROJECTIONS, entries
from node.rebuild import readmodel_digest, rebuild
from protocol.header import entry_id, parse_header
from protocol.limits import CHANNELS, PERMANENT_CHANNELS
from protocol.records import (
    LogCut,
    VisitMade,
)
from tests.builders import (
    Country,
    NodeInTest,
    need,
)
from tests.property import trying
from tests.property.tale import Tale


def deliver(
    folder: Path, tale: Tale, pieces: list[bytes], before: list[bytes] | None = None
) -> tuple[str, NodeInTest]:
    """Give a fresh node every piece by itself, in this order, until it has taken all.

    ``before`` are pieces that come earlier, whatever becomes of them. What it refused of the others
    it is given again in one text, each log in its own order, as peers do.
    """
    folder.mkdir()
    node = NodeInTest.open("sqlite:///node.db", folder, tale.country.national, PROJECTIONS)
    for piece in before or ():
        node.ingest.receive(piece, "peer")
    waiting = [piece for piece in pieces if not is_taken(node, piece)]
    while waiting:
        node.ingest.receive(b"".join(sorted(waiting, key=tale.in_order.index)), "peer")
        left = [piece for piece in waiting if not is_taken(node, piece)]
        assert len(left) < len(waiting)
        waiting = left
    return node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total, node


def is_taken(node: NodeInTest, piece: bytes) -> bool:
    """Whether the node holds the whole piece after this."""
    return all(
        each.code in ("accepted", "duplicate") for each in node.ingest.receive(piece, "peer")
    )


def without(piece: bytes, is_taken_out: Callable[[bytes], bool]) -> bytes:
    """Log text without the bodies of some header lines; where bodies are permanent, with all."""
    lines = piece.split(b"\n")
    for index in range(0, len(lines) - 1, 2):
        channel = parse_header(lines[index]).channel
        if channel not in PERMANENT_CHANNELS and is_taken_out(lines[index]):
            lines[index + 1] = b""
    return b"\n".join(lines)


def texts(node: NodeInTest) -> set[bytes]:
    """All that is held, byte for byte, each log as one text."""
    held = node.store.read(lambda r: [(run.log, run.text()) for run in r.log_runs()])
    return {b"".join(text for each, text in held if each == log) for log, _ in held}


@trying(10)
@given(seed=st.integers(0, 2**32), acts=st.integers(5, 60))
def test_the_order_of_arrival_and_a_rebuild_make_no_difference(seed: int, acts: int) -> None:
    tale = Tale(random.Random(seed), acts)
    tale.in_order = pieces = tale.pieces()
    shuffled = random.Random(seed + 1).sample(pieces, len(pieces))
    with TemporaryDirectory() as folder:
        first, one = deliver(Path(folder) / "one", tale, pieces)
        second, other = deliver(Path(folder) / "other", tale, shuffled)
        rebuilt = rebuild(other.store, other.ingest).total
        held = [texts(one), texts(other)]
        one.close()
        other.close()
    assert first == second == rebuilt
    assert held[0] == held[1]


@trying(8)
@given(seed=st.integers(0, 2**32), acts=st.integers(10, 60))
def test_bodies_that_come_late_or_never_make_no_difference_once_what_is_lacking_is_erased(
    seed: int, acts: int
) -> None:
    dice = random.Random(seed + 1)
    tale = Tale(random.Random(seed), acts)
    tale.in_order = pieces = tale.pieces()
    stripped = [without(piece, lambda _: dice.random() < 0.5) for piece in pieces]
    with TemporaryDirectory() as folder:
        whole, one = deliver(Path(folder) / "one", tale, pieces)
        late, other = deliver(
            Path(folder) / "other",
            tale,
            dice.sample(pieces, len(pieces)),
            dice.sample(stripped, len(stripped)),
        )
        erased = one.store.read(
            lambda r: {e.id for e in entries.find(r, reason="erased", limit=500)}
        )
        tale.in_order = rest = [
            without(piece, lambda line: entry_id(line) in erased) for piece in pieces
        ]
        never, third = deliver(Path(folder) / "third", tale, dice.sample(rest, len(rest)))
        held = [texts(node) for node in (one, other, third)]
        for node in (one, other, third):
            node.close()
    assert whole == late == never
    assert held[0] == held[1] == held[2]


def test_what_lies_beyond_a_cut_shows_nowhere_whether_it_came_before_or_after_the_cut() -> None:
    country = Country()
    upper = country.national.admit("四川", "regional")
    member = upper.admit("四川1")
    good = member.sign(need("切断之前"))
    log = member.logs["needs", good.header.epoch]
    member.sign(need("切断之后"))
    member.sign(VisitMade(on="2026-11-20", needs_found=1))
    beyond = member.text()
    before = country.national.text() + upper.text()
    ending = LogCut(channel="needs", epoch=log.id.epoch, seq=good.header.seq, id=good.id)
    upper.end(member, (ending,))
    after = country.national.text() + upper.text()
    digests, buckets = [], []
    with TemporaryDirectory() as folder:
        for name, texts in (("early", (before, beyond, after)), ("late", (after, beyond))):
            (Path(folder) / name).mkdir()
            node = NodeInTest.open(
                "sqlite:///node.db", Path(folder) / name, country.national, PROJECTIONS
            )
            for text in texts:
                node.ingest.receive(text, "peer")
            if name == "late":
                node.ingest.receive(log.text(0, good.header.seq), "peer")
            digests.append(node.store.read(lambda tx: readmodel_digest(tx, PROJECTIONS)).by_name)
            buckets.append(node.store.read(lambda tx: tx.buckets(CHANNELS)))
            node.close()
    assert digests[0] == digests[1]
    assert buckets[0] == buckets[1]
