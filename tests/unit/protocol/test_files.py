"""Handing files on, as bytes and values decide it (SPEC 14, 8.4)."""

import json
from collections.abc import Callable

import pytest

from protocol.errors import Refused
from protocol.files import STALLS_MAX, FileHeld, Piece, check_name, check_piece, send_file
from protocol.keys import digest
from protocol.limits import FILE_CHUNK_BYTES, FILE_PIECE_BYTES_MAX
from protocol.sealing import TAG_BYTES, seal_chunk, sealed_size, unseal_chunk

SIZE = 2 * FILE_PIECE_BYTES_MAX + 5
KEY = b"k" * 32


def converse(size: int, answer: Callable[[Piece], int]) -> list[Piece]:
    """Every piece that is sent to a receiver that answers so."""
    conversation = send_file(size)
    pieces = [next(conversation)]
    while True:
        try:
            pieces.append(conversation.send(FileHeld(held=answer(pieces[-1]))))
        except StopIteration:
            return pieces


def test_the_sender_asks_first_and_goes_on_from_what_is_held() -> None:
    pieces = converse(SIZE, lambda piece: max(7, piece.offset + piece.length))

    assert pieces == [
        Piece(0, 0),
        Piece(7, FILE_PIECE_BYTES_MAX),
        Piece(7 + FILE_PIECE_BYTES_MAX, SIZE - 7 - FILE_PIECE_BYTES_MAX),
    ]


def test_nothing_is_sent_of_a_file_that_is_held() -> None:
    assert converse(SIZE, lambda _: SIZE) == [Piece(0, 0)]


def test_a_receiver_that_takes_nothing_is_given_up() -> None:
    asked: list[Piece] = []

    def stay(piece: Piece) -> int:
        asked.append(piece)
        return 0

    with pytest.raises(Refused, match="stays at byte 0"):
        converse(SIZE, stay)
    assert len(asked) == 1 + STALLS_MAX


def test_a_receiver_that_claims_more_than_there_is_is_refused() -> None:
    with pytest.raises(Refused, match="malformed"):
        converse(5, lambda _: 6)


@pytest.mark.parametrize(
    ("held", "offset", "length", "fits"),
    [(0, 0, 5, True), (3, 3, 5, True), (3, 0, 3, False), (3, 4, 1, False), (3, 3, 0, False)],
)
def test_a_piece_is_taken_where_what_is_held_ends(
    held: int, offset: int, length: int, fits: bool
) -> None:
    assert check_piece(held, 10, offset, length) is fits


@pytest.mark.parametrize(
    ("offset", "length"), [(9, 2), (11, 0), (0, FILE_PIECE_BYTES_MAX + 1), (10, 1)]
)
def test_a_piece_beyond_the_file_or_the_limit_is_too_large(offset: int, length: int) -> None:
    with pytest.raises(Refused, match="too-large"):
        check_piece(0, 10, offset, length)


@pytest.mark.parametrize("name", ["", "A" * 42, "../" + "A" * 40, "A" * 42 + "B"])
def test_a_file_has_one_name_in_an_address(name: str) -> None:
    assert check_name(digest(b"x")) == digest(b"x")
    with pytest.raises(Refused, match="bad-request"):
        check_name(name)


def test_an_answer_is_strict_about_its_numbers() -> None:
    assert FileHeld.decode(FileHeld(held=5).encode()) == FileHeld(held=5)
    for held in (-1, 2**40, "5"):
        with pytest.raises(Refused):
            FileHeld.decode(json.dumps({"held": held}).encode())


@pytest.mark.parametrize("size", [1, FILE_CHUNK_BYTES, FILE_CHUNK_BYTES + 1])
def test_a_sealed_file_grows_by_one_tag_a_chunk(size: int) -> None:
    chunks = [size - at for at in range(0, size, FILE_CHUNK_BYTES)]

    assert sealed_size(size) == size + TAG_BYTES * len(chunks)


def test_a_chunk_opens_at_its_own_place_only() -> None:
    sealed = seal_chunk(b"secret", 3, KEY, is_last=True)

    assert unseal_chunk(sealed, 3, KEY, is_last=True) == b"secret"
    for number, key, is_last in ((2, KEY, True), (3, KEY, False), (3, b"x" * 32, True)):
        with pytest.raises(Refused, match="bad-body"):
            unseal_chunk(sealed, number, key, is_last=is_last)
    for changed in (sealed[:-1], b"", sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(Refused, match="bad-body"):
            unseal_chunk(changed, 3, KEY, is_last=True)
