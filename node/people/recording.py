"""What somebody does stands between two lines of the audit trail, whatever door they came by."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from node.errors import NodeError
from node.people.trail import DONE, FAILED, REFUSED
from protocol.errors import ProtocolError

if TYPE_CHECKING:
    from node.app import Node
    from node.people.actor import Actor

Made = TypeVar("Made")


async def record(
    node: "Node",
    actor: "Actor | None",
    act: str,
    target: str,
    work: Callable[[], Awaitable[Made]],
) -> Made:
    """Do what changes something between two lines of the trail.

    The first is in the transaction of the first change, the second says what came of it: also of
    what was refused before it changed anything.

    Args:
        actor: who does it; None for somebody without account, as an enterprise is.
        act: the operation.
        target: the id of what it is done to; what it makes is named by its ``id``.
        work: does it.
    """
    begun = node.gate.begin(actor, act, target)
    made, came = "", FAILED
    try:
        with node.store.prefaced(begun):
            result = await work()
        made, came = str(getattr(result, "id", "")), DONE
    except (NodeError, ProtocolError):
        came = REFUSED
        raise
    finally:
        await node.gate.finish(begun, made, came)
    return result
