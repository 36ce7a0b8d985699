"""A body is read whole or refused; a bomb is stopped at the limit, not after it."""

import gzip
import zlib

import pytest

from node.web.body import unpack
from protocol.errors import Code, Refused


def test_plain_bytes_stay_as_they_are() -> None:
    assert unpack(b"abc", "") == unpack(b"abc", "identity") == b"abc"


def test_gzip_is_unpacked() -> None:
    assert unpack(gzip.compress(b"abc", mtime=0), "gzip") == b"abc"


def test_a_bomb_is_refused_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    with pytest.raises(Refused) as refused:
        unpack(bomb, "gzip", 1_000_000)
    assert refused.value.code == Code.TOO_LARGE


def test_exactly_the_limit_is_let_through() -> None:
    assert len(unpack(gzip.compress(b"x" * 1000), "gzip", 1000)) == 1000


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (gzip.compress(b"abc", mtime=0)[:-3], "gzip"),
        (gzip.compress(b"abc", mtime=0) + b"more", "gzip"),
        (b"not gzip", "gzip"),
        (zlib.compress(b"abc"), "deflate"),
        (b"abc", "br"),
    ],
)
def test_cut_or_foreign_packing_is_refused(content: bytes, encoding: str) -> None:
    with pytest.raises(Refused) as refused:
        unpack(content, encoding)
    assert refused.value.code == Code.BAD_REQUEST
