"""The pure stage, remembered by its bytes: what one node verified another need not compute anew.

Parsing, chain and signature checks and the roster are functions of bytes alone, so in a world of
thousands of nodes each is computed once for all. Everything else is done by every node.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import node.intake
import protocol.chain
import protocol.header
import protocol.page
from protocol.chain import RawRun, Run
from protocol.entry import Tail
from protocol.growing import Standing
from protocol.header import Header
from protocol.heads import Head
from protocol.roster import RegistryEntry

REMEMBERED = (
    "cutting text into runs, parsing of headers, reading and writing of heads, chain and signature"
    " checks of runs, the roster's fold"
)
"""What is computed once for all nodes, for whoever reads a report."""

_check_run = protocol.chain.check_run
_split_text = protocol.chain.split_text
_parse_header = protocol.header.parse_header
_read_head_line = protocol.page.read_head_line
_write_head_line = protocol.page.write_head_line
_grow = Standing.grow


class _Piece(NamedTuple):
    """A raw run as it was cut out of a text: its text, and how a line that goes on in it begins."""

    raw: RawRun
    prefix: bytes
    text: bytes


class Memory:
    """What was computed so far, by the bytes it came from."""

    def __init__(self) -> None:
        self.runs: dict[tuple[object, ...], Run] = {}
        self.headers: dict[bytes, Header] = {}
        self.heads: dict[str, Head] = {}
        self.lines: dict[Head, str] = {}
        self.standings: dict[frozenset[str], Standing] = {}
        self.pieces: dict[bytes, _Piece] = {}
        self.asked = 0

    def split_text(self, text: bytes) -> list[RawRun]:
        """:func:`protocol.chain.split_text`, run by run where the same run was cut before."""
        raws = []
        start, end = 0, len(text)
        while start < end:
            piece = self.pieces.get(text[start : text.find(b"\n", start)])
            if piece is None or not text.startswith(piece.text, start):
                return self._split_anew(text)
            start += len(piece.text)
            if text.startswith(piece.prefix, start):
                return self._split_anew(text)
            raws.append(piece.raw)
        return raws

    def _split_anew(self, text: bytes) -> list[RawRun]:
        raws = _split_text(text)
        for raw in raws:
            if raw.fault is None and raw.log is not None:
                prefix = raw.headers[0][: raw.headers[0].index(b" %d " % raw.log.epoch)]
                prefix += b" %d " % raw.log.epoch
                joined = protocol.chain.join_text(raw.headers, raw.bodies)
                self.pieces[raw.headers[0]] = _Piece(raw, prefix, joined)
        return raws

    def check_run(self, network: str, raw: RawRun, tail: Tail | None) -> Run:
        """:func:`protocol.chain.check_run`, once for the same bytes after the same entry."""
        self.asked += 1
        key = (tail, *raw.headers, *raw.bodies)
        known = self.runs.get(key)
        if known is None:
            known = self.runs[key] = _check_run(network, raw, tail)
        return known

    def parse_header(self, line: bytes) -> Header:
        """:func:`protocol.header.parse_header`, once for the same line."""
        known = self.headers.get(line)
        if known is None:
            known = self.headers[line] = _parse_header(line)
        return known

    def read_head_line(self, line: str) -> Head:
        """:func:`protocol.page.read_head_line`, once for the same line."""
        known = self.heads.get(line)
        if known is None:
            known = self.heads[line] = _read_head_line(line)
        return known

    def write_head_line(self, head: Head) -> str:
        """:func:`protocol.page.write_head_line`, once for the same head."""
        known = self.lines.get(head)
        if known is None:
            known = self.lines[head] = _write_head_line(head)
        return known

    def grow(self, standing: Standing, entries: Sequence[RegistryEntry]) -> Standing:
        """:meth:`Standing.grow`, once for the same entries."""
        key = frozenset(each.entry_id for each in (*standing.entries, *entries))
        known = self.standings.get(key)
        if known is None:
            known = self.standings[key] = _grow(standing, entries)
        return known


@contextmanager
def remembered() -> Iterator[Memory]:
    """While this lasts, the pure stage is remembered by its bytes."""
    memory = Memory()

    def grow(standing: Standing, entries: Sequence[RegistryEntry]) -> Standing:
        return memory.grow(standing, entries)

    places: tuple[tuple[object, str, Callable[..., object]], ...] = (
        (node.intake, "split_text", memory.split_text),
        (node.intake, "check_run", memory.check_run),
        (Standing, "grow", grow),
        (protocol.chain, "parse_header", memory.parse_header),
        (protocol.page, "read_head_line", memory.read_head_line),
        (protocol.page, "write_head_line", memory.write_head_line),
    )
    with ExitStack() as stack:
        for module, name, function in places:
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, function)
        yield memory
