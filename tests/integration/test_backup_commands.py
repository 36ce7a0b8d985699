"""``yizhan backup`` while a node runs, and ``yizhan restore`` into an empty folder."""

import json
from pathlib import Path

import pytest

from node.app import Node
from node.cli import main
from tests.builders import need
from tests.integration.country import Country


async def test_a_running_node_is_backed_up_and_restored_elsewhere(
    land: Country, node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = await node.publisher.apublish(need())
    file = tmp_path / "yizhan.backup"
    other = land.init("另一处", "national")

    assert main(["backup", str(file), "--dir", str(node.config.folder), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)["rows"]
    assert main(["restore", str(file), "--dir", str(node.config.folder)]) == 1
    assert capsys.readouterr().err.startswith("yizhan: ")
    assert main(["restore", str(file), "--dir", str(other.folder), "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["rows"] == written > 0
    restored = Node.create(other)
    held = restored.store.read(lambda r: r.entry(entry.header.log, entry.header.seq))
    assert held == entry
    restored.store.close()
