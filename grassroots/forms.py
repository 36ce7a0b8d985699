"""What a form of a desk says, as the plain values records are drafted from."""

import re
from collections.abc import Mapping

from node.errors import InvalidError

_BETWEEN = re.compile(r"[，,；;、\n]+")
FEN_PER_YUAN = 100
_YUAN = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")


def read_text(form: Mapping[str, str], name: str) -> str | None:
    """What was typed, trimmed; None where nothing was."""
    return form.get(name, "").strip() or None


def read_texts(form: Mapping[str, str], *names: str) -> dict[str, object]:
    """Several fields of one name each; those left empty are None."""
    return {name: read_text(form, name) for name in names}


def read_list(form: Mapping[str, str], name: str) -> list[str]:
    """Words apart by commas, semicolons or lines, Chinese or Latin ones."""
    return [word.strip() for word in _BETWEEN.split(form.get(name, "")) if word.strip()]


def read_number(form: Mapping[str, str], name: str) -> int | None:
    """A whole number, None where nothing was typed.

    Raises:
        InvalidError: something else was typed.
    """
    text = read_text(form, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise InvalidError(
            f"{name}: {text} is no number.", "Write digits only.", {name: "not a whole number"}
        )
    return int(text)


def read_yuan(form: Mapping[str, str], name: str) -> int | None:
    """An amount in yuan with at most two decimals, as fen; None where nothing was typed.

    Raises:
        InvalidError: something else was typed.
    """
    text = read_text(form, name)
    if text is None:
        return None
    found = _YUAN.fullmatch(text)
    if found is None:
        raise InvalidError(
            f"{name}: {text} is no amount.",
            "Write yuan, such as 1200 or 1200.50.",
            {name: "not an amount in yuan"},
        )
    return int(found[1]) * FEN_PER_YUAN + int((found[2] or "").ljust(2, "0"))


def read_part(form: Mapping[str, str], **names: str) -> dict[str, object] | None:
    """A part of a record from fields of the form; None where all of them are empty.

    Args:
        names: the part's member, and the form's field it is in.
    """
    found: dict[str, object] = {member: read_text(form, field) for member, field in names.items()}
    return found if any(found.values()) else None


def unknown_form() -> InvalidError:
    """The error of a form that asks for nothing this page does."""
    return InvalidError("The form does not say what to do.", "Send it from the page again.")
