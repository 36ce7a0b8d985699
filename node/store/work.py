"""The private table of who works on what, and the step that makes it (must-have 7)."""

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from node.store.tables import BIG

ASSIGNMENTS: tuple[str, ...] = (
    """CREATE TABLE private_assignment (
        id TEXT NOT NULL, at_ms {big} NOT NULL, account TEXT NOT NULL, note TEXT NOT NULL,
        given_by TEXT NOT NULL, PRIMARY KEY (id, at_ms))""",
)


class Assignment(SQLModel, table=True):
    """Who at the station works on a case or a need since a moment; nobody where empty.

    Every change is a row, the newest is in force.
    """

    __tablename__ = "private_assignment"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    at_ms: int = Field(sa_column=Column(BIG, primary_key=True))
    account: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    given_by: str = Field(sa_type=Text)
