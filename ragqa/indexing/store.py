"""What an index is made of: its manifest, its tables, and the seam behind which vectors are searched."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ragqa.errors import IndexDamaged, IndexMismatch
from ragqa.text.analysis import ANALYSER_VERSION

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCHEMA_VERSION = 2

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source BLOB NOT NULL UNIQUE,      -- absolute path as the operating system spells it
    path TEXT NOT NULL UNIQUE,        -- as users see it: relative to the ingested folder
    title TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    parser TEXT NOT NULL,             -- name and version
    pages INTEGER,
    characters INTEGER NOT NULL,
    warnings TEXT NOT NULL,           -- JSON list
    ingested_at TEXT NOT NULL
);
CREATE INDEX documents_by_hash ON documents (sha256);
CREATE TABLE texts (
    document_id INTEGER PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE TABLE blocks (
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    kind TEXT NOT NULL,
    section TEXT NOT NULL,            -- JSON list of headings
    levels TEXT NOT NULL,             -- JSON list of their levels
    page INTEGER,
    "group" INTEGER NOT NULL,
    PRIMARY KEY (document_id, start)
) WITHOUT ROWID;
CREATE TABLE embeddings (
    hash BLOB PRIMARY KEY,            -- of the very text that was embedded
    vector BLOB NOT NULL              -- float16, normalised
) WITHOUT ROWID;
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    text TEXT NOT NULL,
    section TEXT NOT NULL,
    page_first INTEGER,
    page_last INTEGER,
    embedding BLOB NOT NULL REFERENCES embeddings (hash)
);
CREATE TABLE removed (id INTEGER PRIMARY KEY);    -- chunks that are gone, but may still be in the derived files
CREATE INDEX chunks_by_document ON chunks (document_id, start);
CREATE INDEX chunks_by_embedding ON chunks (embedding);
CREATE TABLE lexical (
    id INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    length INTEGER NOT NULL,          -- terms of title, heading path and text
    terms BLOB NOT NULL               -- see postings.encode_terms
);
"""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The settings an index was made with; a chunk made with others would not be comparable."""

    embedder: str
    fingerprint: str
    dimension: int
    chunk_tokens: int
    chunk_overlap: int
    heading_tokens: int
    vector_index: str = "auto"
    analyser: int = ANALYSER_VERSION

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises IndexDamaged when the stored manifest is not one."""
        try:
            stored = json.loads(text)
            return cls(**{item.name: stored[item.name] for item in fields(cls)})
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamaged("the index's manifest cannot be read", hint="Make the index again.") from error

    def refuse_mismatch(self, asked: Manifest, name: str) -> None:
        """Raises IndexMismatch, naming the fixing command, when this index's chunks and `asked`'s would not be comparable."""
        what = {
            "fingerprint": ("embedder", self.embedder, asked.embedder),
            "chunk_tokens": ("chunk_tokens", self.chunk_tokens, asked.chunk_tokens),
            "chunk_overlap": ("chunk_overlap", self.chunk_overlap, asked.chunk_overlap),
            "heading_tokens": ("heading_tokens", self.heading_tokens, asked.heading_tokens),
            "analyser": ("text analysis version", self.analyser, asked.analyser),
        }
        for key, (label, has, wants) in what.items():
            if getattr(self, key) != getattr(asked, key):
                same = f" (another version: {self.fingerprint[:8]}, now {asked.fingerprint[:8]})" if has == wants else ""
                raise IndexMismatch(
                    f"index '{name}' was made with {label} {has}, not {wants}{same}",
                    hint=f"Use the same setting, another --index, or make it anew: ragqa index rm {name} and ingest again.",
                )


class VectorStore(Protocol):
    """Nearest-neighbour search over normalised vectors that are known by integer ids."""

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors, shape (n, dimension), under new ids, shape (n,)."""
        ...

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Forget these ids. Only flat stores can."""
        ...

    def search(
        self,
        query: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.int64] | None = None,
        without: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and inner products of the `k` nearest to one query, best first; only among `allowed`, never of `without`."""
        ...

    def save(self, path: Path) -> str:
        """Write to `path`, flushed to the disk, and return the file's SHA-256."""
        ...
