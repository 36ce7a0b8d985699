"""Peers: who is chosen, where they may be dialled, and how they fare."""

import hashlib
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from node.errors import UnreachableError
from node.peering.choice import Candidate, Draw, check_public, choose_peers, is_public
from node.peering.health import PeerHealth, PeerState
from tests.unit.protocol.world import World, country


def reachable(world: World, *names: str) -> None:
    for name in names:
        world.describe(name, f"https://{name.replace(' ', '-')}.example.cn")


@pytest.fixture
def world() -> World:
    world = country()
    reachable(world, "national", "sichuan", "zhejiang", "guangdong", "chengdu", "hangzhou")
    return world


def chosen(
    world: World,
    me: str,
    *,
    down: Sequence[str] = (),
    configured: Sequence[Candidate] = (),
    allow_private: bool = False,
) -> list[str]:
    roster = world.roster()
    dead = {world.key(name).public for name in down}
    peers = choose_peers(
        roster,
        roster.get(world.ids.get(me, "")),
        configured,
        allow_private=allow_private,
        is_healthy=lambda key: key not in dead,
    )
    return [
        station.name if (station := roster.get(peer.station or "")) else peer.urls[0]
        for peer in peers
    ]


def test_every_station_draws_its_own_order_and_anew_when_the_others_change() -> None:
    others = [f"station {number}" for number in range(8)]
    draw = Draw()
    order = draw.order("me", "regional", others)

    assert sorted(order) == others
    assert draw.order("me", "regional", list(others)) is order
    assert draw.order("me", "regional", others[1:]) == [
        each for each in order if each in others[1:]
    ]
    assert Draw().order("you", "regional", others) != order


def test_a_station_keeps_its_parent_two_outside_its_region_and_national(world: World) -> None:
    peers = chosen(world, "chengdu")
    assert peers[0] == "sichuan"
    assert set(peers[1:3]) == {"zhejiang", "guangdong"}
    assert peers[3] == "national"


def test_when_the_parent_is_dead_the_next_above_is_the_uplink_and_the_parent_is_still_tried(
    world: World,
) -> None:
    peers = chosen(world, "chengdu", down=["sichuan"])
    assert peers[:2] == ["sichuan", "national"]


def test_for_a_dead_station_outside_another_one_is_taken(world: World) -> None:
    peers = chosen(world, "chengdu", down=["zhejiang", "guangdong"])
    assert "hangzhou" in peers


def test_a_station_that_cannot_be_dialled_or_has_ended_is_not_chosen(world: World) -> None:
    world.end("national", "guangdong")
    assert "guangdong" not in chosen(world, "chengdu")
    assert "shenzhen" not in chosen(world, "chengdu", down=["zhejiang"])


def test_who_is_not_admitted_has_only_its_configured_peers(world: World) -> None:
    mine = Candidate(("http://10.0.0.1",), world.key("sichuan").public)
    assert chosen(world, "nobody", configured=[mine]) == ["sichuan"]


def test_configured_peers_are_always_kept_and_never_oneself(world: World) -> None:
    stranger = Candidate(("http://10.0.0.1",), world.key("stranger").public)
    self_ = Candidate(("http://10.0.0.2",), world.key("chengdu").public)
    peers = chosen(world, "chengdu", configured=[stranger, self_])
    assert peers[0] == "http://10.0.0.1"
    assert "chengdu" not in peers


def test_nodes_do_not_all_choose_the_same_stations_outside(world: World) -> None:
    for index in range(12):
        world.admit("national", f"region {index}", "regional")
        reachable(world, f"region {index}")
        world.admit("sichuan", f"member {index}", "grassroots")
    outside = {tuple(sorted(chosen(world, f"member {n}")[1:3])) for n in range(12)}
    assert len(outside) > 3


def test_local_stations_elsewhere_are_not_even_sorted_while_regional_ones_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[bytes] = []

    def count(content: bytes) -> object:
        drawn.append(content)
        return hashlib.sha256(content)

    monkeypatch.setattr("node.peering.choice.hashlib", SimpleNamespace(sha256=count))

    chosen(world, "chengdu")
    assert len(drawn) == 2
    chosen(world, "chengdu", down=["zhejiang", "guangdong"])
    assert len(drawn) > 4


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://station.example.cn", True),
        ("http://8.8.8.8:8700", True),
        ("http://127.0.0.1:8700", False),
        ("http://10.1.2.3", False),
        ("http://192.168.1.1", False),
        ("http://169.254.169.254", False),
        ("http://[::1]:80", False),
        ("http://localhost:80", False),
        ("http://router", False),
        ("http://printer.local", False),
        ("http://db.internal", False),
    ],
)
def test_addresses_from_the_registry_are_dialled_only_if_public(url: str, public: bool) -> None:
    assert is_public(url) is public


def test_private_addresses_are_dialled_where_the_configuration_allows(world: World) -> None:
    world.describe("zhejiang", "http://127.0.0.1:9999")
    assert "zhejiang" not in chosen(world, "chengdu")
    assert "zhejiang" in chosen(world, "chengdu", allow_private=True)


async def test_a_name_that_leads_into_a_private_network_is_not_dialled() -> None:
    with pytest.raises(UnreachableError, match="private"):
        await check_public("http://127.0.0.1:80")
    with pytest.raises(UnreachableError):
        await check_public("http://no-such-name.invalid")


def test_health_tells_failures_in_a_row_and_forgets_them_at_the_first_answer() -> None:
    health = PeerHealth("http://x", "key", None)
    health.note_failure(PeerState.DOWN, "gone", 5)
    health.note_failure(PeerState.DOWN, "gone", 9)
    assert (health.state, health.failures, health.next_retry_ms) == ("down", 2, 9)
    health.note_answer(10)
    assert (health.state, health.failures, health.next_retry_ms) == ("up", 0, None)
    assert health.last_error == "gone"
