"""From log text to verified runs: order, links, times, bodies, the last signature (SPEC 5)."""

from collections.abc import Callable

import pytest

from protocol.chain import RawRun, check_run, check_signatures, join_text, split_text
from protocol.entry import Entry, Tail, write_entry
from protocol.errors import Refused
from protocol.header import LogId, entry_id, sign_header
from protocol.keys import SigningKey, digest
from protocol.limits import RUN_BYTES_MAX

KEY = SigningKey(bytes(32))
OTHER = SigningKey(bytes(31) + b"\1")
NET = "0123456789abcdef"


def entries(count: int, key: SigningKey = KEY, body: bytes = b'{"n":1}') -> list[Entry]:
    log = LogId(key.public, "needs", 1_790_000_000)
    made: list[Entry] = []
    tail = None
    for seq in range(count):
        entry = write_entry(
            key, NET, log, tail,
            time=1_790_000_000_000 + seq,
            kind="need.published/1" if seq else "log.opened/1",
            subject="-",
            body=body if seq else b'{"why":"new"}',
        )  # fmt: skip
        made.append(entry)
        tail = Tail(seq, entry.id, entry.header.time)
    return made


def text(made: list[Entry]) -> bytes:
    return join_text([entry.line for entry in made], [entry.body for entry in made])


def only(raw: list[RawRun]) -> RawRun:
    assert len(raw) == 1
    return raw[0]


