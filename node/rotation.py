"""A station takes a new signing and sealing key (SPEC 6.10)."""

from pathlib import Path

from node.clock import Random
from node.errors import NotAllowedError
from node.keyring import SEED_BYTES, Keyring
from node.store import Reading
from protocol.acts import sign_act, write_act
from protocol.genesis import Network
from protocol.keys import SigningKey
from protocol.records import ActCarried, Continued, KeyRotated, LogCut
from protocol.roster import Roster


def check_rotating(roster: Roster, keyring: Keyring) -> None:
    """Make sure that the network knows this station by one of its keys.

    Raises:
        NotAllowedError: it does not.
    """
    if not any(roster.station_of(key.public) for key in keyring.signing_keys):
        raise NotAllowedError(
            "this station is not admitted yet; its key needs no successor",
            "hand request.json to the station above",
        )


def renew_keys(path: Path, keyring: Keyring, roster: Roster, random: Random) -> Keyring:
    """Put a new signing and sealing key before the others in the key file.

    A new key that the network does not know yet, of an attempt that broke off, is taken again.

    Args:
        path: the key file.
        keyring: what it holds.
        roster: who is known by which key.
        random: where secret bytes come from.
    """
    if len(keyring.signing_keys) > 1 and roster.station_of(keyring.public) is None:
        return keyring
    renewed = Keyring(
        (SigningKey(random(SEED_BYTES)), *keyring.signing_keys),
        (random(SEED_BYTES), *keyring.sealing_seeds),
        keyring.recovery,
    )
    renewed.replace(path)
    return renewed


def draft_rotation(
    reading: Reading,
    roster: Roster,
    network: Network,
    keyring: Keyring,
    *,
    from_ms: int,
    by_recovery: bool,
) -> ActCarried:
    """Say that the first key of the key file takes the place of the one before.

    The old key's logs end where they are held here.

    Args:
        reading: the own store.
        roster: who is known by which key.
        network: whose id the signatures are bound to.
        keyring: the keys, the new one first.
        from_ms: from when the new key signs, Unix milliseconds.
        by_recovery: sign with the recovery key, against whoever has the working key.
    """
    new, old = keyring.signing_keys[:2]
    station = roster.station_of(old.public)
    assert station is not None
    heads = [
        LogCut(channel=head.log.channel, epoch=head.log.epoch, seq=head.seq, id=head.id)
        for head in reading.heads(author=old.public)
    ]
    record = KeyRotated(
        station=station.id,
        old=old.public,
        key=new.public,
        sealing=keyring.sealing_public,
        from_ms=from_ms,
        heads=tuple(heads),
    )
    text = write_act(record)
    signers = (new, keyring.recovery if by_recovery else old)
    return ActCarried(
        act=text, signatures=tuple(sign_act(key, network.id, text) for key in signers)
    )


def find_earlier(reading: Reading, keyring: Keyring, channel: str) -> Continued | None:
    """The newest entry of a channel that an earlier key of this station signed (SPEC 6.10)."""
    logs = [
        stored
        for key in keyring.signing_keys[1:]
        for stored in reading.logs(key.public)
        if stored.log.channel == channel
    ]
    newest = max(logs, key=lambda stored: stored.log.epoch, default=None)
    if newest is None:
        return None
    return Continued(epoch=newest.log.epoch, seq=newest.tail.seq, id=newest.tail.id)
