"""Private tables of the inbox and its mails, and the register of consents."""

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from node.store.tables import BIG


class NoticeRow(SQLModel, table=True):
    """Something the station, or one account, is to know of; ``id`` is the digest of the fact.

    ``seq`` counts notices in the order they were told. ``act`` is what a role must allow to see
    it, unless it is for one ``account``; ``given`` are the words of its text, as JSON.
    """

    __tablename__ = "private_notice"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    seq: int = Field(sa_type=BIG, unique=True)
    kind: str = Field(sa_type=Text)
    subject: str = Field(default="", sa_type=Text, index=True)
    act: str = Field(sa_type=Text)
    account: str = Field(default="", sa_type=Text)
    given: str = Field(sa_type=Text)
    link: str = Field(default="", sa_type=Text)
    at_ms: int = Field(sa_type=BIG)
    done_ms: int | None = Field(default=None, sa_type=BIG)
    done_by: str = Field(default="", sa_type=Text)


class NoticeRead(SQLModel, table=True):
    """That an account has read a notice."""

    __tablename__ = "private_notice_read"

    notice: str = Field(sa_column=Column(Text, primary_key=True))
    account: str = Field(sa_column=Column(Text, primary_key=True))
    at_ms: int = Field(sa_type=BIG)


class NoticeMark(SQLModel, table=True):
    """How far the feed was read for notices."""

    __tablename__ = "private_notice_mark"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    epoch: int = Field(sa_type=BIG)
    position: int = Field(sa_type=BIG)


class MailAddress(SQLModel, table=True):
    """Where and how often an account is told of notices by mail; ``told_seq`` is the last told.

    ``way`` is none, at-once or daily, ``hour`` that of Beijing; ``refused`` is what a server said
    that would not take mail for the address.
    """

    __tablename__ = "private_mail_address"

    account: str = Field(sa_column=Column(Text, primary_key=True))
    address: str = Field(sa_type=Text)
    way: str = Field(sa_type=Text)
    hour: int = Field(sa_type=BIG)
    lang: str = Field(sa_type=Text)
    told_seq: int = Field(sa_type=BIG)
    told_ms: int = Field(sa_type=BIG)
    refused: str = Field(default="", sa_type=Text)
    changed_ms: int = Field(sa_type=BIG)


class MailRow(SQLModel, table=True):
    """One mail; ``id`` is the left part of its Message-ID.

    ``state`` is waiting, handing (its text is on the way), sent, failed, or unsure: handed over
    without an answer.
    """

    __tablename__ = "private_mail"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    account: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    tries: int = Field(sa_type=BIG)
    created_ms: int = Field(sa_type=BIG)
    next_ms: int = Field(sa_type=BIG)
    changed_ms: int = Field(sa_type=BIG)
    answer: str = Field(default="", sa_type=Text)


class ConsentRow(SQLModel, table=True):
    """An enterprise's consent to one disclosure (PIPL 23); it outlasts the card it names.

    ``kinds`` is a JSON list; ``part`` the digest of the ciphertext, ``disclosed`` and ``sealed``
    the entries that carry it, ``erased`` the one that took it back; empty until then.
    """

    __tablename__ = "private_consent"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    enterprise: str = Field(sa_type=Text, index=True)
    referral: str = Field(sa_type=Text, index=True)
    receiver: str = Field(sa_type=Text)
    receiver_name: str = Field(sa_type=Text)
    receiver_contact: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    kinds: str = Field(sa_type=Text)
    way: str = Field(sa_type=Text)
    given_on: str = Field(sa_type=Text)
    given_by: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    evidence_hash: str = Field(sa_type=Text)
    withdrawal: str = Field(sa_type=Text)
    part: str = Field(sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    disclosed: str = Field(sa_type=Text)
    sealed: str = Field(sa_type=Text)
    withdrawn_ms: int | None = Field(default=None, sa_type=BIG)
    withdrawn_note: str = Field(sa_type=Text)
    erased: str = Field(sa_type=Text)
