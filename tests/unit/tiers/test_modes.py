"""Modes are data: each contains the one below (P6, A3)."""

import re
import sys
from importlib import import_module
from subprocess import run
from types import ModuleType

import pytest
from cyclopts import App

import grassroots.station
import national.station
import regional.station
from node.capability import Mode
from node.cli import OWN_COMMANDS
from node.commands import COMMANDS
from node.errors import ConfigError
from node.modes import MODES, get_mode
from node.web.openapi import read_operation


def test_regional_and_national_contain_everything_grassroots_does() -> None:
    base = grassroots.station.CAPABILITIES

    assert regional.station.CAPABILITIES[: len(base)] == base
    assert national.station.CAPABILITIES[: len(base)] == base
    assert {each.name for each in regional.station.CAPABILITIES} >= {"admission", "approval"}
    assert {each.name for each in national.station.CAPABILITIES} >= {
        "admission",
        "approval",
        "ranking",
    }


def test_the_three_modes_are_found_by_name_and_no_other_is() -> None:
    assert set(MODES) == {"grassroots", "regional", "national"}
    assert get_mode("regional") is regional.station.STATION
    with pytest.raises(ConfigError, match="'central' is no mode"):
        get_mode("central")


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_no_route_page_or_capability_stands_twice_in_a_mode(mode: Mode) -> None:
    routes = [(route.method, route.path) for route in mode.routes]
    operations = [read_operation(route, {"Node": object}).id for route in mode.routes]
    pages = [page.path for page in mode.pages]
    names = [each.name for each in mode.capabilities]

    for each in (routes, operations, pages, names):
        assert len(set(each)) == len(each)


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_every_capability_names_the_requirements_it_serves(mode: Mode) -> None:
    for each in mode.capabilities:
        assert each.serves
        assert all(re.fullmatch(r"[A-NR][0-9]{1,2}", id_) for id_ in each.serves)


@pytest.mark.parametrize("tier", [regional, national])
def test_a_tier_with_others_below_it_names_its_fuller_commands(tier: ModuleType) -> None:
    fuller = {name for name in tier.COMMANDS if name in grassroots.COMMANDS}

    assert fuller == ({"report", "ranking", "screening"} if tier is national else {"report"})
    assert all(COMMANDS[name] == national.COMMANDS[name] for name in fuller)


@pytest.mark.parametrize("name", [*OWN_COMMANDS, *COMMANDS])
def test_every_command_is_there_and_has_help(name: str) -> None:
    place, told = OWN_COMMANDS.get(name) or COMMANDS[name]
    module, _, found = place.partition(":")

    command = getattr(import_module(module), found)

    assert command.help if isinstance(command, App) else command.__doc__
    assert told.endswith(".")


def test_a_command_that_asks_a_running_node_loads_nothing_of_one() -> None:
    """Otherwise each of a broker's commands would wait a second and more for what it never uses."""
    line = "import sys, node.cli; node.cli.main(['need', 'list', '--help']); print(*sys.modules)"

    loaded = run([sys.executable, "-c", line], capture_output=True, text=True, check=True).stdout

    modules = set(loaded.splitlines()[-1].split())
    assert "grassroots.commands.needs" in modules
    assert not modules & {"sqlalchemy", "aiohttp", "node.app", "node.capability"}
