"""The guard file: outside the database, whole even when a write was torn."""

from pathlib import Path

import pytest

from node.errors import StoreError
from node.store import Guard
from node.store.guard import SLOT_BYTES
from protocol.entry import Tail
from protocol.header import LogId

NEEDS = LogId("author", "needs", 5)
RESULTS = LogId("author", "results", 6)


def test_a_guard_remembers_the_newest_head_of_each_channel(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    guard = Guard(path)
    guard.create({NEEDS: Tail(0, "a", 1), RESULTS: Tail(3, "b", 1)})
    guard.create({NEEDS: Tail(1, "c", 2)})

    read = Guard(path)

    assert read.find("author", "needs") == (5, 1, "c")
    assert read.find("author", "results") == (6, 3, "b")
    assert read.find("author", "registry") is None
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_size == 2 * SLOT_BYTES


def test_a_node_that_signed_nothing_has_an_empty_guard(tmp_path: Path) -> None:
    assert Guard(tmp_path / "guard").find("author", "needs") is None
    (tmp_path / "touched").write_bytes(b"\n" * 40)
    assert Guard(tmp_path / "touched").find("author", "needs") is None


@pytest.mark.parametrize("keep", [0, 1, 70, 150])
def test_a_torn_write_leaves_the_write_before(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "guard"
    guard = Guard(path)
    guard.create({NEEDS: Tail(0, "a", 1)})
    guard.create({NEEDS: Tail(1, "b", 2)})
    before = path.read_bytes()
    guard.create({NEEDS: Tail(2, "c", 3)})
    after = path.read_bytes()
    written = SLOT_BYTES
    path.write_bytes(before[:written] + after[written : written + keep] + before[written + keep :])

    found = Guard(path).find("author", "needs")

    assert found is not None
    assert found.seq in (1, 2)
    if keep == 70:
        assert found.seq == 1


def test_the_writes_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "guard"
    for seq in range(5):
        Guard(path).create({NEEDS: Tail(seq, f"id{seq}", seq)})

    assert Guard(path).find("author", "needs") == (5, 4, "id4")


def test_a_guard_that_cannot_be_read_stops_the_node(tmp_path: Path) -> None:
    (tmp_path / "guard").write_bytes(b"what is this\n")

    with pytest.raises(StoreError, match="guard file"):
        Guard(tmp_path / "guard")
