"""SPEC.md says what the code does."""

import re
from pathlib import Path

from protocol import limits
from protocol.errors import Code, Reason
from tests.conformance.spec_tables import SPEC, with_tables

TEXT = SPEC.read_text("utf-8")


def test_the_tables_of_the_spec_are_those_of_the_code() -> None:
    assert with_tables(TEXT) == TEXT, "run: uv run python -m tests.conformance.spec_tables"


def test_every_code_and_every_reason_stands_in_the_spec() -> None:
    for code in [*Code, *Reason]:
        assert f"`{code}`" in TEXT, code


def test_every_section_that_a_docstring_cites_is_there() -> None:
    sections = set(re.findall(r"^(?:## |\*\*)(\d+(?:\.\d+)?)", TEXT, re.MULTILINE))
    missing = []
    root = SPEC.parents[1]
    for package in ("protocol", "node", "grassroots", "regional", "national"):
        for path in sorted((root / package).rglob("*.py")):
            for cited in re.findall(r"SPEC (\d+(?:\.\d+)?)", path.read_text("utf-8")):
                if cited not in sections:
                    missing.append(f"{Path(path).relative_to(root)}: SPEC {cited}")
    assert missing == []


def test_the_limits_of_the_spec_are_those_of_the_code() -> None:
    for number in (
        limits.HEADER_BYTES_MAX, limits.BODY_BYTES_MAX, limits.RUN_ENTRIES_MAX,
        limits.HEADS_PER_REPLY_MAX, limits.HEAD_PAGES_MAX,
        limits.FUTURE_MS_MAX // 1000, limits.REQUEST_AGE_S_MAX,
        limits.QUOTA_ENTRIES, limits.EPOCHS_PER_YEAR_MAX, limits.WAIT_S_MAX,
        limits.RANGES_PER_REQUEST_MAX, limits.FEED_ROWS_MAX,
    ):  # fmt: skip
        assert f"{number:,}" in TEXT, number
