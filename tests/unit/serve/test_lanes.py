"""Work in line: so many at once, so many waiting, so long each."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ragqa.serve.lanes import Lane
from ragqa.serve.refusals import Busy, Stopping, TimedOut

pytestmark = pytest.mark.asyncio


class Held:
    """Work that goes on until it is let go, and counts how often it began."""

    def __init__(self) -> None:
        self.begun, self.free = 0, threading.Event()

    def __call__(self) -> int:
        self.begun += 1
        self.free.wait(10)
        return self.begun


async def until(true: Callable[[], Any]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came to be")


async def test_what_it_gives_and_raises() -> None:
    lane = Lane("test", 2, 2, 10)
    assert await lane.run(lambda one, other: one + other, 1, 2) == 3
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)
    with pytest.raises(TimeoutError):  # its own, which is no time limit of the lane's
        await lane.run(_times_out)
    await until(lambda: not lane.running)
    lane.close()
    with pytest.raises(Stopping):
        await lane.run(int)


def _times_out() -> None:
    raise TimeoutError("of a socket")


async def test_beyond_the_line_who_comes_is_sent_away() -> None:
    lane, work = Lane("test", 1, 2, 10), Held()
    tasks = [asyncio.create_task(lane.run(work)) for _ in range(3)]
    await until(lambda: work.begun)
    assert (lane.running, lane.waiting) == (1, 2)
    with pytest.raises(Busy) as told:
        await lane.run(work)
    assert told.value.status == 429 and told.value.retry_after is not None and told.value.retry_after >= 1
    work.free.set()
    assert await asyncio.gather(*tasks) == [1, 2, 3]
    await until(lambda: not lane.running)
    assert await lane.run(int) == 0
    lane.close()


async def test_what_takes_too_long_is_given_up_and_keeps_its_place() -> None:
    lane, work = Lane("test", 1, 0, 1.0), Held()
    await lane.run(int)  # its thread is there, so that the work begins in time
    await until(lambda: not lane.running)
    with pytest.raises(TimedOut):
        await lane.run(work)
    with pytest.raises(Busy):
        await lane.run(work)
    work.free.set()
    await until(lambda: not lane.running)
    assert work.begun == 1
    lane.close()


async def test_what_came_while_the_loop_was_held_up_is_given() -> None:
    lane = Lane("test", 1, 0, 0.1)
    task = asyncio.create_task(lane.run(int))
    await asyncio.sleep(0)  # it is in line
    time.sleep(0.2)
    while lane.running:
        time.sleep(0.01)
    assert await task == 0
    lane.close()


async def test_what_waits_and_runs_is_told_when_it_changes() -> None:
    lane, work, told = Lane("test", 1, 2, 10), Held(), list[tuple[int, int]]()
    lane.on_change = lambda *numbers: told.append(numbers)
    tasks = [asyncio.create_task(lane.run(work)) for _ in range(2)]
    await until(lambda: work.begun)
    assert told == [(0, 1), (1, 1)]
    work.free.set()
    await asyncio.gather(*tasks)
    assert told[2:] == [(0, 1), (0, 0)]
    lane.close()


async def test_what_nobody_waits_for_never_begins() -> None:
    lane, first, second = Lane("test", 1, 5, 10), Held(), Held()
    running, waiting = asyncio.create_task(lane.run(first)), asyncio.create_task(lane.run(second))
    await until(lambda: first.begun)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert lane.waiting == 0
    first.free.set()
    await running
    await until(lambda: not lane.running)
    assert second.begun == 0
    lane.close()


async def test_who_would_wait_in_vain_is_told_at_once() -> None:
    lane, work = Lane("test", 1, 100, 10), Held()
    lane._expected = 4.0  # seconds, as learnt from those before
    tasks = [asyncio.create_task(lane.run(work)) for _ in range(2)]  # the second is done after 8
    await until(lambda: lane.waiting == 1)
    with pytest.raises(Busy):
        await lane.run(work)
    work.free.set()
    await asyncio.gather(*tasks)
    await until(lambda: not lane.running)
    lane._expected = 100.0
    assert await lane.run(int) == 0  # who need not wait is never sent away
    lane.close()


async def test_a_crowd_at_the_very_start_is_not_taken_whole() -> None:
    lane, work = Lane("test", 1, 200, 30), Held()
    tasks = [asyncio.create_task(lane.run(work)) for _ in range(128)]
    await until(lambda: sum(task.done() for task in tasks) > 60)
    work.free.set()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(one, Busy) for one in told) == 128 - 48  # so many of half a second are done within .8 of the limit
    lane.close()
