"""The next pieces of a long feed are asked for while the last ones are being taken in."""

import asyncio

import pytest

from node.errors import UnreachableError
from node.peering.ahead import TOGETHER, Ahead
from protocol.cursor import Cursor
from protocol.limits import INTEGER_MAX, PAGE_BYTES_MAX
from protocol.messages import ChangesRequest, HelloRequest, RangesRequest, Request
from protocol.page import LogText, Page


def page(position: int, *, more: bool, text: bytes = b"") -> Page:
    return Page(Cursor(1, position, "0123456789abcdef"), more, None, text)


async def all_done() -> None:
    """Until nothing is under way ahead, nor begun by what ended last."""
    while under_way := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(under_way)
        await asyncio.sleep(0)  # a turn of the loop, in which a task's end is told; no time passes


async def test_the_next_page_of_a_long_feed_is_asked_for_ahead() -> None:
    asked: list[Request] = []

    async def ask(request: Request) -> object:
        asked.append(request)
        return page(len(asked), more=len(asked) < 2)

    ahead = Ahead(ask)
    first = await ahead.ask(ChangesRequest())
    assert isinstance(first, Page)
    await all_done()
    assert len(asked) == 2
    second = await ahead.ask(ChangesRequest(after=str(first.cursor)))
    assert second == page(2, more=False)
    assert len(asked) == 2


async def test_pages_that_are_here_already_come_as_one_and_only_so_many_are_held() -> None:
    asked: list[Request] = []

    async def ask(request: Request) -> object:
        asked.append(request)
        return page(len(asked), more=len(asked) < 99, text=b"%d\n" % len(asked))

    ahead = Ahead(ask)
    await ahead.ask(ChangesRequest())
    await all_done()
    assert len(asked) == 1 + TOGETHER

    all_held = await ahead.ask(ChangesRequest(after=str(page(1, more=True).cursor)))

    text = b"".join(b"%d\n" % number for number in range(2, 2 + TOGETHER))
    assert isinstance(all_held, Page)
    assert all_held == page(1 + TOGETHER, more=True, text=text)
    await all_done()
    assert len(asked) == 1 + 2 * TOGETHER
    assert asked[1 + TOGETHER] == ChangesRequest(after=str(all_held.cursor))


async def test_a_page_that_ends_within_a_line_spoils_none_after_it() -> None:
    texts = [b"1\n", b"2", b"3\n", b"4\n"]
    asked: list[Request] = []

    async def ask(request: Request) -> object:
        asked.append(request)
        number = len(asked)
        return page(number, more=number < 4, text=texts[number - 1])

    ahead = Ahead(ask)
    await ahead.ask(ChangesRequest())
    await all_done()
    assert len(asked) == 4

    alone = await ahead.ask(ChangesRequest(after=str(page(1, more=True).cursor)))
    rest = await ahead.ask(ChangesRequest(after=str(page(2, more=True).cursor)))

    assert (alone, rest) == (page(2, more=True, text=b"2"), page(4, more=False, text=b"3\n4\n"))


async def test_a_page_that_came_as_its_course_was_left_is_not_followed() -> None:
    """Between a task's end and what it told of it lies a turn of the loop."""
    asked: list[Request] = []

    async def ask(request: Request) -> object:
        asked.append(request)
        if len(asked) == 2:
            asyncio.get_running_loop().call_soon(ahead.cancel)
        return page(len(asked), more=True) if isinstance(request, ChangesRequest) else "hello"

    ahead = Ahead(ask)
    await ahead.ask(ChangesRequest())
    await all_done()
    await ahead.ask(HelloRequest())
    await all_done()

    assert asked == [
        ChangesRequest(),
        ChangesRequest(after=str(page(1, more=True).cursor)),
        HelloRequest(),
    ]


async def test_the_next_range_of_a_long_log_is_asked_for_ahead_and_none_after_its_end() -> None:
    asked: list[Request] = []
    full, rest = b"h\nb\n" * (PAGE_BYTES_MAX // 4), b"h\nb\n"

    async def ask(request: Request) -> object:
        asked.append(request)
        return LogText(full if len(asked) == 1 else rest)

    ahead = Ahead(ask)
    wanted = RangesRequest(ranges=(("A" * 43, "needs", 1, 7, INTEGER_MAX),))
    await ahead.ask(wanted)
    await all_done()
    assert len(asked) == 2
    next_first = 7 + PAGE_BYTES_MAX // 4
    again = RangesRequest(ranges=(("A" * 43, "needs", 1, next_first, INTEGER_MAX),))
    assert await ahead.ask(again) == LogText(rest)
    await all_done()
    assert asked == [wanted, again]


async def test_a_page_ahead_that_is_not_asked_for_is_dropped_and_its_failure_too() -> None:
    async def ask(request: Request) -> object:
        if isinstance(request, ChangesRequest) and request.after:
            raise UnreachableError("gone")
        return page(1, more=True) if isinstance(request, ChangesRequest) else "hello"

    ahead = Ahead(ask)
    await ahead.ask(ChangesRequest())
    assert await ahead.ask(HelloRequest()) == "hello"
    await ahead.ask(ChangesRequest())
    with pytest.raises(UnreachableError):
        await ahead.ask(ChangesRequest(after=str(page(1, more=True).cursor)))
