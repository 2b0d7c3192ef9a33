"""What a server's job tells while it runs: server-sent events, read in a thread, and taken up again where they broke."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ragqa.client.wire import Wire
from ragqa.errors import RagqaError, ServerError
from ragqa.schema_reading import Misread, parsed

SILENCE = 60.0
"""Seconds without a byte after which a stream counts as broken: a server says at least every 15 s that it is there."""

LONGEST_EVENT = 1 << 20
WAITING_EVENTS = 1000
BREAKS = 6
"""How often in a row a stream may break without having told anything."""

BREAK_SECONDS = 1.0
"""Before it is taken up again for the first time; then twice as long each time, half a minute in all: work of hours outlasts a
network, a proxy or a server that is away for a moment."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something a job told: a JSON value, and the id to go on from."""

    name: str
    data: object
    id: str = ""


def read_events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events of a stream that comes in pieces; comments, and fields that nobody knows, are passed over. Raises Misread."""
    name, id_, data = "message", "", list[str]()
    for line in _lines(lines):
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                yield Event(name, parsed("\n".join(data).encode()), id_)
            name, data = "message", []
        elif field == "event":
            name = value
        elif field == "id":
            id_ = value if value.isascii() and value.isprintable() and len(value) < 100 else ""
        elif field == "data":
            data.append(value)
            if sum(map(len, data)) > LONGEST_EVENT:
                raise Misread("an event is larger than any is")


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    left = b""
    for piece in pieces:
        *whole, left = (left + piece).split(b"\n")
        yield from (line.removesuffix(b"\r").decode("utf-8", "replace") for line in whole)
        if len(left) > LONGEST_EVENT:
            raise Misread("an event is larger than any is")


class Listener:
    """Hears what a job tells. For one thread, which `next` gives the events to."""

    def __init__(self, wire: Wire, job: str, ends: frozenset[str], pause: float = BREAK_SECONDS) -> None:
        self._wire, self._job, self._ends, self._pause = wire, job, ends, pause
        self._heard: queue.Queue[Event | RagqaError] = queue.Queue(WAITING_EVENTS)
        self._left = threading.Event()
        threading.Thread(target=self._listen, name=f"events of {job}", daemon=True).start()

    def next(self, seconds: float) -> Event | None:
        """The next event, None where there is none in so many seconds. Raises RagqaError where no more can be heard."""
        try:
            heard = self._heard.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(heard, RagqaError):
            raise heard
        return heard

    def leave(self) -> None:
        """Hear no more."""
        self._left.set()

    def _listen(self) -> None:
        last, breaks = "", 0
        while breaks < BREAKS and not self._left.is_set():
            try:
                for event in self._stream(last):
                    last, breaks = event.id or last, 0
                    self._tell(event)
                    if event.name in self._ends or self._left.is_set():
                        return
            except RagqaError as error:
                if breaks == BREAKS - 1 or not isinstance(error, ServerError):
                    self._tell(error)
                    return
            self._left.wait(self._pause * 2**breaks)
            breaks += 1
        self._tell(ServerError(f"{self._wire.address.base} does not tell how the job goes on"))

    def _stream(self, last: str) -> Iterator[Event]:
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
        with self._wire.stream("v1", "jobs", self._job, "events", headers=headers, silence=SILENCE) as pieces:
            try:
                yield from read_events(pieces)
            except Misread as error:
                raise self._wire.strange(error) from error

    def _tell(self, heard: Event | RagqaError) -> None:
        while not self._left.is_set():
            try:
                self._heard.put(heard, timeout=1.0)
                return
            except queue.Full:
                time.sleep(0)
