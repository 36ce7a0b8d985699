"""Needs that say the same already: shown before one is drafted, and asked about before publishing.

Likeness is the share of words and pairs of characters two texts have in common (Dice), which a
clerk can follow; the index only says where to look (must-have 2).
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from grassroots.draftbook import DraftRow, find_drafts
from node.errors import ConflictError
from node.model import Model
from node.readmodels import needs, stations
from node.readmodels.needs import NeedView
from node.search import Question
from node.search.terms import distinct_words, index_terms

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading

SHOWN = 5
SOUGHT = 20
TERMS_MIN = 20
"""Texts with fewer terms say too little for two of them to be taken for one."""
SHARE_MIN = 15
"""Percent in common below which a need is not shown as similar."""
WORDS_SHOWN = 8


class SimilarInput(Model):
    """What somebody is about to write down."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200)] = ""
    text: Annotated[str, Field(max_length=8_000)] = ""
    keywords: list[str] = Field(default_factory=list, max_length=20)


class Similar(Model):
    """A need or draft that says something alike.

    ``alike`` is the percentage in common; ``terms`` are words both have; ``is_same`` says that it
    is alike enough to be taken for the same; ``draft`` names a draft of this station instead of a
    published need.
    """

    id: str
    title: str
    lang: str
    station: str
    station_name: str
    alike: int
    is_same: bool
    terms: list[str]
    draft: str = ""


class SimilarList(Model):
    """What is alike, the most alike first."""

    items: list[Similar]


def likeness(one: frozenset[str], other: frozenset[str]) -> int:
    """What two texts have in common, in percent of their terms."""
    both = len(one) + len(other)
    return 200 * len(one & other) // both if both else 0


def terms_of(title: str, text: str, keywords: Iterable[str]) -> frozenset[str]:
    """The terms of a need's texts."""
    return frozenset(index_terms("\n".join((title, text, " ".join(keywords)))))


async def find_similar(node: "Node", body: SimilarInput, but: Sequence[str] = ()) -> list[Similar]:
    """Open needs of the network, and this station's drafts, that say something alike.

    Args:
        but: ids of needs and drafts that are left out.
    """
    terms = terms_of(body.title, body.text, body.keywords)
    words = distinct_words("\n".join((body.title, body.text)))
    near: list[str] | None = None
    if node.search is not None:
        question = Question(body.title, "\n".join((body.text, " ".join(body.keywords))))
        near = [id_ for id_, _ in await node.search.arank("needs", question, SOUGHT)]
    same = node.config.needs.alike_percent

    def look(reading: "Reading") -> list[Similar]:
        if near is None:
            views: Iterable[NeedView] = needs.find(reading, state="open", limit=500)
        else:
            views = needs.find_many(reading, near).values()
        found = [_similar(reading, view, terms, words, same) for view in views]
        found += [_like_draft(draft, terms, words, same) for draft in find_drafts(reading)]
        return [each for each in found if each is not None and each.id not in but]

    kept = await node.store.aread(look)
    return sorted(kept, key=lambda each: (-each.alike, each.id))[:SHOWN]


def _similar(
    reading: "Reading", view: NeedView, terms: frozenset[str], words: list[str], same: int
) -> Similar | None:
    theirs = terms_of(view.title, view.text, view.keywords)
    alike = likeness(terms, theirs)
    if alike < SHARE_MIN:
        return None
    station = stations.find_one(reading, view.station)
    return Similar(
        id=view.id,
        title=view.title,
        lang=view.lang,
        station=view.station,
        station_name=station.name if station else "",
        alike=alike,
        is_same=_is_same(terms, theirs, alike, same),
        terms=_shared(words, view.title, view.text),
    )


def _like_draft(
    draft: DraftRow, terms: frozenset[str], words: list[str], same: int
) -> Similar | None:
    said = json.loads(draft.body)
    title, text, keywords = said["title"], said["text"], said.get("keywords", ())
    theirs = terms_of(title, text, keywords)
    alike = likeness(terms, theirs)
    if alike < SHARE_MIN:
        return None
    return Similar(
        id=draft.id,
        title=title,
        lang=said.get("lang", "zh"),
        station="",
        station_name="",
        alike=alike,
        is_same=_is_same(terms, theirs, alike, same),
        terms=_shared(words, title, text),
        draft=draft.id,
    )


def _is_same(one: frozenset[str], other: frozenset[str], alike: int, same: int) -> bool:
    return alike >= same and min(len(one), len(other)) >= TERMS_MIN


def _shared(words: list[str], *texts: str) -> list[str]:
    theirs = set(distinct_words("\n".join(texts)))
    return [word for word in words if word in theirs][:WORDS_SHOWN]


def check_new(similar: Iterable[Similar], anyway: str) -> None:
    """Refuse what says the same as a need that is open, unless there is a reason to publish it.

    Args:
        similar: what was found.
        anyway: the reason, empty for none.

    Raises:
        ConflictError: it names the needs it is like.
    """
    same = [each for each in similar if each.is_same and not each.draft]
    if same and not anyway.strip():
        named = "; ".join(f"{each.title} ({each.alike}%, {each.id})" for each in same)
        raise ConflictError(
            f"A need that says the same is open already: {named}.",
            "Work on that one; or publish anyway and say why (anyway).",
            "need-twice",
        )
