"""Tests that share something costly are played by one worker; that is arranged by their names."""

import os

import pytest

pytestmark = pytest.mark.xdist_group("groups")


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="played without workers")
def test_the_group_of_a_test_is_heeded(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@groups")
