"""Whose a need is: the chain of transfers from the station that published it (SPEC 12.8)."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import BigInteger, Row, select
from sqlmodel import Field, SQLModel

from node.readmodels.cases import Held
from node.readmodels.rows import rows_in
from node.store import table_of
from protocol.records.referrals import ReferralRequested

if TYPE_CHECKING:
    from node.store import Reading

Position = tuple[int, int]
"""EPOCH and SEQ in a station's logs of needs."""


class NeedTransferRow(SQLModel, table=True):
    """An accepted transfer of a need, where it was asked for, and what it says of earlier acts."""

    __tablename__ = "need_transfer"

    id: str = Field(primary_key=True)
    need: str = Field(index=True)
    sender: str
    receiver: str
    epoch: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    as_of_epoch: int = Field(sa_type=BigInteger)
    as_of_seq: int = Field(sa_type=BigInteger)


TRANSFERS = table_of(NeedTransferRow)


class Tenure(NamedTuple):
    """A station owns a need: its acts above ``begin`` and up to ``end`` are in force."""

    station: str
    begin: Position | None
    end: Position | None

    def covers(self, station: str, position: Position) -> bool:
        """Whether an act of a station at this place is one of this tenure."""
        return (
            station == self.station
            and (self.begin is None or position > self.begin)
            and (self.end is None or position <= self.end)
        )


def transfer_row(held: Held, opening: Row[tuple[object, ...]]) -> dict[str, object] | None:
    """The row of a referral by which a need went over; None for any other."""
    said = held.entries[held.case.id].record
    if not held.case.is_transferred:
        return None
    assert isinstance(said, ReferralRequested)
    assert said.as_of is not None
    return {
        "id": held.case.id,
        "need": held.case.need,
        "sender": held.case.sender,
        "receiver": held.case.receiver,
        "epoch": opening.epoch,
        "seq": opening.seq,
        "as_of_epoch": said.as_of.epoch,
        "as_of_seq": said.as_of.seq,
    }


_ANY_TRANSFER = select(TRANSFERS.c.id).limit(1)
"""Built once: it runs with every page of needs, in the path of live entries."""


def is_any_transfer(reading: "Reading") -> bool:
    """Whether any need went over to another station."""
    return reading.connection.execute(_ANY_TRANSFER).first() is not None


def find_transfers(
    reading: "Reading", needs: Iterable[str]
) -> dict[str, list[Row[tuple[object, ...]]]]:
    """The accepted transfers of needs, in effect or not."""
    found: dict[str, list[Row[tuple[object, ...]]]] = {}
    for row in rows_in(reading, TRANSFERS, TRANSFERS.c.need, needs):
        found.setdefault(row.need, []).append(row)
    return found


def tenures(publisher: str, transfers: Sequence[Row[tuple[object, ...]]]) -> list[Tenure]:
    """Who owns a need one after the other, the station that published it first (SPEC 12.8).

    Args:
        publisher: that station.
        transfers: the accepted transfers of the need, in any order.
    """
    left = sorted(transfers, key=lambda each: (each.epoch, each.seq, each.id))
    owner = publisher
    found: list[Tenure] = []
    begins: dict[str, Position] = {}
    while True:
        row = next((each for each in left if each.sender == owner), None)
        if row is None:
            return [*found, Tenure(owner, begins.get(owner), None)]
        left.remove(row)
        end = (int(row.as_of_epoch), int(row.as_of_seq))
        found.append(Tenure(owner, begins.get(owner), end))
        begins[owner] = max(end, begins.get(owner, end))
        owner = row.receiver
