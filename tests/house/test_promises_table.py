"""The table of promises in ``node/DESIGN.md`` names what exists: scenarios that hold, and tests."""

import ast
import re
from pathlib import Path

import pytest

from node.simulation.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "node" / "DESIGN.md").read_text(encoding="utf-8").partition("## Promises")[2]
ROWS = {
    cells[0]: cells[1:]
    for cells in (
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in TABLE.splitlines()
        if re.match(r"\| P\d ", line)
    )
}


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_-]+)`", cell))


def integration_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests" / "integration").glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_promise_has_a_row() -> None:
    assert sorted(ROWS) == [f"P{number}" for number in range(1, 10)]


@pytest.mark.parametrize("promise", ROWS)
def test_the_scenarios_and_tests_of_a_promise_exist(promise: str) -> None:
    _, scenarios, tests = ROWS[promise]

    assert names(scenarios)
    assert names(scenarios) <= set(SCENARIOS)
    assert names(tests) <= integration_tests()


def test_every_scenario_about_a_promise_stands_in_its_row() -> None:
    listed = {promise: names(row[1]) for promise, row in ROWS.items()}

    for name in SCENARIOS:
        about = SCENARIOS[name].about
        assert about not in listed or name in listed[about]
