"""The README tells of every setting and every command there is."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from node.cli import create_app
from node.config import Config

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def list_settings() -> list[tuple[str, str, str]]:
    """Every setting of ``node.toml``: name, default and help, for the README and ``--help``."""
    rows = []
    for name, field in Config.model_fields.items():
        if name == "folder":
            continue
        if isinstance(field.default, BaseModel):
            rows += [
                (f"{name}.{part}", _show(inner.default), inner.description or "")
                for part, inner in type(field.default).model_fields.items()
            ]
            continue
        rows.append((name, _show(field.default), field.description or ""))
    return rows


def _show(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or value in ("", ()):
        return "empty"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


@pytest.mark.parametrize("setting", list_settings(), ids=lambda setting: setting[0])
def test_every_setting_is_listed_with_its_default_and_its_help(
    setting: tuple[str, str, str],
) -> None:
    name, default, help_ = setting
    shown = default if default == "empty" else f"`{default}`"

    assert f"| `{name}` | {shown} | {help_} |" in README


def test_no_setting_is_listed_that_does_not_exist() -> None:
    section = README.partition("## Settings")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE)

    assert listed == [name for name, _, _ in list_settings()]


def test_every_command_is_listed() -> None:
    commands = [name for name in create_app() if not name.startswith("-")]

    assert [name for name in commands if f"`yizhan {name}" not in README] == []


def test_no_command_is_listed_that_does_not_exist() -> None:
    section = README.partition("## Commands")[2].partition("\n## ")[0]
    listed = {words.split()[0] for words in re.findall(r"`yizhan ([a-z ]+)`", section)}

    assert listed <= set(create_app())


def test_every_link_into_the_repository_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)

    assert [
        link for link in links if not link.startswith("https://") and not (ROOT / link).exists()
    ] == []


def test_every_setting_has_a_line_of_help() -> None:
    assert [name for name, _, help_ in list_settings() if not help_] == []
