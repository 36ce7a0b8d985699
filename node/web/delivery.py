"""Getting an answer out, without waiting for ever on who does not take it (DESIGN 1.7)."""

import asyncio

from aiohttp import web

ANSWER_S = 120.0
"""A page and a long run over a line of 150 kbit/s take this long."""


async def deliver(request: web.Request, answer: web.Response) -> None:
    """Write a whole answer; a reader who has not taken it in ``ANSWER_S`` seconds is cut off."""
    try:
        async with asyncio.timeout(ANSWER_S):
            await answer.prepare(request)
            await answer.write_eof()
    except ConnectionError:
        pass
    except TimeoutError:
        cut_off(request)


def cut_off(request: web.Request) -> None:
    """Close a connection at once, whatever is still to be sent."""
    if request.transport is not None:
        request.transport.abort()
