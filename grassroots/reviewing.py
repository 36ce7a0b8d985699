"""From a draft to a published need: declared open, compared, approved by a second person (B3).

The doors through which people publish needs. What is signed at last is in
:mod:`grassroots.needs`; every step of a draft is in the station's book of drafts.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from grassroots import needs
from grassroots.draftbook import (
    OPEN,
    DraftRow,
    DraftState,
    Step,
    add_step,
    change_draft,
    check_state,
    create_draft,
    get_draft,
    read_steps,
    remove_draft,
)
from grassroots.drafts import (
    DraftInput,
    DraftMade,
    NeedIntake,
    ReturnInput,
    ReviewInput,
    compare_draft,
    compare_needs,
    is_review_required,
    like_draft,
    list_drafts,
    marks_of,
    need_of,
    read_draft,
)
from grassroots.needs import check_need
from grassroots.secrecy import check_declared
from grassroots.similar import SimilarInput, check_new, find_similar
from node.capability import Capability, Route
from node.drafting import IdPath, Published, own_station
from node.errors import ConflictError, InvalidError, RoleError
from node.ids import new_id
from node.notices.telling import settle, tell
from node.people import OPERATOR, Actor
from node.people.permissions import Act, Role

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Writing

_NOTICES = ("draft.waiting", "draft.returned")


async def draft_need(node: "Node", body: DraftInput, actor: Actor = OPERATOR) -> DraftMade:
    """Write a need down; it stays at this station until it is published."""
    await _check_intake(node, body, actor, "")
    if body.amends:
        await needs.own_need(node, body.amends)
    id_, now_ms = new_id(node.random), node.clock.now_ms()
    text = _text(body)
    await node.store.awrite(lambda tx: create_draft(tx, id_, text, now_ms, actor.id, body.amends))
    return DraftMade(id=id_, state="drafted")


async def change_need(
    node: "Node", path: IdPath, body: NeedIntake, actor: Actor = OPERATOR
) -> DraftMade:
    """Write a draft anew."""
    await _check_intake(node, body, actor, path.id)
    return await _move(node, path.id, actor, OPEN, "drafted", "changed", "", _text(body))


async def submit_draft(node: "Node", path: IdPath, actor: Actor = OPERATOR) -> DraftMade:
    """Hand a draft in for approval."""
    return await _move(node, path.id, actor, OPEN, "submitted", "submitted")


async def return_draft(
    node: "Node", path: IdPath, body: ReturnInput, actor: Actor = OPERATOR
) -> DraftMade:
    """Give a draft back with the reasons."""
    states: tuple[DraftState, ...] = ("submitted", "approved", "publishing")
    return await _move(node, path.id, actor, states, "returned", "returned", body.reason)


async def discard_draft(node: "Node", path: IdPath) -> DraftMade:
    """Throw a draft away."""

    def discard(tx: "Writing") -> None:
        check_state(get_draft(tx, path.id), "drafted", "returned", "submitted")
        remove_draft(tx, path.id)
        settle(tx, node.clock.now_ms(), _NOTICES, path.id)

    await node.store.awrite(discard)
    return DraftMade(id=path.id, state="drafted")


async def review_draft(
    node: "Node", path: IdPath, body: ReviewInput, actor: Actor = OPERATOR
) -> Published:
    """Approve what somebody else drafted; it is published at once.

    Raises:
        ConflictError: the same person drafted it, where a second is asked for.
        RoleError: it hints at classified matter, and only the manager may let it pass.
        InvalidError: the manager does not say why it may pass.
    """
    row, steps = await node.store.aread(
        lambda reading: (get_draft(reading, path.id), read_steps(reading, path.id))
    )
    check_state(row, "submitted", "approved")
    hands = {each.actor for each in steps if each.act in ("drafted", "changed")}
    if actor.id in hands and await is_review_required(node):
        raise ConflictError(
            "You wrote this draft; a second person approves it.",
            "Ask a reviewer or the manager to approve it.",
            "own-draft",
        )
    _check_marks(need_of(row), actor, body.note)
    states: tuple[DraftState, ...] = ("submitted", "approved")
    await _move(node, path.id, actor, states, "approved", "approved", body.note)
    return await _publish_draft(node, path.id, actor, body.note)


async def publish_draft(node: "Node", path: IdPath, actor: Actor = OPERATOR) -> Published:
    """Publish a draft, where the station asks for no second person or one has approved it.

    Raises:
        ConflictError: it has to be approved first.
    """
    row = await node.store.aread(lambda reading: get_draft(reading, path.id))
    if row.state != "approved":
        await _check_unreviewed(node, need_of(row))
    return await _publish_draft(node, path.id, actor, "")


async def publish_need(node: "Node", body: NeedIntake, actor: Actor = OPERATOR) -> Published:
    """Take a need in and publish it at once, where the station asks for no second person."""
    return await _publish_at_once(node, DraftInput(**body.model_dump()), actor)


async def amend_need(
    node: "Node", path: IdPath, body: NeedIntake, actor: Actor = OPERATOR
) -> Published:
    """Give a need a whole new content at once, where the station asks for no second person."""
    return await _publish_at_once(node, DraftInput(**body.model_dump(), amends=path.id), actor)


async def _publish_at_once(node: "Node", body: DraftInput, actor: Actor) -> Published:
    own_station(node)
    await _check_intake(node, body, actor, body.amends)
    if body.amends:
        await needs.own_need(node, body.amends)
    await _check_unreviewed(node, body)
    if not body.anyway.strip():
        asked = SimilarInput(title=body.title, text=body.text, keywords=list(body.keywords))
        check_new(await find_similar(node, asked, (body.amends,)), "")
    made = await _sign(node, body, body.amends)
    id_, now_ms, text = new_id(node.random), node.clock.now_ms(), _text(body)

    def keep(tx: "Writing") -> None:
        create_draft(tx, id_, text, now_ms, actor.id, body.amends)
        change_draft(tx, id_, now_ms, state="published", entry=made.id)
        add_step(tx, id_, now_ms, actor.id, "published", body.anyway)

    await node.store.awrite(keep)
    return made


async def _sign(node: "Node", body: NeedIntake, amends: str) -> Published:
    if amends:
        return await needs.amend_need(node, IdPath(id=amends), body)
    return await needs.publish_need(node, body)


async def _publish_draft(node: "Node", id_: str, actor: Actor, note: str) -> Published:
    """Sign what a draft says; where that fails it stands as before, to be published later."""
    row = await node.store.aread(lambda reading: get_draft(reading, id_))
    check_state(row, *OPEN, "submitted", "approved")
    body = need_of(row)
    if not (body.anyway.strip() or note.strip()):
        check_new(await like_draft(node, body, row), "")
    before = row.state

    def claim(tx: "Writing") -> None:
        check_state(get_draft(tx, id_), before)
        change_draft(tx, id_, node.clock.now_ms(), state="publishing")

    await node.store.awrite(claim)
    made: Published | None = None
    try:
        made = await _sign(node, body, row.amends)
    finally:
        entry = made.id if made else ""
        state: DraftState = "published" if made else before

        def keep(tx: "Writing") -> None:
            now_ms = node.clock.now_ms()
            change_draft(tx, id_, now_ms, state=state, entry=entry)
            if entry:
                settle(tx, now_ms, _NOTICES, id_)
                add_step(tx, id_, now_ms, actor.id, "published", body.anyway)

        await node.store.awrite(keep)
    return made


async def _move(
    node: "Node",
    id_: str,
    actor: Actor,
    states: Iterable[DraftState],
    to: DraftState,
    act: Step,
    note: str = "",
    body: str = "",
) -> DraftMade:
    """Bring a draft from one of some states to another, and write down who did."""
    now_ms = node.clock.now_ms()

    def move(tx: "Writing") -> None:
        check_state(get_draft(tx, id_), *states)
        fields = {"state": to, **({"body": body} if body else {})}
        change_draft(tx, id_, now_ms, **fields)
        add_step(tx, id_, now_ms, actor.id, act, note)
        _tell(tx, now_ms, get_draft(tx, id_))

    await node.store.awrite(move)
    return DraftMade(id=id_, state=to)


def _tell(tx: "Writing", now_ms: int, draft: DraftRow) -> None:
    """Tell whoever is next: reviewers of what waits for them, the author of what came back."""
    settle(tx, now_ms, _NOTICES, draft.id)
    given = {"title": need_of(draft).title}
    if draft.state == "submitted":
        key = f"waiting {now_ms}"
        tell(tx, now_ms, "draft.waiting", draft.id, key=key, given=given)
    elif draft.state == "returned":
        author = "" if draft.drafted_by == OPERATOR.id else draft.drafted_by
        key = f"returned {now_ms}"
        tell(tx, now_ms, "draft.returned", draft.id, key=key, given=given, account=author)


async def _check_intake(node: "Node", body: NeedIntake, actor: Actor, target: str) -> None:
    """Refuse what may not be written down here; what is classified also goes into the trail."""
    check_declared(body.unclassified)
    try:
        await check_need(node, body)
    except InvalidError as error:
        if error.word == "secret":
            await node.gate.refuse(actor, "secrecy_gate", target)
        raise


async def _check_unreviewed(node: "Node", body: NeedIntake) -> None:
    """Refuse to publish what somebody else has to see first."""
    if await is_review_required(node):
        raise ConflictError(
            "A second person approves needs at this station.",
            "Draft it and submit it: yizhan need draft, yizhan need submit.",
            "needs-review",
        )
    marks = marks_of(body)
    if marks:
        raise ConflictError(
            f"It hints at classified matter: {'、'.join(each.mark for each in marks)}.",
            "Draft it and submit it; the manager decides whether it may be public.",
            "needs-manager",
        )


def _check_marks(body: NeedIntake, actor: Actor, note: str) -> None:
    marks = marks_of(body)
    if not marks:
        return
    named = "、".join(each.mark for each in marks)
    if actor.role not in (None, Role.MANAGER):
        raise RoleError(
            f"It hints at classified matter ({named}); the manager decides.",
            "Leave it to the manager, or return it.",
            (Role.MANAGER,),
        )
    if not note.strip():
        reason = f"say why it may be public although it holds: {named}"
        raise InvalidError(f"note: {reason}", "Write the reason.", {"note": reason}, "say-why")


def _text(body: NeedIntake) -> str:
    return body.model_dump_json(exclude={"salt", "amends"}, exclude_none=True)


_PUBLISH, _REVIEW = Act.PUBLISH, Act.REVIEW
CAPABILITY = Capability(
    name="drafts",
    title="需求起草与审核",
    serves=("B3", "B8"),
    channels=("needs",),
    routes=(
        Route("POST", "/needs", publish_need, "Publish a need", ("B3",), 201, act=_PUBLISH),
        Route("POST", "/needs/{id}/amend", amend_need, "Amend a need", ("B3",), 201, act=_PUBLISH),
        Route("POST", "/needs-alike", compare_needs, "What says the same", ("B8",), act=_PUBLISH,
              traced=True),
        Route("GET", "/drafts", list_drafts, "Drafts of needs", ("B3",), act=Act.READ_CARDS),
        Route("POST", "/drafts", draft_need, "Draft a need", ("B3",), 201, act=_PUBLISH),
        Route("GET", "/drafts/{id}", read_draft, "One draft", ("B3",), act=Act.READ_CARDS),
        Route("GET", "/drafts/{id}/similar", compare_draft, "What says the same as a draft",
              ("B8",), act=Act.READ_CARDS),
        Route("POST", "/drafts/{id}/edit", change_need, "Write a draft anew", ("B3",),
              act=_PUBLISH),
        Route("POST", "/drafts/{id}/submit", submit_draft, "Hand a draft in", ("B3",),
              act=_PUBLISH),
        Route("POST", "/drafts/{id}/review", review_draft, "Approve and publish", ("B3",), 201,
              act=_REVIEW),
        Route("POST", "/drafts/{id}/return", return_draft, "Give a draft back", ("B3",),
              act=_REVIEW),
        Route("POST", "/drafts/{id}/publish", publish_draft, "Publish a draft", ("B3",), 201,
              act=_PUBLISH),
        Route("POST", "/drafts/{id}/discard", discard_draft, "Throw a draft away", ("B3",),
              act=_PUBLISH),
    ),
)  # fmt: skip
