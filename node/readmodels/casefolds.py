"""Cases of every type, folded again from all their entries whenever one comes or goes (SPEC 12)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import BindParameter, Row, bindparam, delete
from sqlmodel import SQLModel

from node.projection import Fact, Projection
from node.readmodels.approaches import ApproachRow, approach_row
from node.readmodels.cases import ACTS, Held, ReferralActRow, act_row
from node.readmodels.needs import refold_needs
from node.readmodels.referrals import ReferralRow, referral_row
from node.readmodels.rows import batched, rows_in
from node.readmodels.transfers import TRANSFERS, NeedTransferRow, transfer_row
from node.store import table_of
from protocol.records import KINDS
from protocol.records.referrals import CaseOpening
from protocol.roster import Roster
from protocol.transitions import REFERRAL

if TYPE_CHECKING:
    from node.store import Writing

_MODELS: tuple[type[SQLModel], ...] = (ReferralRow, ApproachRow, NeedTransferRow)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_FORGET = {
    model: delete(table_of(model)).where(table_of(model).c.id.in_(_IDS)) for model in _MODELS
}
_KINDS = frozenset(kind for kind, record in KINDS.items() if record.CHANNEL == CaseOpening.CHANNEL)


def _project(tx: "Writing", roster: Roster, facts: Sequence[Fact]) -> None:
    acts = [row for row in map(act_row, facts) if row is not None]
    if acts:
        tx.insert(ReferralActRow, acts)
        _refold(tx, {str(act["referral"]) for act in acts})


def _forget(tx: "Writing", ids: Sequence[str]) -> Iterable[str]:
    """Cases that lost an act are folded from those that are left; without its opening one waits."""
    cases = {str(row.referral) for row in rows_in(tx, ACTS, ACTS.c.id, ids)}
    for batch in batched(ids):
        tx.connection.execute(delete(ACTS).where(ACTS.c.id.in_(batch)))
    _refold(tx, cases)
    return ()


PROJECTION = Projection(
    "referrals", 3, (ReferralActRow, *_MODELS), _KINDS, _project, forget=_forget
)


def _refold(tx: "Writing", cases: set[str]) -> None:
    """Fold cases again; acts without their opening wait, transfers move their needs."""
    moved = {str(row.need) for row in rows_in(tx, TRANSFERS, TRANSFERS.c.id, cases)}
    rows = _fold(tx, cases)
    for model in _MODELS:
        for batch in batched(sorted(cases)):
            tx.connection.execute(_FORGET[model], {"ids": batch})
        if rows[model]:
            tx.insert(model, rows[model])
    moved |= {str(row["need"]) for row in rows[NeedTransferRow]}
    if moved:
        refold_needs(tx, moved)


def _fold(tx: "Writing", cases: set[str]) -> dict[type[SQLModel], list[dict[str, object]]]:
    acts: dict[str, list[Row[tuple[object, ...]]]] = {}
    for row in rows_in(tx, ACTS, ACTS.c.referral, cases):
        acts.setdefault(row.referral, []).append(row)
    rows: dict[type[SQLModel], list[dict[str, object]]] = {model: [] for model in _MODELS}
    for id_, entries in acts.items():
        opening = next((row for row in entries if row.id == id_), None)
        if opening is None:
            continue
        held = Held.of(entries, id_)
        if held.case.type is not REFERRAL:
            rows[ApproachRow].append(approach_row(held))
            continue
        rows[ReferralRow].append(referral_row(held))
        moved = transfer_row(held, opening)
        if moved is not None:
            rows[NeedTransferRow].append(moved)
    return rows
