"""The store: transactions, chunks, heads, the feed, cursors, held runs, on both databases."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from node.errors import ConfigError, NodeError, NotFoundError, StoreError, StoreLockedError
from node.store import (
    Draft,
    Enterprise,
    FeedPage,
    HeldRun,
    Reading,
    Store,
    StoreView,
    Writing,
    merge_chunks,
    table_of,
)
from node.store.tables import BUCKET, CHUNK, FEED, LOG
from node.store.writing import HELD_PER_PEER_MAX
from protocol.chain import Run, check_run, split_text
from protocol.cursor import Cursor
from protocol.entry import Tail
from protocol.header import LogId
from protocol.heads import fold_heads
from protocol.roster import fold
from protocol.sync import View, from_anyone
from tests.builders import Country, StationInTest, TestClock, need

MakeUrl = Callable[[str], str]


@pytest.fixture
def store(store_url: MakeUrl, tmp_path: Path, clock: TestClock) -> Iterator[Store]:
    made = Store.open(store_url("node"), tmp_path, inline=True, clock=clock)
    yield made
    made.close()


def runs_of(station: StationInTest, channel: str, *lengths: int) -> list[Run]:
    """The station's log of a channel, cut into runs of these lengths, verified."""
    tail: Tail | None = None
    runs = []
    first = 0
    for length in lengths:
        log = station.log(channel)
        while len(log.headers) < first + length:
            station.sign(need(f"需求 {len(log.headers)}"), channel=channel)
        raw = split_text(log.text(first, first + length - 1))[0]
        runs.append(check_run(station.network.id, raw, tail))
        tail = runs[-1].tail
        first += length
    return runs


def append(store: Store, runs: Sequence[Run], source: str = "peer") -> None:
    store.write(lambda tx: [tx.append(run, source) for run in runs])


def heads_agree_with_buckets(store: Store) -> bool:
    return store.read(lambda r: fold_heads(r.heads()) == list(r.buckets()))


# -- chunks and heads


def test_what_was_appended_is_read_back_byte_for_byte(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 1, 256, 3)

    append(store, runs)

    log = runs[0].log
    headers, bodies = store.read(lambda r: r.range(log, 0, 10**6))
    assert headers == country.national.log("needs").headers
    assert bodies == country.national.log("needs").bodies
    assert store.read(lambda r: r.head(log)) == runs[-1].tail
    assert heads_agree_with_buckets(store)


def test_a_range_is_cut_inside_chunks(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 4, 4, 4)
    append(store, runs)

    got = store.read(lambda r: [(x.first, x.count) for x in r.runs(runs[0].log, 2, 9)])

    assert got == [(2, 2), (4, 4), (8, 2)]
    headers, _ = store.read(lambda r: r.range(runs[0].log, 2, 9))
    assert headers == country.national.log("needs").headers[2:10]


def test_a_single_entry_is_read_with_its_header_and_body(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 5)
    append(store, runs)

    entry = store.read(lambda r: r.entry(runs[0].log, 3))

    assert entry.line == country.national.log("needs").headers[3]
    assert entry.id.encode() == runs[0].ids[3]
    with pytest.raises(NotFoundError):
        store.read(lambda r: r.entry(runs[0].log, 5))
    with pytest.raises(NotFoundError):
        store.read(lambda r: r.entry(LogId("nobody", "needs", 1), 0))


def test_a_failing_closure_leaves_nothing_behind(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 5)

    def fail(tx: Writing) -> None:
        tx.append(runs[0], "peer")
        tx.set_meta("colour", "red")
        tx.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write(fail)

    assert store.read(lambda r: (r.head(runs[0].log), r.meta("colour"))) == (None, None)
    assert store.visible == 0
    append(store, runs)
    assert store.visible == 1


def test_inside_a_transaction_what_was_appended_can_be_read(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 2, 2)

    def both(tx: Writing) -> tuple[Tail | None, int]:
        tx.append(runs[0], "peer")
        tx.append(runs[1], "peer")
        return tx.head(runs[0].log), len(tx.range(runs[0].log, 0, 9)[0])

    assert store.write(both) == (runs[1].tail, 4)


