"""Every vector, put to the harness of this or another implementation."""

import json
import os
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
