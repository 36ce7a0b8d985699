"""The compose file says what the README says, and a real compose program understands it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from node.config import MODE_NAMES, load_config

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_podman_compose_reads_the_file(tmp_path: Path) -> None:
    # podman-compose asks podman for its version even where it only reads the file.
    stand_in = tmp_path / "podman"
    stand_in.write_text("#!/bin/sh\necho podman version 4.3.1\n")
    stand_in.chmod(0o755)
    path = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"

    done = subprocess.run(
        ["podman-compose", "-f", str(ROOT / "docker-compose.yml"), "config"],
        capture_output=True, text=True, check=False, env={**os.environ, "PATH": path},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(yaml.safe_load(done.stdout)["services"]) == 6


def test_there_are_one_national_two_regional_and_three_local_nodes(compose: Any) -> None:
    modes = [service["environment"]["MODE"] for service in compose["services"].values()]

    assert sorted(modes, key=MODE_NAMES.index) == [
        "national", "regional", "regional", "grassroots", "grassroots", "grassroots",
    ]  # fmt: skip


def test_all_run_from_one_image_each_with_a_volume_and_a_health_check(compose: Any) -> None:
    services = compose["services"]

    assert len({service["image"] for service in services.values()}) == 1
    assert sum("build" in service for service in services.values()) == 1
    for name, service in services.items():
        assert f"{name}:/data" in service["volumes"]
        assert "/healthz" in json.dumps(service["healthcheck"])
    used = {volume.split(":")[0] for each in services.values() for volume in each["volumes"]}
    assert used == set(compose["volumes"])


def test_no_two_nodes_want_the_same_port(compose: Any) -> None:
    ports = [port for service in compose["services"].values() for port in service["ports"]]

    assert len(set(ports)) == 6
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_a_node_starts_after_the_one_it_learns_the_network_from(compose: Any) -> None:
    for service in compose["services"].values():
        parent = service["environment"].get("PARENT")
        if parent:
            (before,) = service["depends_on"]
            assert parent == f"http://{before}:8700"


def test_every_setting_in_the_environment_is_one(
    compose: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node.toml").touch()
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if name.startswith("YIZHAN_"):
                monkeypatch.setenv(name, value)

    assert load_config(tmp_path).peering.allow_private


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_the_sample_settings_are_good(mode: str) -> None:
    assert load_config(ROOT / "configs" / f"{mode}.toml").mode == mode


@pytest.mark.parametrize("script", ["start.sh", "admit.sh"])
def test_the_image_s_scripts_are_shell(script: str) -> None:
    done = subprocess.run(["sh", "-n", str(ROOT / "configs" / "image" / script)], check=False)

    assert done.returncode == 0


def test_admit_names_the_nodes_of_the_compose_file(compose: Any) -> None:
    text = (ROOT / "configs" / "image" / "admit.sh").read_text(encoding="utf-8")
    calls = [line.split() for line in text.splitlines() if line.startswith("admit ")]

    children = {
        name: each["environment"]["PARENT"].removeprefix("http://").removesuffix(":8700")
        for name, each in compose["services"].items()
        if "PARENT" in each["environment"]
    }
    assert {call[2]: call[1] for call in calls} == children
