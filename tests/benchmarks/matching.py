"""A need against 100,000 results of a node, and 10,000 resources: time to the ten that fit best."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from node.clock import Clock
from node.readmodels import PROJECTIONS
from node.readmodels.resources import ResourceRow
from node.readmodels.results import ResultRow
from node.rebuild import prepare
from node.search.fields import field_marks
from node.search.index import Kind
from node.search.matches import RESOURCE_HITS
from node.search.question import Question
from node.search.search import Search
from node.store import Store, table_of
from protocol.header import CHANNELS
from tests.benchmarks.figures import Figure, median, percentile
from tests.benchmarks.ingest import LaterClock
from tests.benchmarks.workload import START_MS

RESULTS = 100_000
RESOURCES = 10_000
MEDIAN_MS = 20
BATCH = 5_000
DEMO = Path(__file__).resolve().parents[2] / "node" / "demo"
ROOT = Path(__file__).resolve().parents[3] / "shared" / "data"


def figures(rounds: int) -> list[Figure]:
    """Median and 95th percentile of all needs, each asked ``rounds`` times."""
    clock: Clock = LaterClock()
    with TemporaryDirectory(prefix="yizhan-bench-") as folder:
        url = f"sqlite:///{folder}/node.db"
        store = Store.open(url, Path(folder), inline=True, clock=clock)
        fill(store, RESULTS)
        fill_resources(store, RESOURCES)
        search = Search(Path(folder) / "index", store, clock)
        start = time.perf_counter()
        assert search.catch_up() == RESULTS + RESOURCES
        built_s = time.perf_counter() - start
        spent = ask(search, "results", 10, rounds)
        helped = ask(search, "resources", RESOURCE_HITS, rounds)
        store.close()
    note = f"index built in {built_s:.0f} s"
    return [
        Figure("match a need, 100,000 results, median", median(spent), "ms", at_most=MEDIAN_MS),
        Figure("match a need, 100,000 results, p95", percentile(spent, 95), "ms", note=note),
        Figure("match a need, 10,000 resources, median", median(helped), "ms", at_most=MEDIAN_MS),
    ]


def ask(search: Search, kind: Kind, limit: int, rounds: int) -> list[float]:
    """What every judged need takes, so many times each, ms."""
    spent = []
    for _ in range(rounds):
        for question in questions():
            start = time.perf_counter()
            assert search.find(kind, question, limit)
            spent.append(1_000 * (time.perf_counter() - start))
    return spent


def _rows_of(shared: str, demo: str) -> list[dict[str, object]]:
    """Rows of the judged data where they are at hand, else of the demonstration."""
    file = ROOT / shared if (ROOT / shared).is_file() else DEMO / demo
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def questions() -> Iterator[Question]:
    """The judged needs, as they are asked."""
    for row in _rows_of("needs_zh_dev.jsonl", "needs.jsonl"):
        marks = field_marks(str(row.get("field", "")))
        yield Question(
            str(row["title"]), str(row.get("description", row.get("text", ""))), marks, True
        )


def fill(store: Store, count: int) -> None:
    """Results made of the sentences of real abstracts, so that words are as common as they are."""
    source = _rows_of("csl_offers_zh.jsonl", "results.jsonl")
    draw = random.Random(1)
    sentences = [each for row in source for each in str(row["abstract"]).split("，") if each]
    words = [word for row in source for word in _keywords(row)]
    columns = table_of(ResultRow).c.keys()

    def row(number: int) -> dict[str, object]:
        like = draw.choice(source)
        return {
            **dict.fromkeys(columns, ""),
            "id": f"result-{number:06}", "station": "s", "time": START_MS + number,
            "revision": "r", "revised": START_MS, "state": "open", "lang": "zh", "trl": None,
            "patents": "[]", "ipc": "[]",
            "title": str(like["title"])[:30] + draw.choice(words),
            "text": "，".join(draw.choices(sentences, k=6)),
            "keywords": json.dumps(draw.choices(words, k=4), ensure_ascii=False),
            "discipline": str(like["discipline"]),
        }  # fmt: skip

    store.write(lambda tx: prepare(tx, PROJECTIONS, CHANNELS))
    for first in range(0, count, BATCH):
        rows = [row(number) for number in range(first, min(count, first + BATCH))]
        store.write(lambda tx, rows=rows: tx.insert(ResultRow, rows))


def fill_resources(store: Store, count: int) -> None:
    """Experts who work on what the results are about."""
    source = _rows_of("csl_offers_zh.jsonl", "results.jsonl")
    draw = random.Random(2)
    words = [word for row in source for word in _keywords(row)]
    columns = table_of(ResourceRow).c.keys()
    empty = {**dict.fromkeys(columns, ""), "price_fen": None, "members": None, "served": None}

    def row(number: int) -> dict[str, object]:
        like = draw.choice(source)
        return {
            **empty,
            "id": f"resource-{number:06}", "station": "s", "time": START_MS + number,
            "revision": "r", "revised": START_MS, "state": "open", "type": "expert", "lang": "zh",
            "title": f"{like['discipline']}专家",
            "text": str(like["abstract"])[:200],
            "keywords": json.dumps(draw.choices(words, k=6), ensure_ascii=False),
        }  # fmt: skip

    for first in range(0, count, BATCH):
        rows = [row(number) for number in range(first, min(count, first + BATCH))]
        store.write(lambda tx, rows=rows: tx.insert(ResourceRow, rows))


def _keywords(row: dict[str, object]) -> list[str]:
    words = row["keywords"]
    assert isinstance(words, list)
    return [str(word) for word in words]
