"""``yizhan erase``: take back the body of an own entry, and see who has followed."""

from typing import Annotated

from cyclopts import Parameter

from node.cli.session import HERE, Session
from node.errors import ConfigError, NotFoundError
from protocol.records.erasure import ErasureReason


def erase(
    entry: Annotated[str, Parameter(help="the entry's id")],
    *,
    reason: Annotated[ErasureReason | None, Parameter(help="why it is taken back")] = None,
    status: Annotated[
        bool, Parameter(negative="", help="erase nothing; show who has confirmed")
    ] = False,
    session: Session = HERE,
) -> int:
    """Erase the body of an entry this station wrote; its header and its place in the log stay.

    Every node that hears of it drops the body. What was read, printed or backed up before is not
    undone by it.
    """
    if status is (reason is not None):
        raise ConfigError(
            "say why, or ask for the status",
            "Call: yizhan erase ENTRY --reason REASON, or: yizhan erase ENTRY --status",
        )
    with session.client() as client:
        if reason is not None:
            erased = client.post(f"/entries/{entry}/erasure", {"reason": reason})
        else:
            erased = client.get(f"/entries/{entry}")["erasure"]
    if erased is None:
        raise NotFoundError("this entry is not erased", "erase it with --reason")
    if session.json:
        session.show(erased)
        return 0
    session.tell(f"erased by entry {erased['entry']} ({erased['reason']})")
    held_by = erased["held_by"]
    if held_by is not None:
        national = "national among them" if held_by["is_national"] else "not yet national"
        session.tell(
            f"confirmed by {held_by['count']} other stations in {len(held_by['regions'])} regions,"
            f" {national}"
        )
        for each in held_by["holders"]:
            session.tell(f"  {each['name']}")
    return 0
