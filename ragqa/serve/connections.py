"""Connections, each given up when nothing comes on it: uvicorn does so only between two requests, until the first byte."""

from __future__ import annotations

import asyncio
from enum import Enum

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ragqa.serve.guard import PATIENCE, SLOWEST

HEAD_SECONDS = 30.0
"""How long the line and the headers of a request may take to come: from when the connection was made, or its first byte came."""

REST_SECONDS = PATIENCE
"""How long the rest of a body may take that nobody reads, since it was answered before, with a second more for each `SLOWEST`
bytes of it: who sends an upload that is refused should read why, and many do when all is sent."""

UNREAD_SECONDS = 300.0
"""How long who is sent something may take nothing of it: long, for the system takes in much at once before it says that there is
room again."""


class _Awaited(Enum):
    """What only who is at the other end can send, and nothing else here waits for within bounds."""

    HEAD, REST = range(2)


class Connection(H11Protocol):
    """A connection as uvicorn takes it, closed when a request's head, or the rest of an answered one's body, does not come, or an
    answer is not taken.

    What is being answered, such as a stream of events, is left alone, as is a body that is read (see `ragqa.serve.guard`), and a
    connection that is idle between two requests, which uvicorn closes. For the event loop's thread.
    """

    _awaited: _Awaited | None = None
    _until = 0.0
    _timer: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """asyncio."""
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        """asyncio."""
        super().data_received(data)
        self._look(len(data))

    def on_response_complete(self) -> None:
        """uvicorn."""
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio."""
        self._await(None)
        self._stop_looking()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """asyncio: more is to be sent than is taken."""
        super().pause_writing()
        self._look_again(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """asyncio."""
        self._stop_looking()
        super().resume_writing()

    def _look(self, came: int = 0) -> None:
        awaited = None if self.transport.is_closing() or self.timeout_keep_alive_task is not None else self._missing()
        if awaited is not self._awaited:
            self._await(awaited)
        elif awaited is _Awaited.REST:
            self._until += came / SLOWEST

    def _missing(self) -> _Awaited | None:
        if self.conn.their_state is h11.IDLE:
            return _Awaited.HEAD
        is_answered = self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE
        return _Awaited.REST if is_answered else None

    def _await(self, awaited: _Awaited | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaited = awaited
        if awaited is not None:
            self._until = self.loop.time() + (HEAD_SECONDS if awaited is _Awaited.HEAD else REST_SECONDS)
            self._timer = self.loop.call_at(self._until, self._give_up)

    def _give_up(self) -> None:
        if self.loop.time() < self._until:  # more of it has come meanwhile
            self._timer = self.loop.call_at(self._until, self._give_up)
        else:
            self.timeout_keep_alive_handler()

    def _look_again(self, unread: int) -> None:
        self._reading = self.loop.call_later(UNREAD_SECONDS, self._see_whether_it_is_read, unread)

    def _see_whether_it_is_read(self, unread: int) -> None:
        left = self.transport.get_write_buffer_size()
        if left < unread:
            self._look_again(left)
        else:
            self.transport.abort()  # what is left is for nobody

    def _stop_looking(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
