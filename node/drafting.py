"""From what a person or a file gives to a signed entry: records with their reasons, publishing."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from node.divisions import find_division
from node.errors import InvalidError, NotAllowedError
from node.industries import find_industry
from node.model import Model
from protocol.keys import encode_b64
from protocol.records import Record

if TYPE_CHECKING:
    from node.app import Node
    from protocol.entry import Entry
    from protocol.roster import Station

SALT_BYTES = 16
_CLASS_CODE_CHARS = 4

Kind = TypeVar("Kind", bound=Record)
Shape = TypeVar("Shape", bound=BaseModel)


class Published(Model):
    """An entry this station has just signed: its id, kind and time (Unix ms)."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    time: int


class IdPath(Model):
    """The id in the address: of an entry, 43 characters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64)]


class ListQuery(Model):
    """Which rows of a list, and which page of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    q: Annotated[str, Field(max_length=200, description="words to find")] = ""
    station: Annotated[str, Field(max_length=64, description="only this station's")] = ""
    field: Annotated[str, Field(max_length=40, description="only this technical field")] = ""
    limit: Annotated[int, Field(ge=1, le=500, description="rows at most")] = 50
    after: Annotated[str, Field(max_length=64, description="id of the last row before")] = ""


def own_station(node: "Node") -> "Station":
    """This station as the network knows it.

    Raises:
        NotAllowedError: the network has not admitted it, or no more.
    """
    me = node.me
    if me is None or me.ended is not None:
        raise NotAllowedError(
            "This station is not admitted to the network.",
            "Ask the station above for admission (yizhan admit), then wait for sync.",
        )
    return me


def new_salt(node: "Node") -> str:
    """16 random bytes as the 22 characters that erasable records carry."""
    return encode_b64(node.random(SALT_BYTES))


def fill(model: type[Shape], fields: Mapping[str, object]) -> Shape:
    """Build what a person wrote from plain values; those that are None are left out.

    Raises:
        InvalidError: with the reason for each field that breaks its rule.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return model.model_validate_json(json.dumps(given, ensure_ascii=False))
    except ValidationError as error:
        reasons = {
            ".".join(str(part) for part in each["loc"]) or "record": each["msg"]
            for each in error.errors(include_url=False, include_context=False)
        }
        raise InvalidError(_summary(reasons), "Correct the fields named.", reasons) from None


def draft(kind: type[Kind], fields: Mapping[str, object]) -> Kind:
    """Build a record from plain values; fields that are None are left out.

    Raises:
        InvalidError: with the reason for each field that breaks its rule, or names a code that is
            in no list.
    """
    record = fill(kind, fields)
    check_codes({name: value for name, value in fields.items() if value is not None})
    return record


def _summary(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{field}: {reason}" for field, reason in list(reasons.items())[:5])


def check_codes(fields: Mapping[str, object]) -> None:
    """Check division and industry codes against the lists this node knows.

    Only whole class codes of GB/T 4754 can be looked up; sections and divisions pass.

    Raises:
        InvalidError: a code that is in no list.
    """
    division, industry = fields.get("division"), fields.get("industry")
    reasons = {}
    if isinstance(division, str) and find_division(division) is None:
        reasons["division"] = f"{division} is no division code in force"
    if isinstance(industry, str):
        digits = industry.lstrip("ABCDEFGHIJKLMNOPQRST")
        if len(digits) == _CLASS_CODE_CHARS and find_industry(digits) is None:
            reasons["industry"] = f"{industry} is no GB/T 4754 class"
    if reasons:
        raise InvalidError(_summary(reasons), "Look the code up in the list.", reasons)


def answer(entry: "Entry") -> Published:
    """What a route says of an entry it published."""
    return Published(id=entry.id, kind=entry.header.kind, time=entry.header.time)


async def publish(node: "Node", record: Record, subject: str = "-") -> Published:
    """Sign a record onto this station's own log.

    Raises:
        NotAllowedError: the network has not admitted this station to do it.
    """
    own_station(node)
    return answer(await node.publisher.apublish(record, subject))
