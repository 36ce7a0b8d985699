"""``yizhan admit``: a station joins the network (A9), by its issuer or by the council."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from node.cli.session import HERE, Session

if TYPE_CHECKING:
    from node.council import SignedAct


def admit(
    request: Annotated[
        Path | None, Parameter(help="request.json of the station, or its folder")
    ] = None,
    *,
    level: Annotated[str, Parameter(help="level to admit at: grassroots, regional, …")] = "",
    hierarchy: Annotated[str, Parameter(help="stations or associations")] = "stations",
    division: Annotated[str | None, Parameter(help="division code, six digits")] = None,
    days: Annotated[int, Parameter(help="how long the admission holds, days")] = 395,
    council: Annotated[
        list[Path] | None, Parameter(help="key file of a council member, repeatable")
    ] = None,
    act: Annotated[
        Path | None, Parameter(help="publish this act file, signed by enough of the council")
    ] = None,
    in_place_of: Annotated[
        str | None,
        Parameter(help="with -o: station in whose place two sign", allow_leading_hyphen=True),
    ] = None,
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="write the act file, do not publish")
    ] = None,
    session: Session = HERE,
) -> None:
    """Admit a station: as the station of --dir, or by the council's keys.

    Directly, the running node of --dir signs, as the station above. With --council the act is
    signed by council members and carried by the node of --dir, whichever that is.
    """
    from node.council import read_act
    from node.errors import ConfigError

    if act is not None:
        _publish(session, read_act(act))
        return
    if request is None or not level:
        raise ConfigError("a request and a level are due", "Call: yizhan admit REQUEST --level …")
    if in_place_of is not None:
        if output is None:
            raise ConfigError("an act in another's place goes round first", "Add -o FILE.")
        place = (hierarchy, level, in_place_of)
        _draft_joint(session, request, place, division, days, output)
        return
    if council or output:
        signed = _draft(
            session, request, (hierarchy, level), division, days=days, council=council or []
        )
        if output is not None:
            _hand_on(session, signed, output)
        else:
            _publish(session, signed)
        return
    _admit_directly(session, request, (hierarchy, level), division, days)


def _admit_directly(
    session: Session, request: Path, place: tuple[str, str], division: str | None, days: int
) -> None:
    from node.folder import read_request

    asked = read_request(request)
    with session.client() as client:
        answer = client.post(
            "/admissions",
            {
                **asked.model_dump(mode="json"),
                "hierarchy": place[0],
                "level": place[1],
                "division": division,
                "days": days,
            },
        )
    if session.json:
        session.show(answer)
    else:
        session.tell(f"admitted: {asked.name} as {place[1]}")


def _draft(
    session: Session,
    request: Path,
    place: tuple[str, str],
    division: str | None,
    *,
    days: int,
    council: list[Path],
) -> "SignedAct":
    from node.clock import SystemClock
    from node.config import load_config
    from node.council import add_signatures, draft_act, draft_admission, load_council_key
    from node.folder import read_genesis, read_request

    network = read_genesis(load_config(session.dir).genesis)
    record = draft_admission(
        read_request(request), place, division=division, from_ms=SystemClock().now_ms(), days=days
    )
    keys = [load_council_key(path) for path in council]
    return add_signatures(network, draft_act(network, record), keys)


def _draft_joint(
    session: Session,
    request: Path,
    place: tuple[str, str, str],
    division: str | None,
    days: int,
    output: Path,
) -> None:
    """Write the act that two stations sign in the place of a third, for 90 days at most."""
    from node.clock import SystemClock
    from node.config import load_config
    from node.council import draft_act, draft_admission, save_act
    from node.folder import read_genesis, read_request
    from protocol.records import MembershipIn

    hierarchy, level, parent = place
    record = draft_admission(
        read_request(request), (hierarchy, level), division=division,
        from_ms=SystemClock().now_ms(), days=min(days, 90),
    )  # fmt: skip
    seat = MembershipIn(hierarchy=hierarchy, level=level, parent=parent)
    network = read_genesis(load_config(session.dir).genesis)
    save_act(output, draft_act(network, record.model_copy(update={"memberships": (seat,)})))
    session.tell(f"wrote {output}; two stations of the level of the third sign it, each with:")
    session.tell(f"        yizhan station sign {output} --dir DIR")


def _hand_on(session: Session, signed: "SignedAct", output: Path) -> None:
    from node.council import save_act

    save_act(output, signed)
    if session.json:
        session.show({"file": str(output), "signatures": len(signed.signatures)})
    else:
        session.tell(f"wrote {output} with {len(signed.signatures)} signatures; the others sign:")
        session.tell(f"        yizhan network sign {output} --council KEY --genesis GENESIS")


def _publish(session: Session, signed: "SignedAct") -> None:
    """Carry an act in the registry log of the node of ``--dir``, running or not."""
    from node.cli.client import find_address
    from node.cli.store import publish_offline
    from node.config import load_config
    from node.council import check_signatures
    from node.folder import read_genesis

    check_signatures(read_genesis(load_config(session.dir).genesis), signed)
    if find_address(session.dir) is None:
        entry = publish_offline(session.dir, signed.record())
    else:
        with session.client() as client:
            body = {"act": signed.act, "signatures": [list(pair) for pair in signed.signatures]}
            entry = client.post("/acts", body)["id"]
    if session.json:
        session.show({"entry": entry})
    else:
        session.tell(f"published: entry {entry} carries the act")
