"""Drafts of needs as people see them: what they say, how far they came, what is alike (B3, B8)."""

import json
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from grassroots.draftbook import (
    DraftRow,
    DraftState,
    StepView,
    find_drafts,
    get_draft,
    read_steps,
)
from grassroots.needs import NeedInput, texts_of
from grassroots.secrecy import Mark, find_marks
from grassroots.similar import Similar, SimilarInput, SimilarList, find_similar
from node.drafting import IdPath
from node.model import Model
from node.people.accounts import count_able
from node.people.permissions import Act
from protocol.records.fields import Note, Salt

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


class NeedIntake(NeedInput):
    """A need as somebody takes it in.

    ``unclassified`` declares that it holds no state or work secret; ``anyway`` is the reason to
    publish it although one that says the same is open.
    """

    salt: SkipJsonSchema[Salt] = "A" * 22
    unclassified: bool = False
    anyway: Note = ""


class DraftInput(NeedIntake):
    """A need to be drafted; ``amends`` names the published need it is to replace the content of."""

    amends: Annotated[str, Field(max_length=64)] = ""


class ReviewInput(Model):
    """What the reviewer says of it."""

    note: Note = ""


class ReturnInput(Model):
    """Why it is not published yet."""

    reason: Annotated[Note, Field(min_length=1)]


class MarkView(Model):
    """A word that hints at classified matter, and whether only the manager may let it pass."""

    mark: str
    why: str


class DraftView(Model):
    """A draft, its history, and what stands in its way.

    ``marks`` hint at classified matter; ``needs_review`` says whether somebody else must approve
    it. Times in Unix ms.
    """

    id: str
    state: DraftState
    need: NeedIntake
    amends: str
    entry: str
    drafted_by: str
    created_ms: int
    changed_ms: int
    marks: list[MarkView]
    needs_review: bool
    steps: list[StepView]


class DraftMade(Model):
    """A draft as it stands now."""

    id: str
    state: DraftState


class DraftQuery(Model):
    """Which drafts."""

    state: Annotated[
        str, Field(pattern=r"^(|drafted|submitted|returned|approved|publishing|published)$")
    ] = ""


class DraftLine(Model):
    """A draft in a list."""

    id: str
    state: DraftState
    title: str
    lang: str
    amends: str
    drafted_by: str
    changed_ms: int


class DraftList(Model):
    """Drafts, the one changed last first."""

    items: list[DraftLine]


async def is_review_required(node: "Node") -> bool:
    """Whether a second person has to approve what is published."""
    match node.config.needs.review:
        case "always":
            return True
        case "never":
            return False
        case _:
            able = await node.store.aread(lambda reading: count_able(reading, Act.REVIEW))
            return able > 1


def line_of(row: DraftRow) -> DraftLine:
    """A draft as lists show it."""
    said = json.loads(row.body)
    shown = row.model_dump(include={"id", "state", "amends", "drafted_by", "changed_ms"})
    return DraftLine(**shown, title=said["title"], lang=said.get("lang", "zh"))


async def list_drafts(node: "Node", query: DraftQuery) -> DraftList:
    """Needs on their way to publication."""
    states = (query.state,) if query.state else ()
    found = await node.store.aread(lambda reading: find_drafts(reading, *states))
    return DraftList(items=[line_of(row) for row in found])


async def read_draft(node: "Node", path: IdPath) -> DraftView:
    """One draft, with its history and what stands in its way."""
    required = await is_review_required(node)

    def look(reading: "Reading") -> DraftView:
        row = get_draft(reading, path.id)
        body = need_of(row)
        return DraftView(
            **row.model_dump(exclude={"body"}),
            need=body,
            marks=[MarkView(mark=each.mark, why=each.why) for each in marks_of(body)],
            needs_review=required,
            steps=read_steps(reading, row.id),
        )

    return await node.store.aread(look)


def need_of(row: DraftRow) -> NeedIntake:
    """The need a draft says."""
    return NeedIntake.model_validate_json(row.body)


def marks_of(body: NeedIntake) -> list[Mark]:
    """The words of a need that hint at classified matter."""
    return find_marks(texts_of(body).values())


async def compare_needs(node: "Node", body: SimilarInput) -> SimilarList:
    """What is open already and says something alike; ask before a need is drafted."""
    return SimilarList(items=await find_similar(node, body))


async def compare_draft(node: "Node", path: IdPath) -> SimilarList:
    """What is open already and says something like a draft."""
    row = await node.store.aread(lambda reading: get_draft(reading, path.id))
    return SimilarList(items=await like_draft(node, need_of(row), row))


async def like_draft(node: "Node", body: NeedIntake, row: DraftRow) -> list[Similar]:
    """What says something like a draft, itself and the need it amends left out."""
    asked = SimilarInput(title=body.title, text=body.text, keywords=list(body.keywords))
    return await find_similar(node, asked, (row.id, row.amends))
