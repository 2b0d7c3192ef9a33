"""The vectors that the texts of an index still lack, made some texts at a time, while the index is asked.

Words run ahead of them in an ingest, and an index that goes over to another embedder lacks all of that one's. A process killed at
any moment loses what it made since the last commit; the next one goes on.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from ragqa.chunking import CountTokens, embedded_text
from ragqa.config import IngestSettings
from ragqa.indexing.manifest import Manifest
from ragqa.inference.embedder import Embedder
from ragqa.types import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEXTS_AT_ONCE = 256
"""Texts that are looked up together; of these, a portion is embedded between two looks at the clock, at a question that waits and
at a wish to stop."""

COMMIT_EVERY_SECONDS = 5.0
COMMIT_SHARE = 0.1
"""Some commits write new derived files, of all that the index holds: their time stays under this share of the work between."""

Wanted = Callable[[], Sequence[str]]
"""The paths of the documents that are asked for most, those first."""


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """What is embedded for a chunk of a document, and the hash that its vector is kept under."""

    chunk: int
    hash: bytes
    text: str
    document: int


class Lacking(Protocol):
    """An index opened for writing some of whose texts lack vectors."""

    def lacking(self, document: str | None = None) -> list[int]:
        """A chunk of each text that lacks its vector, ascending; those of one document, by its path, where given."""
        ...

    def texts(self, chunks: Sequence[int], count_tokens: CountTokens) -> list[EmbeddedText]:
        """What is embedded for those of these chunks that lack a vector still."""
        ...

    def put_vectors(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Give texts their vectors."""
        ...

    def commit(self, settle: bool = True) -> None:
        """Make durable and visible what was put."""
        ...


class Pace:
    """When work that goes on for long commits. For one thread."""

    def __init__(self) -> None:
        self._last, self._wait = time.monotonic(), COMMIT_EVERY_SECONDS

    def commit(self, place: Lacking) -> None:
        """Commit if it is time to."""
        before = time.monotonic()
        if before - self._last > self._wait:
            place.commit(settle=False)
            self._last = time.monotonic()
            self._wait = max(COMMIT_EVERY_SECONDS, (self._last - before) / COMMIT_SHARE)


class Following:
    """Embeds what lacks vectors: documents that are asked for first, then by chunk. For one thread.

    `made` counts the texts embedded so far by the id of the document that each was first found in.
    """

    def __init__(self, place: Lacking, embedder: Embedder, wanted: Wanted = lambda: ()) -> None:
        self._place, self._embedder, self._wanted = place, embedder, wanted
        self._queue: deque[int] = deque()
        self._portions: deque[list[EmbeddedText]] = deque()
        self._whole: set[str] = set()
        self.made: Counter[int] = Counter()

    def step(self) -> int:
        """Embed some texts and put their vectors, to be committed by the caller. Returns how many; 0 when none lacks one.

        Raises ModelError or StorageError.
        """
        while not self._portions:
            chunks = self._next_chunks()
            if not chunks:
                return 0
            texts = self._place.texts(chunks, self._embedder.count_tokens)
            portions = self._embedder.portions([one.text for one in texts])
            self._portions.extend([texts[number] for number in portion] for portion in portions)
        part = self._portions.popleft()
        vectors = self._embedder.embed_passages([one.text for one in part])
        self._place.put_vectors({one.hash: vector for one, vector in zip(part, vectors, strict=True)})
        self.made.update(one.document for one in part)
        return len(part)

    def _next_chunks(self) -> list[int]:
        for path in self._wanted():
            if path not in self._whole:
                chunks = self._place.lacking(path)
                if chunks:
                    return chunks[:TEXTS_AT_ONCE]
                self._whole.add(path)
        if not self._queue:
            self._queue.extend(self._place.lacking())
        return [self._queue.popleft() for _ in range(min(TEXTS_AT_ONCE, len(self._queue)))]


def embed_lacking(
    place: Lacking,
    following: Following,
    total: int,
    progress: Callable[[Progress], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Make all vectors that an index of `total` texts lacks, committing on the way; False when it was stopped before.

    `stop` is asked often, and may keep the work waiting as long as it likes. Raises ModelError or StorageError.
    """
    before, began, made, pace = total - len(place.lacking()), time.monotonic(), 0, Pace()

    def tell() -> None:
        progress(Progress("embed", before + made, total, "", before + made, total, made, time.monotonic() - began))

    while True:
        tell()
        if stop():
            place.commit()
            return False
        step = following.step()
        if not step:
            place.commit()
            return True
        made += step
        pace.commit(place)


def embedded_texts(
    connection: sqlite3.Connection, chunks: Sequence[int], manifest: Manifest, count_tokens: CountTokens
) -> list[EmbeddedText]:
    """What is embedded for these chunks, by id: their titles and headings cut as the manifest says, before their texts."""
    settings = replace(IngestSettings(), heading_tokens=manifest.heading_tokens)
    rows = connection.execute(
        "SELECT chunks.id, embedding, title, section, text, document_id FROM chunks JOIN documents ON documents.id = document_id"
        " WHERE chunks.id IN (SELECT value FROM json_each(?)) ORDER BY chunks.id",
        (json.dumps(list(chunks)),),
    )
    return [
        EmbeddedText(chunk, key, embedded_text(title, tuple(json.loads(section)), text, settings, count_tokens), document)
        for chunk, key, title, section, text, document in rows
    ]
