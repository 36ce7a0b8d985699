"""The demo: ten processes tell the whole story, and leave what an outsider can check."""

import subprocess
import sys
from pathlib import Path

import pytest

from node.cli import main
from node.demo.plan import LOCAL, PLACES, REGIONAL, TOP
from node.divisions import find_division

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo") / "network"
    done = subprocess.run(
        [sys.executable, "-m", "node.cli", "demo", "--exit", "--dir", str(folder)],
        capture_output=True, text=True, check=False, timeout=580,
    )  # fmt: skip
    return folder, done


def test_every_step_of_the_story_holds(
    told: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, done = told

    assert done.returncode == 0, done.stdout + done.stderr
    ticks = [line for line in done.stdout.splitlines() if line.startswith("✔")]
    assert len(ticks) == 21
    assert "✘" not in done.stdout


def test_the_folders_and_the_genesis_file_are_kept(
    told: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = told

    assert (folder / "genesis.json").exists()
    for place in PLACES:
        assert (folder / place.slug / "node.db").exists()


@pytest.mark.parametrize("slug", [place.slug for place in PLACES])
def test_every_node_s_exported_log_is_verified(
    told: tuple[Path, subprocess.CompletedProcess[str]], tmp_path: Path, slug: str
) -> None:
    folder, file = told[0], tmp_path / "export.log"

    assert main(["export", "log", "--dir", str(folder / slug), "-o", str(file)]) == 0
    assert main(["verify", str(folder / "genesis.json"), str(file)]) == 0


def test_no_process_is_left_behind(
    told: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = told

    for place in PLACES:
        assert (folder / place.slug / "lock").read_text() == ""


def test_the_stations_stand_in_real_divisions() -> None:
    for place in (*REGIONAL, *LOCAL):
        division = find_division(place.division)
        assert division is not None
        assert division.name[:2] in place.name


def test_there_are_ten_of_them() -> None:
    assert (len([TOP]), len(REGIONAL), len(LOCAL)) == (1, 3, 6)


def test_a_folder_in_use_or_a_file_that_is_not_there_starts_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()

    assert main(["demo", "--exit", "--dir", str(tmp_path / "full")]) == 2
    assert "not empty" in capsys.readouterr().err
    assert main(["demo", "--exit", "--needs", str(tmp_path / "nowhere")]) == 2
    assert "no file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "file"]
