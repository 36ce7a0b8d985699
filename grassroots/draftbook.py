"""The station's book of drafts: each with its state and what was done with it (must-have 3)."""

from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict
from sqlalchemy import delete, func, select, update

from node.errors import ConflictError, NotFoundError
from node.model import Model
from node.store import Draft, DraftStep, table_of
from protocol.records.needs import NeedPublished

if TYPE_CHECKING:
    from node.store import Reading, Writing

DraftState = Literal["drafted", "submitted", "returned", "approved", "publishing", "published"]
Step = Literal["drafted", "changed", "submitted", "returned", "approved", "published"]

OPEN: tuple[DraftState, ...] = ("drafted", "returned")
"""States in which a draft may be changed and submitted."""
ROWS_MAX = 500

_DRAFT = table_of(Draft)
_STEP = table_of(DraftStep)


class StepView(Model):
    """What somebody did with a draft; ``actor`` is an account's id or ``operator``."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    at_ms: int
    actor: str
    act: str
    note: str


class DraftRow(Model):
    """A draft as it is kept; ``body`` is the need as JSON text."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    state: DraftState
    body: str
    drafted_by: str
    amends: str
    entry: str
    created_ms: int
    changed_ms: int


def create_draft(
    tx: "Writing",
    id_: str,
    body: str,
    at_ms: int,
    actor: str,
    amends: str = "",
    state: DraftState = "drafted",
) -> None:
    """Begin a draft of a need.

    Args:
        body: the need as JSON text.
        at_ms: when, Unix ms.
        actor: who drafts it.
        amends: the need whose content it is to replace, empty for a new one.
    """
    row = {
        "id": id_,
        "kind": NeedPublished.KIND,
        "body": body,
        "changed_ms": at_ms,
        "state": state,
        "drafted_by": actor,
        "amends": amends,
        "entry": "",
        "created_ms": at_ms,
    }
    tx.insert(Draft, [row])
    add_step(tx, id_, at_ms, actor, "drafted", "")


def add_step(tx: "Writing", id_: str, at_ms: int, actor: str, act: Step, note: str) -> None:
    """Write down what somebody did with a draft."""
    query = select(func.count()).select_from(_STEP).where(_STEP.c.draft == id_)
    number = int(tx.connection.execute(query).scalar_one()) + 1
    step = {"draft": id_, "number": number, "at_ms": at_ms, "actor": actor, "act": act}
    tx.insert(DraftStep, [{**step, "note": note}])


def change_draft(tx: "Writing", id_: str, at_ms: int, **fields: str) -> None:
    """Change fields of a draft."""
    values = {**fields, "changed_ms": at_ms}
    tx.connection.execute(update(_DRAFT).where(_DRAFT.c.id == id_).values(**values))


def remove_draft(tx: "Writing", id_: str) -> None:
    """Forget a draft with its history."""
    tx.connection.execute(delete(_STEP).where(_STEP.c.draft == id_))
    tx.connection.execute(delete(_DRAFT).where(_DRAFT.c.id == id_))


def get_draft(reading: "Reading", id_: str) -> DraftRow:
    """The draft with this id.

    Raises:
        NotFoundError: there is none.
    """
    query = select(_DRAFT).where(_DRAFT.c.id == id_, _DRAFT.c.state.is_not(None))
    row = reading.connection.execute(query).first()
    if row is None:
        raise NotFoundError(f"no draft {id_} is kept here", "See the list of drafts.")
    return DraftRow.model_validate(row)


def check_state(draft: DraftRow, *states: DraftState) -> None:
    """Refuse an act on a draft that does not stand where it needs it.

    Raises:
        ConflictError: it says how the draft stands.
    """
    if draft.state not in states:
        raise ConflictError(
            f"The draft is {draft.state}; this needs one that is {' or '.join(states)}.",
            "Look at the draft again.",
            "draft-state",
        )


def find_drafts(reading: "Reading", *states: str, limit: int | None = ROWS_MAX) -> list[DraftRow]:
    """Drafts in these states, the one changed last first; all that are not published if none.

    Args:
        states: which; none for all that are not published.
        limit: rows at most, None for all.
    """
    query = select(_DRAFT).where(_DRAFT.c.state.is_not(None))
    if states:
        query = query.where(_DRAFT.c.state.in_(states))
    else:
        query = query.where(_DRAFT.c.state != "published")
    query = query.order_by(_DRAFT.c.changed_ms.desc(), _DRAFT.c.id).limit(limit)
    return [DraftRow.model_validate(row) for row in reading.connection.execute(query)]


def find_by_entry(reading: "Reading", entry: str) -> DraftRow | None:
    """The draft that became an entry, if this station drafted it."""
    query = select(_DRAFT).where(_DRAFT.c.entry == entry)
    row = reading.connection.execute(query).first()
    return None if row is None else DraftRow.model_validate(row)


def read_steps(reading: "Reading", id_: str) -> list[StepView]:
    """What was done with a draft, the oldest first."""
    query = select(_STEP).where(_STEP.c.draft == id_).order_by(_STEP.c.number)
    return [StepView.model_validate(row) for row in reading.connection.execute(query)]
