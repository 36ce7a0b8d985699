"""The feed keeps its newest rows only: what may be forgotten, and what goes on as before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.audit import audit_next, find_prunable, note_audited
from node.holdings import sample_own
from node.readmodels import PROJECTIONS
from node.search import Search
from node.store import Writing
from protocol.limits import CHANNELS
from protocol.records import ResultWithdrawn
from tests.builders import Country, NodeInTest, need, result

Open = Callable[..., NodeInTest]


@pytest.fixture
def node(open_node: Open, country: Country) -> NodeInTest:
    made = open_node(country.national, PROJECTIONS)
    made.ingest.receive(country.national.text(), "peer")
    return made


def audit(node: NodeInTest) -> None:
    ingest = node.ingest
    found = node.store.read(lambda r: audit_next(r, ingest.roster, ingest.network.id))
    node.store.write(lambda tx: note_audited(tx, found))


def prune(node: NodeInTest, rows: int) -> int:
    """One go of the job; the floor afterwards."""
    up_to = node.store.read(lambda r: find_prunable(r, rows))
    if up_to:
        node.store.write(lambda tx: tx.drop_feed(up_to))
    return node.store.read(lambda r: r.feed_floor)


def publish(node: NodeInTest, count: int) -> None:
    for number in range(count):
        node.publisher.publish(need(f"需求{number}"))


def test_the_newest_rows_are_kept_and_their_entries_are_all_held(node: NodeInTest) -> None:
    publish(node, 9)
    audit(node)
    head = node.store.visible

    assert prune(node, 4) == head - 4

    page = node.store.read(lambda r: r.feed(head - 4))
    assert (len(page.runs), page.position) == (4, head)
    assert node.store.read(lambda r: r.counts())["needs"] == 10
    assert prune(node, 4) == head - 4


def test_what_was_not_audited_yet_is_kept(node: NodeInTest) -> None:
    audit(node)
    audited = node.store.visible
    publish(node, 9)

    assert prune(node, 1) == audited


def test_no_more_than_so_many_rows_are_forgotten_in_one_go(
    node: NodeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.audit.PRUNED_ROWS", 3)
    publish(node, 9)
    audit(node)

    assert [prune(node, 2) for _ in range(3)] == [3, 6, 8]


def test_positions_never_begin_anew_not_even_when_every_row_is_gone(
    node: NodeInTest, open_node: Open
) -> None:
    publish(node, 3)
    head = node.store.visible
    node.store.write(lambda tx: tx.drop_feed(head))
    own = [node.station.key.public]
    sample = node.store.read(lambda r: sample_own(r, own))
    assert sample is not None
    assert sample[0] == head
    node.close()

    again = open_node(node.station, PROJECTIONS)
    assert again.store.visible == head
    publish(again, 1)

    assert again.store.visible > head
    page = again.store.read(lambda r: r.feed(head, CHANNELS))
    assert b"".join(run.text() for run in page.runs).count(b"need.published") == 1


def test_what_peers_are_not_shown_yet_is_not_forgotten(node: NodeInTest) -> None:
    def stop(_: object) -> None:
        raise OSError("no guard file")

    def append(tx: Writing) -> Any:
        return node.publisher._publish(tx, [(need("未公开"), "-")], "")

    with pytest.raises(OSError, match="no guard file"):
        node.store.write(append, stop)
    audit(node)

    assert prune(node, 0) == node.store.visible
    assert node.store.read(lambda r: r.last_position()) > node.store.visible


def test_a_search_index_that_fell_behind_a_pruned_feed_is_filled_anew(
    node: NodeInTest, tmp_path: Path
) -> None:
    search = Search(tmp_path / "index", node.store, node.station.clock)
    first = node.publisher.publish(result("石墨烯散热膜"))
    assert [hit.id for hit in search.find_results("石墨烯")] == [first.id]
    second = node.publisher.publish(result("石墨烯涂料"))
    node.publisher.publish(ResultWithdrawn(), first.id)
    node.store.write(lambda tx: tx.drop_feed(node.store.visible))

    assert [hit.id for hit in search.find_results("石墨烯")] == [second.id]
