"""The same seed and the same code: the same run, whatever the process and its hash seed."""

import json
import os
import subprocess
import sys

CALL = (
    "import json, sys; from node.simulation.scenarios import play;"
    "print(json.dumps([play(*each).trace for each in json.loads(sys.argv[1])]))"
)


def traces_in_a_process(hash_seed: str, *plays: tuple[str, int]) -> list[str]:
    """The traces of some runs in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-c", CALL, json.dumps(plays)],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    traces = json.loads(done.stdout)
    assert isinstance(traces, list)
    return traces


def test_a_seed_gives_the_same_run_in_every_process_and_another_seed_another() -> None:
    first = traces_in_a_process("1", ("storm", 7), ("promotion", 7), ("promotion", 8))

    assert first[:1] == traces_in_a_process("2", ("storm", 7))
    assert first[1] != first[2]
