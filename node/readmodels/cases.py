"""The entries that make up cases, kept until each case can be folded (SPEC 12)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ConfigDict
from sqlalchemy import BigInteger, Row, Text, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.model import Model
from node.projection import Fact
from node.readmodels.rows import rows_in
from node.store import table_of
from protocol.cases import Case, CaseEntry, fold_case
from protocol.records import (
    KINDS,
    CaseOpening,
    ContactSealed,
    InterestAnswered,
    ReferralAnswered,
    ReferralReopened,
    ReferralRequested,
)
from protocol.transitions import find_type

if TYPE_CHECKING:
    from node.store import Reading


class ReferralActRow(SQLModel, table=True):
    """One entry of a case, as its author wrote it."""

    __tablename__ = "referral_act"

    id: str = Field(primary_key=True)
    referral: str = Field(index=True)
    station: str
    kind: str
    channel: str
    author: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    time: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)


ACTS = table_of(ReferralActRow)


def act_row(fact: Fact) -> dict[str, object] | None:
    """The row an entry of a case makes; None where it names no case or is inert."""
    opens = find_type(fact.kind) is not None
    if fact.record is None or (fact.subject == "-" and not opens):
        return None
    return {
        "id": fact.id,
        "referral": fact.id if opens else fact.subject,
        "station": fact.station,
        "kind": fact.kind,
        "channel": fact.log.channel,
        "author": fact.log.author,
        "epoch": fact.log.epoch,
        "seq": fact.seq,
        "time": fact.time,
        "body": fact.record.body().decode("utf-8"),
    }


def case_entry(row: Row[tuple[object, ...]]) -> CaseEntry:
    """An act as the fold of the case takes it."""
    record = KINDS[row.kind].model_validate_json(row.body)
    return CaseEntry(row.id, row.kind, row.station, record)


def get_case(reading: "Reading", referral: str) -> Case:
    """The case folded from its entries, for asking what a party may do next.

    Raises:
        NotFoundError: no such case is held here.
    """
    entries = [case_entry(row) for row in rows_in(reading, ACTS, ACTS.c.referral, [referral])]
    opening = next((entry for entry in entries if entry.id == referral), None)
    if opening is None:
        raise NotFoundError(f"no case {referral} is held here", "check the id, or wait for sync")
    return fold_case(opening, [entry for entry in entries if entry.id != referral])


class CaseStep(Model):
    """One entry of a case: applied, pending, refused or superseded, and why.

    ``text`` is the note or reason its author gave; ``sealed`` says that it carries a part only
    its recipients can open.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    station: str
    time: int
    verdict: str
    reason: str
    text: str
    sealed: bool


class Held(NamedTuple):
    """A case folded from the entries held, and what the tables show of each."""

    case: Case
    entries: dict[str, CaseEntry]
    times: dict[str, int]

    @classmethod
    def of(cls, rows: Sequence[Row[tuple[object, ...]]], opening: str) -> "Held":
        """Fold the rows of one case, its opening among them."""
        entries = {row.id: case_entry(row) for row in rows}
        others = [entries[row.id] for row in rows if row.id != opening]
        times = {row.id: row.time for row in rows}
        return cls(fold_case(entries[opening], others), entries, times)

    @property
    def applied(self) -> list[CaseEntry]:
        """The entries in force, in the order they were settled."""
        return [self.entries[each.id] for each in self.case.history if each.verdict == "applied"]

    @property
    def updated(self) -> int:
        """When the last act in force was signed."""
        return max(self.times[each.id] for each in self.applied)

    @property
    def answer_by(self) -> str:
        """The day the sender last named for the answer it waits for; empty where it named none."""
        asking = (CaseOpening, ReferralAnswered, ReferralReopened, InterestAnswered)
        named = [
            each.record.answer_by or "" for each in self.applied if isinstance(each.record, asking)
        ]
        return named[-1]

    def history(self) -> list[dict[str, object]]:
        """The steps as a JSON column holds them."""
        steps: list[dict[str, object]] = []
        for id_, kind, station, verdict, reason in self.case.history:
            record = self.entries[id_].record
            steps.append(
                {
                    "id": id_,
                    "kind": kind,
                    "station": station,
                    "time": self.times[id_],
                    "verdict": str(verdict),
                    "reason": reason,
                    "text": getattr(record, "note", None) or getattr(record, "reason", None) or "",
                    "sealed": getattr(record, "sealed", None) is not None,
                }
            )
        return steps


class SealedPart(Model):
    """A sealed part and the header fields it is bound to (DESIGN 1.9)."""

    model_config = ConfigDict(frozen=True)

    entry: str
    kind: str
    station: str
    author: str
    channel: str
    epoch: int
    subject: str
    body: str


def find_sealed(reading: "Reading", referral: str) -> list[SealedPart]:
    """The entries of a case that may carry a sealed part, oldest first."""
    kinds = (ReferralRequested.KIND, ContactSealed.KIND)
    query = (
        select(ACTS)
        .where(ACTS.c.referral == referral, ACTS.c.kind.in_(kinds))
        .order_by(ACTS.c.time, ACTS.c.id)
    )
    return [
        SealedPart(
            entry=row.id,
            kind=row.kind,
            station=row.station,
            author=row.author,
            channel=row.channel,
            epoch=row.epoch,
            subject="-" if row.id == referral else referral,
            body=row.body,
        )
        for row in reading.connection.execute(query)
    ]
