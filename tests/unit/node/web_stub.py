"""A node of nothing but what the web layers read, for tests of one layer at a time."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from aiohttp import web

from node.settings import PeopleConfig
from node.telemetry import Metrics, get_log
from node.web.auth import writes
from node.web.errors import count_requests, problems
from node.web.keys import NODE


class Stub(SimpleNamespace):
    """Stands in for a node."""


class FixedClock:
    """Time stands still, Unix ms."""

    def now_ms(self) -> int:
        return 1_800_000_000_000


class NoTrail:
    """A gate nobody comes through, and a trail nobody reads."""

    has_accounts = False

    def begin(self, actor: object, act: str, target: str) -> object:
        return act

    async def finish(self, begun: object, target: str, result: str) -> None:
        pass

    async def refuse(self, actor: object, act: str, target: str) -> None:
        pass


def create_stub(**more: Any) -> Any:
    """A node that has a token, a clock, figures and a log."""
    mode = SimpleNamespace(
        name="grassroots", title="基层站点", pages=(), desks=(), routes=(), jobs=()
    )
    fields = {
        "token": "secret",
        "clock": FixedClock(),
        "metrics": Metrics(),
        "log": get_log(),
        "mode": mode,
        "gate": NoTrail(),
        "store": SimpleNamespace(prefaced=lambda _begun: nullcontext()),
        "keyring": SimpleNamespace(public="A" * 43),
        "config": SimpleNamespace(people=PeopleConfig()),
    }
    return Stub(**{**fields, **more})


def create_app(node: Any) -> web.Application:
    """An application with the layers every request passes."""
    app = web.Application(middlewares=(count_requests, problems, writes))
    app[NODE] = node
    return app
