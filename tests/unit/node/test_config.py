"""Settings: every wrong one is one clear line, before anything is started."""

from pathlib import Path

import pytest

from node.config import check_private, load_config
from node.errors import ConfigError

KEY = "eB5niGWN0QmHtTcr9WR3QbOKG21PKnQ_vIER4cUll2Y"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("YIZHAN_")]:
        monkeypatch.delenv(name)


def write(folder: Path, text: str) -> Path:
    (folder / "node.toml").write_text(text, encoding="utf-8")
    return folder


def test_an_empty_file_gives_every_default(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))

    assert config.mode == "grassroots"
    assert config.key == tmp_path / "key.json"
    assert config.database_url == f"sqlite:///{tmp_path}/node.db"
    assert config.peering.backoff_s == 10
    assert config.listen_host == "127.0.0.1"


def test_the_file_itself_may_be_named(tmp_path: Path) -> None:
    write(tmp_path, 'name = "成都"')

    assert load_config(tmp_path / "node.toml").name == "成都"


def test_the_environment_overrides_the_file_also_inside_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'mode = "regional"\n[peering]\nbackoff_s = 3\nallow_private = true\n')
    monkeypatch.setenv("YIZHAN_MODE", "national")
    monkeypatch.setenv("YIZHAN_PEERING__BACKOFF_S", "7")
    monkeypatch.setenv("YIZHAN_ENDPOINTS", '["https://a.example.cn"]')

    config = load_config(tmp_path)

    assert config.mode == "national"
    assert config.peering.backoff_s == 7
    assert config.peering.allow_private
    assert config.endpoints == ("https://a.example.cn",)


def test_channels_stand_in_their_order_and_the_registry_is_always_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'channels = ["performance", "needs", "needs"]')
    assert load_config(tmp_path).channels == ("registry", "needs", "performance")

    monkeypatch.setenv("YIZHAN_CHANNELS", '["results"]')
    assert load_config(tmp_path).channels == ("registry", "results")

    monkeypatch.setenv("YIZHAN_CHANNELS", '["patents"]')
    with pytest.raises(ConfigError, match="'patents' is no channel; choose of registry, needs"):
        load_config(tmp_path)


def test_a_feed_of_too_few_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"store\.feed_rows: .*5000"):
        load_config(write(tmp_path, "[store]\nfeed_rows = 10"))


def test_peers_are_read_with_url_and_key(tmp_path: Path) -> None:
    write(tmp_path, f'[[peers]]\nurl = "http://10.0.0.1:8700/"\nkey = "{KEY}"\n')

    (peer,) = load_config(tmp_path).peers

    assert (peer.url, peer.key) == ("http://10.0.0.1:8700", KEY)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('nam = "x"', "'nam' is no setting"),
        ("[peering]\nfoo = 1", "'peering.foo' is no setting"),
        ('mode = "county"', "'county' is none of national, regional, grassroots"),
        ('listen_port = "many"', "listen_port"),
        ("listen_port = 70000", "listen_port"),
        ('database_url = "mysql://here/db"', "no database this node can use"),
        ('database_url = "postgresql://me:secret@here/db"', "holds a password"),
        ('endpoints = ["ftp://here"]', "'ftp://here' is no address"),
        ('endpoints = ["http://"]', "is no address"),
        ('peers = [{url = "http://here:1", key = "short"}]', "no public key"),
        ('peers = [{url = "http://here:x", key = "short"}]', "is no address"),
        (f'peers = [{{url="http://a", key="{KEY}"}}, {{url="http://b", key="{KEY}"}}]', "twice"),
        ('log_level = "loud"', "log_level"),
        ('folder = "/tmp"', "'folder' is no setting"),
        ("mode = ", "is not TOML"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_the_file_and_the_setting(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))

    assert says in caught.value.message
    assert str(tmp_path / "node.toml") in caught.value.message
    assert "\n" not in caught.value.message


def test_a_missing_file_says_how_to_make_a_node(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there") as caught:
        load_config(tmp_path)

    assert "yizhan init" in caught.value.hint


def test_a_variable_that_names_no_setting_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHAN_LISTEN_PROT", "1")

    with pytest.raises(ConfigError, match="YIZHAN_LISTEN_PROT names no setting"):
        load_config(write(tmp_path, ""))


def test_a_wrong_value_in_a_variable_is_blamed_on_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHAN_LISTEN_PORT", "many")

    with pytest.raises(ConfigError, match="environment variable YIZHAN_LISTEN_PORT"):
        load_config(write(tmp_path, ""))


def test_a_list_in_a_variable_that_is_no_json_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHAN_PEERS", "http://here")

    with pytest.raises(ConfigError, match=r"environment.*peers"):
        load_config(write(tmp_path, ""))


def test_a_password_comes_from_a_file_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, 'database_url_file = "database"')
    (tmp_path / "database").write_text("postgresql://me:secret@here/db\n")
    (tmp_path / "database").chmod(0o600)

    assert load_config(tmp_path).database_url == "postgresql+psycopg://me:secret@here/db"


def test_a_secret_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0o640)

    with pytest.raises(ConfigError, match="can be read by others") as caught:
        check_private(path)

    assert caught.value.hint == f"Run: chmod 600 {path}"


def test_settings_do_not_change_while_the_node_runs(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, ""))

    with pytest.raises(ValueError, match="frozen"):
        config.name = "other"
