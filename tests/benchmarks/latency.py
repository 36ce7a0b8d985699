"""One need from a grassroots node of one region to the read model of another region's.

Three hops: the publisher pushes to its regional node, that to the other regional node, and the
reader, a grassroots node there, holds a long poll open.
"""

import json
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from node.ingest import Ingest
from node.store import Store
from protocol.acts import act_id
from protocol.genesis import Network
from protocol.keys import SigningKey
from tests.benchmarks.figures import Figure, median, percentile
from tests.benchmarks.ingest import LaterClock
from tests.benchmarks.network import Running, make_folder, running
from tests.benchmarks.workload import LogWriter, admission, carried, genesis, text_of

NEEDS = 200
WARM_UP = 20
NAMES = ("national", "sichuan", "zhejiang", "pidu", "yuhang")


def _start(
    stack: ExitStack, folder: Path, network: Network, registry: bytes, key: SigningKey,
    peers: list[tuple[str, str]], *, mode: str, watch: bool = False,
) -> Running:  # fmt: skip
    home = make_folder(folder, network, key, mode, peers)
    store = Store.open(f"sqlite:///{home}/node.db", home, inline=True)
    Ingest(store, network, LaterClock(), ()).receive(registry, "peer")
    store.close()
    return stack.enter_context(running(home, watch=watch))


def _publish(node: Running, token: str, number: int) -> int:
    """Publish one need through the node's API; when it was asked to, Unix nanoseconds."""
    text = "想换一种不易生锈的螺纹钢材。"
    body = {"title": f"第{number}条需求", "text": text, "unclassified": True, "anyway": "量延时"}
    request = urllib.request.Request(
        f"{node.address}/api/v1/needs",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    asked = time.time_ns()
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status < 300
        answer.read()
    return asked


def measure(folder: Path) -> list[float]:
    """Milliseconds from asking one node to publish until the other's read model shows it."""
    keys = {name: SigningKey(name[:1].encode() * 31 + b"!") for name in NAMES}
    council = SigningKey(b"c" * 32)
    network = genesis(council)
    registry = _registry(network, council, keys)
    with ExitStack() as stack:

        def start(
            name: str, mode: str, *peers: tuple[str, Running], watch: bool = False
        ) -> Running:
            addresses = [(node.address, keys[peer].public) for peer, node in peers]
            return _start(
                stack, folder / name, network, registry, keys[name], addresses,
                mode=mode, watch=watch,
            )  # fmt: skip

        zhejiang = start("zhejiang", "regional")
        sichuan = start("sichuan", "regional", ("zhejiang", zhejiang))
        publisher = start("pidu", "grassroots", ("sichuan", sichuan))
        reader = start("yuhang", "grassroots", ("zhejiang", zhejiang), watch=True)
        token = (folder / "pidu" / "token").read_text().strip()
        reader.hear()
        taken = []
        for number in range(1, NEEDS + WARM_UP + 1):
            asked = _publish(publisher, token, number)
            shown = reader.hear()
            assert shown["needs"] == number
            taken.append((shown["at_ns"] - asked) / 1e6)
        return taken[WARM_UP:]


def figures(rounds: int) -> list[Figure]:
    """The medians over the rounds of each round's median and 99th percentile."""
    middles, tails = [], []
    for _ in range(rounds):
        with TemporaryDirectory(prefix="yizhan-bench-") as folder:
            taken = measure(Path(folder))
            middles.append(median(taken))
            tails.append(percentile(taken, 99))
    return [
        Figure("need visible three hops away, median", median(middles), "ms", at_most=40),
        Figure("need visible three hops away, p99", median(tails), "ms", at_most=150),
    ]


def _registry(network: Network, council: SigningKey, keys: dict[str, SigningKey]) -> bytes:
    """The national station admits two regional ones, and a grassroots one under each."""
    log = LogWriter(keys["national"], network.id, "registry")
    founding = carried(network, council, admission(keys["national"], "国家", "national", None))
    entries = [log.opening, log.add(founding)]
    top = act_id(network.id, founding.act)
    for regional, grassroots in (("sichuan", "pidu"), ("zhejiang", "yuhang")):
        upper = log.add(admission(keys[regional], regional, "regional", top))
        entries += [upper, log.add(admission(keys[grassroots], grassroots, "grassroots", upper.id))]
    return text_of(entries)
