"""Another station as a node sees it over HTTP: it signs what it asks."""

from collections.abc import Mapping
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from yarl import URL

from node.app import Node
from protocol.exchange import ROOT, encode_request
from protocol.keys import SigningKey
from protocol.messages import ChangesRequest, PushRequest, Request
from protocol.page import Page, decode_page
from protocol.requests import sign_request


class Answer(NamedTuple):
    """An HTTP answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class SignedClient:
    """Asks a node over a real socket, signing with ``key``; with none, not signing at all."""

    def __init__(self, node: Node, key: SigningKey | None) -> None:
        """Aim at a running node."""
        self.node = node
        self.key = key
        self.session = aiohttp.ClientSession(auto_decompress=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    def sign(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
        """The header fields for a request, made now."""
        if self.key is None:
            return {}
        now_s = self.node.clock.now_ms() // 1000
        to = self.node.keyring.signing.public
        return sign_request(self.key, to, method, path, query, body, now_s)

    async def send(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask below ``/sync/v1``; ``headers`` add to or replace the signature's fields."""
        fields = {**self.sign(method, ROOT + path, query, body), **(headers or {})}
        target = self.node.address + ROOT + path + (f"?{query}" if query else "")
        async with self.session.request(
            method, URL(target, encoded=True), data=body or None, headers=fields
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def ask(self, request: Request) -> Answer:
        """Send a request of the protocol."""
        return await self.send(*encode_request(request))

    async def push(self, text: bytes) -> Answer:
        """Push log text."""
        return await self.ask(PushRequest(text=text))

    async def changes(self, request: ChangesRequest) -> Page:
        """The next page."""
        answer = await self.ask(request)
        assert answer.status == 200, answer
        return decode_page(answer.body)
