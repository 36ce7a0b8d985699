"""``yizhan station``: renew, move, promote, suspend and end memberships (M5, DESIGN 1.6)."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from node.cli.session import HERE, Session

app = App(name="station", help="Renew, move, promote, suspend and end memberships.")

StationId = Annotated[str, Parameter(help="the station's id", allow_leading_hyphen=True)]
Hierarchy = Annotated[str, Parameter(help="stations or associations")]


@app.command
def renew(
    station: StationId,
    *,
    hierarchy: Hierarchy = "stations",
    level: Annotated[str | None, Parameter(help="promote or demote it to this level")] = None,
    parent: Annotated[
        str | None, Parameter(help="move it below this station", allow_leading_hyphen=True)
    ] = None,
    division: Annotated[str | None, Parameter(help="division code, six digits")] = None,
    days: Annotated[int, Parameter(help="how long it holds from now, days")] = 395,
    output: Annotated[
        Path | None,
        Parameter(name=["--output", "-o"], help="write it as an act for two others to sign"),
    ] = None,
    session: Session = HERE,
) -> None:
    """Renew a membership, lift its suspension, or change it; what is not named stays as it is.

    With -o the running node publishes nothing: in the place of the station's parent two other
    stations sign the file, for 90 days at most (yizhan station sign).
    """
    body = {
        "hierarchy": hierarchy, "level": level, "parent": parent, "division": division,
        "days": days,
    }  # fmt: skip
    if output is None:
        session.publish(f"/stations/{station}/renew", body, "renewed by entry")
        return
    from node.config import load_config
    from node.council import SignedAct, save_act
    from node.folder import read_genesis

    with session.client() as client:
        act = client.post(f"/stations/{station}/renew/draft", body)["act"]
    network = read_genesis(load_config(session.dir).genesis)
    save_act(output, SignedAct(network=network.id, act=act))
    session.tell(f"wrote {output}; two others sign it, each: yizhan station sign {output}")


@app.command
def end(
    station: StationId,
    *,
    why: Annotated[
        Literal["revoked", "suspended", "exited"], Parameter(help="suspended can be lifted")
    ] = "revoked",
    hierarchy: Hierarchy = "stations",
    session: Session = HERE,
) -> None:
    """End or suspend a membership; the station's logs stay good as far as they are held here."""
    body = {"why": why, "hierarchy": hierarchy}
    session.publish(f"/stations/{station}/end", body, "ended by entry")


@app.command
def sign(
    act: Annotated[Path, Parameter(help="an act file made by: yizhan admit … --in-place-of …")],
    *,
    session: Session = HERE,
) -> None:
    """Sign an act together with another station, in the place of a third; rewrites the file."""
    from node.council import read_act, save_act

    signed = read_act(act)
    with session.client() as client:
        answer = client.post("/acts/sign", {"act": signed.act})
    others = tuple(pair for pair in signed.signatures if pair[0] != answer["key"])
    pair = (str(answer["key"]), str(answer["signature"]))
    save_act(act, signed.model_copy(update={"signatures": (*others, pair)}))
    if session.json:
        session.show({"signatures": len(others) + 1})
        return
    session.tell(f"{len(others) + 1} signatures stand under {act}")
    session.tell(f"next, once two have signed, at any node: yizhan admit --act {act} --dir DIR")