def refusal(made: list[Entry], tail: Tail | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        check_run(NET, only(split_text(text(made))), tail)
    return refused.value


def resigned(entry: Entry, **changes: object) -> Entry:
    line = sign_header(entry.header._replace(**changes), KEY)
    return entry._replace(line=line)


@pytest.mark.parametrize(
    ("body", "code"), [(b"x", "malformed"), (b"x" * 65_537, "too-large")], ids=["short", "long"]
)
def test_a_body_of_a_size_that_no_header_may_name_is_refused_inside_a_run_too(
    body: bytes, code: str
) -> None:
    made = entries(3)
    odd = resigned(made[1], size=len(body), digest=digest(body))._replace(body=body)
    last = resigned(made[2], prev=entry_id(odd.line))
    fault = refusal([made[0], odd, last])
    assert (fault.code, fault.line) == (code, 1)


def test_the_first_entry_that_breaks_a_rule_gives_the_code() -> None:
    made = entries(3)
    unopened = resigned(made[0], kind="need.published/1")
    assert refusal([unopened, made[1]._replace(body=b"{}"), made[2]]).code == "bad-chain"
    late = resigned(made[1], time=2**53)
    assert refusal([made[0], late, made[2]._replace(body=b"{}")]).code == "malformed"


def test_a_text_of_one_log_is_one_run_with_the_entries_that_were_written() -> None:
    made = entries(5)
    run = check_run(NET, only(split_text(text(made))), None)
    assert list(run.entries()) == made
    assert run.tail == Tail(4, made[-1].id, made[-1].header.time)
    assert check_signatures(run) is None


def test_a_run_goes_on_where_the_log_stands() -> None:
    made = entries(5)
    tail = check_run(NET, only(split_text(text(made[:2]))), None).tail
    assert check_run(NET, only(split_text(text(made[2:]))), tail).first == 2


def test_text_is_cut_into_runs_at_256_entries_at_512_kib_and_at_every_log() -> None:
    long = entries(300)
    wide = entries(20, OTHER, b'{"a":"' + b"x" * 60_000 + b'"}')
    runs = split_text(text(long + wide))
    assert [len(run.headers) for run in runs] == [256, 44, 9, 8, 3]
    sizes = [sum(map(len, run.bodies)) + sum(map(len, run.headers)) for run in runs]
    assert all(size <= RUN_BYTES_MAX for size in sizes)


def test_an_empty_text_holds_no_runs() -> None:
    assert split_text(b"") == []


@pytest.mark.parametrize("cut", [1, 8, 100])
def test_a_text_that_ends_inside_an_entry_keeps_the_whole_ones_and_names_the_fault(
    cut: int,
) -> None:
    made = entries(3)
    runs = split_text(text(made)[:-cut])
    assert [len(run.headers) for run in runs] == [2, 0]
    assert check_run(NET, runs[0], None)
    with pytest.raises(Refused, match="malformed"):
        check_run(NET, runs[1], None)


def test_a_line_that_is_no_header_harms_only_itself() -> None:
    made = entries(2)
    runs = split_text(b"hello\n{}\n" + text(made))
    with pytest.raises(Refused, match="malformed"):
        check_run(NET, runs[0], None)
    assert len(check_run(NET, runs[1], None)) == 2


def test_the_middle_of_a_log_is_a_gap() -> None:
    assert refusal(entries(3)[1:]).code == "gap"


def test_a_log_that_does_not_begin_with_its_opening_is_a_bad_chain() -> None:
    first = entries(1)[0]
    assert refusal([resigned(first, kind="need.published/1")]).code == "bad-chain"


BREAKS: dict[str, tuple[Callable[[list[Entry]], list[Entry]], str]] = {
    "an entry left out": (lambda made: made[:2] + made[3:], "bad-chain"),
    "entries swapped": (lambda made: [made[0], made[2], made[1], made[3]], "bad-chain"),
    "an entry twice": (lambda made: [*made[:2], made[1], *made[2:]], "bad-chain"),
    "another prev": (
        lambda made: [*made[:2], resigned(made[2], prev=made[0].id), made[3]],
        "bad-chain",
    ),
    "time standing still": (
        lambda made: [*made[:2], resigned(made[2], time=made[1].header.time), made[3]],
        "bad-chain",
    ),
    "another network": (
        lambda made: [*made[:2], resigned(made[2], network="f" * 16), made[3]],
        "wrong-network",
    ),
    "a header that is no header": (
        lambda made: [*made[:2], made[2]._replace(line=made[2].line + b" x"), made[3]],
        "malformed",
    ),
    "a kind too long": (
        lambda made: [*made[:2], resigned(made[2], kind="a." + "b" * 60 + "/1"), made[3]],
        "malformed",
    ),
    "a number too large at the end": (
        lambda made: [*made[:3], resigned(made[3], time=2**53)],
        "malformed",
    ),
    "a body changed": (
        lambda made: [*made[:2], made[2]._replace(body=b'{"n":2}'), made[3]],
        "bad-body",
    ),
    "a body too long": (
        lambda made: [*made[:2], made[2]._replace(body=b'{"n":1} '), made[3]],
        "bad-body",
    ),
    "an absent body of a size not allowed": (
        lambda made: [*made[:2], resigned(made[2], size=70_000)._replace(body=b""), made[3]],
        "too-large",
    ),
    "a signature of another": (
        lambda made: [*made[:3], made[3]._replace(line=made[3].line[:-86] + b"A" * 86)],
        "bad-signature",
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_run_with_one_bad_entry_is_refused_whole_with_the_code_of_its_fault(case: str) -> None:
    change, code = BREAKS[case]
    made = entries(4)
    runs = split_text(text(change(made)))
    with pytest.raises(Refused) as refused:
        tail = None
        for raw in runs:
            tail = check_run(NET, raw, tail).tail
    assert refused.value.code == code


def test_the_entry_at_fault_is_named() -> None:
    made = entries(4)
    made[2] = made[2]._replace(body=b'{"n":2}')
    assert refusal(made).line == 2


def test_a_log_in_another_network_is_refused() -> None:
    made = entries(2)
    with pytest.raises(Refused, match="wrong-network"):
        check_run("f" * 16, only(split_text(text(made))), None)


def test_an_entry_upon_another_branch_is_a_fork() -> None:
    made = entries(3)
    other_branch = Tail(1, made[0].id, made[1].header.time)
    assert refusal(made[2:], other_branch).code == "fork"


def test_a_first_entry_with_another_time_than_the_tail_allows_is_a_bad_chain() -> None:
    made = entries(2)
    assert refusal(made[1:], Tail(0, made[0].id, 2**52)).code == "bad-chain"


def test_an_absent_body_does_not_break_the_chain() -> None:
    made = entries(3)
    made[1] = made[1]._replace(body=b"")
    run = check_run(NET, only(split_text(text(made))), None)
    assert run.bodies[1] == b""


def test_an_inner_signature_is_left_to_the_audit_which_names_the_first_bad_one() -> None:
    made = entries(2)
    forged = made[1]._replace(line=made[1].line[:-86] + b"A" * 86)
    log = LogId(KEY.public, "needs", 1_790_000_000)
    third = write_entry(
        KEY, NET, log, Tail(1, entry_id(forged.line), forged.header.time),
        time=forged.header.time + 1, kind="need.published/1", subject="-", body=b"{}",
    )  # fmt: skip
    run = check_run(NET, only(split_text(text([made[0], forged, third]))), None)
    assert check_signatures(run) == 1
