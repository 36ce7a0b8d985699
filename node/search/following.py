"""Which needs and results have changed since a position of the feed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from node.readmodels import entries
from node.search.index import KINDS, Kind
from protocol.header import entry_id, parse_header
from protocol.records import BodyErased, find_record

if TYPE_CHECKING:
    from node.store import Reading, StoredRun

FEED_BYTES = 4 * 1024 * 1024


def read_touched(
    reading: "Reading", mark: tuple[int, int] | None
) -> tuple[dict[Kind, set[str]], tuple[int, int], bool]:
    """Which needs and results the entries after a mark speak of.

    Args:
        mark: feed epoch and position, or None.

    Returns:
        Their ids, the mark after them, and whether that is all: not so when the feed is another
        one, or has forgotten what came after the mark.
    """
    epoch = reading.feed_epoch
    touched: dict[Kind, set[str]] = {kind: set() for kind in KINDS}
    if mark is None or mark[0] != epoch or not reading.feed_floor <= mark[1] <= reading.feed_head:
        return touched, (epoch, reading.feed_head), False
    position = mark[1]
    more = position < reading.feed_head
    while more:
        page = reading.feed(position, KINDS, FEED_BYTES)
        for run in page.runs:
            kind: Kind = "needs" if run.log.channel == "needs" else "results"
            touched[kind].update(_subjects(run.lines()[0]))
            touched[kind].update(_taken_back(reading, run))
        more = page.more and page.position > position
        position = page.position
    return touched, (epoch, position), True


def _subjects(lines: Iterable[bytes]) -> Iterable[str]:
    for line in lines:
        subject = parse_header(line).subject
        yield entry_id(line) if subject == "-" else subject


def _taken_back(reading: "Reading", run: "StoredRun") -> Iterable[str]:
    """The needs and results of which erasures in a run took something back."""
    for line, body in zip(*run.lines(), strict=True):
        if parse_header(line).kind == BodyErased.KIND:
            record = find_record(BodyErased.KIND, run.log.channel, body)
            named = record.references() if record is not None else ()
            for view in entries.find_many(reading, named).values():
                yield view.id if view.subject == "-" else view.subject
