"""What was corrected in an engagement: what it said before, why, by whom and when (E10, E15)."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import Row, RowMapping

from grassroots.engagements.rows import list_rows
from node.errors import ConflictError, InvalidError
from node.ids import new_id
from node.model import Model
from node.store import table_of
from node.store.services import Correction

if TYPE_CHECKING:
    from node.app import Node
    from node.people import Actor
    from node.store import Reading, Writing

Part = Literal["task", "milestone", "output", "outcome"]
Values = dict[str, str | int | None]
Reason = Annotated[str, Field(min_length=1, max_length=400)]

_CORRECTION = table_of(Correction)


class ReasonInput(Model):
    """Why something is withdrawn."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class CorrectionView(Model):
    """What a part of an engagement said before, and after; None where it was withdrawn.

    ``account`` is who corrected it, ``at_ms`` when, in Unix ms.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    part: Part
    subject: str
    before: Values
    after: Values | None
    reason: str
    account: str
    at_ms: int

    @property
    def changes(self) -> list[tuple[str, str | int | None, str | int | None]]:
        """The fields that are not as they were: name, before, after."""
        after = self.after or {}
        return [
            (name, value, after[name])
            for name, value in self.before.items()
            if name in after and after[name] != value
        ]


def find_corrections(reading: "Reading", engagement: str) -> list[CorrectionView]:
    """What was corrected in an engagement, the newest first (E10)."""
    order = (_CORRECTION.c.at_ms.desc(), _CORRECTION.c.id)
    rows = list_rows(reading, Correction, _CORRECTION.c.engagement == engagement, order=order)
    return [_view(row._mapping) for row in rows]


def _view(row: RowMapping) -> CorrectionView:
    fields = {**row, "before": json.loads(row["before"])}
    fields["after"] = json.loads(row["after"]) if row["after"] else None
    fields.pop("engagement")
    return CorrectionView.model_validate(fields)


def check_kept(row: Row[tuple[object, ...]]) -> None:
    """Check that a part of an engagement was not withdrawn.

    Raises:
        ConflictError: it was.
    """
    if row.withdrawn_ms is not None:
        raise ConflictError("That was withdrawn.", "Add it anew.", "part-withdrawn")


def note_correction(
    node: "Node", tx: "Writing", actor: "Actor", part: Part, row: Row[tuple[object, ...]],
    before: Values, after: Values | None, reason: str,
) -> None:  # fmt: skip
    """Keep what a part of an engagement said, in the transaction that changes it.

    Args:
        node: this station's.
        tx: the transaction.
        actor: who corrects it.
        part: what it is.
        row: its row as it stands.
        before: what can be corrected of it, as it stands.
        after: as it will be; None where it is withdrawn.
        reason: why.

    Raises:
        InvalidError: nothing is changed by it.
    """
    if before == after:
        raise InvalidError(
            "Nothing was changed.", "Change what is wrong, or leave it.", {}, "part-same"
        )
    kept = {
        "id": new_id(node.random),
        "engagement": row.engagement,
        "part": part,
        "subject": row.id,
        "before": _text(before),
        "after": "" if after is None else _text(after),
        "reason": reason,
        "account": actor.id,
        "at_ms": node.clock.now_ms(),
    }
    tx.insert(Correction, [kept])


def _text(values: Values) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
