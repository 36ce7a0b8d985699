"""From the fields of a form to what a handler takes: what is left empty is not given (L1)."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from node.errors import InvalidError, NotFoundError

Shape = TypeVar("Shape", bound=BaseModel)
Form = Mapping[str, str]

FEN_IN_YUAN = 100
FEN_IN_WAN = 1_000_000
FEN_MAX = 10**14
_BETWEEN = re.compile(r"[，,；;、\n]+")
_ID_CHARS_MAX = 64
_DIGITS_MAX = 15


def read_form(
    model: type[Shape],
    form: Form,
    *,
    words: Sequence[str] = (),
    lines: Sequence[str] = (),
    flags: Sequence[str] = (),
    wan: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Shape:
    """Build a model from a form's fields.

    Args:
        model: only its own fields are read.
        form: the fields as they were sent.
        words: fields whose parts stand apart by ；、， or a new line.
        lines: fields with one part a line.
        flags: boxes that may be ticked.
        wan: form field to model field, for money in 万元; the model has fen.
        more: fields that do not come from the form, or not as they stand there.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    given: dict[str, object] = {}
    for name in model.model_fields:
        text = form.get(name, "").replace("\r\n", "\n").strip()
        if name in words:
            given[name] = read_list(form, name)
        elif name in lines:
            given[name] = [each for part in text.split("\n") if (each := part.strip())]
        elif name in flags:
            given[name] = bool(text)
        elif text:
            given[name] = text
    for field, target in (wan or {}).items():
        if text := form.get(field, "").strip():
            given[target] = read_wan(field, text)
    return build(model, {**given, **(more or {})})


def build(model: type[Shape], given: Mapping[str, object]) -> Shape:
    """Build a model from plain values.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        reasons = {
            str(fault["loc"][0]) if fault["loc"] else "record": fault["msg"]
            for fault in error.errors(include_url=False, include_context=False)
        }
        named = "; ".join(f"{field}: {reason}" for field, reason in reasons.items())
        raise InvalidError(named, "Correct the fields named.", reasons, "form-fields") from None


def without_none(**values: object) -> dict[str, object]:
    """Those of the values that are given; the model's own defaults stand for the others."""
    return {name: value for name, value in values.items() if value is not None}


def read_text(form: Form, name: str) -> str | None:
    """What was typed, trimmed; None where nothing was."""
    return form.get(name, "").strip() or None


def read_texts(form: Form, *names: str) -> dict[str, object]:
    """Several fields of one name each; those left empty are None."""
    return {name: read_text(form, name) for name in names}


def read_list(form: Form, name: str) -> list[str]:
    """Words apart by commas, semicolons or lines, Chinese or Latin ones."""
    return [word.strip() for word in _BETWEEN.split(form.get(name, "")) if word.strip()]


def read_number(form: Form, name: str) -> int | None:
    """A whole number as a person writes it, None where nothing was typed.

    Raises:
        InvalidError: something else was typed.
    """
    text = form.get(name, "").strip()
    plain = text.replace(",", "").replace("，", "")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS_MAX):
        raise _unreadable(name, text, "no whole number", "Write digits only.")
    return int(plain)


def read_yuan(form: Form, name: str) -> int | None:
    """An amount as a person writes it in 元, in fen; None where nothing was typed.

    Raises:
        InvalidError: no amount, or one with parts of a fen.
    """
    text = form.get(name, "").strip()
    plain = text.removesuffix("元")
    if not plain:
        return None
    fen = _read_money(plain, FEN_IN_YUAN)
    if fen is None:
        hint = "Write yuan with at most two decimals, such as 1200 or 1200.50."
        raise _unreadable(name, text, "no amount in yuan", hint)
    return fen


def read_wan(field: str, text: str) -> int:
    """An amount written in 万元, as fen.

    Raises:
        InvalidError: it is no amount, or below zero, or finer than a fen.
    """
    fen = _read_money(text, FEN_IN_WAN)
    if fen is None:
        raise _unreadable(field, text, "no amount in 万元 such as 30 or 12.5", "Write digits.")
    return fen


def _read_money(text: str, fen_in_one: int) -> int | None:
    """An amount as fen, None where it is none."""
    try:
        fen = Decimal(text.strip().replace(",", "").replace("，", "")) * fen_in_one
    except InvalidOperation:
        return None
    is_amount = fen.is_finite() and 0 <= fen <= FEN_MAX and fen == fen.to_integral_value()
    return int(fen) if is_amount else None


def _unreadable(field: str, text: str, fault: str, hint: str) -> InvalidError:
    reason = f"{text[:40]} is {fault}"
    return InvalidError(f"{field}: {reason}", hint, {field: reason}, "form-fields")


def read_part(form: Form, **names: str) -> dict[str, object] | None:
    """A part of a record from fields of the form; None where all of them are empty.

    Args:
        names: the part's member, and the form's field it is in.
    """
    found: dict[str, object] = {member: read_text(form, field) for member, field in names.items()}
    return found if any(found.values()) else None


def read_id(form: Form, name: str) -> str:
    """The id a form names.

    Raises:
        NotFoundError: none, or one that cannot be.
    """
    id_ = form.get(name, "")
    if not 0 < len(id_) <= _ID_CHARS_MAX:
        raise NotFoundError(f"There is no such {name}.", "Send the form from the page again.")
    return id_


def unknown_form() -> InvalidError:
    """The error of a form that asks for nothing this page does."""
    return InvalidError("The form does not say what to do.", "Send it from the page again.")


def shown(value: object) -> str:
    """A value as a form's field shows it."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, list | tuple):
        return "\n".join(str(each) for each in value)
    return str(value)


def filled(model: BaseModel) -> dict[str, str]:
    """The fields of a model as a form shows them."""
    return {name: shown(value) for name, value in model.model_dump().items()}


def wan(fen: int | None) -> str:
    """Fen as an amount in 万元, without trailing zeros."""
    if fen is None:
        return ""
    text = f"{Decimal(fen) / FEN_IN_WAN:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
