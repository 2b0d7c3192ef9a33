"""A job's events as they come, as server-sent events: from whichever process the job runs in, through its file."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool

from ragqa.serve.job_events import Event
from ragqa.serve.job_store import State
from ragqa.serve.jobs import Jobs

LOOK_SECONDS = 0.3
"""Between two looks at the events of a job."""

ALIVE_SECONDS = 15.0
"""Between two signs of life where nothing is told: proxies close connections on which nothing comes."""

_ENDS = frozenset(state.value for state in State if state.is_end)


async def follow(jobs: Jobs, id: str, after: int) -> AsyncIterator[Event | None]:
    """The events of a job after the one of a number, until its end; None now and then, as a sign of life."""
    spoken = time.monotonic()
    while True:
        job = await run_in_threadpool(jobs.get, id)  # before its events: what ended has told them all, unless it was killed
        for event in await run_in_threadpool(jobs.events, id, after):
            yield event
            after, spoken = event.number, time.monotonic()
            if event.name in _ENDS:
                return
        if job is None:
            return
        if job.state.is_end:
            await asyncio.sleep(LOOK_SECONDS)
            late = await run_in_threadpool(jobs.events, id, after)
            yield late[-1] if late else Event(after + 1, job.state.value, {"error": dict(job.error)} if job.error else {})
            return
        if time.monotonic() - spoken > ALIVE_SECONDS:
            yield None
            spoken = time.monotonic()
        await asyncio.sleep(LOOK_SECONDS)


async def as_stream(events: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    """Events in the words of text/event-stream."""
    yield b"retry: 2000\n\n"
    async for event in events:
        if event is None:
            yield b": still at it\n\n"
        else:
            yield f"id: {event.number}\nevent: {event.name}\ndata: {json.dumps(dict(event.data))}\n\n".encode()
