"""Which needs, results and resources have changed since a position of the feed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from node.readmodels import entries
from node.search.index import KINDS, Kind
from protocol.header import Header, entry_id, parse_header
from protocol.records import BodyErased, find_record

if TYPE_CHECKING:
    from node.store import Reading, StoredRun

FEED_BYTES = 4 * 1024 * 1024
CHANNELS = ("needs", "results")
_NOUNS: dict[str, Kind] = {"need": "needs", "result": "results", "resource": "resources"}


def read_touched(
    reading: "Reading", mark: tuple[int, int] | None
) -> tuple[dict[Kind, set[str]], tuple[int, int], bool]:
    """Which needs, results and resources the entries after a mark speak of.

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
        page = reading.feed(position, CHANNELS, FEED_BYTES)
        for run in page.runs:
            for kind, id_ in (*_subjects(run.lines()[0]), *_taken_back(reading, run)):
                touched[kind].add(id_)
        more = page.more and page.position > position
        position = page.position
    return touched, (epoch, position), True


def _subjects(lines: Iterable[bytes]) -> Iterable[tuple[Kind, str]]:
    for line in lines:
        header: Header = parse_header(line)
        if kind := _kind_of(header.kind):
            yield kind, entry_id(line) if header.subject == "-" else header.subject


def _kind_of(kind: str) -> Kind | None:
    """What an entry's kind speaks of, by its noun; None where nothing of it is indexed."""
    return _NOUNS.get(kind.partition(".")[0])


def _taken_back(reading: "Reading", run: "StoredRun") -> Iterable[tuple[Kind, str]]:
    """What erasures in a run took something back of."""
    for line, body in zip(*run.lines(), strict=True):
        if parse_header(line).kind == BodyErased.KIND:
            record = find_record(BodyErased.KIND, run.log.channel, body)
            named = record.references() if record is not None else ()
            for view in entries.find_many(reading, named).values():
                if kind := _kind_of(view.kind):
                    yield kind, view.id if view.subject == "-" else view.subject
