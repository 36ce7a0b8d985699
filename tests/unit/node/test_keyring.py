"""The station's secrets: made once, for their owner only, and never half-read."""

import json
from pathlib import Path

import pytest

from node.errors import ConfigError
from node.keyring import Keyring, create_token, read_token
from protocol.keys import sealing_public_key
from tests.builders import SeededRandom


def test_a_new_key_file_is_readable_by_its_owner_only_and_loads_to_the_same_keys(
    tmp_path: Path,
) -> None:
    path = tmp_path / "key.json"

    made = Keyring.create(path, SeededRandom("a"))
    loaded = Keyring.load(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert loaded.public == made.signing.public == loaded.signing_keys[0].public
    assert loaded.recovery.public == made.recovery.public != made.public
    assert loaded.sealing_public == sealing_public_key(made.sealing_seeds[0])


def test_the_first_key_of_a_list_is_the_current_one(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    made = Keyring.create(path, SeededRandom("a"))
    value = json.loads(path.read_text())
    value["signing"].insert(0, "11" * 32)
    path.write_text(json.dumps(value))

    loaded = Keyring.load(path)

    assert loaded.public != made.public
    assert loaded.signing_keys[1].public == made.public


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    Keyring.create(path, SeededRandom("a"))

    with pytest.raises(ConfigError, match="there already"):
        Keyring.create(path, SeededRandom("b"))


def test_a_key_file_others_can_read_is_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    Keyring.create(path, SeededRandom("a"))
    path.chmod(0o640)

    with pytest.raises(ConfigError, match="read by others") as caught:
        Keyring.load(path)

    assert caught.value.hint == f"run: chmod 600 {path}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"signing": [], "sealing": [], "recovery": ""}',
        '{"signing": ["11"], "sealing": ["22"], "recovery": "33"}',
        json.dumps({"signing": [], "sealing": ["22" * 32], "recovery": "33" * 32}),
        json.dumps({"signing": ["zz" * 32], "sealing": ["22" * 32], "recovery": "33" * 32}),
    ],
)
def test_a_broken_key_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.json"
    path.touch(0o600)
    path.write_text(text)

    with pytest.raises(ConfigError, match="is broken"):
        Keyring.load(path)


def test_a_missing_or_binary_key_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        Keyring.load(tmp_path / "key.json")
    with pytest.raises(ConfigError, match="cannot be written"):
        Keyring.create(tmp_path / "nowhere" / "key.json", SeededRandom("a"))
    (tmp_path / "binary").touch(0o600)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not plain text"):
        Keyring.load(tmp_path / "binary")


def test_the_token_is_made_once_and_read_back(tmp_path: Path) -> None:
    token = create_token(tmp_path, SeededRandom("a"))

    assert read_token(tmp_path) == token
    assert len(token) == 43
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigError, match="there already"):
        create_token(tmp_path, SeededRandom("b"))
    (tmp_path / "token").write_text("\n")
    with pytest.raises(ConfigError, match="empty"):
        read_token(tmp_path)
