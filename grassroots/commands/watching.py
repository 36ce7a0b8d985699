"""``yizhan watch`` and ``yizhan vocabulary``: waiting for what fits, and own words."""

from typing import Annotated, Literal

from cyclopts import App, Parameter

from grassroots.commands.calls import an_id, show_list
from node.calendar import moment_of
from node.cli.session import HERE, Session

watch = App(name="watch", help="Saved searches, and what arrived that fits them.")
vocabulary = App(name="vocabulary", help="The station's own words, used in matching.")

Said = Annotated[str, Parameter(help="what people here say, 2 to 16 characters without spaces")]
Meant = Annotated[str, Parameter(help="the term it goes by elsewhere")]


@watch.command
def add(
    name: Annotated[str, Parameter(help="what to call it")],
    *,
    text: Annotated[str, Parameter(help="words to wait for")] = "",
    need: Annotated[str, an_id("wait for results that fit this need")] = "",
    result: Annotated[str, an_id("wait for needs that fit this result")] = "",
    kind: Annotated[
        Literal["results", "needs"] | None, Parameter(help="what to wait for, with words alone")
    ] = None,
    person: Annotated[str, Parameter(help="who waits for it")] = "",
    session: Session = HERE,
) -> None:
    """Save a search: what arrives from now on and fits is told in the list of alerts."""
    sought = kind or ("needs" if result else "results")
    body = {"name": name, "text": text, "need": need, "result": result, "person": person}
    given = {field: value for field, value in body.items() if value}
    session.publish("/searches", {**given, "kind": sought}, "saved search")


@watch.command(name="list")
def list_searches(*, session: Session = HERE) -> None:
    """List the saved searches."""
    columns = ("id", "name", "person", "kind", "text", "need", "result")
    show_list(session, "/searches", columns)


@watch.command
def remove(id_: Annotated[str, an_id("the search's id", "ID")], *, session: Session = HERE) -> None:
    """Wait no longer; its alerts go with it."""
    session.publish(f"/searches/{id_}/remove", {}, "removed search")


@watch.command
def alerts(
    *,
    unread: Annotated[bool, Parameter(negative="", help="only those nobody has read")] = False,
    limit: Annotated[int, Parameter(help="rows at most, 1 to 500")] = 100,
    session: Session = HERE,
) -> None:
    """List what arrived and fits a saved search, newest first."""
    with session.client() as client:
        items = client.get("/alerts", unread=str(unread).lower(), limit=limit)["items"]
    if session.json:
        session.show(items)
        return
    shown = [{**each, "at": moment_of(each["at_ms"])} for each in items]
    session.show(shown, ("at", "search_name", "kind", "found", "title", "terms", "id"))


@watch.command
def read(id_: Annotated[str, an_id("the alert's id", "ID")], *, session: Session = HERE) -> None:
    """Note an alert as read."""
    session.publish(f"/alerts/{id_}/read", {}, "read alert")


@vocabulary.command(name="add")
def add_word(said: Said, meant: Meant, *, session: Session = HERE) -> None:
    """Add a word people here use and the term it goes by; matching uses it both ways."""
    _change(session, "/vocabulary", said, meant, "added")


@vocabulary.command(name="remove")
def remove_word(said: Said, meant: Meant, *, session: Session = HERE) -> None:
    """Forget a word."""
    _change(session, "/vocabulary/remove", said, meant, "removed")


@vocabulary.command(name="list")
def list_words(*, session: Session = HERE) -> None:
    """List the station's own words."""
    show_list(session, "/vocabulary", ("said", "meant"))


def _change(session: Session, path: str, said: str, meant: str, told: str) -> None:
    with session.client() as client:
        pair = client.post(path, {"said": said, "meant": meant})
    if session.json:
        session.show(pair)
    else:
        session.tell(f"{told} {pair['said']} = {pair['meant']}")
