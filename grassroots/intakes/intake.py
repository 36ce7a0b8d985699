"""How a list takes rows in: reading one, knowing those that are here, keeping new ones (A17)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from node.drafting import check_codes
from node.errors import InvalidError
from node.imports import Row
from node.people import Actor
from node.tables.layout import plain_heading

if TYPE_CHECKING:
    from node.app import Node

Shape = TypeVar("Shape", bound=BaseModel)
Key = tuple[str, ...]


class Item(NamedTuple):
    """A row understood: by which keys it is known again, and what it says."""

    keys: frozenset[Key]
    value: object


class Intake(NamedTuple):
    """A list ready to take rows: ``held`` are the keys of what is here, ``keep`` keeps new ones.

    Where ``waits``, what is kept waits for a second person before it is published.
    """

    read: Callable[[Row], Item]
    held: set[Key]
    keep: Callable[[Sequence[Item], Actor], Awaitable[None]]
    waits: bool = False


Prepare = Callable[["Node", Sequence[Row], str], Awaitable[Intake]]
"""Makes the intake for a page of rows of a system."""


def cells_under(row: Row, headings: Iterable[str]) -> list[str]:
    """What stands in a row under any of the headings, as text on one line."""
    names = frozenset(plain_heading(each) for each in headings)
    told = (
        " ".join(str(value).split()) for name, value in row.items() if plain_heading(name) in names
    )
    return [each for each in told if each]


def refuse(reasons: Mapping[str, str]) -> None:
    """Refuse a row for the reasons of its fields, if there are any.

    Raises:
        InvalidError: with the reason of each field.
    """
    if reasons:
        told = "; ".join(f"{field}: {reason}" for field, reason in reasons.items())
        raise InvalidError(told, "Correct the cells named.", dict(reasons))


def read_model(model: type[Shape], fields: Mapping[str, object]) -> Shape:
    """The fields of a row as the input of an operation; its codes are looked up as well.

    Raises:
        InvalidError: with the reason of each field that breaks its rule.
    """
    check_codes(fields)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        refuse(
            {
                ".".join(str(part) for part in each["loc"]): each["msg"]
                for each in error.errors(include_url=False, include_context=False)
            }
        )
        raise
