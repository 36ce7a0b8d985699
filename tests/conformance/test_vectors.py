"""Every vector, put to the harness of this or another implementation."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VECTORS = sorted((Path(__file__).parent / "vectors").glob("*.json"))
CASES = [
    pytest.param(vector, id=f"{path.stem}: {vector['comment']}")
    for path in VECTORS
    for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]
]


@pytest.fixture(scope="module")
def harness() -> Iterator["subprocess.Popen[str]"]:
    command = os.environ.get("YIZHAN_HARNESS") or f"{sys.executable} -m tests.conformance.harness"
    with subprocess.Popen(
        shlex.split(command),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("vector", CASES)
def test_the_answer_to_each_vector_is_the_one_in_the_file(
    harness: "subprocess.Popen[str]", vector: dict[str, Any]
) -> None:
    assert harness.stdin is not None
    assert harness.stdout is not None
    harness.stdin.write(json.dumps(vector["question"], ensure_ascii=False) + "\n")
    harness.stdin.flush()
    answer = json.loads(harness.stdout.readline())
    assert answer == vector["answer"], vector["comment"]


def test_there_are_vectors_for_every_operation() -> None:
    from tests.conformance.harness import OPERATIONS

    asked = {case.values[0]["question"]["op"] for case in CASES}  # type: ignore[index]
    assert asked == set(OPERATIONS)


def test_every_refusal_code_of_the_pure_stage_has_a_vector() -> None:
    answers = json.dumps([case.values[0]["answer"] for case in CASES])  # type: ignore[index]
    for code in (
        "malformed", "unsupported", "wrong-network", "bad-chain", "bad-signature", "bad-body",
        "gap", "too-large", "clock", "bad-request", "bad-json", "bad-record", "unknown-kind",
        "wrong-channel",
    ):  # fmt: skip
        assert f'"{code}"' in answers, code


BY_BEHAVIOUR = {
    "1.2": "a count of signatures: 6.2",
    "4.4": "what a node asks of others over time",
    "5.6": "one outcome a run: every vector of 5",
    "5.7": "what a node writes, and when",
    "6.1": "the tier of each station in the vectors of 6",
    "7.8": "a conversation over time",
    "9.1": "the codes stand in the answers of all",
    "9.2": "HTTP statuses",
    "14.2": "bytes as they are, over HTTP",
    "14.4": "what a node asks and offers over time",
    "12.8": "read models of two channels: tests/unit/node/test_readmodels_transfers.py",
    "11.1": "the order of reasons: the vectors of 4.3",
}
"""Rules that no vector can show by itself, and what shows them instead."""


def test_every_rule_that_bytes_decide_has_a_vector() -> None:
    spec = (ROOT / "protocol" / "SPEC.md").read_text("utf-8")
    rules = set(re.findall(r"^\*\*(\d+\.\d+)\*\*", spec, re.MULTILINE))
    reached: set[str] = set()
    for path in VECTORS:
        content = json.loads(path.read_text("utf-8"))
        if path.stem == "rules":
            reached.update(vector["comment"].split(" ")[0] for vector in content["vectors"])
        else:
            reached.update(re.findall(r"\d+\.\d+", content["comment"]))
    assert rules - reached - BY_BEHAVIOUR.keys() == set()
    assert BY_BEHAVIOUR.keys() <= rules
