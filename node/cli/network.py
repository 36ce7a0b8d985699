"""``yizhan network``: found a network, join one, sign for its council."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from node.cli.session import HERE, Session

if TYPE_CHECKING:
    from node.settings import PeerAddress

app = App(name="network", help="Found a network, join one, sign for its council.")


@app.command
def create(
    dir: Annotated[Path, Parameter(help="where genesis.json and the council's keys go")],
    *,
    name: Annotated[str, Parameter(help="the network's name")],
    keys: Annotated[int, Parameter(help="how many council keys")] = 1,
    threshold: Annotated[int, Parameter(help="how many of them must sign together")] = 1,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Found a network: genesis.json for everybody, one key file for each council member."""
    from node.council import COUNCIL_FOLDER, create_network

    network = create_network(dir, name, keys=keys, threshold=threshold)
    session = Session(dir=dir, json=json)
    if json:
        session.show({"network": network.id, "genesis": str(dir / "genesis.json")})
        return
    session.tell(f"network {network.id}: {dir / 'genesis.json'}, to be handed to every station")
    session.tell(
        f"council: {keys} keys in {dir / COUNCIL_FOLDER}, {threshold} must sign; "
        "give each member one and keep none together"
    )


@app.command
def join(
    genesis: Annotated[Path, Parameter(help="the network's founding file")],
    *,
    peer: Annotated[
        list[str], Parameter(help="address of a running node (its key is asked), or URL#KEY")
    ],
    session: Session = HERE,
) -> None:
    """Give a node its network: the genesis file and the peers to begin with."""
    from node.folder import join_network, read_genesis

    network = read_genesis(genesis)
    peers = tuple(_peer(text, network.id) for text in peer)
    join_network(session.dir, genesis, peers)
    if session.json:
        session.show({"network": network.id, "peers": [each.model_dump() for each in peers]})
        return
    session.tell(f"{session.dir} joins network {network.id} through {len(peers)} peers")
    session.tell(f"next: yizhan run --dir {session.dir}")


def _peer(text: str, network: str) -> "PeerAddress":
    from pydantic import ValidationError

    from node.errors import ConfigError
    from node.settings import PeerAddress

    url, _, key = text.partition("#")
    try:
        return PeerAddress(url=url, key=key or _ask_key(url, network))
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f"peer {text}: {message}") from None


def _ask_key(url: str, network: str) -> str:
    """The key a running node signs with; what it sends later is checked against the genesis."""
    from node.errors import ConfigError
    from node.outbound import ApiClient

    with ApiClient(url) as client:
        answer = client.get("/status")
    if answer["network"]["id"] != network:
        raise ConfigError(f"{url} belongs to network {answer['network']['id']}, not {network}")
    return str(answer["key"])


@app.command
def sign(
    act: Annotated[Path, Parameter(help="an act file made by: yizhan admit … -o FILE")],
    *,
    council: Annotated[list[Path], Parameter(help="key file of a council member, repeatable")],
    genesis: Annotated[Path, Parameter(help="the network's founding file")],
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Sign an act of the council with further keys; the file is rewritten in place."""
    from node.council import add_signatures, count_council, load_council_key, read_act, save_act
    from node.folder import read_genesis

    network = read_genesis(genesis)
    signed = add_signatures(network, read_act(act), [load_council_key(path) for path in council])
    save_act(act, signed)
    count, due = count_council(network, signed), network.genesis.council.threshold
    session = Session(json=json)
    if json:
        session.show({"signatures": count, "threshold": due})
        return
    session.tell(f"{count} of {due} signatures stand under {act}")
    if count >= due:
        session.tell(f"next, at any node: yizhan admit --act {act} --dir DIR")


@app.command
def rotate(
    folder: Annotated[Path, Parameter(help="where the next council's key files go")],
    *,
    keys: Annotated[int, Parameter(help="how many keys the next council has")],
    threshold: Annotated[int, Parameter(help="how many of them must sign together")],
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="the act file to write")],
    session: Session = HERE,
) -> None:
    """Hand the council over: make the next one's keys and the act that names it.

    Acts of the council that stand in the store of --dir stay in force. The act bears the next
    council's signatures; enough of the council in office sign it too, then a node publishes it.
    """
    from node.cli.store import open_reading
    from node.council import save_act
    from node.handover import draft_handover
    from node.ingest import registry_entries

    with open_reading(session.dir) as (_, network, reading):
        registry = registry_entries(reading)
    signed = draft_handover(network, registry, folder, keys=keys, threshold=threshold)
    save_act(output, signed)
    if session.json:
        session.show({"file": str(output), "signatures": len(signed.signatures)})
        return
    session.tell(f"wrote {keys} keys to {folder}, and {output}; the council in office signs:")
    session.tell(f"        yizhan network sign {output} --council KEY --genesis GENESIS")
