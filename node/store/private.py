"""The station's private tables: what never leaves it (DESIGN section 2).

``rebuild`` does not touch them, ``backup`` contains them, and they alone have migrations: a table
that is added or changed here needs a step in :mod:`node.store.migrations`.
"""

from sqlalchemy import Boolean, Column, Text
from sqlmodel import Field, SQLModel

from node.store.services import SERVICE_MODELS
from node.store.tables import BIG, table_of
from node.store.telling import (
    ConsentRow,
    MailAddress,
    MailRow,
    NoticeMark,
    NoticeRead,
    NoticeRow,
)
from node.store.work import Assignment


class Enterprise(SQLModel, table=True):
    """An enterprise's card, with the names and numbers that are never published (D11)."""

    __tablename__ = "private_enterprise"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_type=Text)
    credit_code: str | None = Field(default=None, sa_type=Text)
    industry: str | None = Field(default=None, sa_type=Text)
    division: str | None = Field(default=None, sa_type=Text)
    size: str | None = Field(default=None, sa_type=Text)
    contact: str | None = Field(default=None, sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    email: str | None = Field(default=None, sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    park: str | None = Field(default=None, sa_type=Text)
    park_kind: str | None = Field(default=None, sa_type=Text)
    tech_sme: bool | None = Field(default=None, sa_type=Boolean)
    changed_ms: int | None = Field(default=None, sa_type=BIG)


class VisitNote(SQLModel, table=True):
    """What a visit turned up, in the station's own words (B2); ``entry`` is the public record."""

    __tablename__ = "private_visit"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    enterprise: str | None = Field(default=None, sa_type=Text, index=True)
    visited_on: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    entry: str | None = Field(default=None, sa_type=Text)
    created_ms: int = Field(sa_type=BIG)


class NeedOrigin(SQLModel, table=True):
    """Which enterprise stands behind a published need; known to this station only."""

    __tablename__ = "private_need_origin"

    need: str = Field(sa_column=Column(Text, primary_key=True))
    enterprise: str = Field(sa_type=Text, index=True)


class ResourcePerson(SQLModel, table=True):
    """Who an expert or broker of this station is, where the published entry does not say it."""

    __tablename__ = "private_resource_person"

    resource: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_type=Text)
    contact: str = Field(default="", sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    changed_ms: int = Field(sa_type=BIG)


class Draft(SQLModel, table=True):
    """A record not yet published, as JSON text, and how far it came.

    ``state`` is drafted, submitted, returned or published; ``amends`` the entry whose content it
    is to replace, ``entry`` the entry it became, ``drafted_by`` the account that began it.
    """

    __tablename__ = "private_draft"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    changed_ms: int = Field(sa_type=BIG)
    state: str | None = Field(default=None, sa_type=Text, index=True)
    drafted_by: str | None = Field(default=None, sa_type=Text)
    amends: str | None = Field(default=None, sa_type=Text)
    entry: str | None = Field(default=None, sa_type=Text, index=True)
    created_ms: int | None = Field(default=None, sa_type=BIG)


class DraftStep(SQLModel, table=True):
    """What somebody did with a draft, and what they said of it: its history (N8)."""

    __tablename__ = "private_draft_step"

    draft: str = Field(sa_column=Column(Text, primary_key=True))
    number: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    at_ms: int = Field(sa_type=BIG)
    actor: str = Field(sa_type=Text)
    act: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)


class Account(SQLModel, table=True):
    """Somebody who works at the station: what they log in with, and the role they have.

    ``password`` is the argon2id hash; ``is_temporary`` says that somebody else chose it. Accounts
    are disabled, never deleted: the audit trail names them.
    """

    __tablename__ = "private_account"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_type=Text, unique=True)
    person: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    password: str = Field(sa_type=Text)
    is_temporary: bool = Field(sa_type=Boolean)
    created_ms: int = Field(sa_type=BIG)
    password_ms: int = Field(sa_type=BIG)
    disabled_ms: int | None = Field(default=None, sa_type=BIG)


