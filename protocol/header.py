"""The header line of an entry: thirteen fields, strictly one spelling (SPEC 3)."""

import re
from typing import NamedTuple

from protocol.errors import Code, Refused
from protocol.keys import SigningKey, digest_b64, is_signature
from protocol.limits import (
    BODY_BYTES_MAX,
    BODY_BYTES_MIN,
    CHANNELS,
    FORMAT,
    HEADER_BYTES_MAX,
    INTEGER_MAX,
    KIND_BYTES_MAX,
)

SIGNED_PREFIX = b"yizhan entry v1\n"

NETWORK_TEXT = r"[0-9a-f]{16}"
HASH_TEXT = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
"""32 bytes as base64url: 43 characters, the last of which carries two zero bits."""
SIGNATURE_TEXT = r"[A-Za-z0-9_-]{85}[AQgw]"
INTEGER_TEXT = r"(?:0|[1-9][0-9]{0,15})"
KIND_TEXT = r"[a-z][a-z-]*\.[a-z][a-z-]*/[1-9][0-9]?"
CHANNEL_TEXT = "|".join(CHANNELS)

_FIELDS = (
    ("format", FORMAT),
    ("network", NETWORK_TEXT),
    ("author", HASH_TEXT),
    ("channel", CHANNEL_TEXT),
    ("epoch", INTEGER_TEXT),
    ("seq", INTEGER_TEXT),
    ("prev", f"-|{HASH_TEXT}"),
    ("time", INTEGER_TEXT),
    ("kind", KIND_TEXT),
    ("subject", f"-|{HASH_TEXT}"),
    ("size", INTEGER_TEXT),
    ("digest", HASH_TEXT),
    ("sig", SIGNATURE_TEXT),
)
_HEADER = re.compile(" ".join(f"({rule})" for _, rule in _FIELDS).encode())
_FORMAT_TOKEN = re.compile(rb"yz[1-9][0-9]? ")


class LogId(NamedTuple):
    """A log: what one author appends to one channel in one epoch (Unix seconds)."""

    author: str
    channel: str
    epoch: int


class Header(NamedTuple):
    """The fields of one header line, in their order on the wire (SPEC 3.1).

    ``seq`` counts from 0; ``prev`` and ``subject`` are entry ids or ``-``; ``time`` is Unix
    milliseconds; ``size`` is the body's length in bytes; ids and digests are 43 characters.
    """

    network: str
    author: str
    channel: str
    epoch: int
    seq: int
    prev: str
    time: int
    kind: str
    subject: str
    size: int
    digest: str
    sig: str

    @property
    def log(self) -> LogId:
        return LogId(self.author, self.channel, self.epoch)


def parse_header(line: bytes) -> Header:
    """Read a header line; what is accepted re-encodes to the same bytes (SPEC 3.2).

    Args:
        line: the header line without its LF, at most 512 bytes.

    Raises:
        Refused: ``too-large``, ``unsupported`` (another format token) or ``malformed``, naming
            the first field that breaks its rule.
    """
    if len(line) > HEADER_BYTES_MAX:
        raise Refused(Code.TOO_LARGE, f"header of {len(line)} bytes, {HEADER_BYTES_MAX} allowed")
    match = _HEADER.fullmatch(line)
    if match is None:
        raise _explain(line)
    network, author, channel, epoch, seq, prev, time, kind, subject, size, digest, sig = (
        match.group(*range(2, 14))
    )
    header = Header(
        network.decode(),
        author.decode(),
        channel.decode(),
        int(epoch),
        int(seq),
        prev.decode(),
        int(time),
        kind.decode(),
        subject.decode(),
        int(size),
        digest.decode(),
        sig.decode(),
    )
    _check_ranges(header)
    return header


def _check_ranges(header: Header) -> None:
    for name, number in (("epoch", header.epoch), ("seq", header.seq), ("time", header.time)):
        if number > INTEGER_MAX:
            raise Refused(Code.MALFORMED, f"{name} above 2^53-1")
    if len(header.kind) > KIND_BYTES_MAX:
        raise Refused(Code.MALFORMED, f"kind of more than {KIND_BYTES_MAX} bytes")
    if header.size < BODY_BYTES_MIN:
        raise Refused(Code.MALFORMED, f"size under {BODY_BYTES_MIN}")
    if header.size > BODY_BYTES_MAX:
        raise Refused(Code.TOO_LARGE, f"body of {header.size} bytes, {BODY_BYTES_MAX} allowed")
    if (header.seq == 0) != (header.prev == "-"):
        raise Refused(Code.BAD_CHAIN, "prev is '-' at seq 0 and only there")


def _explain(line: bytes) -> Refused:
    """Find the field that is wrong; only the refused pay for this."""
    if _FORMAT_TOKEN.match(line) and not line.startswith(b"yz1 "):
        return Refused(Code.UNSUPPORTED, "this format token is not known; upgrade this node")
    fields = line.split(b" ")
    for (name, rule), field in zip(_FIELDS, fields, strict=False):
        if re.fullmatch(rule.encode(), field) is None:
            return Refused(Code.MALFORMED, f"field {name} breaks its rule")
    return Refused(Code.MALFORMED, f"{len(fields)} fields where {len(_FIELDS)} are due")


def encode_unsigned(header: Header) -> bytes:
    """The header line up to, and without, the space before SIG: what is signed (SPEC 3.3)."""
    return (
        f"{FORMAT} {header.network} {header.author} {header.channel} {header.epoch} "
        f"{header.seq} {header.prev} {header.time} {header.kind} {header.subject} "
        f"{header.size} {header.digest}"
    ).encode("ascii")


def encode_header(header: Header) -> bytes:
    """Write a header line, without LF."""
    return encode_unsigned(header) + b" " + header.sig.encode("ascii")


def sign_header(header: Header, key: SigningKey) -> bytes:
    """Sign a header (its ``sig`` is ignored) and write the line, without LF (SPEC 3.3)."""
    assert key.public == header.author
    unsigned = encode_unsigned(header)
    return unsigned + b" " + key.sign(SIGNED_PREFIX + unsigned).encode("ascii")


def is_header_signed(line: bytes, author: str) -> bool:
    """Whether the signature at the end of a well-formed header line is the author's (SPEC 3.3)."""
    unsigned, _, sig = line.rpartition(b" ")
    return is_signature(author, sig.decode("ascii"), SIGNED_PREFIX + unsigned)


def entry_id(line: bytes) -> str:
    """The id of the entry with this header line (SPEC 3.4)."""
    return digest_b64(line).decode("ascii")