def test_counts_tell_entries_by_channel(store: Store, country: Country) -> None:
    append(store, runs_of(country.national, "needs", 3))
    append(store, runs_of(country.national, "results", 2))

    counts = store.read(lambda r: r.counts())

    assert (counts["needs"], counts["results"], counts["registry"]) == (3, 2, 0)
    assert (counts["entries"], counts["logs"]) == (5, 2)


def test_logs_are_exported_registry_first(store: Store, country: Country) -> None:
    append(store, runs_of(country.national, "needs", 3))
    registry = country.national.log("registry")
    raw = split_text(registry.text())[0]
    append(store, [check_run(country.network.id, raw, None)])

    whole = b"".join(store.read(lambda r: list(r.log_texts())))
    needs = b"".join(store.read(lambda r: list(r.log_texts(("needs",)))))
    nobody = store.read(lambda r: list(r.log_texts(author="nobody")))

    assert whole == registry.text() + country.national.text("needs")
    assert needs == country.national.text("needs")
    assert nobody == []


def test_a_full_disk_is_one_clear_error_and_keeps_nothing_of_the_write(
    tmp_path: Path, country: Country
) -> None:
    store = Store.open("sqlite:///node.db", tmp_path)
    runs = runs_of(country.national, "needs", 256)
    pages = store.write(lambda tx: tx.connection.execute(text("PRAGMA page_count")).scalar())
    store.write(lambda tx: tx.connection.execute(text(f"PRAGMA max_page_count = {pages}")))

    with pytest.raises(StoreError, match="full"):
        append(store, runs)
    assert store.read(lambda r: r.head(runs[0].log)) is None
    assert store.visible == 0

    store.write(lambda tx: tx.connection.execute(text("PRAGMA max_page_count = 100000")))
    append(store, runs)
    assert store.visible == 1
    store.close()


@pytest.mark.postgres
def test_a_connection_the_server_dropped_is_made_anew_with_its_lock(
    tmp_path: Path, new_postgres: Callable[[str], str], country: Country
) -> None:
    url = new_postgres("node")
    store = Store.open(url, tmp_path)
    runs = runs_of(country.national, "needs", 5)
    own = store.write(lambda tx: tx.connection.execute(text("SELECT pg_backend_pid()")).scalar())
    drop = text(f"SELECT pg_terminate_backend({own}, 5000)")
    store.read(lambda r: r.connection.execute(drop).scalar())

    with pytest.raises(StoreError, match="terminat"):
        append(store, runs)
    append(store, runs)

    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(StoreLockedError):
        Store.open(url, tmp_path / "elsewhere")
    store.close()


# -- heads that peers are shown


def test_a_cut_log_shows_the_head_at_the_cut_and_the_digest_follows(
    store: Store, country: Country
) -> None:
    runs = runs_of(country.national, "needs", 5)
    append(store, runs)
    log, cut = runs[0].log, Tail(2, runs[0].ids[2].decode(), runs[0].times[2])

    store.write(lambda tx: tx.show_head(log, cut))
    assert store.read(lambda r: [(h.seq, h.id) for h in r.heads()]) == [(2, cut.id)]
    assert heads_agree_with_buckets(store)

    store.write(lambda tx: tx.show_head(log, None))
    assert store.read(lambda r: r.heads()) == []
    assert heads_agree_with_buckets(store)

    store.write(lambda tx: tx.show_head(log, runs[0].tail))
    assert store.read(lambda r: [h.seq for h in r.heads(log.author, "needs")]) == [4]
    assert heads_agree_with_buckets(store)


def test_heads_are_found_by_bucket_and_channel(store: Store, country: Country) -> None:
    append(store, runs_of(country.national, "needs", 2))
    append(store, runs_of(country.national, "results", 2))

    every = list(range(256))
    assert len(store.read(lambda r: r.heads_in(every))) == 2
    assert [h.log.channel for h in store.read(lambda r: r.heads_in(every, ("needs",)))] == ["needs"]
    assert store.read(lambda r: r.heads_in([])) == []


