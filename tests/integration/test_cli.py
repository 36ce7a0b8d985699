"""The command line as a keeper meets it: real folders, a real node, exit codes 0, 1 and 2."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from node.cli import OWN_COMMANDS, main
from node.cli.exports import TABLES
from node.council import create_network
from node.demo.plan import Place
from node.demo.process import NodeProcess
from node.folder import init_node

pytestmark = pytest.mark.xdist_group("cli")

SAMPLES = Path(__file__).parents[2] / "node" / "demo"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("YIZHAN_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded") / "network"
    create_network(folder, "试验网", keys=2, threshold=2)
    return folder


@pytest.fixture(scope="module")
def running(network: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """The national station's node: admitted by the council, and up."""
    folder = tmp_path_factory.mktemp("running") / "national"
    genesis, keys = network / "genesis.json", sorted((network / "council").iterdir())
    settings = {"listen_port": 0}
    init_node(folder, mode="national", name="国家站", genesis=genesis, settings=settings)
    council = [word for key in keys for word in ("--council", str(key))]
    assert main(["admit", str(folder), "--dir", str(folder), "--level", "national", *council]) == 0
    node = NodeProcess(Place("national", "国家站", "national", "", ""), folder)
    node.start()
    try:
        node.wait_ready(60)
        yield node
    finally:
        node.ask_to_stop()
        node.wait_stopped(20)


@pytest.fixture
def fresh(network: Path, tmp_path: Path) -> Path:
    """A node's folder that never ran."""
    folder = tmp_path / "fresh"
    genesis = network / "genesis.json"
    init_node(folder, mode="grassroots", name="武侯", genesis=genesis, settings={"listen_port": 0})
    return folder


def everything(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "node.cli", *words], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


# -- help


@pytest.mark.parametrize("command", sorted(OWN_COMMANDS))
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "Usage: yizhan" in capsys.readouterr().out


