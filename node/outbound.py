"""The way out over HTTP: asking other stations, and a running node's own API (SPEC 7).

The only module that knows httpx.
"""

# ruff: noqa: E402 (what httpx must not load is said before it is imported)

import asyncio
import importlib.util
import json
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

# httpx would load rich and pygments for a command line of its own that nobody uses here.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
if importlib.util.find_spec("sniffio") is None:
    # httpcore looks for it in every request, all along the path: half a millisecond each.
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]

import httpx

from node.clock import Clock
from node.errors import (
    ConflictError,
    InvalidError,
    NodeError,
    NotAllowedError,
    NotFoundError,
    QuotaError,
    UnreachableError,
)
from protocol.errors import Code, Refused
from protocol.exchange import ROOT, Form, decode_answer, encode_request
from protocol.files import FileHeld
from protocol.keys import SigningKey
from protocol.limits import PAGE_BYTES_MAX, REQUEST_BYTES_MAX, RUN_BYTES_MAX
from protocol.messages import (
    ChangesRequest,
    Request,
)
from protocol.page import CONTROL_BYTES_MAX
from protocol.requests import sign_request
from protocol.sync import Response

ANSWER_BYTES_MAX = max(PAGE_BYTES_MAX + RUN_BYTES_MAX + CONTROL_BYTES_MAX, REQUEST_BYTES_MAX)
PROBLEM_BYTES_MAX = 64 * 1024
TRANSFER_S = 120.0
"""The longest an answer may take on the way: a page over a line of 150 kbit/s and some."""

FILE_S = 1800.0
"""The longest one file may take on the way: 256 MiB over a line of 1.2 Mbit/s."""
PIECE_BYTES = 256 * 1024

_CODES = frozenset(str(code) for code in Code)
_API = "/api/v1"


