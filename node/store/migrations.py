"""The steps by which the private tables came to be what they are (DESIGN section 2).

A store's META ``private`` says how many steps it has taken; one without it stands at the first.
Every store is made by the same steps, so there is one way to the newest shape. A step that has
been released is never changed: a new shape is a new step. Read models need none, they are folded
anew.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, MetaData, Table, inspect, select

from node.errors import StoreError
from node.store.services import CORRECTIONS, FIGURE_CORRECTIONS, SERVICES
from node.store.tables import META
from node.store.work import ASSIGNMENTS

Step = Sequence[str]
"""Statements both databases take; ``{big}`` is a 64-bit integer."""

PREFIX = "private_"
MARK = "private"
"""Where META keeps the number of steps taken."""

_OLDEST: Step = (
    """CREATE TABLE private_enterprise (
        id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, credit_code TEXT, industry TEXT,
        division TEXT, size TEXT, contact TEXT, phone TEXT, email TEXT, note TEXT NOT NULL,
        created_ms {big} NOT NULL)""",
    """CREATE TABLE private_visit (
        id TEXT NOT NULL PRIMARY KEY, enterprise TEXT, visited_on TEXT NOT NULL,
        note TEXT NOT NULL, entry TEXT, created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_visit_enterprise ON private_visit (enterprise)",
    """CREATE TABLE private_need_origin (
        need TEXT NOT NULL PRIMARY KEY, enterprise TEXT NOT NULL)""",
    "CREATE INDEX ix_private_need_origin_enterprise ON private_need_origin (enterprise)",
    """CREATE TABLE private_draft (
        id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL,
        changed_ms {big} NOT NULL)""",
)

_PEOPLE: Step = (
    """CREATE TABLE private_account (
        id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE, person TEXT NOT NULL,
        role TEXT NOT NULL, password TEXT NOT NULL, is_temporary BOOLEAN NOT NULL,
        created_ms {big} NOT NULL, password_ms {big} NOT NULL, disabled_ms {big})""",
    """CREATE TABLE private_session (
        id TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL UNIQUE, account TEXT NOT NULL,
        created_ms {big} NOT NULL, seen_ms {big} NOT NULL, ended_ms {big},
        address TEXT NOT NULL, agent TEXT NOT NULL)""",
    "CREATE INDEX ix_private_session_account ON private_session (account)",
    """CREATE TABLE private_guess (
        key TEXT NOT NULL PRIMARY KEY, count {big} NOT NULL, last_ms {big} NOT NULL,
        until_ms {big} NOT NULL)""",
    """CREATE TABLE private_trail (
        seq {big} NOT NULL PRIMARY KEY, at_ms {big} NOT NULL, actor TEXT NOT NULL,
        role TEXT NOT NULL, session TEXT NOT NULL, act TEXT NOT NULL, target TEXT NOT NULL,
        result TEXT NOT NULL, of {big}, link TEXT NOT NULL)""",
    "CREATE INDEX ix_private_trail_actor ON private_trail (actor)",
    "CREATE INDEX ix_private_trail_target ON private_trail (target)",
)

_MATCHING: Step = (
    """CREATE TABLE private_synonym (
        said TEXT NOT NULL, meant TEXT NOT NULL, created_ms {big} NOT NULL,
        PRIMARY KEY (said, meant))""",
    """CREATE TABLE private_saved_search (
        id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, person TEXT NOT NULL, kind TEXT NOT NULL,
        text TEXT NOT NULL, need TEXT NOT NULL, result TEXT NOT NULL, created_ms {big} NOT NULL,
        epoch {big} NOT NULL, position {big} NOT NULL)""",
    """CREATE TABLE private_match_alert (
        id TEXT NOT NULL PRIMARY KEY, search TEXT NOT NULL, kind TEXT NOT NULL,
        found TEXT NOT NULL, title TEXT NOT NULL, terms TEXT NOT NULL, at_ms {big} NOT NULL,
        read_ms {big})""",
    "CREATE INDEX ix_private_match_alert_search ON private_match_alert (search)",
    "CREATE INDEX ix_private_match_alert_at_ms ON private_match_alert (at_ms)",
)

_NOTICES: Step = (
    """CREATE TABLE private_notice (
        id TEXT NOT NULL PRIMARY KEY, seq {big} NOT NULL UNIQUE, kind TEXT NOT NULL,
        subject TEXT NOT NULL, act TEXT NOT NULL, account TEXT NOT NULL, given TEXT NOT NULL,
        link TEXT NOT NULL, at_ms {big} NOT NULL, done_ms {big}, done_by TEXT NOT NULL)""",
    "CREATE INDEX ix_private_notice_subject ON private_notice (subject)",
    """CREATE TABLE private_notice_read (
        notice TEXT NOT NULL, account TEXT NOT NULL, at_ms {big} NOT NULL,
        PRIMARY KEY (notice, account))""",
    """CREATE TABLE private_notice_mark (
        name TEXT NOT NULL PRIMARY KEY, epoch {big} NOT NULL, position {big} NOT NULL)""",
)

