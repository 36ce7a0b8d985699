"""The council founds the network and signs together."""

import json
from pathlib import Path

import pytest

from node.council import (
    add_signatures,
    check_signatures,
    create_network,
    draft_act,
    draft_admission,
    load_council_key,
    read_act,
    save_act,
)
from node.errors import ConfigError, InvalidError
from node.folder import init_node
from protocol.genesis import Network
from protocol.keys import SigningKey
from protocol.records import StationAdmitted


def keys_of(folder: Path) -> list[SigningKey]:
    return [load_council_key(path) for path in sorted((folder / "council").glob("*.key"))]


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return create_network(tmp_path / "network", "试验网", keys=3, threshold=2)


@pytest.fixture
def record(tmp_path: Path) -> StationAdmitted:
    request = init_node(tmp_path / "a", mode="national", name="国家站")
    return draft_admission(request, ("stations", "national"), division=None, from_ms=1, days=2)


def test_a_network_is_a_genesis_file_and_a_key_for_each_member(
    tmp_path: Path, network: Network
) -> None:
    keys = keys_of(tmp_path / "network")

    assert Network((tmp_path / "network" / "genesis.json").read_bytes()).id == network.id
    assert [key.public for key in keys] == network.genesis.council.keys
    assert network.genesis.council.threshold == 2
    for path in (tmp_path / "network" / "council").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("keys", "threshold"), [(0, 0), (2, 3), (65, 1), (1, 0)])
def test_a_council_that_cannot_decide_is_not_founded(
    tmp_path: Path, keys: int, threshold: int
) -> None:
    with pytest.raises(ConfigError, match="is no council"):
        create_network(tmp_path / "x", "网", keys=keys, threshold=threshold)

    assert not (tmp_path / "x").exists()


def test_members_sign_one_after_the_other_until_it_is_enough(
    tmp_path: Path, network: Network, record: StationAdmitted
) -> None:
    first, second, _ = keys_of(tmp_path / "network")
    path = tmp_path / "act.json"

    save_act(path, add_signatures(network, draft_act(network, record), [first]))
    with pytest.raises(InvalidError, match="1 of 2"):
        check_signatures(network, read_act(path))
    save_act(path, add_signatures(network, read_act(path), [first, second]))

    check_signatures(network, read_act(path))
    assert len(read_act(path).signatures) == 2
    assert json.loads(read_act(path).act)["body"]["until_ms"] == 1 + 2 * 24 * 3600 * 1000


def test_a_signature_of_someone_else_does_not_count(
    tmp_path: Path, network: Network, record: StationAdmitted
) -> None:
    first = keys_of(tmp_path / "network")[0]
    signed = add_signatures(network, draft_act(network, record), [first, SigningKey(b"1" * 32)])

    with pytest.raises(InvalidError, match="1 of 2"):
        check_signatures(network, signed)


def test_an_act_that_was_changed_after_signing_is_found_out(
    tmp_path: Path, network: Network, record: StationAdmitted
) -> None:
    signed = add_signatures(network, draft_act(network, record), keys_of(tmp_path / "network"))
    changed = signed.model_copy(update={"act": signed.act.replace("国家站", "国家占")})

    with pytest.raises(InvalidError, match="does not hold"):
        check_signatures(network, changed)


def test_an_act_of_another_network_is_not_signed(
    tmp_path: Path, network: Network, record: StationAdmitted
) -> None:
    other = create_network(tmp_path / "other", "别网")

    with pytest.raises(InvalidError, match="belongs to network"):
        add_signatures(other, draft_act(network, record), [])


def test_a_council_key_others_can_read_is_refused(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "network" / "council" / "1.key"
    path.chmod(0o644)

    with pytest.raises(ConfigError, match="can be read by others"):
        load_council_key(path)


@pytest.mark.parametrize("text", ["", "{}", '{"signing": "00"}', '{"signing": 3}', "[]"])
def test_a_file_that_is_no_council_key_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(ConfigError, match="is no council key"):
        load_council_key(path)


def test_a_field_that_breaks_its_rule_is_named(tmp_path: Path) -> None:
    request = init_node(tmp_path / "a", mode="national", name="国家站")

    with pytest.raises(InvalidError, match="division"):
        draft_admission(request, ("stations", "national"), division="51", from_ms=1, days=2)