def test_help_lists_the_node_s_commands_and_those_of_its_capabilities(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--help"]) == 0

    out = capsys.readouterr().out
    for command in (*OWN_COMMANDS, "need", "result", "referral", "visit", "report", "ranking"):
        assert command in out


@pytest.mark.parametrize(
    "words", [["unheard-of"], ["run", "--unheard-of"], ["init"], ["network", "create"]]
)
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2

    err = capsys.readouterr().err
    assert err.startswith("yizhan: ")
    assert "Traceback" not in err


# -- wrong configuration


def spoil_unknown_key(folder: Path) -> None:
    with (folder / "node.toml").open("a") as file:
        file.write("unheard_of = 1\n")


def spoil_database(folder: Path) -> None:
    with (folder / "node.toml").open("a") as file:
        file.write('database_url = "mysql://here/db"\n')


def spoil_key_mode(folder: Path) -> None:
    (folder / "key.json").chmod(0o644)


def spoil_key(folder: Path) -> None:
    (folder / "key.json").write_text("{}")


def spoil_token_mode(folder: Path) -> None:
    (folder / "token").chmod(0o640)


def spoil_genesis(folder: Path) -> None:
    (folder / "genesis.json").write_text("{}")


def lose(name: str) -> "object":
    def spoil(folder: Path) -> None:
        (folder / name).unlink()

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lose("node.toml"), "node.toml is not there"),
        (lose("genesis.json"), "genesis.json cannot be read"),
        (lose("key.json"), "key.json"),
        (lose("token"), "token"),
        (spoil_unknown_key, "'unheard_of' is no setting"),
        (spoil_database, "no database"),
        (spoil_key_mode, "can be read by others"),
        (spoil_key, "key.json"),
        (spoil_token_mode, "can be read by others"),
        (spoil_genesis, "not a genesis file"),
    ],
)
def test_a_node_that_is_set_up_wrong_does_not_start_and_leaves_no_trace(
    fresh: Path, spoil: "object", says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(fresh)  # type: ignore[operator]
    before = everything(fresh)

    assert main(["run", "--dir", str(fresh)]) == 2

    err = capsys.readouterr().err
    assert says in err.splitlines()[0]
    assert len(err.splitlines()) <= 2
    assert everything(fresh) == before


def test_a_port_in_use_is_one_line_and_leaves_no_trace(fresh: Path) -> None:
    before = everything(fresh)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = (fresh / "node.toml").read_text()
        (fresh / "node.toml").write_text(
            "".join(line for line in text.splitlines(True) if "listen_port" not in line)
            + f"listen_port = {port}\n"
        )
        before = everything(fresh)
        done = run("run", "--dir", str(fresh))

    assert done.returncode == 2
    assert f"port {port}" in done.stderr.splitlines()[0]
    assert len(done.stderr.splitlines()) <= 2
    assert everything(fresh) == before


def test_a_folder_without_a_node_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--dir", str(tmp_path)]) == 2
    assert "yizhan init" in capsys.readouterr().err


def test_a_command_for_a_running_node_says_when_none_runs(
    fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--dir", str(fresh)]) == 1
    assert f"yizhan run --dir {fresh}" in capsys.readouterr().err


# -- founding and joining


@pytest.mark.parametrize("id_", ["-o" + "A" * 41, "--" + "B" * 41, "-" + "C" * 42])
def test_an_id_that_begins_with_a_hyphen_is_a_value(
    id_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["station", "renew", id_, "--days", "3", "-o", "act.json", "--dir", str(tmp_path)])

    assert code == 1
    assert "no node runs" in capsys.readouterr().err


def test_found_init_join_and_admit_walk_from_command_to_command(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station, genesis = tmp_path / "sichuan", running.folder / "genesis.json"

    assert main(["init", str(station), "--name", "四川", "--mode", "regional"]) == 0
    joined = ["network", "join", str(genesis), "--dir", str(station), "--peer", running.address]
    assert main(joined) == 0
    assert running.get("/status")["key"] in (station / "node.toml").read_text()
    admitted = ["admit", str(station), "--level", "regional", "--division", "510000"]
    assert main([*admitted, "--dir", str(running.folder)]) == 0
    assert main([*admitted, "--dir", str(running.folder)]) == 1

    assert "already belongs" in capsys.readouterr().err
    names = [each["name"] for each in running.get("/stations")["items"]]
    assert sorted(names) == ["四川", "国家站"]


def test_joining_through_a_node_of_another_network_is_refused(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    create_network(tmp_path / "other", "别的网")
    main(["init", str(tmp_path / "a"), "--name", "甲"])
    genesis = str(tmp_path / "other" / "genesis.json")

    joined = ["network", "join", genesis, "--dir", str(tmp_path / "a"), "--peer", running.address]
    assert main(joined) == 2
    assert "belongs to network" in capsys.readouterr().err
    assert not (tmp_path / "a" / "genesis.json").exists()


def test_the_council_signs_one_after_the_other(
    network: Path, fresh: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (str(path) for path in sorted((network / "council").iterdir()))
    act, place = str(tmp_path / "act.json"), ["--dir", str(fresh)]

    drafted = ["admit", str(fresh), "--level", "national", "--council", first, "-o", act, *place]
    assert main(drafted) == 0
    assert main(["admit", "--act", act, *place]) == 1
    assert "1 of 2" in capsys.readouterr().err
    signed = ["network", "sign", act, "--council", second, "--genesis", f"{network}/genesis.json"]
    assert main(signed) == 0
    assert main(["admit", "--act", act, *place]) == 0


# -- a running node


def test_status_can_be_read_by_people_and_programs(
    running: NodeProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--dir", str(running.folder)]) == 0
    assert "国家站" in capsys.readouterr().out
    assert main(["status", "--json", "--dir", str(running.folder)]) == 0
    assert json.loads(capsys.readouterr().out)["is_admitted"] is True


def test_the_folder_may_come_from_the_environment(
    running: NodeProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("YIZHAN_DIR", str(running.folder))

    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mode"] == "national"


def test_a_second_process_on_the_same_store_refuses_and_names_the_first(
    running: NodeProcess,
) -> None:
    done = run("run", "--dir", str(running.folder))

    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert "process" in done.stderr.splitlines()[0]


def test_import_is_tried_done_and_repeated(
    running: NodeProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    file, place = str(SAMPLES / "needs.jsonl"), ["--json", "--dir", str(running.folder)]

    assert main(["import", "needs", file, "--dry-run", *place]) == 0
    tried = json.loads(capsys.readouterr().out)
    assert main(["import", "needs", file, *place]) == 0
    done = json.loads(capsys.readouterr().out)
    assert main(["import", "needs", file, *place]) == 0
    again = json.loads(capsys.readouterr().out)

    assert (tried["published"], tried["would_publish"]) == (0, 35)
    assert (done["published"], done["already_here"]) == (35, 0)
    assert (again["published"], again["already_here"]) == (0, 35)


def test_an_enterprise_gets_its_copy_and_its_card_is_deleted(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, file = ["--dir", str(running.folder)], tmp_path / "copy.json"
    assert main(["enterprise", "add", "天府软件", "--phone", "028-1", "--json", *place]) == 0
    card = json.loads(capsys.readouterr().out)["id"]

    assert main(["enterprise", "copy", card, "--output", str(file), *place]) == 0
    assert main(["enterprise", "copy", card, "--output", str(file), *place]) != 0
    assert main(["enterprise", "remove", card, *place]) == 0
    assert main(["enterprise", "show", card, *place]) != 0

    [kept] = json.loads(file.read_text("utf-8"))["card"]
    assert (kept["name"], kept["phone"]) == ("天府软件", "028-1")
    out = capsys.readouterr()
    assert "deleted the card" in out.out
    assert "is there already" in out.err


def test_a_row_that_is_refused_is_named_with_its_reason(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "needs.csv"
    file.write_bytes(
        "id,title,description,field\n1,好需求,内容,新材料\n2,,内容,新材料\n".encode("gb18030")
    )

    assert main(["import", "needs", str(file), "--dir", str(running.folder)]) == 1

    out = capsys.readouterr().out
    assert "row 2: title" in out
    assert "published 1" in out


def test_a_template_is_filled_in_tried_and_brought_in_and_the_list_comes_out_again(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, book = ["--json", "--dir", str(running.folder)], tmp_path / "contracts.xlsx"
    file, out = tmp_path / "filled.csv", tmp_path / "out.xlsx"
    assert main(["template", "contracts", "-o", str(book), *place]) == 0
    titles = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()[0]
    row = dict.fromkeys(map(str, titles), "") | {
        "合同名称": "检测服务合同", "合同类型": "技术服务合同", "合同成交额（万元）": "8.5",
        "技术交易额（万元）": "2", "签订日期": "2026-03-05",
    }  # fmt: skip
    lines = [",".join(row), ",".join(row.values()), ",".join({**row, "合同类型": "租赁"}.values())]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    capsys.readouterr()

    assert main(["import", "contracts", str(file), "--dry-run", *place]) == 1
    tried = json.loads(capsys.readouterr().out)
    assert main(["import", "contracts", str(file), *place]) == 1
    done = json.loads(capsys.readouterr().out)
    assert main(["export", "contracts", "-o", str(out), *place]) == 0
    capsys.readouterr()
    assert main(["import", "contracts", str(out), *place]) == 0
    again = json.loads(capsys.readouterr().out)

    assert (tried["would_publish"], done["published"], again["already_here"]) == (1, 1, 1)
    assert [(each["row"], each["column"]) for each in done["refused"]] == [(2, "合同类型")]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".jsonl"])
def test_tables_are_exported_for_people(
    running: NodeProcess, tmp_path: Path, table: str, suffix: str
) -> None:
    file = tmp_path / f"out{suffix}"

    assert main(["export", table, "-o", str(file), "--dir", str(running.folder)]) == 0

    assert file.exists()


def test_an_export_of_unknown_format_is_refused(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--dir", str(running.folder)]
    assert main(["export", "needs", "-o", str(tmp_path / "out.pdf"), *place]) == 2
    assert "xlsx" in capsys.readouterr().err


def test_exported_logs_are_verified_and_a_changed_byte_is_named(
    running: NodeProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, genesis = tmp_path / "all.log", str(running.folder / "genesis.json")

    assert main(["export", "log", "-o", str(file), "--dir", str(running.folder)]) == 0
    assert main(["verify", genesis, str(file)]) == 0
    assert "good" in capsys.readouterr().out
    lines = file.read_bytes().split(b"\n")
    assert b" registry " in lines[0]
    lines[5] = lines[5].replace(b'"', b"'", 1)
    file.write_bytes(b"\n".join(lines))
    assert main(["verify", genesis, str(file)]) == 1
    assert f"{file}, line 6: bad-body" in capsys.readouterr().err


def test_a_channel_is_exported_with_the_registry_before_it(
    running: NodeProcess, tmp_path: Path
) -> None:
    file, key = tmp_path / "needs.log", running.get("/status")["key"]
    chosen = ["--channel", "needs", "--author", key, "--dir", str(running.folder)]

    assert main(["export", "log", *chosen, "-o", str(file)]) == 0

    channels = [line.split()[3] for line in file.read_bytes().splitlines()[::2]]
    assert channels == sorted(channels, key=lambda channel: channel != b"registry")
    assert set(channels) == {b"registry", b"needs"}
    assert main(["verify", str(running.folder / "genesis.json"), str(file)]) == 0


def test_an_unknown_author_or_channel_exports_nothing(running: NodeProcess, tmp_path: Path) -> None:
    place = ["-o", str(tmp_path / "x"), "--dir", str(running.folder)]

    assert main(["export", "log", "--author", "nobody", *place]) == 1
    assert main(["export", "log", "--channel", "nothing", *place]) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_whole_store_is_verified_while_the_node_runs(
    running: NodeProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--json", "--dir", str(running.folder)]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_a_rebuild_gives_the_same_read_models(
    running: NodeProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rebuild", "--json", "--dir", str(running.folder)]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == []


def test_a_store_can_be_rebuilt_without_its_node(
    network: Path, fresh: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    council = [f"--council={path}" for path in sorted((network / "council").iterdir())]
    main(["admit", str(fresh), "--level", "national", *council, "--dir", str(fresh)])
    capsys.readouterr()

    assert main(["rebuild", "--json", "--dir", str(fresh)]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] == []
