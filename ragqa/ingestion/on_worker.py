"""What a worker of a Dask cluster does: it parses a file in a confined process, cuts it into chunks and embeds them.

The model is loaded once for each process of a worker, with as many threads as Dask gives that worker.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ragqa.confined.ask import Wish, parse
from ragqa.confined.children import Children
from ragqa.confined.values import pack_error
from ragqa.errors import ModelError, RagqaError
from ragqa.indexing.embedding import TEXTS_AT_ONCE
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.parcels import (
    BROKEN,
    FAILED,
    READ,
    UNFIT,
    UNSEEN,
    Answer,
    FileOrder,
    Terms,
    one_line,
    own_version,
    pack_read,
)
from ragqa.ingestion.prepare import cut, hashes_of
from ragqa.ingestion.workers import Prepared
from ragqa.parsing.ocr.engine import engine_name
from ragqa.types import PagesRecognised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TELL_SECONDS = 1.0
"""Between two signs of life that a file gives at least."""

TICK_SECONDS = 10.0
"""Between two while it is parsed, which ends in any case: see `ragqa.confined.ask`."""

_EMBEDDERS: dict[str, Embedder] = {}
_LOADING = threading.Lock()


def dask_setup(worker: object) -> None:
    """Where this module is preloaded, as in a cluster that an ingest starts for itself: Ctrl-C is for who started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def introduce(terms: Terms) -> Answer:
    """Load what is needed, and tell whether this worker can be used: UNFIT with the reason where it cannot."""
    try:
        reason = _why_unfit(terms)
    except Exception as error:
        return _broken(error)
    return (UNFIT if reason else READ), reason.encode("utf-8", "replace")


def parse_and_embed(order: FileOrder) -> Answer:
    """Read a file: its document, audit, chunks and vectors, or what is wrong with it."""
    try:
        return _parse_and_embed(order)
    except Exception as error:
        return _broken(error)


def _broken(error: Exception) -> Answer:
    return BROKEN, one_line(error).encode("utf-8", "replace")


def _parse_and_embed(order: FileOrder) -> Answer:
    reason = _why_unfit(order.terms)
    if reason:
        return UNFIT, reason.encode("utf-8", "replace")
    data = _bytes_of(order)
    if data is None:
        return UNSEEN, b""
    embedder = _EMBEDDERS[order.terms.fingerprint]
    signs = _Signs(order.topic, order.number)
    wish = Wish(order.settings.ocr, _threads(), order.settings.parse_seconds, order.audited, signs.tell)
    try:
        with signs.ticking(), Children(1, order.settings.parse_memory_mb) as children, children.one() as child:
            parsed = parse(child, data, order.path, wish)
        signs.tell()
        chunks, texts = cut(parsed.document, order.settings, embedder)
        hashes = hashes_of(texts)
        lacking = {key: one for key, one in zip(hashes, texts, strict=True) if key not in order.known} if order.embed else {}
        vectors = _embedded(list(lacking.values()), embedder, signs.tell)
        return READ, pack_read(parsed.document, parsed.audit, Prepared(chunks, hashes, dict(zip(lacking, vectors, strict=True))))
    except ModelError as error:
        return UNFIT, error.message.encode("utf-8", "replace")
    except RagqaError as error:
        return FAILED, pack_error(error)


def _why_unfit(terms: Terms) -> str:
    if own_version() != terms.version:
        return f"runs ragqa {own_version()}, and here it is {terms.version}"
    engine = engine_name()
    if terms.ocr not in (None, engine):
        return f"recognises scans with {engine or 'nothing'}, and here it is {terms.ocr or 'nothing'}"
    try:
        with _LOADING:
            if terms.fingerprint in _EMBEDDERS:
                return ""
            embedder = terms.load(_threads())
            if embedder.fingerprint == terms.fingerprint:
                embedder.embed_passages(["A first text."])
                _EMBEDDERS[terms.fingerprint] = embedder
                return ""
    except RagqaError as error:
        return f"cannot load the embedder: {error.message}"
    return f"has another embedder: {embedder.name} ({embedder.fingerprint[:8]}), and here it is {terms.fingerprint[:8]}"


def _bytes_of(order: FileOrder) -> bytes | None:
    """The file's bytes; None where this worker does not see the same file."""
    if order.data is not None:
        return order.data
    try:
        with open(os.fsdecode(order.source), "rb") as file:
            data = file.read(order.size + 1)
    except OSError:
        return None
    return data if len(data) == order.size and hashlib.sha256(data).hexdigest() == order.sha256 else None


def _embedded(texts: Sequence[str], embedder: Embedder, tell: Callable[[], None]) -> list[NDArray[np.float16]]:
    """The vectors of texts, as an index keeps them. They are taken in parts of like size: few are embedded in another way than
    many (see `ragqa.inference.packed`), and none shall be few that need not be."""
    made: dict[int, NDArray[np.float16]] = {}
    count = max(1, len(texts) // TEXTS_AT_ONCE)
    for first, end in pairwise(len(texts) * number // count for number in range(count + 1)):
        some = texts[first:end]
        for portion in embedder.portions(some):
            vectors = embedder.embed_passages([some[number] for number in portion]).astype("float16")
            made.update((first + number, vector) for number, vector in zip(portion, vectors, strict=True))
            tell()
    return [made[number] for number in range(len(texts))]


class _Signs:
    """Tells home that a file is still worked on, and how far the recognition of its pages is; now and then only."""

    def __init__(self, topic: str, number: int) -> None:
        self._topic, self._number, self._last, self._worker = topic, number, time.monotonic(), _worker()

    def tell(self, pages: PagesRecognised | None = None) -> None:
        """Of a step that was done."""
        if time.monotonic() - self._last < TELL_SECONDS:
            return
        self._last = time.monotonic()
        told = None if pages is None else [pages.done, pages.total, pages.left]
        self._worker.log_event(self._topic, {"file": self._number, "pages": told})

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Tell now and then of its own accord."""
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(TICK_SECONDS):
                self.tell()

        threading.Thread(target=tick, name="ragqa-signs", daemon=True).start()
        try:
            yield
        finally:
            ended.set()


def _threads() -> int:
    """As many as Dask gives this worker: all that it reads at a time share them."""
    return int(_worker().state.nthreads)


def _worker() -> Any:
    from distributed import get_worker

    return get_worker()
