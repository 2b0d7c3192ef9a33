"""What travels between home and the workers of a cluster: orders there, plain bytes back, checked when they are read."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from ragqa.config import IngestSettings
from ragqa.confined.values import MOST_PAGES, pack_audit, pack_document, read_audit, read_document
from ragqa.confined.wire import Malformed, Reader, blob, number, texts
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.workers import Prepared
from ragqa.types import Chunk, Document, FileAudit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READ, FAILED, UNFIT, UNSEEN, BROKEN = b"d", b"e", b"x", b"u", b"b"
"""Kinds of answers: a document; an error of the file; why the worker cannot be used; that it does not see the file; what went
wrong and was not foreseen. Errors travel as texts: what Dask makes of an exception with its traceback may not arrive at all."""

HASH_BYTES = 16

Answer = tuple[bytes, bytes]
"""Its kind and its content."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a worker must be like, so that it makes what would be made at home: its version of ragqa, its engine of OCR (None: it
    is not asked for) and its embedder, by the fingerprint. `load` loads that, for so many threads."""

    version: str
    fingerprint: str
    ocr: str | None
    load: Callable[[int], Embedder]


@dataclass(frozen=True, slots=True)
class FileOrder:
    """A file to be read by a worker. `data` are its bytes; None: the worker reads them from `source`, and they must have this
    `size` and `sha256`. `topic` and `number` are for what it tells on the way."""

    terms: Terms
    settings: IngestSettings
    path: str
    data: bytes | None
    source: bytes
    size: int
    sha256: str
    audited: bool
    embed: bool
    known: frozenset[bytes]
    topic: str
    number: int


class Call:
    """A function with its arguments that runs where it is unpickled.

    Dask's scheduler looks into what it hands on, and would need ragqa for that; of bytes that `pickle.loads` is called with it
    needs to know nothing. A worker without ragqa fails in that call, and says so.
    """

    def __init__(self, function: Callable[..., Answer], *arguments: object) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Answer], tuple[object, ...]]:
        return self.function, self.arguments

    def packed(self) -> bytes:
        """What `pickle.loads` calls."""
        return pickle.dumps(self, protocol=5)


def own_version() -> str:
    """The version of ragqa that runs here."""
    try:
        return version("ragqa")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0+unknown"


def one_line(error: Exception) -> str:
    """An error that was not foreseen, for a person."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def pack_read(document: Document, audit: FileAudit | None, prepared: Prepared) -> bytes:
    """A document that was read, cut and embedded."""
    import numpy as np

    vectors = np.stack(list(prepared.vectors.values())) if prepared.vectors else np.empty((0, 1), dtype=np.float16)
    return b"".join(
        (
            blob(pack_document(document)), blob(b"" if audit is None else pack_audit(audit)),
            number(len(prepared.chunks)), *map(_pack_chunk, prepared.chunks), blob(b"".join(prepared.hashes)),
            blob(b"".join(prepared.vectors)), number(vectors.shape[1]), blob(vectors.astype("<f2").tobytes()),
        )
    )  # fmt: skip


def read_read(content: bytes, path: str, dimension: int | None) -> tuple[Document, FileAudit | None, Prepared]:
    """The document of the file at `path`, its audit where there is one, and what an index holds of it; its vectors have this
    dimension (None: there are none). Raises Malformed."""
    found = Reader(content)
    document = read_document(found.blob(), path)
    told = found.blob()
    audit = read_audit(told, document) if told else None
    chunks = [_read_chunk(found, document) for _ in range(found.number(0, len(content)))]
    hashes = _read_hashes(found.blob())
    made, width, vectors = _read_hashes(found.blob()), found.number(), found.blob()
    found.end()
    if len(hashes) != len(chunks) or not set(made) <= set(hashes) or (made and width != dimension):
        raise Malformed("vectors of something else")
    return document, audit, Prepared(chunks, hashes, dict(zip(made, _read_vectors(vectors, len(made), width), strict=True)))


def _pack_chunk(chunk: Chunk) -> bytes:
    pages = (-1 if page is None else page for page in (chunk.page_first, chunk.page_last))
    return number(chunk.start) + number(chunk.end) + b"".join(map(number, pages)) + texts(chunk.section)


def _read_chunk(found: Reader, document: Document) -> Chunk:
    start = found.number(0, len(document.text))
    end = found.number(start, len(document.text))
    first, last = (None if page < 0 else page for page in (found.number(-1, MOST_PAGES), found.number(-1, MOST_PAGES)))
    return Chunk(document.text[start:end], start, end, found.texts(), first, last)


def _read_hashes(content: bytes) -> list[bytes]:
    if len(content) % HASH_BYTES:
        raise Malformed("a hash is none")
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def _read_vectors(content: bytes, count: int, width: int) -> NDArray[np.float16]:
    import numpy as np

    if len(content) != 2 * count * width:
        raise Malformed("vectors of another length")
    vectors = np.frombuffer(content, dtype="<f2").reshape(count, width) if count else np.empty((0, 1), dtype=np.float16)
    if not np.isfinite(vectors).all():
        raise Malformed("numbers that are none")
    return vectors
