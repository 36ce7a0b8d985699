"""Fixtures of the integration tests: a founded network with a running node and a member."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.app import Node
from tests.builders import StationInTest
from tests.integration.country import YEAR_MS, Country
from tests.integration.signed import SignedClient


@pytest.fixture
def land(tmp_path: Path) -> Country:
    """A founded network and room for the folders of its nodes."""
    return Country(tmp_path)


@pytest.fixture
async def node(land: Country) -> AsyncIterator[Node]:
    """The national node, running and admitted by the council."""
    async with Node.create(land.init("国家站", "national")) as running:
        await land.found(running)
        yield running


@pytest.fixture
async def member(land: Country, node: Node) -> StationInTest:
    """A regional station that national admitted; the test signs for it."""
    station = StationInTest(land.network, "四川站", node.clock)  # type: ignore[arg-type]
    assert node.me is not None
    now = node.clock.now_ms()
    admission = station.admission(
        "regional", node.me.id, division="510000", from_ms=now - 1000, until_ms=now + YEAR_MS
    )
    station.id = station.act = (await node.publisher.apublish(admission)).id
    return station


@pytest.fixture
async def client(node: Node, member: StationInTest) -> AsyncIterator[SignedClient]:
    """The member, asking the national node over HTTP."""
    async with SignedClient(node, member.key) as asking:
        yield asking


@pytest.fixture
async def stranger(node: Node, land: Country) -> AsyncIterator[SignedClient]:
    """A station nobody admitted."""
    outsider = StationInTest(land.network, "陌生站", node.clock)  # type: ignore[arg-type]
    async with SignedClient(node, outsider.key) as asking:
        yield asking