class SessionRow(SQLModel, table=True):
    """One log-in; ``digest`` is the SHA-256 of the secret its browser keeps."""

    __tablename__ = "private_session"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    digest: str = Field(sa_type=Text, unique=True)
    account: str = Field(sa_type=Text, index=True)
    created_ms: int = Field(sa_type=BIG)
    seen_ms: int = Field(sa_type=BIG)
    ended_ms: int | None = Field(default=None, sa_type=BIG)
    address: str = Field(sa_type=Text)
    agent: str = Field(sa_type=Text)


class GuessRow(SQLModel, table=True):
    """Failed log-ins under one name or from one address, and until when no more are heard."""

    __tablename__ = "private_guess"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    count: int = Field(sa_type=BIG)
    last_ms: int = Field(sa_type=BIG)
    until_ms: int = Field(sa_type=BIG)


class TrailRow(SQLModel, table=True):
    """One line of the audit trail; ``link`` is the digest of this line and of all before it.

    ``of`` is the line that said the act begins, None where one line says all.
    """

    __tablename__ = "private_trail"

    seq: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    at_ms: int = Field(sa_type=BIG)
    actor: str = Field(sa_type=Text, index=True)
    role: str = Field(sa_type=Text)
    session: str = Field(sa_type=Text)
    act: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text, index=True)
    result: str = Field(sa_type=Text)
    of: int | None = Field(default=None, sa_type=BIG)
    link: str = Field(sa_type=Text)


class Synonym(SQLModel, table=True):
    """What people here say, and the term it goes by elsewhere."""

    __tablename__ = "private_synonym"

    said: str = Field(sa_column=Column(Text, primary_key=True))
    meant: str = Field(sa_column=Column(Text, primary_key=True))
    created_ms: int = Field(sa_type=BIG)


class SavedSearch(SQLModel, table=True):
    """What somebody here wants to be told of when it arrives.

    ``kind`` is what is sought, needs or results; ``epoch`` and ``position`` are how far the feed
    was looked at for it.
    """

    __tablename__ = "private_saved_search"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_type=Text)
    person: str = Field(default="", sa_type=Text)
    kind: str = Field(sa_type=Text)
    text: str = Field(default="", sa_type=Text)
    need: str = Field(default="", sa_type=Text)
    result: str = Field(default="", sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    epoch: int = Field(sa_type=BIG)
    position: int = Field(sa_type=BIG)


class MatchAlert(SQLModel, table=True):
    """A need or result that arrived and fits a saved search; told once of each pair.

    ``id`` is the digest of the pair.
    """

    __tablename__ = "private_match_alert"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    search: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    found: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    terms: str = Field(default="", sa_type=Text)
    at_ms: int = Field(sa_type=BIG, index=True)
    read_ms: int | None = Field(default=None, sa_type=BIG)


class PrivateFile(SQLModel, table=True):
    """A file that never leaves the station: a visit's, a consent's or an agreement's.

    Named by its digest. ``visit`` is empty, ``consent`` and ``agreement`` None where it is not
    theirs.
    """

    __tablename__ = "private_file"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    visit: str = Field(sa_type=Text, index=True)
    digest: str = Field(sa_type=Text)
    size: int = Field(sa_type=BIG)
    name: str = Field(sa_type=Text)
    media: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    consent: str | None = Field(default=None, sa_type=Text, index=True)
    agreement: str | None = Field(default=None, sa_type=Text, index=True)


PRIVATE_TABLES = tuple(
    table_of(model)
    for model in (
        Enterprise,
        VisitNote,
        NeedOrigin,
        Draft,
        DraftStep,
        Account,
        SessionRow,
        GuessRow,
        TrailRow,
        Synonym,
        SavedSearch,
        MatchAlert,
        NoticeRow,
        NoticeRead,
        NoticeMark,
        *SERVICE_MODELS,
        PrivateFile,
        MailAddress,
        MailRow,
        ConsentRow,
        ResourcePerson,
        Assignment,
    )
)
