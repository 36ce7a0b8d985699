"""The figures can be measured: what a benchmark fills a node with is what its tables take."""

from pathlib import Path

from node.clock import SystemClock
from node.search.search import Search
from node.store import Store
from tests.benchmarks import matching


def test_results_made_for_the_benchmark_are_found(tmp_path: Path) -> None:
    clock = SystemClock()
    store = Store.open("sqlite:///node.db", tmp_path, inline=True, clock=clock)
    matching.fill(store, 30)
    search = Search(tmp_path / "index", store, clock)
    assert search.catch_up() == 30
    assert any(search.find("results", question, 10) for question in matching.questions())
    store.close()
