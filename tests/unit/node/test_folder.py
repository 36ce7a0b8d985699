"""A node's folder is made whole or not at all."""

from pathlib import Path

import pytest

from node.config import load_config
from node.council import create_network
from node.errors import ConfigError
from node.folder import init_node, join_network, read_request
from node.keyring import Keyring, read_token
from node.settings import PeerAddress

KEY = "eB5niGWN0QmHtTcr9WR3QbOKG21PKnQ_vIER4cUll2Y"


@pytest.fixture
def genesis(tmp_path: Path) -> Path:
    create_network(tmp_path / "network", "试验网")
    return tmp_path / "network" / "genesis.json"


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_new_node_has_keys_token_settings_and_a_request(tmp_path: Path, genesis: Path) -> None:
    request = init_node(tmp_path / "a", mode="grassroots", name="武侯", genesis=genesis)

    assert everything(tmp_path / "a") == [
        "genesis.json", "key.json", "node.toml", "request.json", "token",
    ]  # fmt: skip
    assert request.key == Keyring.load(tmp_path / "a" / "key.json").public
    assert read_request(tmp_path / "a") == request
    assert load_config(tmp_path / "a").name == "武侯"
    assert read_token(tmp_path / "a")


def test_secrets_can_be_read_by_the_owner_only(tmp_path: Path) -> None:
    init_node(tmp_path / "a", mode="grassroots", name="武侯")

    for name in ("key.json", "token"):
        assert (tmp_path / "a" / name).stat().st_mode & 0o777 == 0o600


def test_a_name_with_quotes_and_breaks_comes_back_as_it_was(tmp_path: Path) -> None:
    name = 'a "quoted" \\ name\t驿'
    init_node(tmp_path / "a", mode="grassroots", name=name)

    assert load_config(tmp_path / "a").name == name


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "county"},
        {"settings": {"listen_port": -1}},
        {"settings": {"unheard_of": 1}},
        {"genesis": Path("nowhere.json")},
    ],
)
def test_nothing_remains_of_a_node_that_could_not_be_made(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    with pytest.raises(ConfigError) as caught:
        init_node(
            tmp_path / "deep" / "a",
            **{"mode": "grassroots", "name": "武侯", **wrong},  # type: ignore[arg-type]
        )

    assert everything(tmp_path) == []
    assert ".a-" not in caught.value.message


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    init_node(tmp_path / "a", mode="grassroots", name="武侯")
    before = (tmp_path / "a" / "key.json").read_bytes()

    with pytest.raises(ConfigError, match="there already"):
        init_node(tmp_path / "a", mode="grassroots", name="武侯")

    assert (tmp_path / "a" / "key.json").read_bytes() == before


def test_a_file_that_is_no_genesis_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "genesis.json").write_text("{}")

    with pytest.raises(ConfigError, match="not a genesis file"):
        init_node(tmp_path / "a", mode="grassroots", name="x", genesis=tmp_path / "genesis.json")

    assert not (tmp_path / "a").exists()


def test_joining_adds_the_genesis_file_and_the_peers_once(tmp_path: Path, genesis: Path) -> None:
    init_node(tmp_path / "a", mode="grassroots", name="武侯")
    peers = (PeerAddress(url="http://10.0.0.1:8700", key=KEY),)

    join_network(tmp_path / "a", genesis, peers)
    config = join_network(tmp_path / "a", genesis, peers)

    assert config.genesis.read_bytes() == genesis.read_bytes()
    assert config.peers == peers


def test_a_node_of_one_network_does_not_join_another(tmp_path: Path, genesis: Path) -> None:
    create_network(tmp_path / "other", "另一个网")
    init_node(tmp_path / "a", mode="grassroots", name="武侯", genesis=genesis)
    before = (tmp_path / "a" / "node.toml").read_bytes()

    with pytest.raises(ConfigError, match="another network"):
        join_network(tmp_path / "a", tmp_path / "other" / "genesis.json", ())

    assert (tmp_path / "a" / "node.toml").read_bytes() == before