_FIELD_WORK: Step = (
    "ALTER TABLE private_enterprise ADD COLUMN park TEXT",
    "ALTER TABLE private_enterprise ADD COLUMN park_kind TEXT",
    "ALTER TABLE private_enterprise ADD COLUMN tech_sme BOOLEAN",
    "ALTER TABLE private_enterprise ADD COLUMN changed_ms {big}",
    "ALTER TABLE private_draft ADD COLUMN state TEXT",
    "ALTER TABLE private_draft ADD COLUMN drafted_by TEXT",
    "ALTER TABLE private_draft ADD COLUMN amends TEXT",
    "ALTER TABLE private_draft ADD COLUMN entry TEXT",
    "ALTER TABLE private_draft ADD COLUMN created_ms {big}",
    "CREATE INDEX ix_private_draft_state ON private_draft (state)",
    "CREATE INDEX ix_private_draft_entry ON private_draft (entry)",
    """CREATE TABLE private_draft_step (
        draft TEXT NOT NULL, number {big} NOT NULL, at_ms {big} NOT NULL, actor TEXT NOT NULL,
        act TEXT NOT NULL, note TEXT NOT NULL, PRIMARY KEY (draft, number))""",
)

_FILES: Step = (
    """CREATE TABLE private_file (
        id TEXT NOT NULL PRIMARY KEY, visit TEXT NOT NULL, digest TEXT NOT NULL,
        size {big} NOT NULL, name TEXT NOT NULL, media TEXT NOT NULL, note TEXT NOT NULL,
        created_ms {big} NOT NULL)""",
    "CREATE INDEX ix_private_file_visit ON private_file (visit)",
)

_MAIL: Step = (
    """CREATE TABLE private_mail_address (
        account TEXT NOT NULL PRIMARY KEY, address TEXT NOT NULL, way TEXT NOT NULL,
        hour {big} NOT NULL, lang TEXT NOT NULL, told_seq {big} NOT NULL, told_ms {big} NOT NULL,
        refused TEXT NOT NULL, changed_ms {big} NOT NULL)""",
    """CREATE TABLE private_mail (
        id TEXT NOT NULL PRIMARY KEY, account TEXT NOT NULL, address TEXT NOT NULL,
        subject TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL, tries {big} NOT NULL,
        created_ms {big} NOT NULL, next_ms {big} NOT NULL, changed_ms {big} NOT NULL,
        answer TEXT NOT NULL)""",
    "CREATE INDEX ix_private_mail_state ON private_mail (state)",
)

_RESOURCES: Step = (
    """CREATE TABLE private_resource_person (
        resource TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, contact TEXT NOT NULL,
        note TEXT NOT NULL, changed_ms {big} NOT NULL)""",
)

_CONSENTS: Step = (
    """CREATE TABLE private_consent (
        id TEXT NOT NULL PRIMARY KEY, enterprise TEXT NOT NULL, referral TEXT NOT NULL,
        receiver TEXT NOT NULL, receiver_name TEXT NOT NULL, receiver_contact TEXT NOT NULL,
        purpose TEXT NOT NULL, kinds TEXT NOT NULL, way TEXT NOT NULL, given_on TEXT NOT NULL,
        given_by TEXT NOT NULL, evidence TEXT NOT NULL, evidence_hash TEXT NOT NULL,
        withdrawal TEXT NOT NULL, part TEXT NOT NULL, created_ms {big} NOT NULL,
        disclosed TEXT NOT NULL, sealed TEXT NOT NULL, withdrawn_ms {big},
        withdrawn_note TEXT NOT NULL, erased TEXT NOT NULL)""",
    "CREATE INDEX ix_private_consent_enterprise ON private_consent (enterprise)",
    "CREATE INDEX ix_private_consent_referral ON private_consent (referral)",
)

_EVIDENCE: Step = (
    "ALTER TABLE private_file ADD COLUMN consent TEXT",
    "CREATE INDEX ix_private_file_consent ON private_file (consent)",
)

_SCANS: Step = (
    "ALTER TABLE private_file ADD COLUMN agreement TEXT",
    "CREATE INDEX ix_private_file_agreement ON private_file (agreement)",
)

STEPS: tuple[Step, ...] = (
    _OLDEST,
    _PEOPLE,
    _MATCHING,
    _NOTICES,
    _FIELD_WORK,
    SERVICES,
    _FILES,
    _MAIL,
    _RESOURCES,
    _CONSENTS,
    ASSIGNMENTS,
    _EVIDENCE,
    CORRECTIONS,
    _SCANS,
    FIGURE_CORRECTIONS,
)


def find_steps(connection: Connection) -> int:
    """The number of steps a store or a backup has taken; 0 where it has no private tables.

    Raises:
        StoreError: a newer program made it.
    """
    mark = connection.execute(select(META.c.value).where(META.c.name == MARK)).scalar()
    if mark is None:
        return 1 if inspect(connection).has_table("private_enterprise") else 0
    if int(mark) > len(STEPS):
        raise StoreError(
            f"the private tables are of step {mark}, this program knows {len(STEPS)}",
            "use the program version that made them, or a newer one",
        )
    return int(mark)


def take_steps(connection: Connection, begin: int, end: int = len(STEPS)) -> None:
    """Take the private tables from one shape to a later one, inside the caller's transaction.

    Args:
        begin: steps taken already; 0 makes the tables.
        end: steps taken afterwards.
    """
    big = "BIGINT" if connection.dialect.name == "postgresql" else "INTEGER"
    for step in STEPS[begin:end]:
        for statement in step:
            connection.exec_driver_sql(statement.format(big=big))


def read_private(connection: Connection) -> Iterator[Table]:
    """The private tables as they stand in this database, whatever their shape."""
    names = (name for name in inspect(connection).get_table_names() if name.startswith(PREFIX))
    for name in sorted(names):
        yield Table(name, MetaData(), autoload_with=connection)


def drop_private(connection: Connection) -> None:
    """Drop every private table; to be made again by the caller, in the same transaction."""
    for table in read_private(connection):
        table.drop(connection)
