"""Ids of private rows can be typed after a command, whatever chance gives."""

from node.ids import new_id
from protocol.keys import decode_b64


def test_an_id_begins_with_no_hyphen() -> None:
    drawn = [b"\xf8" + bytes(11), b"\xfb" + bytes(11), b"\x01" + bytes(11)]

    assert new_id(lambda size: drawn.pop(0)) == "AQAAAAAAAAAAAAAA"
    assert drawn == []


def test_an_id_has_twelve_bytes_of_chance() -> None:
    assert decode_b64(new_id(lambda size: bytes(range(1, size + 1))), 12) == bytes(range(1, 13))
