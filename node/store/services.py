"""Private tables of what a station does for enterprises, and of what these say of it (E1-E16).

Nothing here leaves the station but by numbers-only entries; the last lines are the step of
:mod:`node.store.migrations` that made the tables.
"""

from sqlalchemy import Boolean, Column, Text
from sqlmodel import Field, SQLModel

from node.store.tables import BIG


class Engagement(SQLModel, table=True):
    """Work agreed for an enterprise, a need or a referral: which services, to what end (B13, D9).

    ``services`` are codes, apart by spaces; ``state`` is planned, active, done or stopped;
    ``entry`` the public record of its end.
    """

    __tablename__ = "private_engagement"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    title: str = Field(sa_type=Text)
    enterprise: str | None = Field(default=None, sa_type=Text, index=True)
    need: str | None = Field(default=None, sa_type=Text, index=True)
    referral: str | None = Field(default=None, sa_type=Text, index=True)
    services: str = Field(sa_type=Text)
    goal: str = Field(default="", sa_type=Text)
    begins: str = Field(sa_type=Text)
    ends: str | None = Field(default=None, sa_type=Text)
    person: str = Field(default="", sa_type=Text)
    state: str = Field(sa_type=Text, index=True)
    note: str = Field(default="", sa_type=Text)
    entry: str | None = Field(default=None, sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    changed_ms: int = Field(sa_type=BIG)


class Task(SQLModel, table=True):
    """A piece of an engagement's work: who does it, by when, and whether it is done (E10, F7)."""

    __tablename__ = "private_task"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    engagement: str = Field(sa_type=Text, index=True)
    what: str = Field(sa_type=Text)
    person: str = Field(default="", sa_type=Text)
    due: str | None = Field(default=None, sa_type=Text, index=True)
    done_on: str | None = Field(default=None, sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    withdrawn_ms: int | None = Field(default=None, sa_type=BIG)


class Milestone(SQLModel, table=True):
    """A figure an engagement's plan promises by a day, and what it came to (E10, G8, M9)."""

    __tablename__ = "private_milestone"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    engagement: str = Field(sa_type=Text, index=True)
    what: str = Field(sa_type=Text)
    unit: str = Field(default="", sa_type=Text)
    due: str = Field(sa_type=Text)
    target: int = Field(sa_type=BIG)
    reached: int | None = Field(default=None, sa_type=BIG)
    created_ms: int = Field(sa_type=BIG)
    withdrawn_ms: int | None = Field(default=None, sa_type=BIG)


class Achievement(SQLModel, table=True):
    """What came of an engagement; ``sort`` keeps outputs and outcomes apart (E15).

    An output is a thing made (a report, a prototype), an outcome a change at the enterprise.
    """

    __tablename__ = "private_achievement"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    engagement: str = Field(sa_type=Text, index=True)
    sort: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    on_date: str = Field(sa_type=Text, index=True)
    number: int = Field(sa_type=BIG)
    amount_fen: int | None = Field(default=None, sa_type=BIG)
    note: str = Field(default="", sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    withdrawn_ms: int | None = Field(default=None, sa_type=BIG)


class Correction(SQLModel, table=True):
    """A task, output or outcome that was amended or withdrawn: by whom, why, what it said (E10).

    ``part`` is task, output or outcome; ``before`` and ``after`` are JSON objects, ``after`` empty
    where it was withdrawn.
    """

    __tablename__ = "private_correction"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    engagement: str = Field(sa_type=Text, index=True)
    part: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    before: str = Field(sa_type=Text)
    after: str = Field(default="", sa_type=Text)
    reason: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    at_ms: int = Field(sa_type=BIG)


class Activity(SQLModel, table=True):
    """A meeting, a training, an exhibition; ``entry`` is its public record, in numbers (L2)."""

    __tablename__ = "private_activity"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    on_date: str = Field(sa_type=Text, index=True)
    days: int = Field(sa_type=BIG)
    place: str = Field(default="", sa_type=Text)
    participants: int = Field(sa_type=BIG)
    enterprises: int = Field(sa_type=BIG)
    engagement: str | None = Field(default=None, sa_type=Text, index=True)
    note: str = Field(default="", sa_type=Text)
    entry: str = Field(sa_type=Text)
    created_ms: int = Field(sa_type=BIG)


class Agreement(SQLModel, table=True):
    """An agreement made from a template (E9, N6); ``state`` is drafted, signed or ended.

    ``template`` names the template and its version; ``version`` the text that is in force.
    """

    __tablename__ = "private_agreement"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    engagement: str = Field(sa_type=Text, index=True)
    template: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    version: int = Field(sa_type=BIG)
    state: str = Field(sa_type=Text)
    signed_on: str | None = Field(default=None, sa_type=Text)
    ended_on: str | None = Field(default=None, sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    changed_ms: int = Field(sa_type=BIG)


class AgreementText(SQLModel, table=True):
    """One version of an agreement's text, with the SHA-256 of its UTF-8 bytes in hex."""

    __tablename__ = "private_agreement_text"

    agreement: str = Field(sa_column=Column(Text, primary_key=True))
    version: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    text: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    made_ms: int = Field(sa_type=BIG)


class TechnologyContract(SQLModel, table=True):
    """A technology contract: turnover and technology amount apart, never added (E14)."""

    __tablename__ = "private_contract"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    engagement: str | None = Field(default=None, sa_type=Text, index=True)
    referral: str | None = Field(default=None, sa_type=Text, index=True)
    agreement: str | None = Field(default=None, sa_type=Text)
    type: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    field: str = Field(default="", sa_type=Text)
    amount_fen: int = Field(sa_type=BIG)
    technology_fen: int = Field(sa_type=BIG)
    signed: str = Field(sa_type=Text, index=True)
    registration: str | None = Field(default=None, sa_type=Text, unique=True)
    created_ms: int = Field(sa_type=BIG)


class Asking(SQLModel, table=True):
    """A question put to an enterprise: by a link that works once, or a code the broker enters.

    ``digest`` is the SHA-256 of the link's secret, ``code`` that of this id and the code. ``about``
    is confirm, impact or progress; ``subject`` the referral or need; ``months`` after which an
    impact is asked, 0 for others.
    """

    __tablename__ = "private_asking"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    about: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text, index=True)
    months: int = Field(sa_type=BIG)
    digest: str = Field(sa_type=Text, unique=True)
    code: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)
    created_ms: int = Field(sa_type=BIG)
    expires_ms: int = Field(sa_type=BIG)
    used_ms: int | None = Field(default=None, sa_type=BIG)
    revoked_ms: int | None = Field(default=None, sa_type=BIG)


class EnterpriseAnswer(SQLModel, table=True):
    """What an enterprise said, one row an asking; ``way`` is how it reached the station (R7).

    ``person`` entered it; empty where the enterprise itself did.
    """

    __tablename__ = "private_answer"

    asking: str = Field(sa_column=Column(Text, primary_key=True))
    about: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text, index=True)
    way: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)
    at_ms: int = Field(sa_type=BIG)
    satisfied: int | None = Field(default=None, sa_type=BIG)
    agrees: bool | None = Field(default=None, sa_type=Boolean)
    consent: bool = Field(sa_type=Boolean)
    consent_by: str = Field(default="", sa_type=Text)
    consent_on: str = Field(default="", sa_type=Text)
    remark: str = Field(default="", sa_type=Text)
    revenue_fen: int | None = Field(default=None, sa_type=BIG)
    saved_fen: int | None = Field(default=None, sa_type=BIG)
    jobs: int | None = Field(default=None, sa_type=BIG)
    energy_kgce: int | None = Field(default=None, sa_type=BIG)
    recommend: int | None = Field(default=None, sa_type=BIG)
    entry: str | None = Field(default=None, sa_type=Text)


