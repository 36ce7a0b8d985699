"""From the fields of a form to what a handler takes: empty is not given, 元 become fen."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from node.errors import InvalidError, NotFoundError

Input = TypeVar("Input", bound=BaseModel)
_ID_CHARS_MAX = 64
FEN_MAX = 10**14


def read_form(model: type[Input], form: Mapping[str, str], *names: str, **more: object) -> Input:
    """The fields of a form as a handler's input; those left empty are not given.

    Args:
        model: what the handler takes.
        form: the fields as they were sent.
        names: the fields to take.
        more: values that do not stand in the form as they are taken.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    given: dict[str, object] = {
        name: form[name].strip() for name in names if form.get(name, "").strip()
    }
    given.update({name: value for name, value in more.items() if value is not None})
    try:
        return model.model_validate(given)
    except ValidationError as error:
        reasons = {
            ".".join(str(part) for part in each["loc"]) or "form": each["msg"]
            for each in error.errors(include_url=False, include_context=False)
        }
        told = "; ".join(f"{field}: {reason}" for field, reason in reasons.items())
        raise InvalidError(told, "Correct the fields named.", {"form": told}) from None


def read_yuan(text: str) -> int | None:
    """An amount as a person writes it in 元, in fen; None where nothing is written.

    Raises:
        InvalidError: no amount, or one with parts of a fen.
    """
    plain = text.strip().replace(",", "").replace("，", "").removesuffix("元")
    if not plain:
        return None
    try:
        fen = Decimal(plain) * 100
    except InvalidOperation:
        fen = Decimal(-1)
    if not fen.is_finite() or not 0 <= fen <= FEN_MAX or fen != int(fen):
        raise InvalidError(
            f"{text[:40]} is no amount in yuan.",
            "Write it in yuan with at most two decimals, for example 800000 or 1234.50.",
            {"amount": "no amount"},
        )
    return int(fen)


def read_count(text: str) -> int | None:
    """A whole number as a person writes it; None where nothing is written.

    Raises:
        InvalidError: no whole number.
    """
    plain = text.strip().replace(",", "").replace("，", "")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 12):
        raise InvalidError(
            f"{text[:40]} is no whole number.", "Write digits only.", {"number": "no number"}
        )
    return int(plain)


def read_id(form: Mapping[str, str], name: str) -> str:
    """The id a form names.

    Raises:
        NotFoundError: none, or one that cannot be.
    """
    id_ = form.get(name, "")
    if not 0 < len(id_) <= _ID_CHARS_MAX:
        raise NotFoundError(f"There is no such {name}.", "Send the form from the page again.")
    return id_


def unknown_form() -> InvalidError:
    """What is raised for a form that does not say what to do."""
    return InvalidError("The form does not say what to do.", "Send it from the page again.")
