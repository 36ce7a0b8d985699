"""``yizhan simulate``: what it prints, and its exit codes."""

import json

import pytest

from node.cli import main
from node.settings import PeeringConfig
from node.simulation.host import SimPace
from node.simulation.scenarios import SCENARIOS, Scenario
from node.simulation.world import World


def _fails(world: World) -> list[str]:
    return [f"seed {world.seed} went wrong"]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> str:
    """A scenario that never holds."""
    monkeypatch.setitem(SCENARIOS, "failing", Scenario("failing", "P0", "fails", _fails))
    return "failing"


def test_a_scenario_that_holds_is_told_in_a_line_and_the_exit_code_is_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["simulate", "--scenario", "promotion", "--seed", "4"]) == 0

    told = capsys.readouterr().out
    assert told.startswith("holds promotion seed 4: ")
    assert told.endswith("1 of 1 runs hold\n")


def test_a_run_that_fails_prints_the_command_that_reproduces_it_and_the_exit_code_is_1(
    capsys: pytest.CaptureFixture[str], failing: str
) -> None:
    assert main(["simulate", "--scenario", failing, "--seeds", "2", "--seed", "8"]) == 1

    told = capsys.readouterr().out
    assert "  seed 9 went wrong\n" in told
    assert "  to see it again: yizhan simulate --seed 9 --scenario failing\n" in told


def test_what_the_runs_were_put_through_is_counted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def play_two(world: World) -> list[str]:
        world.happened.update(["roll back", "roll back", "lie"])
        return []

    monkeypatch.setitem(SCENARIOS, "two", Scenario("two", "P0", "faults", play_two))

    main(["simulate", "--scenario", "two", "--seeds", "3"])

    assert "put through: 6 roll back, 3 lie\n" in capsys.readouterr().out


def test_json_gives_one_object_a_run(capsys: pytest.CaptureFixture[str], failing: str) -> None:
    main(["simulate", "--scenario", failing, "--seed", "3", "--json"])

    played = json.loads(capsys.readouterr().out)
    assert (played["scenario"], played["seed"]) == (failing, 3)
    assert played["faults"] == ["seed 3 went wrong"]


def test_the_list_names_every_scenario_and_what_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["simulate", "--list", "--json"]) == 0

    rows = {row["name"]: row["about"] for row in json.loads(capsys.readouterr().out)}
    assert rows == {name: each.about for name, each in SCENARIOS.items()}


def test_an_unknown_scenario_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--scenario", "nothing"]) == 2

    assert "there is no scenario nothing" in capsys.readouterr().err


def test_a_simulated_node_paces_itself_like_a_real_one() -> None:
    config, pace = PeeringConfig(), SimPace()

    assert (pace.wait_s, pace.backoff_s, pace.backoff_max_s, pace.reconcile_s) == (
        config.wait_s, config.backoff_s, config.backoff_max_s, config.reconcile_s,
    )  # fmt: skip
