"""The story's beginning: the council, the admissions, the results and needs that are brought in."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from node.demo.plan import LOCAL, RECEIVER, REGIONAL, TOP, Place
from node.demo.tale import STEP_S, Tale, await_at, check
from node.folder import read_request
from node.imports import read_pages

HERE = Path(__file__).parent
SAMPLE_NEEDS = HERE / "needs.jsonl"
SAMPLE_RESULTS = HERE / "results.jsonl"
CANDIDATES_MAX = 100
HITS = 10
PAGE_ROWS = 500


def found_network(tale: Tale) -> str:
    """The council founds the network and hands out the genesis file."""
    network = tale.network.found()
    council = network.genesis.council
    return f"network {network.id}, council {council.threshold} of {len(council.keys)}"


def start_nodes(tale: Tale) -> str:
    """Ten folders, ten keys, ten processes."""
    tale.network.make_nodes()
    tale.network.start_all()
    return f"{len(tale.network.nodes)} processes answer"


def admit_national(tale: Tale) -> str:
    """The council's act, signed by two of three, admits the national station."""
    top = tale.network[TOP.slug]
    act = tale.network.council_act()
    top.post("/acts", {"act": act.act, "signatures": [list(pair) for pair in act.signatures]})
    _await_admission(tale, (TOP,))
    return f"{TOP.name}: {top.station}"


def admit_regional(tale: Tale) -> str:
    """The national station admits the regional ones."""
    _admit(tale, REGIONAL)
    return "、".join(f"{place.name} {place.division}" for place in REGIONAL)


def admit_local(tale: Tale) -> str:
    """Each regional station admits two local ones."""
    _admit(tale, LOCAL)
    everyone = len(tale.network.nodes)
    for node in tale.network:
        await_at(node, lambda at: at.get("/status")["stations"] == everyone, "all stations")
    return "、".join(f"{place.name} {place.division}" for place in LOCAL)


def _admit(tale: Tale, places: Iterable[Place]) -> None:
    places = tuple(places)
    for place in places:
        request = read_request(tale.network.folder / place.slug)
        body = request.model_dump(mode="json") | {"level": place.mode, "division": place.division}
        tale.network[place.parent].post("/admissions", body)
    _await_admission(tale, places)


def _await_admission(tale: Tale, places: Iterable[Place]) -> None:
    for place in places:
        node = tale.network[place.slug]
        await_at(node, lambda at: at.get("/status")["is_admitted"], "its admission")
        node.station = node.get("/status")["station"]


def import_results(results: Path) -> Callable[[Tale], str]:
    """The step that deals the results of a file out to the six local stations."""

    def step(tale: Tale) -> str:
        tale.results_in = _deal(tale, "results", _rows(results), results.stem)
        _await_everywhere(tale, "results", tale.results_in)
        return f"{tale.results_in} results at {len(LOCAL)} stations, all ten nodes hold them"

    return step


def import_needs(needs: Path) -> Callable[[Tale], str]:
    """The step that finds the story's own need and deals the others out."""

    def step(tale: Tale) -> str:
        rows = _rows(needs)
        tale.need_text = _choose(tale, rows)
        rest = [row for row in rows if _text(row) != tale.need_text]
        tale.needs_in = _deal(tale, "needs", rest, needs.stem)
        _await_everywhere(tale, "needs", tale.needs_in)
        return f"{tale.needs_in} needs at {len(LOCAL)} stations, all ten nodes hold them"

    return step


def _rows(file: Path) -> list[dict[str, Any]]:
    return [row for page in read_pages(file) for row in page.rows]


def _deal(tale: Tale, kind: str, rows: list[dict[str, Any]], system: str) -> int:
    """Import rows round the local stations, all stations at once; how many were published."""

    def send(number: int) -> int:
        node, own = tale.network[LOCAL[number].slug], rows[number :: len(LOCAL)]
        published = 0
        for first in range(0, len(own), PAGE_ROWS):
            page = {"system": system, "first": first + 1, "rows": own[first : first + PAGE_ROWS]}
            published += node.post(f"/imports/{kind}", page)["published"]
        return published

    with ThreadPoolExecutor(len(LOCAL)) as pool:
        counts = list(pool.map(send, range(len(LOCAL))))
    check(sum(counts), f"no {kind} could be imported")
    return sum(counts)


def _await_everywhere(tale: Tale, kind: str, count: int) -> None:
    for node in tale.network:
        await_at(
            node,
            lambda at: at.get("/status")["numbers"][kind] >= count,
            f"all {count} {kind}",
            4 * STEP_S,
        )


def _text(row: dict[str, Any]) -> dict[str, str]:
    """Title, text and field of a row of either of the shapes that are imported."""
    return {
        "title": str(row.get("title", "")),
        "text": str(row.get("description") or row.get("summary") or row.get("text") or ""),
        "field": str(row.get("field") or ""),
    }


def _choose(tale: Tale, rows: list[dict[str, Any]]) -> dict[str, str]:
    """The need for which the receiver's own result stands highest when it searches.

    Needs in another language than the results match nothing; then the sample's are taken.
    """
    node = tale.network[RECEIVER]
    sample = _rows(SAMPLE_NEEDS)
    best: tuple[int, dict[str, str]] | None = None
    for row in [*rows[:CANDIDATES_MAX], *sample]:
        text = _text(row)
        if not any("一" <= letter <= "鿿" for letter in text["title"]):
            continue
        query = f"{text['title']} {text['text']}"[:1000]
        hits = node.get("/search", kind="results", text=query, limit=HITS)["items"]
        for rank, hit in enumerate(hits):
            if hit["station"] == node.station and (best is None or rank < best[0]):
                best = (rank, text)
        if best is not None and best[0] == 0:
            break
    check(best, f"no need matches a result of {node.place.name}")
    assert best is not None
    return best[1]
