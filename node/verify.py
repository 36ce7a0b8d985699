"""Checking signed logs with nothing but the genesis file (DESIGN P2).

What is checked, entry by entry: form, SEQ, PREV, TIME, body size and digest, the author's
signature; then, when every entry of the registry is read, whether each author was admitted.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from node.errors import ConfigError, NodeError
from protocol.chain import RawRun, Run, check_run, check_signatures, split_text
from protocol.entry import Tail
from protocol.errors import Code, Inert, Refused
from protocol.genesis import Network
from protocol.header import LogId
from protocol.limits import BODY_BYTES_MAX, HEADER_BYTES_MAX, RUN_ENTRIES_MAX
from protocol.records import parse_record
from protocol.roster import RegistryEntry, fold

Progress = Callable[[int], None]
"""Told how many bytes were read since the last call."""


class BadLogError(NodeError):
    """A line that does not hold: ``file``, ``line`` (from 1) and the refusal code."""

    def __init__(self, file: str, line: int, code: str, detail: str) -> None:
        super().__init__(
            f"{file}, line {line}: {code}: {detail}",
            "Everything before this line holds; nothing from it on can be believed.",
        )
        self.file = file
        self.line = line
        self.code = code
        self.detail = detail


@dataclass
class LogSeen:
    """What was read of one log: where it began, and the id and time of each entry."""

    file: str
    line: int
    ids: list[bytes] = field(default_factory=list)
    times: "array[int]" = field(default_factory=lambda: array("q"))

    def tail_before(self, seq: int) -> Tail | None:
        """Where the log stands before ``seq``, as far as it was read; None at its beginning."""
        last = min(seq, len(self.ids)) - 1
        return Tail(last, self.ids[last].decode("ascii"), self.times[last]) if last >= 0 else None

    @property
    def tail(self) -> Tail:
        """Where the log stands."""
        tail = self.tail_before(len(self.ids))
        assert tail is not None
        return tail


@dataclass
class Verification:
    """What was checked: counts, and what stands without effect though it is well signed."""

    entries: int = 0
    bytes: int = 0
    absent: int = 0
    inert: int = 0
    stations: int = 0
    logs: dict[LogId, LogSeen] = field(default_factory=dict)
    revoked: list[LogId] = field(default_factory=list)


def verify_files(
    network: Network, paths: Iterable[Path], progress: Progress | None = None
) -> Verification:
    """Check files of log text, in any order, as one network.

    Args:
        network: from the genesis file.
        paths: files as ``yizhan export log`` writes them; ``-`` is not special.
        progress: told of the bytes read.

    Raises:
        BadLogError: the first line that does not hold.
        ConfigError: a file cannot be read.
    """
    checker = _Checker(network, progress or (lambda _: None))
    for path in paths:
        try:
            with path.open("rb") as file:
                checker.read(str(path), file)
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    return checker.finish()


def verify_texts(
    network: Network, name: str, texts: Iterable[bytes], progress: Progress | None = None
) -> Verification:
    """Check log text handed over piece by piece, each of whole entries, as one file ``name``.

    Raises:
        BadLogError: the first line that does not hold.
    """
    checker = _Checker(network, progress or (lambda _: None))
    line = 1
    for text in texts:
        line = checker.take(name, line, text)
    return checker.finish()


class _Checker:
    def __init__(self, network: Network, progress: Progress) -> None:
        self._network = network
        self._progress = progress
        self._found = Verification()
        self._registry: list[RegistryEntry] = []

    def read(self, name: str, file: BinaryIO) -> None:
        line = 1
        for text in _pieces(name, file):
            line = self.take(name, line, text)

    def take(self, name: str, line: int, text: bytes) -> int:
        """Check whole entries that begin at ``line``; returns the line after them."""
        for raw in split_text(text):
            known = self._found.logs.get(raw.log) if raw.log is not None else None
            tail = known.tail_before(raw.first) if known else None
            try:
                run = self._check(raw, tail)
            except Refused as fault:
                # The run is walked again one by one, so that the line named is the first bad one.
                raise self._locate(name, line, raw, tail, fault) from None
            self._keep(name, line, run, known)
            line += 2 * len(run)
        self._progress(len(text))
        self._found.bytes += len(text)
        return line

    def _check(self, raw: RawRun, tail: Tail | None) -> Run:
        run = check_run(self._network.id, raw, tail)
        bad = check_signatures(run)
        if bad is not None:
            raise Refused(Code.BAD_SIGNATURE, "not signed by its author", bad)
        return run

    def _locate(
        self, name: str, line: int, raw: RawRun, tail: Tail | None, fault: Refused
    ) -> BadLogError:
        for index in range(len(raw.headers)):
            headers, bodies = raw.headers[index : index + 1], raw.bodies[index : index + 1]
            single = split_text(headers[0] + b"\n" + bodies[0] + b"\n")[0]
            try:
                tail = check_run(self._network.id, single, tail).tail
            except Refused as first:
                offset = 2 * index + (1 if first.code == Code.BAD_BODY else 0)
                return BadLogError(name, line + offset, first.code, first.detail)
        return BadLogError(name, line + 2 * len(raw.headers), fault.code, fault.detail)

    def _keep(self, name: str, line: int, run: Run, seen: LogSeen | None) -> None:
        """Take what is new of a good run; what was read before must be the same entry again."""
        if seen is None:
            seen = self._found.logs[run.log] = LogSeen(name, line)
        again = max(0, len(seen.ids) - run.first)
        for index, id_ in enumerate(run.ids[:again]):
            if seen.ids[run.first + index] != id_:
                detail = f"another entry stands at seq {run.first + index} of this log"
                raise BadLogError(name, line + 2 * index, Code.FORK, detail)
        seen.ids += run.ids[again:]
        seen.times.extend(run.times[again:])
        self._found.entries += max(0, len(run) - again)
        self._weigh(run, again)

    def _weigh(self, run: Run, first: int) -> None:
        log = run.log
        for index, body in enumerate(run.bodies[first:], first):
            kind = run.kinds[index].decode("ascii")
            if log.channel == "registry":
                self._registry.append(
                    RegistryEntry(
                        run.ids[index].decode("ascii"),
                        log.author,
                        log.epoch,
                        run.first + index,
                        run.times[index],
                        kind,
                        body,
                    )
                )
            if not body:
                self._found.absent += 1
                continue
            try:
                parse_record(kind, log.channel, body)
            except Inert:
                self._found.inert += 1

    def finish(self) -> Verification:
        """Judge every author by the roster the registry gives."""
        roster = fold(self._network, self._registry)
        found = self._found
        found.stations = len(roster.stations)
        for log, seen in found.logs.items():
            verdict = roster.verdict(
                log, 0, seen.tail.seq, seen.times[0], seen.tail.time, seen.tail.id
            )
            if verdict == Code.REVOKED:
                found.revoked.append(log)
            elif verdict is not None:
                raise BadLogError(
                    seen.file,
                    seen.line,
                    verdict,
                    f"the registry read here does not admit the author of this log ({log.channel})",
                )
        return found


def _pieces(name: str, file: BinaryIO) -> Iterator[bytes]:
    """A file's text in pieces of up to 256 whole entries; the last may be cut off."""
    lines: list[bytes] = []
    number = 0
    while True:
        most = HEADER_BYTES_MAX if len(lines) % 2 == 0 else BODY_BYTES_MAX
        line = file.readline(most + 2)
        number += 1
        if len(line) > most + 1:
            raise BadLogError(name, number, Code.TOO_LARGE, f"a line of more than {most} bytes")
        if line:
            lines.append(line)
        if not line or len(lines) == 2 * RUN_ENTRIES_MAX:
            if lines:
                yield b"".join(lines)
            lines = []
        if not line:
            return
