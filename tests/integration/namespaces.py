"""Two network namespaces with a wire between them that can be pulled; for root on Linux only.

Each namespace has its address on its loopback, a wire to the other, and one to the test, so that
the test still sees both nodes while they cannot see each other.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

NET = "10.213"
"""Addresses: ``NET.3.1`` and ``NET.3.2``; wires to the test in ``NET.1`` and ``NET.2``."""


class Space(NamedTuple):
    """A namespace: its name, its number (1 or 2), and what a process in it is started with."""

    name: str
    number: int

    @property
    def host(self) -> str:
        """Where its node answers."""
        return f"{NET}.3.{self.number}"

    @property
    def prefix(self) -> tuple[str, ...]:
        """Runs a command inside."""
        return ("ip", "netns", "exec", self.name)

    @property
    def wire(self) -> str:
        """Its end of the wire to the other."""
        return f"{self.name}w"


class Spaces:
    """Both namespaces."""

    def __init__(self) -> None:
        stem = f"yz{os.getpid()}"
        self.one, self.other = Space(f"{stem}a", 1), Space(f"{stem}b", 2)

    def build(self) -> None:
        """Make the namespaces and the wires."""
        for space in (self.one, self.other):
            _ip("netns", "add", space.name)
            _ip("-n", space.name, "link", "set", "lo", "up")
            _ip("-n", space.name, "addr", "add", f"{space.host}/32", "dev", "lo")
            self._wire_to_test(space)
        _ip("link", "add", self.one.wire, "netns", self.one.name, "type", "veth",
            "peer", "name", self.other.wire, "netns", self.other.name)  # fmt: skip
        self.mend()

    def _wire_to_test(self, space: Space) -> None:
        inside, outside = f"{space.name}i", f"{space.name}o"
        net = f"{NET}.{space.number}"
        _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", space.name)
        _ip("addr", "add", f"{net}.1/24", "dev", outside)
        _ip("link", "set", outside, "up")
        _ip("-n", space.name, "addr", "add", f"{net}.2/24", "dev", inside)
        _ip("-n", space.name, "link", "set", inside, "up")
        _ip("route", "add", f"{space.host}/32", "via", f"{net}.2")

    def cut(self) -> None:
        """Pull the wire: packets vanish, and nobody is told."""
        _ip("-n", self.one.name, "link", "set", self.one.wire, "down")

    def mend(self) -> None:
        """Plug it in again."""
        for space, far in ((self.one, self.other), (self.other, self.one)):
            _ip("-n", space.name, "link", "set", space.wire, "up")
            _ip("-n", space.name, "route", "replace", f"{far.host}/32", "dev", space.wire,
                "src", space.host)  # fmt: skip

    def remove(self) -> None:
        """Take everything down; the wires go with the namespaces."""
        for space in (self.one, self.other):
            _take_down(space.name)


def _ip(*words: str) -> str:
    made = subprocess.run(
        ["ip", *words], check=True, capture_output=True, timeout=20, encoding="utf-8"
    )
    return made.stdout


def _sweep() -> None:
    """Take down what tests left whose process was killed: it stands in the way of the addresses."""
    for line in _ip("netns", "list").splitlines():
        left = re.match(r"yz(\d+)[abp]\b", line)
        if left is not None and not Path("/proc", left[1]).exists():
            _take_down(left[0])


def _take_down(name: str) -> None:
    """The wire to the test goes first: with the namespace it would go only some time later."""
    for words in (("link", "del", f"{name}o"), ("netns", "del", name)):
        with suppress(subprocess.CalledProcessError):
            _ip(*words)


def why_not() -> str:
    """What stands against namespaces here, empty when nothing does."""
    if os.geteuid() != 0:
        return "network namespaces are for root"
    if shutil.which("ip") is None:
        return "the program ip is not there"
    probe = f"yz{os.getpid()}p"
    try:
        _ip("netns", "add", probe)
        _ip("-n", probe, "link", "add", "one", "type", "veth", "peer", "name", "other")
    except subprocess.CalledProcessError as error:
        return f"no network namespaces with wires here: {error.stderr.strip()}"
    finally:
        _take_down(probe)
    return ""


@contextmanager
def two_spaces() -> Iterator[Spaces]:
    """Two namespaces, removed at the end."""
    _sweep()
    spaces = Spaces()
    try:
        spaces.build()
        yield spaces
    finally:
        spaces.remove()
