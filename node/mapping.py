"""What a row of somebody's file is as a need or a result (A17, C1-C3)."""

import re
from collections.abc import Mapping

from node.drafting import draft
from node.errors import InvalidError
from node.imports import Value
from node.tables import NEEDS, RESULTS, read_fields, row_key
from node.tables.catalogue import UNCLASSIFIED
from node.tables.layout import Layout
from node.tables.rows import WORD_CHARS_MAX, nested
from protocol.records.needs import NeedPublished
from protocol.records.results import ResultPublished

KEYWORDS_MAX = 20
TEXT_CHARS_MAX = 8_000
_HAN = re.compile(r"[\u4e00-\u9fff]")


def to_need(row: Mapping[str, Value], system: str, salt: str) -> NeedPublished:
    """A need out of a row.

    Args:
        row: column name to value.
        system: where the file comes from; the row's own ``source`` goes before it.
        salt: 22 characters.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    fields = published_fields(NEEDS, row, system)
    if fields.pop(UNCLASSIFIED, "true") == "false":
        reason = "it is declared to be classified"
        raise InvalidError(f"{UNCLASSIFIED}: {reason}", reasons={UNCLASSIFIED: reason})
    return draft(NeedPublished, {**fields, "salt": salt})


def to_result(row: Mapping[str, Value], system: str, salt: str) -> ResultPublished:
    """A result out of a row.

    Args:
        row: column name to value.
        system: where the file comes from; the row's own ``source`` goes before it.
        salt: 22 characters.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    return draft(ResultPublished, {**published_fields(RESULTS, row, system), "salt": salt})


def published_fields(layout: Layout, row: Mapping[str, Value], system: str) -> dict[str, object]:
    """What a row says, as members of the record it becomes: with its source and its language.

    Raises:
        InvalidError: with the reason for each field that cannot be read or is missing.
    """
    fields = nested(read_fields(layout, row))
    title, text = str(fields["title"]), str(fields.get("text", fields["title"]))
    if len(text) > TEXT_CHARS_MAX:
        reason = f"{len(text)} characters, {TEXT_CHARS_MAX} allowed"
        raise InvalidError(f"text: {reason}", reasons={"text": reason})
    source = {
        "system": fields.pop("source", None) or system,
        "id": fields.pop("id", None) or row_key(row),
        "url": fields.pop("url", None),
    }
    keywords = fields.pop("keywords", [])
    assert isinstance(keywords, list)
    return {
        **fields,
        "text": text,
        "keywords": [each for each in keywords if len(each) <= WORD_CHARS_MAX][:KEYWORDS_MAX],
        "source": source,
        "lang": "zh" if _HAN.search(title + text) else "en",
    }
