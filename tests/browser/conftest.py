"""A real node with a story to show, and a real browser to read it with."""

import asyncio
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from node.app import Node
from node.config import load_config
from node.folder import init_node
from tests.browser.story import OWN_NAME, Story, Teller

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker reads a module's pages: they share a node and a browser, whose loop is there."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Site:
    """A running node, its story, and a way to run something in its loop."""

    address: str
    story: Story
    node: Node
    loop: asyncio.AbstractEventLoop
    teller: Teller

    def run(self, act: Callable[[Node], object]) -> None:
        """Do something with the node, on a thread of its own as its own parts do."""
        done: Future[object] = asyncio.run_coroutine_threadsafe(
            asyncio.to_thread(act, self.node), self.loop
        )
        done.result(START_S)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A local station's node in its own thread, its store filled with the story.

    Of one module's life only: what one module's people do is not in another's lists.
    """
    folder = tmp_path_factory.mktemp("browser")
    teller = Teller.begin(time.time_ns() // 1_000_000)
    genesis = teller.write_genesis(folder / "genesis.json")
    unreachable = {"url": "http://127.0.0.1:9", "key": teller.zhejiang.key.public}
    peering = {"allow_private": True, "recover_s": 0}
    settings = {"listen_port": 0, "peers": [unreachable], "peering": peering}
    request = init_node(
        folder / "node", mode="grassroots", name=OWN_NAME, genesis=genesis, settings=settings
    )
    teller.admit(request)
    started: queue.Queue[Site | BaseException] = queue.Queue()
    stop = threading.Event()

    async def serve() -> None:
        node = Node.create(load_config(folder / "node"))
        story = teller.tell(node)
        async with node:
            started.put(Site(node.address, story, node, asyncio.get_running_loop(), teller))
            await asyncio.to_thread(stop.wait)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            started.put(error)
            raise

    thread = threading.Thread(target=run, name="node", daemon=True)
    thread.start()
    found = started.get(timeout=START_S)
    if isinstance(found, BaseException):
        raise found
    yield found
    stop.set()
    thread.join(START_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; skips where there is none, unless all is required.

    Of one module's life only: Playwright's loop would be in the way of other tests' loops.
    """
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}; install it or set CHROMIUM"
        if os.environ.get("YIZHAN_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_context(browser: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a reader's window: ``open_context(width=400, scheme="dark", locale="en")``."""
    contexts: list[BrowserContext] = []

    def open_(
        width: int = 1280, scheme: str = "light", locale: str = "zh-CN", **more: object
    ) -> BrowserContext:
        options: dict[str, object] = {
            "viewport": {"width": width, "height": 900},
            "color_scheme": scheme,
            "locale": locale,
            "base_url": site.address,
            **more,
        }
        contexts.append(browser.new_context(**options))  # type: ignore[arg-type]
        return contexts[-1]

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    """A Chinese reader at a desk."""
    return open_context().new_page()
