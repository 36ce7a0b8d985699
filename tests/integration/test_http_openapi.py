"""The API keeps what its OpenAPI document says, whatever a program makes up from it."""

import asyncio
import sys
from pathlib import Path

import pytest

from node.app import Node
from tests.builders import need, result

SECONDS = 15
LEFT_OUT = (
    "positive_data_acceptance",
    "use_after_free",
    "ensure_resource_availability",
    "object_level_authorization",
)
"""Checks about resources that are made and deleted: an id of the network is not made up, what has
the form of a record may still be refused for what it says, and nothing is ever deleted."""


async def fuzz(node: Node, folder: Path, *words: str) -> tuple[int | None, str]:
    """Run Schemathesis against a node: its exit code and what it said.

    The station must not end its own membership in the middle of it.
    """
    made = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run", f"{node.address}/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {node.token}",
        "--exclude-checks", ",".join(LEFT_OUT),
        "--generation-database", "none",
        "--seed", "1",
        "--exclude-operation-id", "end_station",
        "--no-color",
        *words,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await made.communicate()
    return made.returncode, said.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_no_request_that_can_be_made_up_breaks_the_document(
    node: Node, tmp_path: Path
) -> None:
    await node.publisher.apublish(need())
    await node.publisher.apublish(result())
    limits = ("--max-time", str(SECONDS), "--max-examples", "20", "--max-failures", "20")
    code, said = await fuzz(node, tmp_path, *limits)
    assert code == 0, said[-20_000:]
