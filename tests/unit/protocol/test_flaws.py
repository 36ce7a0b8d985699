"""Flaws: a line its author did not sign, under one that it did (SPEC 5.3)."""

import pytest

from protocol.disputes import fold_disputes
from protocol.entry import Entry
from protocol.errors import Inert
from protocol.flaws import prove_flaw, read_flaw
from protocol.header import LogId, parse_header, sign_header
from protocol.keys import SigningKey, digest
from protocol.limits import BODY_BYTES_MAX, INTEGER_MAX, RUN_ENTRIES_MAX
from protocol.records import FlawShown
from protocol.roster import RegistryEntry
from tests.builders import Country

KEY = SigningKey(b"k" * 32)
NETWORK = Country().network.id
BAD_SIGNATURE = b"A" * 86
LOG = LogId(KEY.public, "needs", 1_790_000_000)


def chain(
    count: int, *flawed: int, log: LogId = LOG, seq: int = 0, wide: bool = False
) -> list[bytes]:
    """Header lines of a log, those at the places in ``flawed`` not signed by their author."""
    lines: list[bytes] = []
    prev = "-" if seq == 0 else digest(b"before")
    for number in range(count):
        time = INTEGER_MAX - count + number if wide else 1_790_000_000_000 + number
        text = (
            f"yz1 {NETWORK} {log.author} {log.channel} {log.epoch} {seq + number} {prev} {time} "
            f"{'k' * 22}.{'k' * 22}/19 {digest(b'subject')} {BODY_BYTES_MAX} {digest(b'body')} "
        )
        line = sign_header(parse_header(text.encode() + BAD_SIGNATURE), KEY)
        if number in flawed:
            line = line[:-86] + BAD_SIGNATURE
        lines.append(line)
        prev = digest(line)
    return lines


def wrong(record: FlawShown) -> str:
    with pytest.raises(Inert) as caught:
        read_flaw(NETWORK, record.body())
    return caught.value.detail


def test_the_first_line_its_author_did_not_sign_is_proven() -> None:
    found = prove_flaw(NETWORK, chain(9, 3, 4, 6))

    assert found is not None
    assert found[1] == (LOG, 3)
    assert len(found[0].after) == 2
    assert read_flaw(NETWORK, found[0].body()) == found[1]


def test_lines_that_are_all_signed_prove_nothing() -> None:
    assert prove_flaw(NETWORK, chain(9)) is None
    assert prove_flaw(NETWORK, chain(9, 8)) is None


def test_the_longest_run_of_the_longest_lines_fits_into_one_body() -> None:
    log = LogId(KEY.public, "performance", INTEGER_MAX)
    lines = chain(
        RUN_ENTRIES_MAX, *range(RUN_ENTRIES_MAX - 1), log=log, seq=INTEGER_MAX - 300, wide=True
    )

    found = prove_flaw(NETWORK, lines)

    assert found is not None
    assert found[1].seq == INTEGER_MAX - 300
    assert len(found[0].body()) <= BODY_BYTES_MAX


def test_what_proves_nothing_is_said_in_words() -> None:
    good = prove_flaw(NETWORK, chain(5, 1))
    assert good is not None
    record = good[0]
    signed = chain(5)

    assert "signed by its author" in wrong(
        record.model_copy(update={"header": signed[1].decode()})
    ) or "prev" in wrong(record)
    assert "not signed" in wrong(record.model_copy(update={"after": (_spoil(record.after[0]),)}))
    assert "header" in wrong(record.model_copy(update={"header": "yz1"}))
    assert "after" in wrong(record.model_copy(update={"after": ("1 2 3",)}))


def _spoil(fields: str) -> str:
    return fields[:-86] + BAD_SIGNATURE.decode()


def test_a_line_its_author_signed_after_all_is_no_flaw() -> None:
    signed = chain(3)
    record = FlawShown(header=signed[0].decode(), after=(signed[1].split(b" ", 7)[7].decode(),))

    assert wrong(record) == "header: signed by its author"


def test_a_flaw_of_another_network_proves_nothing() -> None:
    found = prove_flaw(NETWORK, chain(5, 1))
    assert found is not None

    with pytest.raises(Inert):
        read_flaw("0" * 16, found[0].body())


def registry(entry: Entry) -> RegistryEntry:
    header = entry.header
    return RegistryEntry(
        entry.id, header.author, header.epoch, header.seq, header.time, header.kind, entry.body
    )


def test_of_several_flaws_shown_the_lowest_position_is_disputed() -> None:
    national = Country().national
    proofs = [prove_flaw(NETWORK, chain(9, 3, 6)[start:]) for start in (4, 0)]
    entries = [registry(national.sign(proof[0])) for proof in proofs if proof is not None]

    for order in (entries, entries[::-1]):
        disputes = fold_disputes(NETWORK, lambda _: None, order)
        assert dict(disputes.positions) == {LOG: 3}
        assert not disputes.inert
