"""Agreement templates: texts with fields, as versioned files (E9, N6).

A file begins with ``name: value`` lines, then ``---``, then the text. A field is written
``{{key:label}}``; one nothing is given for becomes a blank line to be filled in by hand.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import ConfigDict

from grassroots.engagements.catalogue import DATA
from node.errors import NotFoundError
from node.model import Model

BLANK = "＿＿＿＿＿＿"
_FIELD = re.compile(r"\{\{([a-z_]+):([^{}]*)\}\}")


class TemplateField(Model):
    """A field of a template: its key and what a person calls it."""

    model_config = ConfigDict(frozen=True)

    key: str
    label: str


class Template(Model):
    """A template: its code, title in both languages, version and fields in their order."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    title_en: str
    version: int
    serves: str
    fields: list[TemplateField]
    text: str

    @property
    def id(self) -> str:
        """Code and version, as an agreement keeps it."""
        return f"{self.code}/{self.version}"

    def name(self, lang: str) -> str:
        """How it is called in ``lang``."""
        return self.title_en if lang == "en" else self.title


@cache
def templates() -> Mapping[str, Template]:
    """The templates by their codes."""
    found = (_read(path.stem, path.read_text("utf-8")) for path in _paths())
    return {each.code: each for each in found}


def _paths() -> list[Path]:
    return sorted((DATA / "agreements").glob("*.md"))


def _read(code: str, text: str) -> Template:
    head, _, body = text.partition("\n---\n")
    facts = dict(line.split(": ", 1) for line in head.splitlines())
    labels = {match[1]: match[2] for match in reversed(list(_FIELD.finditer(body)))}
    order = dict.fromkeys(match[1] for match in _FIELD.finditer(body))
    fields = [TemplateField(key=key, label=labels[key]) for key in order]
    return Template(code=code, fields=fields, text=body, **facts)


def get_template(code: str) -> Template:
    """The template of that code.

    Raises:
        NotFoundError: there is none.
    """
    found = templates().get(code)
    if found is None:
        raise NotFoundError(
            f"there is no agreement template {code[:60]}",
            f"Choose one of: {', '.join(templates())}.",
        )
    return found


def fill(template: Template, values: Mapping[str, str]) -> str:
    """The template's text with its fields filled in; a field without value is left blank."""
    return _FIELD.sub(lambda match: values.get(match[1], "").strip() or BLANK, template.text)
