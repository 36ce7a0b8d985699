"""Stores that end with the program go where a commit costs no disk, if that has room."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from node import scratch
from node.scratch import scratch_parent


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(scratch, "_MEMORY", tmp_path)
    return tmp_path


def _leave_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))


def test_memory_with_room_is_where_scratch_goes(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_free(monkeypatch, 4 * 1024**3)
    assert scratch_parent() == str(memory)


def test_without_room_or_without_memory_it_goes_where_temporary_files_go(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_free(monkeypatch, 1024**3)
    assert scratch_parent() is None
    monkeypatch.setattr(scratch, "_MEMORY", memory / "none")
    assert scratch_parent() is None


def test_who_says_where_temporary_files_go_is_heeded(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _leave_free(monkeypatch, 4 * 1024**3)
    monkeypatch.setenv("TMPDIR", str(memory))
    assert scratch_parent() is None
