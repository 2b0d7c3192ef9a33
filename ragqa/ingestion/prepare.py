"""A document cut into what an index holds of it, here or by a worker elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ragqa.chunking import chunk_document, embedded_text
from ragqa.config import IngestSettings
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.workers import ParsedFile, Prepared
from ragqa.types import Chunk, Document


def cut(document: Document, settings: IngestSettings, embedder: Embedder) -> tuple[list[Chunk], list[str]]:
    """A document's chunks, and what is embedded for each."""
    chunks = chunk_document(document, settings, embedder.count_tokens)
    texts = [embedded_text(document.title, one.section, one.text, settings, embedder.count_tokens) for one in chunks]
    return chunks, texts


def prepared(parsed: ParsedFile, settings: IngestSettings, embedder: Embedder) -> Prepared:
    """What an index takes of a file: made where it was parsed, or else here."""
    if parsed.prepared is not None:
        return parsed.prepared
    chunks, texts = cut(parsed.document, settings, embedder)
    return Prepared(chunks, hashes_of(texts))


def hashes_of(texts: Sequence[str]) -> list[bytes]:
    """The hashes that the vectors of texts are kept under."""
    return [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest() for text in texts]
