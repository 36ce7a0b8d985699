"""In whatever order nodes meet an author's epochs, all come to hold the same (SPEC 6.8.1)."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from node.forks import find_showing, settle_showing
from node.readmodels import PROJECTIONS
from node.rebuild import readmodel_digest, rebuild
from protocol.limits import CHANNELS, EPOCHS_PER_YEAR_MAX, YEAR_S
from protocol.records import StationDescribed
from tests.builders import START_MS, Country, NodeInTest, StationInTest, need
from tests.property import trying

EPOCHS_MAX = EPOCHS_PER_YEAR_MAX + 5


class Restless:
    """A station that opens a log again and again, now and then more than a year apart."""

    def __init__(self, dice: random.Random) -> None:
        self.country = Country()
        self.author = self.country.national.admit("四川", "regional")
        self.witnesses = [
            self.country.national.admit(name, "regional") for name in ("浙江", "陕西", "云南")
        ]
        channel = dice.choice(("needs", "registry"))
        first = START_MS // 1000
        for _ in range(dice.randrange(EPOCHS_PER_YEAR_MAX, EPOCHS_MAX + 1)):
            epoch = first + dice.choice((dice.randrange(1000), YEAR_S + dice.randrange(1000)))
            if dice.random() < 0.8:
                epoch = first + dice.randrange(1000)
            self._open(channel, epoch)
        self.texts = [log.text() for log in self.author.logs.values()]

    def _open(self, channel: str, epoch: int) -> None:
        if (channel, epoch) in self.author.logs:
            return
        record = need(f"第{epoch}期") if channel == "needs" else StationDescribed(phone="12345")
        self.author.log(channel, epoch)
        self.author.sign(record, epoch=epoch)


def show(node: NodeInTest) -> None:
    ingest, key = node.ingest, node.station.key.public
    network = ingest.network.id
    showing = node.store.read(lambda each: find_showing(each, ingest.roster, network, key))
    node.publisher.publish_many([(record, "-") for record in showing.records])
    node.store.write(lambda tx: settle_showing(tx, showing))


def open_witness(folder: Path, station: StationInTest, known: bytes) -> NodeInTest:
    folder.mkdir()
    node = NodeInTest.open("sqlite:///node.db", folder, station, PROJECTIONS)
    node.ingest.receive(known, "peer")
    return node


def settle(nodes: list[NodeInTest], texts: list[bytes]) -> int:
    """Hand evidence and logs about until nothing changes; how many rounds that took."""
    before = None
    for round_ in range(EPOCHS_MAX + 3):
        for node in nodes:
            show(node)
        registries = [n.store.read(lambda r: b"".join(r.log_texts(("registry",)))) for n in nodes]
        for node in nodes:
            for text in (*registries, *texts):
                node.ingest.receive(text, "peer")
        now = [node.store.visible for node in nodes]
        if now == before:
            return round_
        before = now
    raise AssertionError("the evidence never came to an end")


def state(node: NodeInTest) -> tuple[object, ...]:
    digests = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS))
    assert rebuild(node.store, node.ingest) == digests
    buckets = node.store.read(lambda reading: reading.buckets(CHANNELS))
    return digests.by_name, buckets, node.ingest.roster.digest()


@trying(5)
@given(seed=st.integers(0, 2**32))
def test_in_whatever_order_epochs_come_the_same_ones_stand_everywhere(seed: int) -> None:
    dice = random.Random(seed)
    restless = Restless(dice)
    known = restless.country.national.text()
    with TemporaryDirectory() as folder:
        nodes = [
            open_witness(Path(folder) / station.name, station, known)
            for station in restless.witnesses
        ]
        for node in nodes:
            for text in dice.sample(restless.texts, len(restless.texts)):
                node.ingest.receive(text, "peer")
        settle(nodes, restless.texts)
        states = [state(node) for node in nodes]
        for node in nodes:
            node.close()
    assert states[0] == states[1] == states[2]
