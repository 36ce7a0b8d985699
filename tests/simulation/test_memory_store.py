"""The store in memory answers as the real one does: one story told to both, and compared."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from node.ingest import Ingest
from node.publish import Publisher
from node.simulation.memory_store import MemoryStore
from node.simulation.shared import Shared
from node.store import FIRST_TURN, AbsentBody, Guard, Reading, Store, StoreView
from protocol.chain import join_text
from protocol.cursor import Cursor
from protocol.header import entry_id
from protocol.limits import CHANNELS
from protocol.messages import Outcome
from protocol.records import LogCut, NeedWithdrawn, Quota
from tests.builders import START_MS, Country, SeededRandom, StationInTest, erasure, need, result

Told = tuple[list[list[Outcome]], object]


@pytest.fixture
def stations() -> tuple[Country, list[StationInTest]]:
    country = Country()
    sichuan = country.national.admit("四川站", "regional", division="510000")
    few = Quota(entries_per_day=12, bytes_per_day=100_000)
    towns = [sichuan.admit(f"站{number}", quota=few) for number in range(3)]
    return country, [country.national, sichuan, *towns]


def _texts(country: Country, stations: list[StationInTest], random: Random) -> Iterator[bytes]:
    """Registry, runs in pieces, gaps, repeats, a flood, a fork, spoiled lines, a revocation."""
    yield country.national.text("registry")
    for station in stations:
        for number in range(random.randrange(3, 11)):
            station.sign(need(f"需求{number}") if number % 2 else result(f"成果{number}"))
    for number in range(30):
        stations[-1].sign(need(f"过量{number}"))
    pieces = []
    for station in stations:
        for log in station.logs.values():
            if log.id.channel == "registry":
                continue
            for first in range(0, len(log.headers), 4):
                end = first + random.randrange(3, 9)
                pieces.append(log.text(first, end))
                empty = [b"" if random.random() < 0.3 else each for each in log.bodies]
                pieces.append(join_text(log.headers[first : end + 1], empty[first : end + 1]))
    yield stations[1].text("registry")
    yield from random.sample(pieces, len(pieces))
    yield from random.sample(pieces, len(pieces))
    yield b"".join(pieces)
    yield pieces[0].replace(b"yz1", b"yz2") + pieces[1][:-7]
    said = stations[1].log("needs")
    bodies = [b"" if number % 2 else body for number, body in enumerate(said.bodies)]
    taken_back = [stations[1].sign(need("收回", lang="en")), stations[1].sign(need("收回之二"))]
    yield join_text(said.headers, [*bodies, b"", taken_back[1].body])
    stations[1].sign(erasure(*taken_back), channel="needs")
    stations[1].sign(erasure(taken_back[0]), channel="needs", epoch=START_MS // 1000 + 1)
    yield stations[1].log("needs", START_MS // 1000 + 1).text()
    yield said.text()
    other = StationInTest(country.network, stations[2].name, country.clock)
    other.sign(need("另一个"))
    yield other.text("needs")
    good = stations[3].log("needs")
    assert good.tail is not None
    epoch, ids = good.id.epoch, good.headers
    cut = LogCut(channel="needs", epoch=epoch, seq=1, id=entry_id(ids[1]))
    stations[1].end(stations[3], (cut,))
    yield stations[1].text("registry")
    stations[3].sign(NeedWithdrawn(reason="撤回"), stations[3].id)
    yield stations[3].text("needs")


def _tell(store: Store, texts: list[bytes], station: StationInTest) -> Told:
    """Tell the story; what came of every text, and all that can be asked afterwards."""
    ingest = Ingest(store, station.network, station.clock, ())
    outcomes = []
    for number, text in enumerate(texts):
        source = f"peer{number % 3}"
        cursor = (source, Cursor(7, number, "0" * 16))
        outcomes.append(ingest.receive(text, source, cursor))
        if number % 20 == 19:
            store.write(lambda tx: tx.drop_feed(tx.feed_head // 3))
    return outcomes, store.read(lambda reading: _all(reading, ingest, station))


def _all(reading: Reading, ingest: Ingest, station: StationInTest) -> object:
    view = StoreView(reading, station.network.id, station.key.public, ingest.roster)
    heads = sorted(reading.heads())
    pages = []
    floor = view.feed_floor
    position, more = floor, True
    while more:
        page = view.feed(position, CHANNELS, 3_000, lambda source: source != "peer1")
        pages.append((b"".join(run.text() for run in page.runs), page.position, page.more))
        position, more = page.position, page.more
    return {
        "heads": heads,
        "own": [sorted(reading.heads(author)) for author in sorted(reading.authors())],
        "buckets": [reading.buckets((channel,)) for channel in CHANNELS],
        "heads in": sorted(reading.heads_in(range(0, 256, 3), ("needs", "registry"))),
        "pages": pages,
        "feed": (floor, reading.feed_head, reading.last_position()),
        "recent": [
            view.recent(after, CHANNELS, lambda source: source != "peer2", up_to)
            for after, up_to in (
                (floor, None),
                (floor + 3, None),
                (floor, floor + 4),
                (9_999, None),
            )
        ],
        "heads of": view.heads_of([head.log for head in heads]),
        "texts": [view.text(head.log, 1, 5, 2_000) for head in heads],
        "headers": [view.text(head.log, 0, 99, 9_999, bodies=False) for head in heads],
        "epochs": [sorted(reading.epochs(head.log.author, head.log.channel)) for head in heads],
        "volumes": [reading.volume(head.log, head.time - 2) for head in heads],
        "logs": [reading.head(head.log) for head in heads],
        "cursors": [reading.cursor(f"peer{number}", "0" * 16) for number in range(4)],
        "held": reading.held(),
        "due": reading.held("peer1", station.clock.now_ms()),
        "absent": [reading.absent(head.log, 0, 9) for head in heads],
        "to ask for": [each[:3] for each in _by_place(reading.list_absent(FIRST_TURN, 999))],
        "marked": sorted(reading.list_marked()),
        "first absent": [reading.first_absent(author) for author in sorted(reading.authors())],
        "erasures": reading.erasures(),
        "erasures of": [reading.erasures(head.log, 1, 20) for head in heads],
        "counts": dict(reading.counts()),
        "roster": ingest.roster.digest(),
    }


def _by_place(absent: list[AbsentBody]) -> list[AbsentBody]:
    """In the order of positions; within one, of logs: numbers of logs are local."""
    return sorted(absent, key=lambda each: (each.turn.position, each.log, each.seq))


def _real(folder: Path, station: StationInTest) -> Store:
    return Store.open("sqlite:///node.db", folder, inline=True, clock=station.clock)


@pytest.mark.parametrize("seed", range(5))
def test_the_same_story_leaves_the_same_answers_in_both_stores(
    tmp_path: Path, stations: tuple[Country, list[StationInTest]], seed: int
) -> None:
    country, members = stations
    texts = list(_texts(country, members, Random(seed)))
    real = _real(tmp_path, members[0])

    told_real = _tell(real, texts, members[0])
    told_memory = _tell(MemoryStore(1, Shared()), texts, members[0])
    real.close()

    assert told_memory[0] == told_real[0]
    assert told_memory[1] == told_real[1]
    codes = {outcome.code for outcomes in told_real[0] for outcome in outcomes}
    assert {"accepted", "duplicate", "gap", "over-quota", "revoked"} <= codes


def test_a_copied_image_goes_on_by_itself(stations: tuple[Country, list[StationInTest]]) -> None:
    country, members = stations
    first = MemoryStore(1, Shared())
    Ingest(first, country.network, country.clock, ()).receive(
        country.national.text() + members[1].text("registry"), ""
    )
    second = MemoryStore(2, Shared(), like=first)
    members[2].sign(need())

    Ingest(second, country.network, country.clock, ()).receive(members[2].text("needs"), "")

    assert first.visible < second.visible
    assert first.read(lambda reading: reading.counts())["needs"] == 0


def test_the_pen_writes_the_same_logs_on_both_stores(
    tmp_path: Path, stations: tuple[Country, list[StationInTest]]
) -> None:
    country, members = stations
    real = _real(tmp_path, members[2])

    on_disk = _publish(real, tmp_path / "one", country, members)
    in_memory = _publish(MemoryStore(1, Shared()), tmp_path / "two", country, members)
    real.close()

    assert on_disk == in_memory
    assert b"need.published/1" in b"".join(on_disk)


def _publish(
    store: Store, folder: Path, country: Country, members: list[StationInTest]
) -> list[bytes]:
    """Two needs by the third station, which has the registry from its peers."""
    folder.mkdir()
    station = members[2]
    ingest = Ingest(store, station.network, station.clock, ())
    for issuer in members[:2]:
        ingest.receive(issuer.text("registry"), "peer")
    pen = Publisher(
        store,
        ingest,
        station.keyring,
        country.network,
        station.clock,
        Guard(folder / "guard"),
        SeededRandom("pen"),
    )
    pen.publish_many([(need("甲"), "-"), (need("乙"), "-")])
    pen.publish(need("丙"))
    return store.read(lambda reading: [run.text() for run in reading.log_runs()])
