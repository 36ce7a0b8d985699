"""A node's store without its node: read beside a running one, or written when none runs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from node.config import Config, load_config
from node.errors import NodeError, StoreError
from node.folder import read_genesis
from node.store.engine import create_engines
from node.store.reading import Reading
from protocol.errors import ProtocolError
from protocol.genesis import Network
from protocol.records import Record

if TYPE_CHECKING:
    from node.app import Node

T = TypeVar("T")


@contextmanager
def open_reading(folder: Path) -> Iterator[tuple[Config, Network, Reading]]:
    """One consistent look at a node's store, whether the node runs or not.

    Raises:
        ConfigError: the folder is no node's.
        StoreError: the node never ran, or its database cannot be opened.
    """
    from sqlalchemy.exc import SQLAlchemyError

    config = load_config(folder)
    network = read_genesis(config.genesis)
    file = config.database_url.removeprefix("sqlite:///")
    if file != config.database_url and not (config.folder / file).exists():
        raise StoreError(f"{config.folder} holds no store yet", "Run the node once.")
    engines = create_engines(config.database_url, config.folder)
    try:
        with engines[1].connect() as connection:
            yield config, network, Reading(connection, 0)
    except SQLAlchemyError as error:
        raise StoreError(f"the store cannot be read: {str(error).splitlines()[0]}") from None
    finally:
        for engine in engines:
            engine.dispose()


def rebuild_store(
    folder: Path, advance: Callable[[int], None]
) -> tuple[dict[str, str], dict[str, str]]:
    """Drop every read model of a node that does not run, and fold its log again.

    Returns:
        The digests before and after.
    """
    from node.app import Node
    from node.readmodels import PROJECTIONS
    from node.rebuild import readmodel_digest, rebuild

    node = Node.create(load_config(folder))
    try:
        before = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS))
        folded = 0

        def move(done: int, _: int) -> None:
            nonlocal folded
            advance(done - folded)
            folded = done

        after = _record(node, "rebuild_readmodels", lambda: rebuild(node.store, node.ingest, move))
        return before.by_name, after.by_name
    finally:
        node.store.close()


def _record(node: "Node", act: str, work: Callable[[], T]) -> T:
    """Do what changes something between two lines of the audit trail, as the operator.

    Args:
        act: the operation.
        work: does it; if what it returns has an ``id``, that is named.
    """
    from node.people import OPERATOR
    from node.people.trail import BEGUN, DONE, FAILED, REFUSED

    gate = node.gate
    begun = node.store.write(lambda tx: gate.note(tx, OPERATOR, act, "", BEGUN))
    made, came = "", FAILED
    try:
        result = work()
        made, came = str(getattr(result, "id", "")), DONE
    except (NodeError, ProtocolError):
        came = REFUSED
        raise
    finally:
        node.store.write(lambda tx: gate.note(tx, OPERATOR, act, made, came, begun.seq))
    return result


def publish_offline(folder: Path, record: Record) -> str:
    """Sign and store a record as the station of a node that does not run; returns its entry id.

    Raises:
        StoreLockedError: the node runs after all.
    """
    from node.app import Node

    node = Node.create(load_config(folder))
    try:
        return _record(node, "carry_act", lambda: node.publisher.publish(record)).id
    finally:
        node.store.close()


def rotate_offline(folder: Path, *, by_recovery: bool) -> str:
    """Give the station of a node that does not run new keys; returns the new signing key.

    The key file is written before anything names the new key: a crash between leaves a key that
    the next attempt takes up.

    Args:
        folder: the node's.
        by_recovery: sign with the recovery key, against whoever has the working key.

    Raises:
        StoreLockedError: the node runs.
        NotAllowedError: the station is not admitted.
    """
    from node.app import Node
    from node.folder import read_request, write_request
    from node.rotation import check_rotating, draft_rotation, renew_keys

    config = load_config(folder)
    node = Node.create(config)
    try:
        check_rotating(node.roster, node.keyring)
        renew_keys(config.key, node.keyring, node.roster, node.random)
    finally:
        node.store.close()
    node = Node.create(config)
    try:
        record = node.store.read(
            lambda reading: draft_rotation(
                reading, node.roster, node.network, node.keyring,
                from_ms=node.clock.now_ms(), by_recovery=by_recovery,
            )
        )  # fmt: skip
        _record(node, "rotate_keys", lambda: node.publisher.publish(record))
        keys = {"key": node.keyring.public, "sealing": node.keyring.sealing_public}
        write_request(config.folder, read_request(config.folder).model_copy(update=keys))
        return node.keyring.public
    finally:
        node.store.close()
