"""The genesis file: the only thing a station is handed out of band (SPEC 1)."""

import hashlib
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from protocol.errors import Code, Refused
from protocol.keys import check_public_key
from protocol.limits import COUNCIL_KEYS_MAX, FORMAT, INTEGER_MAX

STATIONS = "stations"
ASSOCIATIONS = "associations"

TIERS = {
    "national": "national",
    "regional": "regional",
    "province": "regional",
    "city": "regional",
    "grassroots": "grassroots",
    "county": "grassroots",
    "unit": "grassroots",
}
"""Which of the three tiers a level of either hierarchy belongs to (SPEC 6.1)."""

DEFAULT_HIERARCHIES: dict[str, list[str]] = {
    STATIONS: ["national", "regional", "grassroots"],
    ASSOCIATIONS: ["national", "province", "city", "county", "unit"],
}


class Council(BaseModel):
    """Who founded the network: public keys, of which ``threshold`` must sign (SPEC 1.2)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    keys: Annotated[list[str], Field(min_length=1, max_length=COUNCIL_KEYS_MAX)]
    threshold: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in self.keys:
            check_public_key(key)
        if len(set(self.keys)) != len(self.keys):
            raise ValueError("a council key stands twice")
        if self.threshold > len(self.keys):
            raise ValueError("the threshold is above the number of keys")
        return self


class Genesis(BaseModel):
    """The network's founding file (SPEC 1.1).

    ``hierarchies`` maps a hierarchy's name to its levels, highest first; ``created`` is Unix
    milliseconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, Field(min_length=1, max_length=100)]
    format: str
    council: Council
    hierarchies: dict[str, Annotated[list[str], Field(min_length=1, max_length=16)]]
    created: Annotated[int, Field(ge=0, le=INTEGER_MAX)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.format != FORMAT:
            raise ValueError(f"format {self.format} is not {FORMAT}; upgrade this node")
        for levels in self.hierarchies.values():
            unknown = [level for level in levels if level not in TIERS]
            if unknown or len(set(levels)) != len(levels):
                raise ValueError(f"levels {levels} are not distinct known levels")
        return self


class Network:
    """A genesis file and the id its bytes give the network (SPEC 1.3)."""

    def __init__(self, raw: bytes) -> None:
        """Read the genesis file's bytes.

        Raises:
            Refused: ``malformed`` with the field that is wrong.
        """
        try:
            self.genesis = Genesis.model_validate_json(raw)
        except (ValidationError, Refused) as error:
            raise Refused(Code.MALFORMED, f"not a genesis file: {error}") from None
        self.raw = raw
        self.id = hashlib.sha256(raw).hexdigest()[:16]
