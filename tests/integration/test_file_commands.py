"""Files by command: attached, fetched, taken back, brought in; the paper of a consent."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from grassroots.commands import consents
from grassroots.commands import files as commands
from node.app import Node
from node.cli.imports import import_file
from node.cli.session import Session
from node.errors import ConfigError
from node.readmodels import files
from node.store import ConsentRow
from node.tables import ENTERPRISES
from node.tables.template import write_template
from protocol.keys import digest
from tests.builders import need
from tests.integration.test_http_files import PDF, call


async def test_commands_attach_fetch_and_take_back_and_bring_a_filled_template_in(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Session(dir=node.config.folder, json=True)
    entry = await node.publisher.apublish(need("轴承早期失效"))
    (tmp_path / "报告.pdf").write_bytes(PDF)
    cells = {"name": "甲轴承厂", "size": "中型企业"}
    line = [cells.get(column.field, "") for column in ENTERPRISES.columns]
    (tmp_path / "名录.xlsx").write_bytes(write_template(ENTERPRISES, [line]))

    def told() -> Any:
        return json.loads(capsys.readouterr().out)

    await asyncio.to_thread(commands.attach, tmp_path / "报告.pdf", to=entry.id, session=here)
    made = told()["id"]
    await asyncio.to_thread(commands.list_, entry.id, session=here)
    listed = told()
    await asyncio.to_thread(commands.get, made, output=tmp_path / "back.pdf", session=here)
    capsys.readouterr()
    await asyncio.to_thread(commands.detach, made, session=here)
    capsys.readouterr()
    imported = [tmp_path / "名录.xlsx", "台账", False]
    first = await asyncio.to_thread(import_file, here, "enterprises", *imported)
    brought = told()
    again = await asyncio.to_thread(import_file, here, "enterprises", *imported)

    assert [(each["id"], each["name"]) for each in listed] == [(made, "报告.pdf")]
    assert (tmp_path / "back.pdf").read_bytes() == PDF
    assert node.store.read(files.find_all) == []
    assert (first, again) == (0, 0)
    assert (brought["published"], told()["already_here"]) == (1, 1)
    with pytest.raises(ConfigError, match="there already"):
        commands.get(made, output=tmp_path / "back.pdf", session=here)


async def test_the_signed_paper_of_a_consent_goes_in_and_out_by_command_and_to_no_stranger(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Session(dir=node.config.folder, json=True)
    words = {name: "" for name, each in ConsentRow.model_fields.items() if each.annotation is str}
    row = {**words, "id": "-c", "kinds": "[]", "purpose": "work", "way": "sealed"}
    row |= {"created_ms": 5, "withdrawn_ms": None}
    await node.store.awrite(lambda tx: tx.insert(ConsentRow, [row]))
    paper, back = tmp_path / "同意书.pdf", tmp_path / "back.pdf"
    paper.write_bytes(PDF)

    await asyncio.to_thread(consents.keep, "-c", paper, note="盖章件", session=here)
    made = json.loads(capsys.readouterr().out)
    await asyncio.to_thread(consents.show, "-c", session=here)
    shown = json.loads(capsys.readouterr().out)
    await asyncio.to_thread(consents.get, made["id"], output=back, session=here)
    async with aiohttp.ClientSession(node.address) as stranger:
        path = f"/api/v1/consent-files/{made['id']}"
        refused = [
            (await stranger.get(path)).status,
            (await stranger.post(f"{path}/delete")).status,
            (await stranger.post("/api/v1/consents/-c/files?name=a.pdf", data=PDF)).status,
        ]
    await asyncio.to_thread(consents.delete, made["id"], session=here)
    status, _, _ = await call(node, "GET", f"/consent-files/{made['id']}")

    assert shown["files"] == [made]
    assert (made["name"], made["note"], made["consent"]) == ("同意书.pdf", "盖章件", "-c")
    assert back.read_bytes() == PDF
    assert refused == [401, 401, 401]
    assert status == 404
    assert not node.files.blobs.has(digest(PDF))
