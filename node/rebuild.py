"""The runner of the read models: fold facts into them, fold everything anew, and digest them.

A read model is never migrated: what changed is dropped and folded again from the chunks, and
gives the same digest (DESIGN section 2, P9).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Delete, Select, Table, collate, delete, select, types

from node.judging import Judge
from node.projection import Fact, Projection
from node.readmodels import entries
from node.store import Place, Reading, Store, Writing, table_of
from node.store.shapes import create_tables, drop_tables
from protocol.limits import CHANNELS
from protocol.roster import Roster

if TYPE_CHECKING:
    from node.ingest import Ingest

FACTS_PER_FOLD = 1_024
Progress = Callable[[int, int], None]
"""Called with the entries folded so far and the entries in all."""


class Digests(NamedTuple):
    """What the read models amount to, SHA-256 in hex: one over all, and one of each."""

    total: str
    by_name: dict[str, str]


def project(
    tx: Writing, roster: Roster, facts: Sequence[Fact], projections: Sequence[Projection]
) -> None:
    """Hand facts, in the order they arrived, to every read model that folds their kinds.

    Inert ones go only to those that fold every entry.
    """
    meaningful = [fact for fact in facts if fact.record is not None]
    present = {fact.kind for fact in meaningful}
    for projection in projections:
        kinds = projection.kinds
        if kinds is None:
            projection.project(tx, roster, facts)
        elif present <= kinds and present:
            projection.project(tx, roster, meaningful)
        elif not kinds.isdisjoint(present):
            wanted = [fact for fact in meaningful if fact.kind in kinds]
            projection.project(tx, roster, wanted)


def project_roster(tx: Writing, roster: Roster, projections: Sequence[Projection]) -> None:
    """Tell every read model that asks for it that the roster changed."""
    for projection in projections:
        if projection.project_roster is not None:
            projection.project_roster(tx, roster)


def prepare(tx: Writing, projections: Sequence[Projection], channels: Sequence[str]) -> bool:
    """Make the read models' tables; True when one is new or changed and all must be refolded.

    They are so too when the node holds other channels than before.
    """
    versions = {f"projection {each.name}": str(each.version) for each in projections}
    changed = [name for name, version in versions.items() if tx.meta(name) != version]
    for name in changed:
        tx.set_meta(name, versions[name])
    if changed:
        _create_tables(tx, projections)
    held = ",".join(channels)
    is_other = (tx.meta("channels") or ",".join(CHANNELS)) != held
    if is_other:
        tx.set_meta("channels", held)
    return bool(changed) or is_other


def _tables(projections: Iterable[Projection]) -> list[Table]:
    return [table_of(model) for projection in projections for model in projection.tables]


def _create_tables(tx: Writing, projections: Sequence[Projection]) -> None:
    tables = _tables(projections)
    drop_tables(tx.connection, tables)
    create_tables(tx.connection, tables)


@cache
def _emptying(table: Table) -> Delete:
    return delete(table)


def refold(
    tx: Writing,
    roster: Roster,
    projections: Sequence[Projection],
    channels: Sequence[str],
    progress: Progress | None = None,
) -> None:
    """Empty every read model and fold every stored entry of the channels held again, inside one
    transaction."""
    for table in _tables(projections):
        tx.connection.execute(_emptying(table))
    project_roster(tx, roster, projections)
    total = tx.counts()["entries"]
    done = 0
    facts: list[Fact] = []
    judge = Judge(tx, roster)
    for run in tx.log_runs(channels):
        facts += judge.stored(run)
        done += run.count
        if len(facts) >= FACTS_PER_FOLD:
            project(tx, roster, facts, projections)
            facts = []
            if progress is not None:
                progress(done, total)
    facts += [fact for fact in judge.kept() if fact.log.channel in channels]
    if facts:
        project(tx, roster, facts, projections)
    if progress is not None:
        progress(done, total)


def fold_again(
    tx: Writing,
    roster: Roster,
    places: Iterable[Place],
    projections: Sequence[Projection],
    channels: tuple[str, ...] = CHANNELS,
) -> None:
    """Fold entries held for a while again, whose bodies came or went (SPEC 4.4, 4.6).

    A read model that cannot take back what single entries gave it is folded anew, and all with it.

    Args:
        tx: an open transaction.
        roster: by which they are judged.
        places: where they stand.
        projections: the read models.
        channels: those the node holds.
    """
    judge = Judge(tx, roster)
    facts = _judged(tx, judge, (each for each in places if each[0].channel in channels))
    kinds = {fact.kind for fact in facts}
    concerned = [p for p in projections if p.kinds is None or not p.kinds.isdisjoint(kinds)]
    if any(projection.forget is None for projection in concerned):
        refold(tx, roster, projections, channels)
        return
    for projection in concerned:
        assert projection.forget is not None
        own = [f for f in facts if projection.kinds is None or f.kind in projection.kinds]
        again = projection.forget(tx, [fact.id for fact in own])
        others = entries.find_many(tx, set(again) - {fact.id for fact in own}).values()
        own += _judged(tx, judge, [(each.log, each.seq) for each in others])
        project(tx, roster, own, [projection])


def _judged(tx: Writing, judge: Judge, places: Iterable[Place]) -> list[Fact]:
    return [
        fact
        for log, seq in sorted(places)
        for run in tx.runs(log, seq, seq)
        for fact in judge.stored(run)
    ]


def rebuild(store: Store, ingest: "Ingest", progress: Progress | None = None) -> Digests:
    """``yizhan rebuild``: every read model anew from the signed entries, in one transaction.

    Private tables are not touched.

    Args:
        store: the open store.
        ingest: whose roster and read models they are.
        progress: told how far it is.

    Returns:
        The digests afterwards; the same as before, or a read model's fold has a mistake.
    """
    return store.write(lambda tx: _rebuild(tx, ingest, progress))


async def arebuild(store: Store, ingest: "Ingest", progress: Progress | None = None) -> Digests:
    """:func:`rebuild` in the writer thread."""
    return await store.awrite(lambda tx: _rebuild(tx, ingest, progress))


def _rebuild(tx: Writing, ingest: "Ingest", progress: Progress | None) -> Digests:
    _create_tables(tx, ingest.projections)
    refold(tx, ingest.roster, ingest.projections, ingest.channels, progress)
    return readmodel_digest(tx, ingest.projections)


def readmodel_digest(reading: Reading, projections: Sequence[Projection]) -> Digests:
    """SHA-256 over every row of every read model, by primary key; the same on either database.

    Args:
        reading: a look at the store.
        projections: the read models to digest, each on its own.
    """
    by_name = {each.name: _digest(reading, each) for each in projections}
    lines = "".join(f"{name} {value}\n" for name, value in sorted(by_name.items()))
    return Digests(hashlib.sha256(lines.encode()).hexdigest(), by_name)


def _digest(reading: Reading, projection: Projection) -> str:
    sha = hashlib.sha256()
    for table in sorted(_tables([projection]), key=lambda each: each.name):
        query = _all_rows(table, reading.connection.dialect.name, projection.digested)
        names = " ".join(column.name for column in query.selected_columns)
        sha.update(f"{table.name} {names}\n".encode())
        for row in reading.connection.execute(query):
            text = json.dumps(
                list(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
            )
            sha.update(text.encode() + b"\n")
    return sha.hexdigest()


@cache
def _all_rows(
    table: Table, dialect: str, digested: Callable[[Table], ColumnElement[bool]] | None
) -> Select[*tuple[Any, ...]]:
    """By primary key, text by its bytes: PostgreSQL would ask its locale."""
    order = [
        collate(each, "C")
        if dialect == "postgresql" and isinstance(each.type, types.String)
        else each
        for each in table.primary_key
    ]
    query = select(*sorted(table.columns, key=lambda column: column.name)).order_by(*order)
    query = query if digested is None else query.where(digested(table))
    return query.execution_options(yield_per=1000)


def _plain(value: object) -> str:
    assert isinstance(value, bytes), f"a read model holds a {type(value).__name__}"
    return value.hex()
