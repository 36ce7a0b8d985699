"""Modes are data: each contains the one below (P6, A3)."""

import re
from importlib import import_module

import pytest
from cyclopts import App

import grassroots
import national
import regional
from node.capability import Mode
from node.errors import ConfigError
from node.modes import MODES, get_mode
from node.web.openapi import read_operation


def test_regional_and_national_contain_everything_grassroots_does() -> None:
    base = grassroots.CAPABILITIES

    assert regional.CAPABILITIES[: len(base)] == base
    assert national.CAPABILITIES[: len(base)] == base
    assert {each.name for each in regional.CAPABILITIES} >= {"admission", "approval"}
    assert {each.name for each in national.CAPABILITIES} >= {"admission", "approval", "ranking"}


def test_the_three_modes_are_found_by_name_and_no_other_is() -> None:
    assert set(MODES) == {"grassroots", "regional", "national"}
    assert get_mode("regional") is regional.STATION
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


def test_every_command_is_there_and_has_help() -> None:
    places = {
        place
        for mode in MODES.values()
        for each in mode.capabilities
        for place in each.commands.values()
    }

    for place in places:
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        assert command.help if isinstance(command, App) else command.__doc__
