"""What tests of conversations share: a small country, and two of its stations as nodes."""

import pytest

from tests.unit.protocol.memory import MemoryNode
from tests.unit.protocol.world import World, country


@pytest.fixture
def world() -> World:
    return country()


@pytest.fixture
def chengdu(world: World) -> MemoryNode:
    return MemoryNode(world, "chengdu")


@pytest.fixture
def hangzhou(world: World) -> MemoryNode:
    return MemoryNode(world, "hangzhou")
