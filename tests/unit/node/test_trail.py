"""The audit trail: whatever is changed in it or missing from it shows."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from node.clock import system_random
from node.errors import InvalidError
from node.people import OPERATOR, Gate, Role, accounts, staff, trail
from node.people.trail import HEAD, LineQuery, Verdict
from node.settings import PeopleConfig
from node.store import Store, TrailRow, Writing, table_of
from tests.builders import TestClock

TABLE = table_of(TrailRow)
PASSWORD = "correct horse battery staple"


@pytest.fixture
def gate(store_url: Callable[[str], str], tmp_path: Path, clock: TestClock) -> Iterator[Gate]:
    store = Store.open(store_url("trail"), tmp_path, clock=clock)
    gate = Gate(store, clock, system_random, PeopleConfig(), lambda _line: None)
    yield gate
    gate.close()
    store.close()


def write(gate: Gate, count: int = 5) -> None:
    for number in range(count):
        gate.store.write(lambda tx, n=number: gate.note(tx, OPERATOR, "publish_need", f"entry{n}"))


def verify(gate: Gate, known: str = "") -> Verdict:
    return gate.store.read(lambda reading: trail.verify(reading, known))


def head(gate: Gate) -> str:
    return gate.store.read(lambda reading: reading.meta(HEAD)) or ""


def test_an_empty_and_an_untouched_trail_are_whole_and_know_their_heads(gate: Gate) -> None:
    assert verify(gate).is_whole
    write(gate)
    noted = head(gate)
    write(gate)

    verdict = verify(gate, noted)

    assert (verdict.is_whole, verdict.lines, verdict.is_known) == (True, 10, True)
    assert verdict.head == head(gate)


@pytest.mark.parametrize(
    ("change", "wrong_seq"),
    [
        (update(TABLE).where(TABLE.c.seq == 3).values(target="other"), 3),
        (update(TABLE).where(TABLE.c.seq == 3).values(at_ms=1), 3),
        (update(TABLE).where(TABLE.c.seq == 2).values(link="0" * 64), 2),
        (delete(TABLE).where(TABLE.c.seq == 1), 1),
        (delete(TABLE).where(TABLE.c.seq == 3), 3),
        (delete(TABLE).where(TABLE.c.seq > 3), 4),
        (delete(TABLE), 1),
    ],
    ids=["target", "time", "link", "first", "middle", "end", "all"],
)
def test_what_was_changed_or_taken_out_is_named(gate: Gate, change: object, wrong_seq: int) -> None:
    write(gate)
    gate.store.write(lambda tx: tx.connection.execute(change))  # type: ignore[call-overload]

    verdict = verify(gate)

    assert (verdict.is_whole, verdict.wrong_seq) == (False, wrong_seq)


def test_a_trail_written_anew_is_known_by_a_head_noted_elsewhere(
    gate: Gate, clock: TestClock
) -> None:
    write(gate)
    noted = head(gate)
    clock.now += 1
    gate.store.write(lambda tx: (tx.connection.execute(delete(TABLE)), tx.drop_meta(HEAD)))
    write(gate, 6)

    assert verify(gate).is_whole
    verdict = verify(gate, noted)
    assert (verdict.is_whole, verdict.is_known) == (False, False)


async def test_an_act_s_first_change_carries_its_line_and_only_the_first(gate: Gate) -> None:
    def fail(tx: Writing) -> None:
        raise InvalidError("no")

    begun = gate.begin(OPERATOR, "publish_need", "")
    with gate.store.prefaced(begun):
        with pytest.raises(InvalidError):
            await gate.store.awrite(fail)
        assert (head(gate), begun.is_kept) == ("", False)
        await asyncio.gather(
            *(gate.store.awrite(lambda tx: tx.set_meta("kept", "1")) for _ in range(3))
        )
    await gate.store.awrite(lambda tx: tx.set_meta("kept", "2"))
    await gate.finish(begun, "entry", "done")

    done, first = gate.store.read(lambda reading: trail.find(reading, LineQuery()))
    assert (first.seq, first.result, first.target) == (1, "begun", "")
    assert (done.seq, done.result, done.target, done.of) == (2, "done", "entry", 1)


async def test_a_line_is_written_with_the_change_or_not_at_all(gate: Gate) -> None:
    await staff.add_account(gate, OPERATOR, "lin", "林静", Role.MANAGER, PASSWORD)
    with pytest.raises(Exception, match="account lin already"):
        await staff.add_account(gate, OPERATOR, "lin", "林静", Role.CLERK, PASSWORD)

    lines = gate.store.read(lambda reading: trail.find(reading, LineQuery()))

    (account,) = gate.store.read(accounts.find)
    assert [(each.act, each.target, each.actor) for each in lines] == [
        ("add_account", account.id, "operator")
    ]


async def test_failed_and_good_log_ins_are_in_it_and_no_typed_name(gate: Gate) -> None:
    made = await staff.add_account(gate, OPERATOR, "lin", "林静", Role.CLERK, PASSWORD)
    for name in ("lin", "my-password-in-the-wrong-field"):
        with pytest.raises(Exception, match="Name and password"):
            await gate.sign_in(name, "wrong password", "10.0.0.1", "")
    await gate.sign_in("lin", PASSWORD, "10.0.0.1", "")

    lines = gate.store.read(lambda reading: trail.find(reading, LineQuery(limit=3)))

    assert [(each.act, each.result, each.actor) for each in lines] == [
        ("sign_in", "done", made.id),
        ("sign_in", "refused", ""),
        ("sign_in", "refused", made.id),
    ]
    assert lines[0].session
    assert "wrong-field" not in str(lines)


async def test_lines_are_found_by_who_and_on_what_and_paged(gate: Gate) -> None:
    write(gate, 5)
    made = await staff.add_account(gate, OPERATOR, "lin", "林静", Role.CLERK, PASSWORD)
    await gate.sign_in("lin", PASSWORD, "10.0.0.1", "")

    def find(query: LineQuery) -> list[int]:
        return [each.seq for each in gate.store.read(lambda reading: trail.find(reading, query))]

    assert find(LineQuery(limit=3)) == [7, 6, 5]
    assert find(LineQuery(limit=3, before=5)) == [4, 3, 2]
    assert find(LineQuery(actor=made.id)) == [7]
    assert find(LineQuery(target="entry2")) == [3]
