"""The entries that make up referral cases, kept until each case can be folded (SPEC 12)."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlalchemy import BigInteger, Row, Text, select
from sqlmodel import Field, SQLModel

from node.errors import NotFoundError
from node.projection import Fact
from node.readmodels.rows import rows_in
from node.store import table_of
from protocol.cases import Case, CaseEntry, fold_case
from protocol.records import KINDS
from protocol.records.referrals import ContactDisclosed, ReferralRequested

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
    time: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)


ACTS = table_of(ReferralActRow)


def act_row(fact: Fact) -> dict[str, object] | None:
    """The row an entry of a case makes; None where it names no case or is inert."""
    opens = fact.kind == ReferralRequested.KIND
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
        NotFoundError: no such referral is held here.
    """
    entries = [case_entry(row) for row in rows_in(reading, ACTS, ACTS.c.referral, [referral])]
    opening = next((entry for entry in entries if entry.id == referral), None)
    if opening is None:
        raise NotFoundError(
            f"no referral {referral} is held here", "check the id, or wait for sync"
        )
    return fold_case(opening, [entry for entry in entries if entry.id != referral])


class SealedPart(BaseModel):
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
    kinds = (ReferralRequested.KIND, ContactDisclosed.KIND)
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
