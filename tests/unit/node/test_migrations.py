"""Private tables of any age come to the present shape, with everything that is in them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, inspect
from sqlmodel import SQLModel

from node.backup import create_backup, restore_backup
from node.errors import StoreError
from node.store import Enterprise, Store, table_of
from node.store.engine import create_engines
from node.store.migrations import MARK, STEPS, read_private, take_steps
from node.store.private import PRIVATE_TABLES
from node.store.store import LAYOUT
from node.store.tables import META, STORE_TABLES
from tests.builders import TestClock

MakeUrl = Callable[[str], str]
CARD = {"id": "e", "name": "钒钛厂", "note": "", "created_ms": 5, "phone": "0812"}


def make_oldest(url: str, folder: Path) -> None:
    """A store as the first program left it: four private tables, no mark of steps."""
    engines = create_engines(url, folder)
    with engines[0].begin() as connection:
        SQLModel.metadata.create_all(connection, tables=STORE_TABLES)
        take_steps(connection, 0, 1)
        facts = [{"name": "layout", "value": LAYOUT}, {"name": "feed_epoch", "value": "7"}]
        connection.execute(META.insert(), facts)
        connection.execute(table_of(Enterprise).insert(), CARD)
    for engine in engines:
        engine.dispose()


def shape(connection: Connection) -> dict[str, Any]:
    """Every private table: its columns, key, unique columns and indexes."""
    looked = inspect(connection)
    return {
        table.name: (
            [(column.name, str(column.type), column.nullable) for column in table.columns],
            [column.name for column in table.primary_key],
            sorted(
                tuple(each["column_names"]) for each in looked.get_unique_constraints(table.name)
            ),
            sorted(
                tuple(each["column_names"])
                for each in looked.get_indexes(table.name)
                if not each["unique"]
            ),
        )
        for table in read_private(connection)
    }


def shape_of_store(url: str, folder: Path) -> dict[str, Any]:
    store = Store.open(url, folder)
    try:
        return store.read(lambda reading: shape(reading.connection))
    finally:
        store.close()


def test_every_step_from_the_oldest_store_leads_to_the_shape_the_program_uses(
    store_url: MakeUrl, tmp_path: Path
) -> None:
    old, declared = store_url("old"), store_url("declared")
    make_oldest(old, tmp_path)
    engines = create_engines(declared, tmp_path)
    with engines[0].begin() as connection:
        SQLModel.metadata.create_all(connection, tables=PRIVATE_TABLES)
        expected = shape(connection)
    for engine in engines:
        engine.dispose()

    assert shape_of_store(old, tmp_path) == expected
    assert shape_of_store(store_url("new"), tmp_path) == expected


def test_what_an_old_store_held_is_there_after_the_steps_and_they_are_taken_once(
    store_url: MakeUrl, tmp_path: Path
) -> None:
    url = store_url("old")
    make_oldest(url, tmp_path)
    for _ in range(2):
        store = Store.open(url, tmp_path)
        card, taken = store.read(
            lambda reading: (
                reading.connection.execute(table_of(Enterprise).select()).mappings().one(),
                reading.meta(MARK),
            )
        )
        store.close()

        assert {name: card[name] for name in CARD} == CARD
        assert taken == str(len(STEPS))


def test_a_step_that_fails_leaves_the_store_as_it_was(
    store_url: MakeUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = store_url("old")
    make_oldest(url, tmp_path)
    broken = ("CREATE TABLE private_half (id TEXT)", "CREATE NONSENSE")
    with monkeypatch.context() as patched:
        patched.setattr("node.store.migrations.STEPS", (STEPS[0], broken))
        with pytest.raises(Exception, match="NONSENSE"):
            Store.open(url, tmp_path)

    assert "private_half" not in shape_of_store(url, tmp_path)


def test_a_store_of_a_newer_program_is_refused_by_what_is_to_be_done(
    store_url: MakeUrl, tmp_path: Path
) -> None:
    url = store_url("newer")
    store = Store.open(url, tmp_path)
    store.write(lambda tx: tx.set_meta(MARK, "99"))
    store.close()

    with pytest.raises(StoreError) as refused:
        Store.open(url, tmp_path)
    assert "99" in refused.value.message
    assert "newer" in refused.value.hint


def test_a_backup_of_an_old_store_is_restored_in_the_present_shape(
    store_url: MakeUrl, tmp_path: Path, clock: TestClock
) -> None:
    old, new, file = store_url("old"), store_url("restored"), tmp_path / "old.backup"
    make_oldest(old, tmp_path)
    create_backup(old, tmp_path, file)
    kept = file.read_bytes()
    (tmp_path / "new").mkdir()

    restore_backup(new, tmp_path / "new", file, clock)

    store = Store.open(new, tmp_path / "new")
    names = store.read(
        lambda reading: reading.connection.execute(table_of(Enterprise).select()).all()
    )
    store.close()
    assert [row.name for row in names] == ["钒钛厂"]
    assert shape_of_store(new, tmp_path / "new") == shape_of_store(store_url("fresh"), tmp_path)
    assert file.read_bytes() == kept
