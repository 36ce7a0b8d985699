"""The genesis file (SPEC 1)."""

import hashlib
import json

import pytest

from protocol.errors import Refused
from protocol.genesis import DEFAULT_HIERARCHIES, Network
from protocol.keys import SigningKey

KEYS = [SigningKey(bytes([n]) * 32).public for n in range(1, 4)]


def genesis(**changes: object) -> bytes:
    value: dict[str, object] = {
        "name": "驿站试点网",
        "format": "yz1",
        "council": {"keys": KEYS, "threshold": 2},
        "hierarchies": DEFAULT_HIERARCHIES,
        "created": 1_790_000_000_000,
    }
    return json.dumps(value | changes, ensure_ascii=False).encode()


def test_the_network_id_is_the_first_16_hex_digits_of_the_digest_of_the_bytes() -> None:
    raw = genesis()
    network = Network(raw)
    assert network.id == hashlib.sha256(raw).hexdigest()[:16]
    assert network.genesis.council.threshold == 2
    assert network.genesis.hierarchies["associations"][1] == "province"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        genesis(name=""),
        genesis(format="yz2"),
        genesis(extra=1),
        genesis(created=1.5),
        genesis(created="1"),
        genesis(council={"keys": KEYS, "threshold": 4}),
        genesis(council={"keys": KEYS, "threshold": 0}),
        genesis(council={"keys": [], "threshold": 1}),
        genesis(council={"keys": [KEYS[0], KEYS[0]], "threshold": 1}),
        genesis(council={"keys": ["A" * 43], "threshold": 1}),
        genesis(council={"keys": ["short"], "threshold": 1}),
        genesis(hierarchies={"stations": ["national", "moon"]}),
        genesis(hierarchies={"stations": ["national", "national"]}),
        genesis(hierarchies={"stations": []}),
    ],
)
def test_a_genesis_file_that_breaks_a_rule_is_malformed(raw: bytes) -> None:
    with pytest.raises(Refused, match="malformed"):
        Network(raw)