class Outbound:
    """Signed requests to other stations, over connections that are kept open."""

    def __init__(self, key: SigningKey, clock: Clock, *, timeout_s: float = 20) -> None:
        """Open nothing yet.

        Args:
            key: this station's signing key.
            clock: for the time in the signatures.
            timeout_s: how long a peer may take to connect and to begin its answer, beyond the
                time it was asked to wait, seconds.
        """
        self._key = key
        self._clock = clock
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            limits=httpx.Limits(max_connections=None, keepalive_expiry=120),
            follow_redirects=False,
            trust_env=False,
        )

    async def ask(self, url: str, key: str, request: Request) -> Response:
        """Send a request to a station and read its answer.

        Args:
            url: the station's address, without ``/sync/v1``.
            key: the key the request is meant for.
            request: what to ask.

        Raises:
            Refused: what the station refused, or bytes of it that are no answer.
            UnreachableError: it did not answer, or stopped in the middle.
        """
        content = await self._send(url, key, request)
        return decode_answer(request, content)

    async def _send(self, url: str, key: str, request: Request) -> bytes:
        form = encode_request(request)
        wait_s = request.wait_s if isinstance(request, ChangesRequest) else 0
        prepared = self._prepare(url, key, form, wait_s)
        try:
            async with asyncio.timeout(wait_s + TRANSFER_S):
                return await self._exchange(prepared)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from None

    async def _exchange(self, prepared: httpx.Request) -> bytes:
        answer = await self._client.send(prepared, stream=True)
        try:
            is_problem = answer.status_code != httpx.codes.OK
            bytes_max = PROBLEM_BYTES_MAX if is_problem else ANSWER_BYTES_MAX
            content = await _read_capped(answer, bytes_max)
        finally:
            await answer.aclose()
        if is_problem:
            raise _refusal(answer.status_code, content)
        return content

    async def hand_piece(self, url: str, key: str, digest: str, offset: int, content: bytes) -> int:
        """Hand a piece of a file to a station; how many bytes of it are held there (SPEC 14.3).

        Raises:
            Refused, UnreachableError: as :meth:`ask`.
        """
        prepared = self._prepare(
            url, key, Form("PUT", f"/files/{digest}", f"offset={offset}", content)
        )
        try:
            async with asyncio.timeout(TRANSFER_S):
                return FileHeld.decode(await self._exchange(prepared)).held
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from None

    async def read_file(
        self, url: str, key: str, digest: str, begin: int, size: int
    ) -> AsyncIterator[bytes]:
        """A file of a station, piece by piece from a byte on (SPEC 14.2).

        Args:
            begin: the first byte wanted.
            size: the whole file's bytes; no more is read.

        Raises:
            Refused, UnreachableError: as :meth:`ask`.
        """
        prepared = self._prepare(url, key, Form("GET", f"/files/{digest}", "", b""))
        if begin:
            prepared.headers["Range"] = f"bytes={begin}-"
        try:
            async with asyncio.timeout(FILE_S):
                answer = await self._client.send(prepared, stream=True)
                try:
                    async for piece in _file_pieces(answer, begin, size):
                        yield piece
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from None

    def _prepare(self, url: str, key: str, form: Form, wait_s: float = 0) -> httpx.Request:
        """A signed request to a station."""
        try:
            base = urlsplit(url)
        except ValueError as error:
            raise UnreachableError(f"{url} is no address: {error}") from None
        path = f"{base.path.rstrip('/')}{ROOT}{form.path}"
        created_s = self._clock.now_ms() // 1000
        fields = sign_request(self._key, key, form.method, path, form.query, form.body, created_s)
        target = f"{base.scheme}://{base.netloc}{path}" + (f"?{form.query}" if form.query else "")
        return self._client.build_request(
            form.method,
            target,
            content=form.body or None,
            headers={**fields, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(self._timeout_s, read=self._timeout_s + wait_s),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()


async def _file_pieces(answer: httpx.Response, begin: int, size: int) -> AsyncIterator[bytes]:
    """A file's bytes from one on; what comes before is passed over where it was sent as well."""
    if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
        raise _refusal(answer.status_code, await _read_capped(answer, PROBLEM_BYTES_MAX))
    position = begin if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0
    async for piece in answer.aiter_raw(PIECE_BYTES):
        position += len(piece)
        if position > size:
            raise Refused(Code.TOO_LARGE, f"a file of more than {size} bytes")
        yield piece[max(0, len(piece) - (position - begin)) :]


def _unreachable(url: str, error: Exception) -> UnreachableError:
    return UnreachableError(f"{url} did not answer: {str(error) or type(error).__name__}")


async def _read_capped(answer: httpx.Response, bytes_max: int) -> bytes:
    """Read an answer's bytes as they came, never more than ``bytes_max`` of them.

    No packing is asked for, so none is undone: there is no bomb to go off.
    """
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Refused(Code.BAD_REQUEST, "the answer is packed, and that was not asked for")
    pieces: list[bytes] = []
    size = 0
    async for piece in answer.aiter_raw():
        size += len(piece)
        if size > bytes_max:
            raise Refused(Code.TOO_LARGE, f"an answer of more than {bytes_max} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def _refusal(status: int, content: bytes) -> Refused | UnreachableError:
    """What a problem document says (RFC 9457)."""
    problem = _read_problem(content)
    code, detail = str(problem.get("code", "")), str(problem.get("detail", ""))[:500]
    if code in _CODES:
        return Refused(Code(code), detail)
    return UnreachableError(f"the station answered {status} {detail}".strip())


def _read_problem(content: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


class ApiClient:
    """The API of a running node, for commands (DESIGN 2.1)."""

    def __init__(self, url: str, token: str = "", *, timeout_s: float = 60) -> None:
        """Open nothing yet.

        Args:
            url: the node's address.
            token: the node's token, for writes.
            timeout_s: how long an answer may take, seconds.
        """
        self.url = url
        self._client = httpx.Client(
            base_url=url.rstrip("/") + _API,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=timeout_s,
            trust_env=False,
        )

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Read; ``path`` is below ``/api/v1``.

        Raises:
            NodeError: what the node answered instead, of the class that fits.
            UnreachableError: it did not answer.
        """
        return self._ask("GET", path, None, query).json()

    def post(self, path: str, body: object = None, query: Mapping[str, str] | None = None) -> Any:
        """Write; raises as :meth:`get`."""
        return self._ask("POST", path, body, query).json()

    def download(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """Fetch a file; raises as :meth:`get`."""
        return self._ask("GET", path, None, query).content

    def upload(self, path: str, file: Path, query: Mapping[str, str]) -> Any:
        """Send a file, piece by piece; raises as :meth:`get`."""
        with file.open("rb") as content:
            return self._checked("POST", path, query, content=content).json()

    def save(self, path: str, file: Path, query: Mapping[str, str] | None = None) -> int:
        """Fetch a file piece by piece into another; its bytes; raises as :meth:`get`."""
        try:
            with self._client.stream("GET", path, params=dict(query or {})) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _node_error(answer)
                with file.open("wb") as target:
                    return sum(target.write(piece) for piece in answer.iter_raw(PIECE_BYTES))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._silent(error) from None

    def fetch(self, path: str, body: object) -> bytes:
        """Fetch a file that only a recorded request gives; raises as :meth:`get`."""
        return self._ask("POST", path, body, None).content

    def _ask(
        self, method: str, path: str, body: object, query: Mapping[str, str] | None
    ) -> httpx.Response:
        return self._checked(method, path, query, json=body)

    def _checked(
        self, method: str, path: str, query: Mapping[str, str] | None, **content: Any
    ) -> httpx.Response:
        try:
            answer = self._client.request(method, path, params=dict(query or {}), **content)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._silent(error) from None
        if answer.is_success:
            return answer
        raise _node_error(answer)

    def _silent(self, error: Exception) -> UnreachableError:
        return UnreachableError(
            f"the node at {self.url} did not answer: {str(error) or type(error).__name__}",
            "Is it running? yizhan status --dir DIR tells.",
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_ERRORS: dict[int, type[NodeError]] = {
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    502: UnreachableError,
}


def _node_error(answer: httpx.Response) -> NodeError:
    """The error a node told of in a problem document."""
    problem = _read_problem(answer.content)
    message = str(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}")
    hint = str(problem.get("hint", ""))
    if answer.status_code in (400, 422):
        reasons = problem.get("reasons")
        return InvalidError(message, hint, reasons if isinstance(reasons, dict) else None)
    free_ms = problem.get("free_ms")
    if isinstance(free_ms, int):
        return QuotaError(message, hint, free_ms)
    return _ERRORS.get(answer.status_code, NodeError)(message, hint)
