"""``yizhan search`` and ``yizhan match``: what fits, why, and how well matching does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, show_list
from node.cli.session import HERE, Session

search = App(
    name="search", help="Find results, needs or experts by words, or by what they should fit."
)
match = App(name="match", help="What fits a need or a result, and why.")

Rows = Annotated[int, Parameter(help="rows at most, 1 to 100")]
Text = Annotated[str, Parameter(help="words instead of an id, or besides it")]
COLUMNS = ("score", "id", "title", "station_name", "reasons")


@search.default
def find(
    text: Annotated[str, Parameter(help="words to find")] = "",
    *,
    kind: Annotated[
        Literal["results", "needs", "resources"], Parameter(help="what to find")
    ] = "results",
    need: Annotated[str, an_id("find what fits this need")] = "",
    result: Annotated[str, an_id("find what fits this result")] = "",
    limit: Rows = 10,
    session: Session = HERE,
) -> None:
    """Find results, needs or experts and others; the words in common say why."""
    columns = ("score", "id", "title", "station_name", "terms")
    query = {"kind": kind, "text": text, "need": need, "result": result, "limit": limit}
    show_list(session, "/search", columns, **query)


@match.command(name="need")
def match_need(
    id_: Annotated[str, an_id("the need's id", "ID")] = "",
    *,
    text: Text = "",
    limit: Rows = 10,
    session: Session = HERE,
) -> None:
    """Results that fit a need, by its id or by words, and the reasons."""
    query = {"kind": "results", "need": id_, "text": text, "limit": limit}
    _show_matches(session, "/search", COLUMNS, query)


@match.command(name="result")
def match_result(
    id_: Annotated[str, an_id("the result's id", "ID")] = "",
    *,
    text: Text = "",
    limit: Rows = 10,
    session: Session = HERE,
) -> None:
    """Needs that fit a result, by its id or by words, and the reasons."""
    query = {"kind": "needs", "result": id_, "text": text, "limit": limit}
    _show_matches(session, "/search", COLUMNS, query)


@match.command(name="experts")
def match_experts(
    id_: Annotated[str, an_id("the need's id", "ID")] = "",
    *,
    type_: Annotated[
        Literal["", "expert", "broker", "society", "institution", "service", "information"],
        Parameter(name="--type", help="only these; all if not given"),
    ] = "",
    text: Text = "",
    limit: Rows = 10,
    session: Session = HERE,
) -> None:
    """Experts, brokers, societies, institutions and services that fit a need, and the reasons."""
    columns = ("score", "id", "type", "kind", "title", "station_name", "reasons")
    query = {"need": id_, "type": type_, "text": text, "limit": limit}
    _show_matches(session, "/matches/resources", columns, query)


@match.command(name="stations")
def match_stations(
    id_: Annotated[str, an_id("the need's id", "ID")] = "",
    *,
    text: Text = "",
    limit: Rows = 10,
    session: Session = HERE,
) -> None:
    """Stations that may help with a need: by what they published, and brought to an outcome."""
    columns = ("score", "station", "station_name", "fitting", "best_title", "outcomes")
    show_list(session, "/matches/stations", columns, need=id_, text=text, limit=limit)


@match.command
def evaluate(
    needs: Annotated[Path, Parameter(help="needs with ids, JSON lines or CSV")],
    qrels: Annotated[
        Path, Parameter(help="a line a judgement: need id, result id, grade if not 1")
    ],
    *,
    results: Annotated[
        Path | None, Parameter(help="results to rank; the node's own if not given")
    ] = None,
    session: Session = HERE,
) -> None:
    """Measure matching on judged needs: MRR, hits, nDCG, what each ingredient adds."""
    from node.cli.store import open_reading
    from node.search.judged import held_documents, read_documents, read_judged
    from node.search.measuring import measure

    judged = read_judged(needs, qrels)
    if results is not None:
        documents = read_documents(results)
    else:
        with open_reading(session.dir) as (_, _, reading):
            documents = held_documents(reading)
    halves = measure(judged, documents)
    if session.json:
        session.show({name: half.as_json() for name, half in halves.items()})
        return
    session.tell(f"{len(judged)} judged needs, {len(documents)} results")
    for name, half in halves.items():
        session.tell(f"\n{name}: {half.needs} needs")
        rows = [{"ranker": of, **_rounded(means._asdict())} for of, means in half.means.items()]
        session.show(rows)
        for measured, gain in half.gains.items():
            session.tell(
                f"full over {half.baseline}, {measured}: {gain.mean:+.3f}"
                f" (95 %: {gain.low:+.3f} to {gain.high:+.3f}, p = {gain.p:.4f})"
            )


def _rounded(measures: dict[str, float]) -> dict[str, str]:
    return {name: f"{value:.3f}" for name, value in measures.items()}


def _show_matches(
    session: Session, path: str, columns: tuple[str, ...], query: Mapping[str, object]
) -> None:
    with session.client() as client:
        asked = {name: each for name, each in query.items() if each != ""}
        items = client.get(path, **asked)["items"]
    if session.json:
        session.show(items)
    else:
        session.show([{**item, "reasons": reasons_of(item)} for item in items], columns)


def reasons_of(item: dict[str, Any]) -> str:
    """The reasons of a match in one line."""
    said = [f"words: {'、'.join(item['terms'])}"] if item["terms"] else []
    if item["meanings"]:
        said.append("; ".join(f"{each['said']} = {each['meant']}" for each in item["meanings"]))
    if item["shared_field"]:
        said.append(f"field: {item['shared_field']}")
    if item["place"]:
        from node.divisions import path_names

        said.append(f"place: {''.join(path_names(item['place']))}")
    if item["outcomes"]:
        said.append(f"outcomes: {item['outcomes']}, in this industry {item['industry_outcomes']}")
    return "; ".join(said)
