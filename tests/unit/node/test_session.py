"""What commands print: JSON for programs, lines and tables for people."""

import json
from pathlib import Path

import pytest

from node.cli.session import Session
from node.errors import UnreachableError

ID = "axQSA2QvTB4aTWJ2zpmyOurniqao9N_ksdXdiFzEr20"
ROWS = [
    {"id": ID, "title": "多振子串联压电俘能器性能" * 3, "state": "open", "terms": ["压电", "俘能"]},
    {"id": ID, "title": "x", "state": None, "terms": []},
]


def test_json_is_whole_and_keeps_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    Session(json=True).show(ROWS)

    out = capsys.readouterr().out
    assert json.loads(out) == ROWS
    assert "多振子" in out


def test_a_table_keeps_ids_whole_and_shows_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Session().show(ROWS, ["id", "state", "terms"])

    heading, first, second = capsys.readouterr().out.splitlines()
    assert heading.split() == ["id", "state", "terms"]
    assert first.split() == [ID, "open", "压电,", "俘能"]
    assert second.split() == [ID, "-", "-"]


def test_an_empty_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    Session().show([])

    assert capsys.readouterr().out == "nothing\n"


def test_a_mapping_is_shown_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    Session().show({"name": "驿站", "network": {"id": "0123"}, "peers": [{"url": "u"}], "x": {}})

    assert capsys.readouterr().out.splitlines() == [
        "name     驿站", "network:", "  id  0123", "peers:", "  - url u", "x        -",
    ]  # fmt: skip


def test_remarks_are_for_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    Session(json=True).tell("done")
    Session().tell("done")

    assert capsys.readouterr().out == "done\n"


def test_an_address_left_by_a_killed_node_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("http://127.0.0.1:9\n")

    with pytest.raises(UnreachableError, match="no node runs"):
        Session(dir=tmp_path).client()
