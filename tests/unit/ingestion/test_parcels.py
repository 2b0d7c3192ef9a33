"""What comes back from workers: read as it was written, or refused, whatever bytes it is."""

from __future__ import annotations

import pickle
import random
from typing import Any

import numpy as np
import pytest

from ragqa.config import IngestSettings
from ragqa.confined.wire import Malformed
from ragqa.ingestion.parcels import READ, Answer, Call, pack_read, read_read
from ragqa.ingestion.prepare import cut, hashes_of
from ragqa.ingestion.workers import Prepared
from ragqa.parsing.registry import parse
from ragqa.types import FileAudit, Unread

TEXT = "# Kettle\n\nIt holds 2 litres.\n\n## Cleaning\n\nUse vinegar.\n\n## Faults\n\nE-24: no water.\n"


@pytest.fixture
def parts(embedder: Any) -> tuple[Any, Prepared]:
    document = parse(TEXT.encode(), "kettle.md")
    chunks, texts = cut(document, IngestSettings(), embedder)
    hashes = hashes_of(texts)
    vectors = embedder.embed_passages(texts).astype("float16")
    return document, Prepared(chunks, hashes, dict(zip(hashes[1:], vectors[1:], strict=True)))


def test_a_document_arrives_as_it_was(parts: tuple[Any, Prepared]) -> None:
    document, prepared = parts
    audit = FileAudit(document.warnings, 40, 3, (Unread("line 1", "abc"),))
    for one in (None, audit):
        found, found_audit, found_prepared = read_read(pack_read(document, one, prepared), "kettle.md", 64)
        assert (found, found_audit) == (document, one) and len(prepared.chunks) >= 2
        assert (found_prepared.chunks, found_prepared.hashes) == (prepared.chunks, prepared.hashes)
        assert found_prepared.vectors.keys() == prepared.vectors.keys()
        assert all(np.array_equal(vector, prepared.vectors[key]) for key, vector in found_prepared.vectors.items())


def test_words_alone_arrive(parts: tuple[Any, Prepared]) -> None:
    document, prepared = parts
    bare = Prepared(prepared.chunks, prepared.hashes)
    assert not read_read(pack_read(document, None, bare), "kettle.md", 64)[2].vectors


@pytest.mark.parametrize("wrong", ["dimension", "nan", "of nothing", "fewer hashes"])
def test_vectors_of_something_else_are_refused(wrong: str, parts: tuple[Any, Prepared]) -> None:
    document, prepared = parts
    hashes, vectors, dimension = list(prepared.hashes), dict(prepared.vectors), 64
    if wrong == "dimension":
        dimension = 384
    elif wrong == "nan":
        vectors[hashes[1]] = np.full(64, np.nan, dtype=np.float16)
    elif wrong == "of nothing":
        vectors[b"x" * 16] = vectors[hashes[1]]
    else:
        hashes, vectors = hashes[:-1], {}
    with pytest.raises(Malformed):
        read_read(pack_read(document, None, Prepared(prepared.chunks, hashes, vectors)), "kettle.md", dimension)


def test_spoilt_bytes_are_refused_or_harmless(parts: tuple[Any, Prepared]) -> None:
    """Nothing but Malformed is raised, and what is read has offsets within its text."""
    document, prepared = parts
    whole, chance, refused = pack_read(document, None, prepared), random.Random(1), 0
    for _ in range(400):
        spoilt = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        cut_off = bytes(spoilt)[: chance.choice([len(spoilt), chance.randrange(len(spoilt))])]
        try:
            found, _, read = read_read(cut_off, "kettle.md", 64)
        except Malformed:
            refused += 1
            continue
        assert all(0 <= chunk.start <= chunk.end <= len(found.text) for chunk in read.chunks)
        assert all(np.isfinite(vector).all() for vector in read.vectors.values())
    assert refused > 200


def _answer(text: str) -> Answer:
    return READ, text.encode()


def test_a_call_is_made_where_it_is_unpickled() -> None:
    assert pickle.loads(Call(_answer, "made").packed()) == (READ, b"made")
