"""Kill -9 at any moment of an ingest: on restart the store verifies and continues (P1)."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from node.ingest import Ingest
from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest, rebuild
from node.store import Store
from protocol.chain import check_run, check_signatures, split_text
from protocol.entry import Tail
from tests.builders import Country, TestClock, need

ENTRIES = 400
PAGE = 20

_INGEST = """
import sys
from pathlib import Path
from node.clock import SystemClock
from node.ingest import Ingest
from node.readmodels import PROJECTIONS
from node.store import Store
from protocol.genesis import Network

folder = Path(sys.argv[2])
store = Store.open(sys.argv[1], folder)
ingest = Ingest(store, Network((folder / "genesis.json").read_bytes()), SystemClock(), PROJECTIONS)
for page in sorted(folder.glob("page-*")):
    print(page.name, flush=True)
    ingest.receive(page.read_bytes(), "peer")
print("done", flush=True)
store.close()
"""


def _write_pages(folder: Path, country: Country) -> None:
    sichuan = country.national.admit("四川", "regional", division="510000")
    for number in range(ENTRIES):
        sichuan.sign(need(f"需求{number}"))
    log = sichuan.log("needs")
    (folder / "genesis.json").write_bytes(country.genesis)
    (folder / "page-000").write_bytes(country.national.text())
    for number, start in enumerate(range(0, ENTRIES + 1, PAGE), 1):
        (folder / f"page-{number:03}").write_bytes(log.text(start, start + PAGE - 1))


def _killed_at(url: str, folder: Path, page: int, wait_s: float) -> bool:
    """Start the ingest, kill it some time after it began a page; False when it was done first."""
    process = subprocess.Popen(
        [sys.executable, "-c", _INGEST, url, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line == "done\n":
            process.wait(20)
            return False
        if int(line.removeprefix("page-")) >= page:
            break
    try:
        process.wait(wait_s)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    return True


def _verified_entries(store: Store, country: Country) -> int:
    """Read every stored log back as text and verify it from the beginning."""
    tails: dict[object, Tail] = {}
    count = 0
    for text in store.read(lambda reading: list(reading.log_texts())):
        for raw in split_text(text):
            run = check_run(country.network.id, raw, tails.get(raw.log))
            assert check_signatures(run) is None
            tails[run.log] = run.tail
            count += len(run)
    return count


@pytest.mark.slow
def test_a_store_killed_at_any_moment_verifies_and_goes_on(
    store_url: Callable[[str], str], tmp_path: Path
) -> None:
    country = Country(TestClock())
    _write_pages(tmp_path, country)
    url = store_url("node")
    chance = random.Random(7)
    clock = TestClock(country.clock.now + 10**9)
    before = 0

    for round_ in range(3):
        _killed_at(url, tmp_path, page=3 + 6 * round_, wait_s=chance.uniform(0, 0.05))
        store = Store.open(url, tmp_path, inline=True)
        ingest = Ingest(store, country.network, clock, PROJECTIONS)
        held = _verified_entries(store, country)
        assert held >= before
        assert held == store.read(lambda r: r.counts()["entries"])
        digest = store.read(lambda r: readmodel_digest(r, PROJECTIONS))
        assert rebuild(store, ingest) == digest
        before = held
        store.close()

    assert not _killed_at(url, tmp_path, page=999, wait_s=0)
    store = Store.open(url, tmp_path, inline=True)
    assert store.read(lambda r: r.counts()["needs"]) == ENTRIES + 1
    assert _verified_entries(store, country) == ENTRIES + 1 + 3
    store.close()
