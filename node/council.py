"""The council: founds the network and signs what only it may decide (DESIGN 1.6).

A council act is a text, signed by at least ``threshold`` of the council's keys. Members may sign
one after the other on machines of their own: the act file is handed round until it has enough.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ConfigDict, ValidationError

from node.clock import Clock, Random, SystemClock, system_random
from node.config import check_private
from node.errors import ConfigError, InvalidError
from node.folder import GENESIS_FILE, AdmissionRequest, building, replace_file
from node.model import Model
from protocol.acts import act_message, sign_act, write_act
from protocol.errors import Inert, Refused
from protocol.genesis import DEFAULT_HIERARCHIES, Council, Genesis, Network
from protocol.keys import SigningKey, is_signature
from protocol.limits import COUNCIL_KEYS_MAX, FORMAT
from protocol.records import ActCarried, MembershipIn, Record, StationAdmitted

COUNCIL_FOLDER = "council"
DAY_MS = 24 * 3600 * 1000


class SignedAct(Model):
    """An act file on its way round the council: the act's text and the signatures so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: str
    act: str
    signatures: tuple[tuple[str, str], ...] = ()

    def record(self) -> ActCarried:
        """The body of the entry that carries this act."""
        return ActCarried(act=self.act, signatures=self.signatures)


def create_network(
    folder: Path,
    name: str,
    *,
    keys: int = 1,
    threshold: int = 1,
    clock: Clock | None = None,
    random: Random = system_random,
) -> Network:
    """Found a network: ``genesis.json`` and one file (0600) for each council key.

    Args:
        folder: where to; must not exist, or be an empty folder.
        name: the network's name, 1..100 characters.
        keys: how many council keys, 1..64.
        threshold: how many of them must sign an act of the council.
        clock: where the time of founding comes from.
        random: where secret bytes come from.

    Raises:
        ConfigError: the folder is in use, or the numbers do not fit.
    """
    if not 1 <= threshold <= keys <= COUNCIL_KEYS_MAX:
        raise ConfigError(
            f"{threshold} of {keys} keys is no council",
            f"Choose 1 to {COUNCIL_KEYS_MAX} keys, of which at least one must sign.",
        )
    council = [SigningKey(random(32)) for _ in range(keys)]
    try:
        genesis = Genesis(
            name=name,
            format=FORMAT,
            council=Council(keys=[key.public for key in council], threshold=threshold),
            hierarchies=DEFAULT_HIERARCHIES,
            created=(clock or SystemClock()).now_ms(),
        )
    except ValidationError as error:
        raise ConfigError(f"name: {error.errors(include_url=False)[0]['msg']}") from None
    raw = genesis.model_dump_json(indent=1).encode() + b"\n"
    with building(folder) as place:
        (place / GENESIS_FILE).write_bytes(raw)
        (place / COUNCIL_FOLDER).mkdir(mode=0o700)
        write_keys(place / COUNCIL_FOLDER, council)
    return Network(raw)


def write_keys(folder: Path, council: Sequence[SigningKey]) -> None:
    """Write one file (0600) for each council member."""
    for number, key in enumerate(council, 1):
        text = json.dumps({"signing": key.seed.hex(), "public": key.public}) + "\n"
        replace_file(folder / f"{number}.key", text.encode(), 0o600)


def load_council_key(path: Path) -> SigningKey:
    """Read one council member's key file.

    Raises:
        ConfigError: it is not there, others may read it, or it holds no key.
    """
    check_private(path)
    try:
        seed = bytes.fromhex(json.loads(path.read_text(encoding="utf-8"))["signing"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{path} is no council key") from None
    if len(seed) != 32:
        raise ConfigError(f"{path} is no council key")
    return SigningKey(seed)


def draft_act(network: Network, record: Record) -> SignedAct:
    """Write a record as an act that waits for signatures."""
    return SignedAct(network=network.id, act=write_act(record))


def add_signatures(network: Network, signed: SignedAct, keys: Sequence[SigningKey]) -> SignedAct:
    """Sign an act with further keys; a key that signed already is not asked twice.

    Raises:
        InvalidError: the act belongs to another network.
    """
    if signed.network != network.id:
        raise InvalidError(f"this act belongs to network {signed.network}, not {network.id}")
    have = {key for key, _ in signed.signatures}
    fresh = []
    for key in keys:
        if key.public not in have:
            by, signature = sign_act(key, network.id, signed.act)
            fresh.append((by, signature))
    return signed.model_copy(update={"signatures": (*signed.signatures, *fresh)})


def check_signatures(network: Network, signed: SignedAct) -> None:
    """Make sure that enough of the council signed an act, before it is published.

    Whether an act that others signed too counts is for the roster to say when it is published.

    Raises:
        InvalidError: too few signatures, a bad one, or another network's act.
    """
    if signed.network != network.id:
        raise InvalidError(f"this act belongs to network {signed.network}, not {network.id}")
    message = act_message(network.id, signed.act)
    for key, signature in signed.signatures:
        if not is_signature(key, signature, message):
            raise InvalidError(f"the signature of {key} does not hold over this act")
    count, due = count_council(network, signed), network.genesis.council.threshold
    if 0 < count < due or not signed.signatures:
        raise InvalidError(
            f"{count} of {due} council signatures stand under this act",
            "Write it with -o FILE and let the others sign: yizhan network sign FILE …",
        )


def draft_admission(
    request: AdmissionRequest,
    place: tuple[str, str],
    *,
    division: str | None,
    from_ms: int,
    days: int,
) -> StationAdmitted:
    """Write the admission a station asked for, at the top of its hierarchy (DESIGN 1.6).

    Args:
        request: the station's own.
        place: the hierarchy and the level in it.
        division: six digits, or None for bodies without one (A11).
        from_ms: when it begins to hold, Unix milliseconds.
        days: how long it holds.

    Raises:
        InvalidError: a field that breaks its rule.
    """
    hierarchy, level = place
    try:
        return StationAdmitted(
            key=request.key,
            recovery=request.recovery,
            sealing=request.sealing,
            name=request.name,
            memberships=(MembershipIn(hierarchy=hierarchy, level=level),),
            division=division,
            endpoints=request.endpoints,
            from_ms=from_ms,
            until_ms=from_ms + days * DAY_MS,
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidError(f"{field}: {first['msg']}", reasons={field: first["msg"]}) from None


def count_council(network: Network, signed: SignedAct) -> int:
    """How many of the council's keys stand under an act (their signatures are checked later)."""
    return len({key for key, _ in signed.signatures} & set(network.genesis.council.keys))


def read_act(path: Path) -> SignedAct:
    """Read an act file.

    Raises:
        ConfigError: it is not there, or is no act file.
    """
    try:
        return SignedAct.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (ValidationError, Refused, Inert):
        raise ConfigError(
            f"{path} is no act file", "Make one with: yizhan admit … -o FILE"
        ) from None


def save_act(path: Path, signed: SignedAct) -> None:
    """Write an act file, to be handed on."""
    replace_file(path, signed.model_dump_json(indent=1).encode() + b"\n")
