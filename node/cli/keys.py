"""``yizhan rotate``: a station takes new keys (SPEC 6.10)."""

from typing import Annotated

from cyclopts import Parameter

from node.cli.session import HERE, Session


def rotate(
    *,
    recovery: Annotated[
        bool, Parameter(negative="", help="sign with the recovery key: the working key is stolen")
    ] = False,
    session: Session = HERE,
) -> None:
    """Take a new signing and sealing key; the node must not run meanwhile.

    The station stays the same. What the old key signed, as far as it is held here, stays good; the
    key file keeps the old keys, to open what was sealed to them.
    """
    from node.cli.store import rotate_offline

    key = rotate_offline(session.dir, by_recovery=recovery)
    if session.json:
        session.show({"key": key})
        return
    session.tell(f"this station signs with {key} from now on")
    session.tell("next: keep a copy of key.json, then start the node: yizhan run")
