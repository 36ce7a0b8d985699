"""Which needs a common or regional need gathers, by its content in force (A2, B9, B10)."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Table, delete, select
from sqlmodel import Field, SQLModel

from node.projection import Fact
from node.readmodels.rows import batched
from node.store import table_of
from protocol.records.needs import NeedPublished

if TYPE_CHECKING:
    from node.store import Reading, Writing


class NeedGatheredRow(SQLModel, table=True):
    """A need that a common or regional need gathers, by the content in force (B10)."""

    __tablename__ = "need_gathered"

    need: str = Field(primary_key=True)
    gathered: str = Field(primary_key=True, index=True)


_GATHERED = table_of(NeedGatheredRow)


def gather_opened(tx: "Writing", facts: Sequence[Fact], again: set[str]) -> None:
    """Keep what new needs gather, but for those that were folded ``again`` at once."""
    rows = [
        {"need": fact.id, "gathered": each}
        for fact in facts
        if isinstance(fact.record, NeedPublished) and fact.id not in again
        for each in fact.record.gathers
    ]
    tx.insert(NeedGatheredRow, rows)


def gather_again(tx: "Writing", needs: Table, ids: Iterable[str]) -> None:
    """Keep anew what needs gather that were folded again.

    Args:
        needs: the table whose column ``gathers`` lists them, as JSON.
        ids: the needs.
    """
    for batch in batched(sorted(ids)):
        tx.connection.execute(delete(_GATHERED).where(_GATHERED.c.need.in_(batch)))
        gathering = select(needs.c.id, needs.c.gathers).where(
            needs.c.id.in_(batch), needs.c.gathers != "[]"
        )
        rows = [
            {"need": row.id, "gathered": each}
            for row in tx.connection.execute(gathering).all()
            for each in json.loads(row.gathers)
        ]
        tx.insert(NeedGatheredRow, rows)


def forget_gathered(tx: "Writing", ids: Iterable[str]) -> None:
    """Forget what needs gather whose entries are taken back."""
    for batch in batched(ids):
        tx.connection.execute(delete(_GATHERED).where(_GATHERED.c.need.in_(batch)))


def find_gathering(reading: "Reading", need: str) -> list[str]:
    """The ids of the needs that gather this one."""
    query = select(_GATHERED.c.need).where(_GATHERED.c.gathered == need)
    return list(reading.connection.execute(query).scalars())
