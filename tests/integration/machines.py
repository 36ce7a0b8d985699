"""Four real processes that form a network, clerks that publish at them, and the hand that harms."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from node.clock import SystemClock
from node.demo.plan import Place
from node.demo.process import NodeProcess, wait_until
from node.errors import NodeError
from node.settings import PeerAddress
from protocol.records import ActCarried
from tests.integration.country import Country
from tests.integration.wires import HOST, Wires

START_S = 60.0
SETTLE_S = 60.0
PAUSE_S = 0.1
SEATS = (
    ("国家站", "national", None, None),
    ("浙江站", "regional", "国家站", "330000"),
    ("四川站", "regional", "国家站", "510000"),
    ("成都站", "grassroots", "四川站", "510100"),
)
"""Name, level and mode, parent, division; each dials its parent and whoever stands between."""
DIALS = {
    "国家站": (),
    "浙江站": ("国家站",),
    "四川站": ("国家站", "浙江站"),
    "成都站": ("四川站", "浙江站"),
}
PEERING = {
    "allow_private": True, "backoff_s": 0.2, "backoff_max_s": 1, "wait_s": 2, "timeout_s": 3,
    "reconcile_s": 3,
}  # fmt: skip


class Machine(NodeProcess):
    """A node's process: started, known by its name, paused, and seen from the outside."""

    prefix: tuple[str, ...] = ()

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(Place(name, name, "", "", ""), folder)
        self.name = name

    def start(self) -> None:
        """Start the process, in its own part of the network where there is one."""
        (self.folder / "address").unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [*self.prefix, sys.executable, "-m", "node.cli", "run", "--dir", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def boot(self) -> None:
        """Start the process and wait until it may sign."""
        self.start()
        self.wait_ready(START_S)
        ready = wait_until(lambda: self.get("/status")["state"] == "ready", START_S)
        assert ready, f"{self.name} does not get ready: {self.last_words()}"

    def pause(self) -> None:
        """Stop the process where it is (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def publish(self, title: str) -> str:
        """Publish a need; its id."""
        return str(
            self.post("/needs", {"title": title, "text": f"{title}。", "unclassified": True})["id"]
        )

    def holds(self, id_: str) -> bool:
        """Whether the node holds an entry."""
        try:
            return bool(self.get(f"/entries/{id_}"))
        except NodeError:
            return False

    def shows(self) -> tuple[str, str]:
        """One word for all heads and one for all read models."""
        found = self.get("/digests")
        return found["heads"], found["total"]

    def status(self) -> dict[str, Any]:
        """How it stands."""
        found: dict[str, Any] = self.get("/status")
        return found


class Load:
    """Clerks at work: what each station was told is published."""

    def __init__(self, machines: Iterable[Machine]) -> None:
        self.acknowledged: dict[str, list[str]] = {}
        self.refused = 0
        self._stop = Event()
        self._threads = [Thread(target=self._work, args=(each,)) for each in machines]

    def _work(self, machine: Machine) -> None:
        mine = self.acknowledged.setdefault(machine.name, [])
        number = 0
        while not self._stop.wait(PAUSE_S):
            number += 1
            try:
                mine.append(machine.publish(f"{machine.name}的第{number}条需求"))
            except NodeError:
                self.refused += 1

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def ids(self) -> list[str]:
        """Everything that was said to be published."""
        return [id_ for ids in list(self.acknowledged.values()) for id_ in list(ids)]

    def wait_for(self, machine: Machine, count: int) -> None:
        """Let a clerk publish so much more."""
        goal = len(self.acknowledged.get(machine.name, ())) + count
        reached = wait_until(lambda: len(self.acknowledged.get(machine.name, ())) >= goal, SETTLE_S)
        assert reached, f"{machine.name} publishes nothing"


class Network:
    """A founded network of four processes, joined by wires that can be cut."""

    def __init__(self, folder: Path) -> None:
        self.land = Country(folder)
        self.wires = Wires()
        self.machines: dict[str, Machine] = {}
        ports = {name: free_port() for name, *_ in SEATS}
        for name, mode, _, _ in SEATS:
            peers = [
                PeerAddress(
                    url=self.wires.lay(name, other, ports[other]),
                    key=self.land.requests[other].key,
                )
                for other in DIALS[name]
            ]
            self.land.init(name, mode, peers, listen_port=ports[name], peering=PEERING)
            self.machines[name] = Machine(name, folder / name)

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def __iter__(self) -> Iterator[Machine]:
        return iter(self.machines.values())

    def found(self) -> None:
        """Start everyone; the council admits national, and parents those below."""
        for machine in self:
            machine.start()
        for machine in self:
            machine.wait_ready(START_S)
        record = self.land.council_admission("国家站", SystemClock().now_ms() - 1000)
        assert isinstance(record, ActCarried)
        signatures = [list(pair) for pair in record.signatures]
        self["国家站"].post("/acts", {"act": record.act, "signatures": signatures})
        for name, level, parent, division in SEATS[1:]:
            request = self.land.requests[name].model_dump(mode="json")
            self[parent or ""].post(
                "/admissions", {**request, "level": level, "division": division}
            )
            admitted = wait_until(lambda at=self[name]: at.status()["is_admitted"], SETTLE_S)
            assert admitted, f"{name} was not admitted"
        self.settle()

    def settle(self, ids: Sequence[str] = ()) -> None:
        """Wait until all show the same; then everything that was published is everywhere."""
        shown: dict[str, tuple[str, str]] = {}

        def is_same() -> bool:
            shown.update({machine.name: machine.shows() for machine in self})
            return len(set(shown.values())) == 1

        assert wait_until(is_same, SETTLE_S), f"the nodes differ: {shown}"
        lost = [id_ for id_ in ids if not self["国家站"].holds(id_)]
        assert lost == [], f"{len(lost)} of {len(ids)} entries were lost"

    def close(self) -> None:
        """Stop every process and take the wires down."""
        for machine in self:
            machine.ask_to_stop()
        for machine in self:
            machine.wait_stopped(10)
        self.wires.close()


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def copy_folder(folder: Path, to: Path) -> Path:
    """A machine's disk as it is, guard file and all; its process does not run."""
    return Path(shutil.copytree(folder, to))


def put_back(copy: Path, folder: Path) -> None:
    """Put an older copy of a machine's disk in its place."""
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)


@contextmanager
def small_disk(folder: Path) -> Iterator["SmallDisk"]:
    """A disk of its own under a machine's folder, that can be filled up; for root only."""
    content = copy_folder(folder, folder.with_name(f"{folder.name}-content"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "none", str(folder)]
    subprocess.run(mount, check=True)
    try:
        shutil.copytree(content, folder, dirs_exist_ok=True)
        yield SmallDisk(folder)
    finally:
        shutil.rmtree(content)
        shutil.copytree(folder, content)
        subprocess.run(["umount", str(folder)], check=True)
        put_back(content, folder)
        shutil.rmtree(content)


class SmallDisk:
    """A disk with something on it that takes all the room."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill_up(self) -> None:
        """Leave no room."""
        with self._ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while file.write(b"x" * size) == size:
                        pass

    def make_room(self) -> None:
        """There is room again."""
        self._ballast.unlink()