SERVICE_MODELS = (
    Engagement,
    Task,
    Milestone,
    Achievement,
    Correction,
    Activity,
    Agreement,
    AgreementText,
    TechnologyContract,
    Asking,
    EnterpriseAnswer,
)
SERVICES: tuple[str, ...] = (
    """CREATE TABLE private_engagement (
        id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, enterprise TEXT, need TEXT,
        referral TEXT, services TEXT NOT NULL, goal TEXT NOT NULL, begins TEXT NOT NULL,
        ends TEXT, person TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL, entry TEXT,
        created_ms {big} NOT NULL, changed_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_engagement_enterprise ON private_engagement (enterprise)",
    "CREATE INDEX ix_private_engagement_need ON private_engagement (need)",
    "CREATE INDEX ix_private_engagement_referral ON private_engagement (referral)",
    "CREATE INDEX ix_private_engagement_state ON private_engagement (state)",
    """CREATE TABLE private_task (
        id TEXT NOT NULL PRIMARY KEY, engagement TEXT NOT NULL, what TEXT NOT NULL,
        person TEXT NOT NULL, due TEXT, done_on TEXT, created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_task_due ON private_task (due)",
    "CREATE INDEX ix_private_task_engagement ON private_task (engagement)",
    """CREATE TABLE private_milestone (
        id TEXT NOT NULL PRIMARY KEY, engagement TEXT NOT NULL, what TEXT NOT NULL,
        unit TEXT NOT NULL, due TEXT NOT NULL, target {big} NOT NULL, reached {big},
        created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_milestone_engagement ON private_milestone (engagement)",
    """CREATE TABLE private_achievement (
        id TEXT NOT NULL PRIMARY KEY, engagement TEXT NOT NULL, sort TEXT NOT NULL,
        kind TEXT NOT NULL, title TEXT NOT NULL, on_date TEXT NOT NULL, number {big} NOT NULL,
        amount_fen {big}, note TEXT NOT NULL, created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_achievement_engagement ON private_achievement (engagement)",
    "CREATE INDEX ix_private_achievement_on_date ON private_achievement (on_date)",
    """CREATE TABLE private_activity (
        id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, title TEXT NOT NULL,
        on_date TEXT NOT NULL, days {big} NOT NULL, place TEXT NOT NULL,
        participants {big} NOT NULL, enterprises {big} NOT NULL, engagement TEXT,
        note TEXT NOT NULL, entry TEXT NOT NULL, created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_activity_engagement ON private_activity (engagement)",
    "CREATE INDEX ix_private_activity_on_date ON private_activity (on_date)",
    """CREATE TABLE private_agreement (
        id TEXT NOT NULL PRIMARY KEY, engagement TEXT NOT NULL, template TEXT NOT NULL,
        title TEXT NOT NULL, version {big} NOT NULL, state TEXT NOT NULL, signed_on TEXT,
        ended_on TEXT, created_ms {big} NOT NULL, changed_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_agreement_engagement ON private_agreement (engagement)",
    """CREATE TABLE private_agreement_text (
        agreement TEXT NOT NULL, version {big} NOT NULL, text TEXT NOT NULL,
        digest TEXT NOT NULL, made_ms {big} NOT NULL, PRIMARY KEY (agreement, version))""",
    """CREATE TABLE private_contract (
        id TEXT NOT NULL PRIMARY KEY, engagement TEXT, referral TEXT, agreement TEXT,
        type TEXT NOT NULL, name TEXT NOT NULL, field TEXT NOT NULL, amount_fen {big} NOT NULL,
        technology_fen {big} NOT NULL, signed TEXT NOT NULL, registration TEXT UNIQUE,
        created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_contract_engagement ON private_contract (engagement)",
    "CREATE INDEX ix_private_contract_referral ON private_contract (referral)",
    "CREATE INDEX ix_private_contract_signed ON private_contract (signed)",
    """CREATE TABLE private_asking (
        id TEXT NOT NULL PRIMARY KEY, about TEXT NOT NULL, subject TEXT NOT NULL,
        months {big} NOT NULL, digest TEXT NOT NULL UNIQUE, code TEXT NOT NULL,
        person TEXT NOT NULL, created_ms {big} NOT NULL, expires_ms {big} NOT NULL,
        used_ms {big}, revoked_ms {big})""",
    "CREATE INDEX ix_private_asking_subject ON private_asking (subject)",
    """CREATE TABLE private_answer (
        asking TEXT NOT NULL PRIMARY KEY, about TEXT NOT NULL, subject TEXT NOT NULL,
        way TEXT NOT NULL, person TEXT NOT NULL, at_ms {big} NOT NULL, satisfied {big},
        agrees BOOLEAN, consent BOOLEAN NOT NULL, consent_by TEXT NOT NULL,
        consent_on TEXT NOT NULL, remark TEXT NOT NULL, revenue_fen {big}, saved_fen {big},
        jobs {big}, energy_kgce {big}, recommend {big}, entry TEXT)""",
    "CREATE INDEX ix_private_answer_subject ON private_answer (subject)",
)
"""The step by which these tables came to be; both databases take it."""

CORRECTIONS: tuple[str, ...] = (
    "ALTER TABLE private_task ADD COLUMN withdrawn_ms {big}",
    "ALTER TABLE private_achievement ADD COLUMN withdrawn_ms {big}",
    """CREATE TABLE private_correction (
        id TEXT NOT NULL PRIMARY KEY, engagement TEXT NOT NULL, part TEXT NOT NULL,
        subject TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL,
        account TEXT NOT NULL, at_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_correction_engagement ON private_correction (engagement)",
)
"""The step by which parts of an engagement came to be corrected."""

FIGURE_CORRECTIONS: tuple[str, ...] = (
    "ALTER TABLE private_milestone ADD COLUMN withdrawn_ms {big}",
)
"""The step by which promised figures came to be corrected."""
