"""The station's secrets: the key file with every signing and sealing key, and the token file."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from node.clock import Random
from node.errors import ConfigError
from protocol.keys import SigningKey, encode_b64, sealing_public_key

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every key of one station, the current one first (DESIGN section 2).

    ``signing_keys`` sign entries, ``sealing_seeds`` open what was sealed to the station, and the
    ``recovery`` key takes a lost or stolen working key out of force.
    """

    signing_keys: tuple[SigningKey, ...]
    sealing_seeds: tuple[bytes, ...]
    recovery: SigningKey

    @property
    def signing(self) -> SigningKey:
        """The key that signs now."""
        return self.signing_keys[0]

    @property
    def public(self) -> str:
        """The author key other stations know this node by: 43 characters."""
        return self.signing.public

    @property
    def sealing_public(self) -> str:
        """The X25519 key others seal to: 43 characters."""
        return sealing_public_key(self.sealing_seeds[0])

    @classmethod
    def create(cls, path: Path, random: Random) -> "Keyring":
        """Make new keys and write the key file, readable by its owner only.

        Raises:
            ConfigError: there is a file already; keys are never overwritten.
        """
        keyring = cls(
            (SigningKey(random(SEED_BYTES)),), (random(SEED_BYTES),), SigningKey(random(SEED_BYTES))
        )
        _create_secret(path, keyring._text())
        return keyring

    def replace(self, path: Path) -> None:
        """Write the key file anew, whole or not at all."""
        fresh = path.with_name(f"{path.name}.new")
        fresh.unlink(missing_ok=True)
        _create_secret(fresh, self._text())
        fresh.replace(path)

    def _text(self) -> str:
        value = {
            "signing": [key.seed.hex() for key in self.signing_keys],
            "sealing": [seed.hex() for seed in self.sealing_seeds],
            "recovery": self.recovery.seed.hex(),
        }
        return json.dumps(value, indent=1) + "\n"

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Read the key file.

        Raises:
            ConfigError: it is missing, broken, or readable by others.
        """
        text = _read_secret(path, "key file")
        try:
            value = json.loads(text)
            return cls(
                tuple(SigningKey(_seed(each)) for each in value["signing"]),
                tuple(_seed(each) for each in value["sealing"]),
                SigningKey(_seed(value["recovery"])),
            )._checked()
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"the key file {path} is broken: {type(error).__name__} {error}",
                "take it from where you keep its copy; a new key needs a new admission",
            ) from None

    def _checked(self) -> "Keyring":
        if not self.signing_keys or not self.sealing_seeds:
            raise ValueError("a list of keys is empty")
        return self


def _seed(text: object) -> bytes:
    seed = bytes.fromhex(str(text))
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a key has {len(seed)} bytes, {SEED_BYTES} are due")
    return seed


def create_token(folder: Path, random: Random) -> str:
    """Make the token that writes to this node need, in ``folder/token``, for its owner only.

    Raises:
        ConfigError: there is one already.
    """
    token = encode_b64(random(SEED_BYTES))
    _create_secret(folder / "token", token + "\n")
    return token


def read_token(folder: Path) -> str:
    """The token that writes to this node need.

    Raises:
        ConfigError: it is missing, empty, or readable by others.
    """
    token = _read_secret(folder / "token", "token file").strip()
    if not token:
        raise ConfigError(f"the token file {folder / 'token'} is empty", "remove it and run init")
    return token


def _create_secret(path: Path, text: str) -> None:
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise ConfigError(f"{path} is there already", "secrets are never overwritten") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _read_secret(path: Path, what: str) -> str:
    try:
        mode = path.stat().st_mode
        if mode & 0o077:
            raise ConfigError(f"the {what} {path} can be read by others", f"run: chmod 600 {path}")
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not plain text"
        raise ConfigError(f"the {what} {path} cannot be read: {reason}") from None
