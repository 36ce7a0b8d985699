"""From what a form sent to what a handler takes; what is not filled in is left out."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from node.errors import InvalidError

Shape = TypeVar("Shape", bound=BaseModel)

_BETWEEN = re.compile(r"[;；、,，\n]")
_FEN_IN_WAN = 1_000_000


def read_form(
    model: type[Shape],
    form: Mapping[str, str],
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
        words: fields whose parts stand apart by ；、， or a new line.
        lines: fields with one part a line.
        flags: boxes that may be ticked.
        wan: form field to model field, for money in 万元; the model has fen.
        more: fields that do not come from the form.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    given: dict[str, object] = {}
    for name in model.model_fields:
        text = form.get(name, "").replace("\r\n", "\n").strip()
        if name in words:
            given[name] = [each for part in _BETWEEN.split(text) if (each := part.strip())]
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


def read_wan(field: str, text: str) -> int:
    """An amount written in 万元, as fen.

    Raises:
        InvalidError: it is no amount, or below zero, or finer than a fen.
    """
    try:
        fen = Decimal(text.replace(",", "")) * _FEN_IN_WAN
        is_amount = fen.is_finite() and fen >= 0 and fen == fen.to_integral_value()
    except InvalidOperation:
        is_amount = False
    if not is_amount:
        reason = f"{text[:40]} is no amount in 万元 such as 30 or 12.5"
        raise InvalidError(f"{field}: {reason}", "Write digits.", {field: reason}, "form-fields")
    return int(fen)


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
    text = f"{Decimal(fen) / _FEN_IN_WAN:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
