"""What the other process does: it answers each file that it is sent with its document or the error, until nobody asks."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from ragqa.confined.limits import confine, end_after, is_tired, no_end
from ragqa.confined.values import (
    ParseOrder,
    pack_audit,
    pack_document,
    pack_error,
    pack_pages,
    pack_picture,
    read_draw_order,
    read_parse_order,
)
from ragqa.confined.wire import AUDIT, DOCUMENT, ERROR, PAGE, PAGES, PICTURE, READY, REQUEST_PARSE, number, receive, send
from ragqa.errors import ParseError, RagqaError
from ragqa.types import PagesRecognised

ENVIRONMENT = ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "LOCALAPPDATA", "PATH")
"""What parsers look up: where recognised pages are kept, and where converters are found."""

TELL_SECONDS = 0.25
"""Between two messages that pages were read."""

_IDLE_SECONDS = 120.0
TOO_LARGE = "is too large to be read in the memory that is allowed"
GIVE_MORE = "Split the file, or raise parse_memory_mb in ragqa.toml."

Answer = tuple[bytes, bytes]
"""Its kind and its content."""

Tell = Callable[[bytes, bytes], None]
"""Sends what comes before the answer."""


def serve(memory_mb: int, parent: int, answer: Callable[[bytes, bytes, Tell], Answer] | None = None) -> None:
    """Answer what comes in until the other side closes, or asks for nothing for a long time.

    `answer` gets the kind of a request, its content, and what tells of it before it is answered; None parses and draws.
    """
    requests, answers = _take(0, os.O_RDONLY, "rb"), _take(1, os.O_WRONLY, "wb")
    waiting: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), daemon=True).start()
    confine(memory_mb, parent)
    for files in range(1, sys.maxsize):
        try:
            kind, content = waiting.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            return
        told = partial(send, answers)
        try:
            made, packed = (answer or _read)(kind, content, told)
            del content
            exhausted = False
        except RagqaError as error:
            made, packed, exhausted = ERROR, pack_error(error), isinstance(error.__cause__, MemoryError)
        except MemoryError:
            made, packed, exhausted = ERROR, pack_error(ParseError(TOO_LARGE, hint=GIVE_MORE)), True
        no_end()
        last = exhausted or is_tired(files)
        send(answers, made, packed, last=last)
        if last:
            return


def _take(descriptor: int, mode: int, how: str) -> BinaryIO:
    """A stream that no library can read from or print to any more, for us alone."""
    stream = os.fdopen(os.dup(descriptor), how)
    os.dup2(os.open(os.devnull, mode), descriptor)
    return stream  # type: ignore[return-value]


def _listen(requests: BinaryIO, waiting: queue.SimpleQueue[tuple[bytes, bytes]]) -> None:
    """Hand on what is asked, and end the process at once, whatever it does, when nobody asks any more."""
    try:
        while True:
            kind, content, _ = receive(requests)
            waiting.put((kind, content))
    finally:
        os._exit(0)


def _read(kind: bytes, content: bytes, told: Tell) -> Answer:
    return (_parsed if kind == REQUEST_PARSE else _drawn)(content, told)


def _parsed(content: bytes, told: Tell) -> Answer:
    from ragqa.parsing.ocr.wish import wishing
    from ragqa.parsing.pace import telling
    from ragqa.parsing.registry import parse, parser_for

    order = read_parse_order(content)
    _enter(order)
    parser_for(order.path)
    told(READY, b"")
    end_after(order.seconds)
    last = 0.0

    def page_read(pages: int) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_SECONDS:
            last = time.monotonic()
            end_after(order.seconds)
            told(PAGE, number(pages))

    def recognised(pages: PagesRecognised) -> None:
        end_after(order.seconds)
        told(PAGES, pack_pages(pages))

    with wishing(mode=order.ocr, threads=order.threads, told=recognised), telling(page_read):
        document = parse(order.data, order.path)
    packed = pack_document(document)
    if not order.audited:
        return DOCUMENT, packed
    from ragqa.parsing.audits import audit_of

    told(DOCUMENT, packed)
    end_after(order.seconds)
    return AUDIT, pack_audit(audit_of(order.data, order.path, document))


def _drawn(content: bytes, told: Tell) -> Answer:
    from ragqa.parsing.pdf.picture import draw_page

    order = read_draw_order(content)
    told(READY, b"")
    end_after(order.seconds)
    return PICTURE, pack_picture(draw_page(order.data, order.spot))


def _enter(order: ParseOrder) -> None:
    """Look for things where the process that asks would look for them."""
    for name, value in zip(ENVIRONMENT, order.environment, strict=True):
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
