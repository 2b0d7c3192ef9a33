"""Where an index stands before an ingest: what it holds, and the settings that new chunks must share with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ragqa.config import IngestSettings
from ragqa.errors import UsageError
from ragqa.indexing.index import Index, StoredDocument
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.stamps import FileStamp, read_stamps
from ragqa.inference.embedder import Embedder
from ragqa.paths import DATABASE
from ragqa.types import Coverage, Metadata


def manifest_asked(stored: Manifest | None, embedder: Embedder, settings: IngestSettings) -> Manifest:
    """The manifest these settings ask for. Only a new index, or another embedder, needs the model to be loaded for it."""
    same = stored is not None and stored.fingerprint == embedder.fingerprint
    dimension = stored.dimension if stored is not None and same else embedder.dimension
    if not same and settings.chunk_tokens + settings.heading_tokens > embedder.max_tokens:
        raise UsageError(
            f"chunk_tokens {settings.chunk_tokens} and heading_tokens {settings.heading_tokens} exceed the "
            f"{embedder.max_tokens} tokens that the embedder '{embedder.name}' sees",
            hint="Lower chunk_tokens in ragqa.toml or with RAGQA_INGEST_CHUNK_TOKENS.",
        )
    return Manifest(
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=dimension,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        heading_tokens=settings.heading_tokens,
        vector_index=settings.vector_index if stored is None else stored.vector_index,
        retriever=stored.retriever if stored is not None and same else "",
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What an index holds at one commit: its documents, how their files looked and what they are labelled with, by their ids, and
    how many of its chunks lack vectors."""

    manifest: Manifest | None = None
    documents: Sequence[StoredDocument] = ()
    generation: int = 0
    stamps: Mapping[int, FileStamp] = field(default_factory=dict)
    lacking: int = 0
    labels: Mapping[int, Metadata] = field(default_factory=dict)


def stored_state(folder: Path, labels: bool = False) -> Standing:
    """The index's last commit, with what documents are labelled with only where that is asked for; of none where there is no
    index."""
    if not (folder / DATABASE).is_file():
        return Standing()
    with Index(folder) as index, index.snapshot():
        return Standing(
            index.manifest, index.documents(), index.generation, read_stamps(index), index.embedded().lacking,
            index.labels.all() if labels else {},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """The paths of an index's documents, by their ids, and how many of its chunks have vectors."""

    paths: Mapping[int, str] = field(default_factory=dict)
    embedded: Coverage = field(default_factory=lambda: Coverage(0, 0))


def count_contents(folder: Path) -> Contents:
    """What an index holds after an ingest, of none where there is none."""
    if not (folder / DATABASE).is_file():
        return Contents()
    with Index(folder) as index, index.snapshot():
        return Contents({document.id: document.path for document in index.documents()}, index.embedded())