# -- the feed


def test_the_feed_gives_runs_in_the_order_they_arrived(store: Store, country: Country) -> None:
    needs, results = (runs_of(country.national, c, 2, 2) for c in ("needs", "results"))
    append(store, [needs[0], results[0], needs[1], results[1]])

    page = store.read(lambda r: r.feed(0))

    assert [run.log.channel for run in page.runs] == ["needs", "results", "needs", "results"]
    assert (page.position, page.more) == (4, False)
    assert page.runs[2].text() == country.national.log("needs").text(2, 3)


def test_a_range_ends_where_its_author_signed_wherever_it_was_asked_to_end(
    store: Store, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = country.national
    for number in range(5):
        station.sign(need(f"需求 {number}"))
    log = station.log("needs")
    spoilt = [*log.headers[:3], *(line[:-86] + b"A" * 86 for line in log.headers[3:5])]
    run = runs_of(station, "needs", 6)[0]
    unsigned = replace(run, headers=[*spoilt, log.headers[5]])
    store.write(lambda tx: tx.append(unsigned, "peer"))
    with_roster = fold(country.network, ())

    def given(first: int, last: int) -> int:
        view = lambda reading: StoreView(reading, country.network.id, "", with_roster)  # noqa: E731
        return store.read(
            lambda reading: view(reading).text(log.id, first, last, 2**20).count(b"\n") // 2
        )

    assert [given(0, last) for last in range(6)] == [1, 2, 3, 3, 3, 6]
    assert given(3, 4) == 0
    monkeypatch.delattr("protocol.chain.is_header_signed")
    assert given(1, 4) == 2, "a signature is checked once"


def test_a_page_of_the_feed_ends_at_whole_runs(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 10, 10, 10)
    append(store, runs)
    size = len(country.national.log("needs").text(0, 19))

    first = store.read(lambda r: r.feed(0, bytes_max=size + 200))
    second = store.read(lambda r: r.feed(first.position, bytes_max=1))
    last = store.read(lambda r: r.feed(3))

    assert (first.position, first.more, sum(run.count for run in first.runs)) == (2, True, 20)
    assert (second.position, second.more, second.runs[0].count) == (3, False, 10)
    assert (last.runs, last.position, last.more) == ([], 3, False)


def test_the_feed_leaves_out_other_channels_and_the_caller_s_own_runs(
    store: Store, country: Country
) -> None:
    append(store, runs_of(country.national, "needs", 2), "east")
    append(store, runs_of(country.national, "results", 2), "west")

    only = store.read(lambda r: r.feed(0, channels=("results",)))
    mine = store.read(lambda r: r.feed(0, is_wanted=lambda source: source != "west"))

    assert [run.log.channel for run in only.runs] == ["results"]
    assert [run.log.channel for run in mine.runs] == ["needs"]
    assert only.position == mine.position == 2


def test_what_moved_says_where_each_log_stands_now_and_from_which_entry_on_it_came(
    store: Store, country: Country
) -> None:
    append(store, runs_of(country.national, "needs", 2, 3), "east")
    append(store, runs_of(country.national, "results", 2), "west")
    (needs,) = store.read(lambda r: r.heads(channel="needs"))
    (results,) = store.read(lambda r: r.heads(channel="results"))

    everything = store.read(lambda r: r.recent(0))
    later = store.read(lambda r: r.recent(1))
    earlier = store.read(lambda r: r.recent(0, up_to=2))
    theirs = store.read(lambda r: r.recent(0, ("needs",), lambda source: source != "east"))

    assert everything == ([(needs, 0), (results, 0)], 3, False)
    assert later == ([(needs, 2), (results, 0)], 3, False)
    assert earlier == ([(needs, 0)], 2, False)
    assert theirs == ([], 3, False)
    assert store.read(lambda r: r.heads_of([results.log, needs.log])) == [results, needs]


def _small_page(reading: Reading, after: int) -> FeedPage:
    return reading.feed(after, bytes_max=20_000)


def test_many_small_runs_are_paged_without_loss(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", *([1] * 150))
    append(store, runs)

    position, entries, pages = 0, 0, 0
    more = True
    while more:
        page = store.read(partial(_small_page, after=position))
        position, more = page.position, page.more
        entries += sum(run.count for run in page.runs)
        pages += 1

    assert entries == 150
    assert pages > 2


def test_own_entries_are_not_in_the_feed_until_they_may_be_seen(
    store: Store, country: Country
) -> None:
    runs = runs_of(country.national, "needs", 2)
    seen: list[int] = []

    def look(_: object) -> None:
        seen.append(len(store.read(lambda r: r.feed(0).runs)))

    store.write(lambda tx: tx.append(runs[0], ""), look)

    assert seen == [0]
    assert len(store.read(lambda r: r.feed(0).runs)) == 1


# -- merging


def test_merging_small_chunks_changes_neither_bytes_nor_feed(
    store: Store, country: Country
) -> None:
    runs = runs_of(country.national, "needs", *([1] * 40), 200, *([3] * 20))
    append(store, runs)
    log = runs[0].log
    before = store.read(lambda r: (r.range(log, 0, 10**6), r.head(log), r.buckets()))

    fewer = store.write(merge_chunks)

    assert fewer == 39 + 19
    assert store.read(lambda r: (r.range(log, 0, 10**6), r.head(log), r.buckets())) == before
    assert store.write(merge_chunks) == 0
    page = store.read(lambda r: r.feed(0))
    assert b"".join(run.text() for run in page.runs) == country.national.log("needs").text()
    tenth = store.read(lambda r: r.feed(9, bytes_max=1))
    assert (tenth.runs[0].first, tenth.runs[0].count, tenth.position) == (9, 1, 10)


def test_chunks_never_grow_past_the_longest_run(store: Store, country: Country) -> None:
    append(store, runs_of(country.national, "needs", *([20] * 30)))

    store.write(merge_chunks)

    counts = store.read(lambda r: r.connection.execute(select(CHUNK.c.count)).scalars().all())
    assert max(counts) <= 256
    assert sum(counts) == 600
    assert len(counts) < 30


# -- peers


def test_a_cursor_is_kept_per_peer_and_filter(store: Store) -> None:
    store.write(lambda tx: tx.set_cursor("peer", Cursor(7, 3, "a" * 16)))
    store.write(lambda tx: tx.set_cursor("peer", Cursor(7, 9, "a" * 16)))
    store.write(lambda tx: tx.set_cursor("peer", Cursor(7, 1, "b" * 16)))

    assert store.read(lambda r: r.cursor("peer", "a" * 16)) == Cursor(7, 9, "a" * 16)
    assert store.read(lambda r: r.cursor("peer", "b" * 16)) == Cursor(7, 1, "b" * 16)
    assert store.read(lambda r: r.cursor("other", "a" * 16)) is None


def held(peer: str, epoch: int = 1, retry_at: int = 5) -> HeldRun:
    return HeldRun(peer, LogId("author", "needs", epoch), 3, "gap", "entry 3 is due", retry_at)


def test_held_runs_are_noted_once_and_forgotten_when_the_log_goes_on(store: Store) -> None:
    store.write(lambda tx: tx.hold(held("east")))
    store.write(lambda tx: tx.hold(held("east", retry_at=9)))
    store.write(lambda tx: tx.hold(held("west")))

    assert [h.retry_at for h in store.read(lambda r: r.held("east"))] == [9]
    assert [h.peer for h in store.read(lambda r: r.held(due_ms=6))] == ["west"]
    store.write(lambda tx: tx.recall(["gap"]))
    assert len(store.read(lambda r: r.held(due_ms=0))) == 2
    store.write(lambda tx: tx.release(held("west").log, "west"))
    assert [h.peer for h in store.read(lambda r: r.held())] == ["east"]
    store.write(lambda tx: tx.release(held("east").log))
    assert store.read(lambda r: r.held()) == []


def test_one_peer_cannot_fill_the_list_of_held_runs(store: Store) -> None:
    def flood(tx: Writing) -> None:
        for number in range(HELD_PER_PEER_MAX + 5):
            tx.hold(held("east", epoch=number))
        tx.hold(held("west"))

    store.write(flood)

    assert len(store.read(lambda r: r.held("east"))) == HELD_PER_PEER_MAX
    assert len(store.read(lambda r: r.held("west"))) == 1


# -- tables of others


def card(name: str, created_ms: int) -> dict[str, object]:
    row = dict.fromkeys(("credit_code", "industry", "division", "size"))
    row |= dict.fromkeys(("contact", "phone", "email"))
    return row | {"id": "e1", "name": name, "note": "", "created_ms": created_ms}


def test_an_upsert_replaces_only_what_is_older(store: Store) -> None:
    store.write(lambda tx: tx.insert(Enterprise, [card("钒钛厂", 5)]))
    names = select(table_of(Enterprise).c.name)

    def upsert(name: str, created_ms: int, newer: tuple[str, ...]) -> str:
        store.write(lambda tx: tx.upsert(Enterprise, [card(name, created_ms)], newer))
        return str(store.read(lambda r: r.connection.execute(names).scalar()))

    assert upsert("旧名", 4, ("created_ms", "id")) == "钒钛厂"
    assert upsert("新名", 6, ("created_ms", "id")) == "新名"
    assert upsert("改名", 1, ()) == "改名"


def test_empty_lists_of_rows_are_no_statements(store: Store) -> None:
    def nothing(tx: Writing) -> None:
        tx.insert(Draft, [])
        tx.upsert(Draft, [])

    store.write(nothing)


# -- opening, the lock, the clock


def test_a_new_store_has_a_feed_epoch_of_its_own_and_keeps_it(
    store_url: MakeUrl, tmp_path: Path, clock: TestClock
) -> None:
    url = store_url("node")
    with_clock = Store.open(url, tmp_path, clock=clock)
    epoch = with_clock.read(lambda r: r.feed_epoch)
    with_clock.close()
    again = Store.open(url, tmp_path)

    assert epoch == clock.now
    assert again.read(lambda r: r.feed_epoch) == epoch
    again.close()
    again.close()


def test_a_second_process_is_refused_and_told_which_one_runs(
    store_url: MakeUrl, tmp_path: Path
) -> None:
    url = store_url("node")
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, url, str(tmp_path)],
        stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "open\n"

    with pytest.raises(StoreLockedError, match=f"process {holder.pid}"):
        Store.open(url, tmp_path)
    if url.startswith("postgresql"):
        (tmp_path / "elsewhere").mkdir()
        with pytest.raises(StoreLockedError, match=f"process {holder.pid}"):
            Store.open(url, tmp_path / "elsewhere")

    holder.communicate("\n", timeout=20)
    Store.open(url, tmp_path).close()


_HOLD = """
import sys
from pathlib import Path
from node.store import Store
store = Store.open(sys.argv[1], Path(sys.argv[2]))
print("open", flush=True)
sys.stdin.readline()
store.close()
"""


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://x", "no database this program knows"),
        ("sqlite:///missing/folder/node.db", "folder .* is not there"),
        ("postgresql+psycopg://:::", "cannot be read"),
    ],
)
def test_a_wrong_database_url_is_one_clear_line(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Store.open(url, tmp_path)
    assert not (tmp_path / "node.db").exists()


def test_an_unreachable_server_is_one_clear_line_and_frees_the_lock(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.open("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)


def test_a_store_that_is_not_there_is_not_made_when_that_is_not_asked(
    store_url: MakeUrl, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="no store here"):
        Store.open(store_url("node"), tmp_path, create=False)


def test_a_store_of_another_layout_is_refused(store_url: MakeUrl, tmp_path: Path) -> None:
    url = store_url("node")
    first = Store.open(url, tmp_path)
    first.write(lambda tx: tx.set_meta("layout", "99"))
    first.close()

    with pytest.raises(NodeError, match="layout 99"):
        Store.open(url, tmp_path)


def test_sqlite_is_opened_with_the_settings_that_keep_data_safe(tmp_path: Path) -> None:
    store = Store.open("sqlite:///node.db", tmp_path)

    def settings(tx: Reading) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [tx.connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert store.write(settings) == ["wal", 2, 1, 1]
    store.close()


@pytest.mark.parametrize("damage", ["head", "bucket"])
def test_after_an_unclean_end_heads_are_checked_against_chunks(
    store_url: MakeUrl, tmp_path: Path, country: Country, damage: str
) -> None:
    url = store_url("node")
    first = Store.open(url, tmp_path)
    append(first, runs_of(country.national, "needs", 5))
    first.close()
    (tmp_path / "lock").write_text("4711\n")
    Store.open(url, tmp_path).close()

    second = Store.open(url, tmp_path)
    wrong = update(LOG).values(seq=3) if damage == "head" else update(BUCKET).values(value=b"\1")
    second.write(lambda tx: tx.connection.execute(wrong))
    second.close()
    Store.open(url, tmp_path).close()
    (tmp_path / "lock").write_text("4711\n")

    with pytest.raises(StoreError, match=r"does not (end|agree)"):
        Store.open(url, tmp_path)


def test_writes_of_many_threads_never_overlap(
    store_url: MakeUrl, tmp_path: Path, country: Country
) -> None:
    store = Store.open(store_url("node"), tmp_path)

    def count_up() -> None:
        for _ in range(20):
            store.write(lambda tx: tx.set_meta("n", str(int(tx.meta("n") or 0) + 1)))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.read(lambda r: r.meta("n")) == "80"
    store.close()


async def test_the_async_twins_run_in_threads_of_their_own(
    store_url: MakeUrl, tmp_path: Path
) -> None:
    store = Store.open(store_url("node"), tmp_path)

    await store.awrite(lambda tx: tx.set_meta("thread", threading.current_thread().name))

    assert (await store.aread(lambda r: r.meta("thread")) or "").startswith("store-write")
    assert await store.aread(lambda r: threading.current_thread().name.startswith("store-read"))
    store.close()


async def test_an_inline_store_runs_the_async_twins_where_they_are_called(store: Store) -> None:
    await store.awrite(lambda tx: tx.set_meta("thread", threading.current_thread().name))

    assert await store.aread(lambda r: r.meta("thread")) == threading.current_thread().name


# -- as sync sees it


def test_the_view_gives_whole_entries_up_to_a_size(store: Store, country: Country) -> None:
    runs = runs_of(country.national, "needs", 4, 4)
    append(store, runs)
    log, whole = runs[0].log, country.national.log("needs")

    def ask(first: int, last: int, bytes_max: int, bodies: bool = True) -> bytes:
        def look(reading: Reading) -> bytes:
            view: View = StoreView(reading, country.network.id, "me", fold(country.network, ()))
            assert view.feed_head == 2
            assert view.feed_epoch > 0
            assert len(view.heads()) == 1
            assert view.buckets(("needs",)) == reading.buckets()
            assert len(view.heads_in(range(256), ("needs",))) == 1
            assert view.feed(0, ("needs",), 10**6, from_anyone).position == 2
            return view.text(log, first, last, bytes_max, bodies=bodies)

        return store.read(look)

    assert ask(0, 99, 10**6) == whole.text()
    assert ask(2, 5, 10**6) == whole.text(2, 5)
    assert ask(1, 7, 1) == whole.text(1, 1)
    assert ask(1, 7, len(whole.text(1, 5)) + 3) == whole.text(1, 5)
    assert ask(8, 9, 10**6) == b""
    assert ask(3, 4, 10**6, bodies=False) == b"".join(h + b"\n\n" for h in whole.headers[3:5])


def test_feed_rows_keep_where_a_run_came_from(store: Store, country: Country) -> None:
    append(store, runs_of(country.national, "needs", 2), "east")

    assert store.read(lambda r: r.connection.execute(select(FEED.c.source)).scalar()) == "east"
