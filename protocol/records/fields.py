"""The kinds of value a record's fields may hold, each with its one rule (SPEC 4.2).

No field holds a floating-point number: money is in fen, shares in whole percent, moments in Unix
milliseconds. Text is capped in characters (Unicode code points) and free of control characters.
"""

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, FailFast, Field

from protocol.errors import Refused
from protocol.header import CHANNEL_TEXT, HASH_TEXT, SIGNATURE_TEXT
from protocol.keys import check_public_key
from protocol.limits import INTEGER_MAX

Item = TypeVar("Item")

Many = Annotated[tuple[Item, ...], FailFast(), Field(strict=False)]
"""A list on the wire, a tuple in memory; a Python list is taken too when a record is built.

It is left at its first bad item: a body full of them costs no more than a good one."""

_NO_CONTROL = r"^[^\x00-\x1f\x7f-\x9f]*$"
_NO_CONTROL_BUT_BREAKS = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"

Hash = Annotated[str, Field(pattern=f"^{HASH_TEXT}$")]
EntryId = Hash
"""The id of an entry or of a carried act: 43 characters."""
StationId = Hash
"""A station's lasting id: the id of its first admission."""
SealingKey = Hash
"""An X25519 public key: 43 characters."""


def _check_key(key: str) -> str:
    try:
        check_public_key(key)
    except Refused as fault:
        raise ValueError(fault.detail) from None
    return key


PublicKey = Annotated[Hash, AfterValidator(_check_key)]
"""An Ed25519 public key that may be admitted: 43 characters, not of small order (SPEC 2.3)."""
Signature = Annotated[str, Field(pattern=f"^{SIGNATURE_TEXT}$")]

Salt = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$")]
"""16 random bytes as base64url: 22 characters, so that a short body cannot be guessed."""
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]

Line = Annotated[str, Field(pattern=_NO_CONTROL)]
"""Text on one line; the field says how long."""
Word = Annotated[Line, Field(min_length=1, max_length=60)]
Title = Annotated[Line, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(pattern=_NO_CONTROL_BUT_BREAKS, max_length=8_000)]
"""Text that may hold line breaks and tabs."""
LongText = Annotated[Text, Field(min_length=1)]
Note = Annotated[Text, Field(max_length=2_000)]


def _check_date(text: str) -> str:
    date.fromisoformat(text)
    return text


Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_check_date)]
"""A calendar day, ``YYYY-MM-DD``."""
Period = Annotated[str, Field(pattern=r"^[0-9]{4}(-Q[1-4]|-0[1-9]|-1[0-2])?$")]
"""A year, a quarter or a month: ``2026``, ``2026-Q4``, ``2026-11``."""
Moment = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
"""Unix milliseconds."""
Count = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
Fen = Annotated[int, Field(ge=0, le=INTEGER_MAX)]
"""Money in fen (1/100 CNY)."""
Percent = Annotated[int, Field(ge=1, le=100)]

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""A code of a list that stays open: one a reader does not know is kept and shown as it is."""
Division = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
"""A GB/T 2260 code; which codes are in force is not decided here (A11: stations may have none)."""
Industry = Annotated[str, Field(pattern=r"^([A-T]|[A-T]?[0-9]{2,4})$")]
"""A GB/T 4754 code: section, division, group or class."""

Channel = Annotated[str, Field(pattern=f"^({CHANNEL_TEXT})$")]
Url = Annotated[str, Field(pattern=r"^https?://[^\x00-\x20\x7f-\xa0]+$", max_length=500)]
Endpoint = Annotated[
    str,
    Field(
        pattern=r"^https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[!-~]*)?$",
        max_length=200,
    ),
]
"""Where a station answers; empty lists are for stations that only dial out (promise P8)."""
Phone = Annotated[str, Field(pattern=r"^[0-9+() -]{3,40}$")]
Email = Annotated[str, Field(pattern=r"^[!-?A-~]+@[!-?A-~]+$", max_length=120)]
