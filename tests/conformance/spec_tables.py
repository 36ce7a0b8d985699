"""The tables of SPEC.md that are drawn from the code.

``uv run python -m tests.conformance.spec_tables`` draws them; a test checks that they are there.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from protocol.records import ERASABLE_CHANNELS, KINDS
from protocol.transitions import CASE_TYPES, CaseType, diagram

SPEC = Path(__file__).resolve().parents[2] / "protocol" / "SPEC.md"

Schema = dict[str, Any]

NAMED_PATTERNS = {
    r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$": "id",
    r"^[A-Za-z0-9_-]{21}[AQgw]$": "salt",
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "day",
    r"^[0-9]{4}(-Q[1-4]|-0[1-9]|-1[0-2])?$": "period",
    r"^[a-z0-9][a-z0-9-]{0,39}$": "code",
    r"^[1-9][0-9]{5}$": "division",
    r"^([A-T]|[A-T]?[0-9]{2,4})$": "industry",
    r"^[A-Za-z0-9_-]{85}[AQgw]$": "signature",
}
CHANNEL_TEXTS = {
    "*": "any channel",
    "+": f"channels {', '.join(f'`{each}`' for each in sorted(ERASABLE_CHANNELS))}",
}
LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"


def value_text(schema: Schema) -> str:
    """What a member may hold, in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(value_text(each) for each in schema["anyOf"] if each != {"type": "null"})
    if "enum" in schema:
        return ", ".join(schema["enum"])
    kind = schema["type"]
    if kind == "array":
        if "prefixItems" in schema:
            return "[" + ", ".join(value_text(each) for each in schema["prefixItems"]) + "]"
        most = schema.get("maxItems", "")
        return f"list of {schema.get('minItems', 0)}..{most} {value_text(schema['items'])}"
    if kind == "object":
        return f"object of {value_text(schema['additionalProperties'])}"
    if kind == "integer":
        most = "2^53−1" if schema["maximum"] == 2**53 - 1 else schema["maximum"]
        return f"integer {schema['minimum']}..{most}"
    if kind == "string":
        return _string_text(schema)
    return str(kind)


def _string_text(schema: Schema) -> str:
    pattern = schema.get("pattern", "")
    if pattern in NAMED_PATTERNS:
        return NAMED_PATTERNS[pattern]
    bounds = f" {schema.get('minLength', 0)}..{schema.get('maxLength', '')}"
    name = {LINE: "line", TEXT: "text", "": "string"}.get(pattern)
    if name is None:
        name = "string `" + pattern.replace("|", "\\|") + "`"
    return name + (bounds if bounds != " 0.." else "")


def table(schema: Schema) -> list[str]:
    """One row a member."""
    rows = ["| member | value | |", "|---|---|---|"]
    required = set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        default = member.get("default")
        note = "" if default is None else f"default `{default}`".replace("'", '"')
        rows.append(
            f"| `{name}` | {value_text(member)} | {'required' if name in required else note} |"
        )
    return rows


def kinds_text() -> str:
    """Every kind and every value inside one."""
    lines: list[str] = []
    parts: dict[str, Schema] = {}
    for kind, record in KINDS.items():
        schema = record.model_json_schema()
        parts.update(schema.get("$defs", {}))
        tiers = {0: "judged by the roster", 3: "all tiers"}.get(
            len(record.TIERS), ", ".join(sorted(record.TIERS))
        )
        notes = [CHANNEL_TEXTS.get(record.CHANNEL, f"channel `{record.CHANNEL}`"), tiers]
        notes += ["may be erased"] * record.ERASABLE + ["SUBJECT required"] * record.IN_CASE
        summary = (record.__doc__ or "").strip().splitlines()[0]
        lines += ["", f"#### `{kind}`", "", f"{summary} ({'; '.join(notes)})", "", *table(schema)]
    lines += ["", "### Values inside records"]
    for name in sorted(parts):
        summary = str(parts[name].get("description", "")).splitlines()[0]
        lines += ["", f"#### {name}", "", summary, "", *table(parts[name])]
    return "\n".join(lines) + "\n"


def transitions_text() -> str:
    """The transition table of every type of case, and its diagram."""
    return "".join(_transitions_of(each) for each in CASE_TYPES)


def _transitions_of(of: CaseType) -> str:
    rows = [
        "", f"#### {of.name}, opened by `{of.opening.KIND}`: {of.initial}", "",
        "| act | party | in states | when | leads to | precedence |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for each in of.rows:
        froms = ", ".join(sorted(each.froms))
        rows.append(
            f"| `{each.kind}` | {each.party} | {froms} | {each.when} "
            f"| {each.to or 'the same'} | {each.precedence} |"
        )
    return "\n".join([*rows, "", "```mermaid", diagram(of).rstrip(), "```", ""])


TABLES: dict[str, Callable[[], str]] = {"kinds": kinds_text, "transitions": transitions_text}


def with_tables(text: str) -> str:
    """The SPEC's text with every generated part drawn anew."""
    for name, draw in TABLES.items():
        marks = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        text, count = marks.subn(lambda match: match[1] + draw() + match[2], text)  # noqa: B023
        assert count == 1, name
    return text


if __name__ == "__main__":
    SPEC.write_text(with_tables(SPEC.read_text("utf-8")), "utf-8")
