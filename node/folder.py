"""A node's folder: made whole or not at all (DESIGN section 3).

::

    node.toml      the settings
    genesis.json   the network's founding file, handed over out of band
    key.json       every signing and sealing key, 0600
    token          what a command or page shows to write here, 0600
    request.json   what the station asks its issuer to admit: public keys and name
    node.db        the store; index/, address, lock, node.log come with the first run
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeGuard

from pydantic import ConfigDict, ValidationError

from node.clock import Random, system_random
from node.config import CONFIG_FILE, Config, load_config
from node.errors import ConfigError
from node.keyring import Keyring, create_token
from node.model import Model
from node.settings import PeerAddress
from protocol.errors import Refused
from protocol.genesis import Network

GENESIS_FILE = "genesis.json"
KEY_FILE = "key.json"
REQUEST_FILE = "request.json"

_HEADER = """\
# The settings of this node. All of them: README, "Settings". YIZHAN_… variables override them.
"""


class AdmissionRequest(Model):
    """What a station hands its issuer: public keys and what it calls itself (DESIGN 1.6)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    key: str
    recovery: str
    sealing: str
    endpoints: tuple[str, ...] = ()


def init_node(
    folder: Path,
    *,
    mode: str,
    name: str,
    genesis: Path | None = None,
    settings: Mapping[str, object] | None = None,
    random: Random = system_random,
) -> AdmissionRequest:
    """Make a node's folder with fresh keys; nothing half-made remains when it fails.

    Args:
        folder: where to; must not exist, or be an empty folder.
        mode: national, regional or grassroots.
        name: the station's name.
        genesis: the network's founding file, if it is at hand already.
        settings: further settings for ``node.toml``.
        random: where secret bytes come from.

    Raises:
        ConfigError: the folder is in use, the genesis file is none, or a setting is wrong.
    """
    raw = read_genesis(genesis).raw if genesis else None
    with building(folder) as building_place:
        _write_settings(building_place, {"mode": mode, "name": name, **(settings or {})})
        config = load_config(building_place)
        keyring = Keyring.create(building_place / KEY_FILE, random)
        create_token(building_place, random)
        if raw is not None:
            (building_place / GENESIS_FILE).write_bytes(raw)
        request = AdmissionRequest(
            name=name,
            key=keyring.signing.public,
            recovery=keyring.recovery.public,
            sealing=keyring.sealing_public,
            endpoints=config.endpoints,
        )
        write_request(building_place, request)
    return request


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """A temporary folder beside ``folder`` that takes its place when all went well.

    Raises:
        ConfigError: there is something at ``folder`` already, or no room to make it.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already and not empty", "Choose another folder.")
    made = _missing_parents(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror}") from None
    try:
        yield place
        place.rename(folder)
    except ConfigError as error:
        message = error.message.replace(str(place), str(folder))
        raise ConfigError(message, error.hint) from None
    finally:
        # After the renaming there is nothing left to tidy up: the parents are not empty then.
        shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):
            for parent in made:
                parent.rmdir()


def _missing_parents(folder: Path) -> list[Path]:
    """The parents of ``folder`` that are not there yet, innermost first."""
    return [parent for parent in folder.parents if not parent.exists()]


def read_genesis(path: Path) -> Network:
    """Read a genesis file.

    Raises:
        ConfigError: it is not there, or is no genesis file.
    """
    try:
        return Network(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}",
            "The genesis file comes from whoever founded the network.",
        ) from None
    except Refused as error:
        raise ConfigError(f"{path}: {' '.join(error.detail.split())}") from None


def read_request(path: Path) -> AdmissionRequest:
    """Read a station's request for admission.

    Raises:
        ConfigError: it is not there, or is no such request.
    """
    place = path / REQUEST_FILE if path.is_dir() else path
    try:
        return AdmissionRequest.model_validate_json(place.read_bytes())
    except OSError as error:
        raise ConfigError(f"{place} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{place} is no request for admission: {field} {first['msg']}") from None


def write_request(folder: Path, request: AdmissionRequest) -> Path:
    """Write the station's request for admission into its folder."""
    path = folder / REQUEST_FILE
    replace_file(path, request.model_dump_json(indent=1).encode() + b"\n")
    return path


def join_network(folder: Path, genesis: Path, peers: tuple[PeerAddress, ...]) -> Config:
    """Give a node its network: the genesis file and the peers to begin with.

    Raises:
        ConfigError: another genesis file is there already, or the node's settings are wrong.
    """
    config = load_config(folder)
    network = read_genesis(genesis)
    if config.genesis.exists() and config.genesis.read_bytes() != network.raw:
        raise ConfigError(
            f"{folder} belongs to another network already", "Make a new node with: yizhan init"
        )
    known = {peer.key for peer in config.peers}
    path = folder / CONFIG_FILE
    before = path.read_bytes()
    after = before.decode() + "".join(
        f"\n[[peers]]\nurl = {_toml(peer.url)}\nkey = {_toml(peer.key)}\n"
        for peer in peers
        if peer.key not in known
    )
    replace_file(path, after.encode())
    try:
        joined = load_config(folder)
    except ConfigError:
        replace_file(path, before)
        raise
    if not config.genesis.exists():
        replace_file(config.genesis, network.raw)
    return joined


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _write_settings(folder: Path, values: Mapping[str, object]) -> None:
    """Write ``node.toml``: plain settings first, tables after them."""
    plain = {
        name: value
        for name, value in values.items()
        if not isinstance(value, Mapping) and not _is_tables(value)
    }
    lines = [_HEADER, *(f"{name} = {_toml(value)}\n" for name, value in plain.items())]
    for name, table in values.items():
        if _is_tables(table):
            for each in table:
                lines.append(f"\n[[{name}]]\n")
                lines += [f"{part} = {_toml(value)}\n" for part, value in each.items()]
        if isinstance(table, Mapping):
            lines.append(f"\n[{name}]\n")
            lines += [f"{part} = {_toml(value)}\n" for part, value in table.items()]
    (folder / CONFIG_FILE).write_text("".join(lines), encoding="utf-8")


def _is_tables(value: object) -> TypeGuard[Sequence[Mapping[str, object]]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _toml(value: object) -> str:
    """A value as TOML; JSON's strings, numbers and booleans are TOML's too."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
