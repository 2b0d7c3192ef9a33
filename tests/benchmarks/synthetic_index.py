"""An index of any size, made by itself: documents with their own words out of a Zipf vocabulary, vectors in clusters.

Everything is written by the real writer; only the analysis of words, which is known beforehand here, is left out. With the same
size and seed it is the same each time.
"""

from __future__ import annotations

import hashlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search import derived
from ragqa.indexing.search.postings import term_key
from ragqa.indexing.writer import IndexWriter
from ragqa.text.analysis import index_terms
from ragqa.types import Block, BlockKind, Chunk, Document

DIMENSION = 384
VOCABULARY = 50_000
WORDS_A_CHUNK, CHUNKS_A_DOCUMENT, CHUNKS_A_SECTION = 32, 100, 10
OWN_WORDS, OWN_SHARE = 80, 0.4
"""Words that a document uses more than others do, and their share of its text."""

CLUSTERS, DOCUMENT_SPREAD, CHUNK_SPREAD = 500, 0.7, 0.7
"""Directions that documents are about, and how far a document is from its own, and a chunk from its document."""

SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]

MANIFEST = Manifest("synthetic", "0" * 64, DIMENSION, 120, 20, 24)


@dataclass(frozen=True)
class Question:
    """Words of a chunk, a vector near it, and the chunk's document and section."""

    words: list[str]
    vector: np.ndarray
    document: str
    section: str


class Encoded(NamedTuple):
    """The terms of a chunk as they are stored, and how many they are."""

    terms: bytes
    length: int

    def __len__(self) -> int:
        return self.length


class Made(NamedTuple):
    """A document, its chunks, their vectors of shape (chunks, DIMENSION), and their terms."""

    document: Document
    chunks: list[Chunk]
    vectors: np.ndarray
    terms: list[Encoded]


class Library:
    """What documents of a seed are made of."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        dice = np.random.default_rng(seed)
        self._words = np.array(_words(VOCABULARY))
        terms = [index_terms(word) for word in self._words.tolist()]
        assert all(len(found) == 1 for found in terms)
        self._keys = np.array([term_key(found[0]) for found in terms], dtype=np.uint64)
        self._part = term_key(index_terms("Part")[0])
        rates = 1 / (np.arange(VOCABULARY) + 30.0)  # the words that stand everywhere are stop words, which nobody looks for
        self._reach = np.cumsum(rates / rates.sum())
        self._centres = _unit(dice.standard_normal((CLUSTERS, DIMENSION), dtype=np.float32))

    @property
    def words(self) -> list[str]:
        """Its vocabulary."""
        return self._words.tolist()  # type: ignore[no-any-return]

    def encoded(self, texts: list[list[str]]) -> list[Encoded]:
        """What `encode_terms` makes of texts of equally many words of the vocabulary."""
        numbers = {word: number for number, word in enumerate(self.words)}
        return self._encoded(np.array([[numbers[word] for word in text] for text in texts]))

    def document(self, number: int) -> Made:
        """A document of the library, by its number; the same each time."""
        dice = np.random.default_rng((self._seed, number))
        own = self._drawn(dice, OWN_WORDS)
        shape = (CHUNKS_A_DOCUMENT, WORDS_A_CHUNK)
        picked = np.where(dice.random(shape) < OWN_SHARE, own[dice.integers(OWN_WORDS, size=shape)], self._drawn(dice, shape))
        texts = [" ".join(row) for row in self._words[picked].tolist()]
        topics = own[dice.integers(OWN_WORDS, size=CHUNKS_A_DOCUMENT // CHUNKS_A_SECTION)]
        heads = [f"Part {self._words[topic]}" for topic in topics]
        chunks, start = [], 0
        for place, text in enumerate(texts):
            chunks.append(Chunk(text, start, start + len(text), (heads[place // CHUNKS_A_SECTION],)))
            start += len(text) + 1
        first, last = chunks[::CHUNKS_A_SECTION], chunks[CHUNKS_A_SECTION - 1 :: CHUNKS_A_SECTION]
        blocks = (Block(BlockKind.PARAGRAPH, a.start, b.end, a.section, (1,)) for a, b in zip(first, last, strict=True))
        document = Document(f"manual {number}.txt", str(self._words[own[0]]), "\n".join(texts), tuple(blocks))
        around = np.concatenate([np.repeat(topics, CHUNKS_A_SECTION)[:, None], np.full((CHUNKS_A_DOCUMENT, 1), own[0])], axis=1)
        return Made(document, chunks, self._vectors(dice), self._encoded(np.concatenate([picked, around], axis=1)))

    def _vectors(self, dice: np.random.Generator) -> np.ndarray:
        centre = self._centres[dice.integers(CLUSTERS)] + DOCUMENT_SPREAD * _unit(
            dice.standard_normal(DIMENSION, dtype=np.float32)
        )
        noise = _unit(dice.standard_normal((CHUNKS_A_DOCUMENT, DIMENSION), dtype=np.float32))
        return _unit(_unit(centre) + CHUNK_SPREAD * noise)

    def _encoded(self, words: np.ndarray) -> list[Encoded]:
        """What `encode_terms` makes of chunks, given by their words' numbers, each with "Part" once."""
        part = np.full((len(words), 1), self._part, dtype=np.uint64)
        rows = np.sort(np.concatenate([self._keys[words], part], axis=1), axis=1)
        begins = np.ones(rows.shape, dtype=bool)
        begins[:, 1:] = rows[:, 1:] != rows[:, :-1]
        at = np.flatnonzero(begins.ravel())
        keys, counts = rows.ravel()[at], np.diff(at, append=rows.size).astype(np.uint8)
        ends = np.cumsum(begins.sum(axis=1)).tolist()
        bounds = zip([0, *ends], ends, strict=False)
        return [Encoded(keys[one:end].tobytes() + counts[one:end].tobytes(), rows.shape[1]) for one, end in bounds]

    def question(self, number: int, documents: int) -> Question:
        """A question on a chunk of one of the first so many documents."""
        dice = np.random.default_rng((self._seed, 1, number))
        made = self.document(int(dice.integers(documents)))
        document, chunks, vectors = made.document, made.chunks, made.vectors
        place = int(dice.integers(len(chunks)))
        words = dice.choice(chunks[place].text.split(), int(dice.integers(3, 9)), replace=False).tolist()
        vector = _unit(vectors[place] + 0.6 * _unit(dice.standard_normal(DIMENSION, dtype=np.float32)))
        return Question(words, vector, document.path, chunks[place].section[0])

    def _drawn(self, dice: np.random.Generator, shape: int | tuple[int, ...]) -> np.ndarray:
        return np.searchsorted(self._reach, dice.random(shape)).clip(max=VOCABULARY - 1)


def make_index(folder: Path, chunks: int, seed: int) -> None:
    """Make an index of so many chunks. Progress is told on stderr."""
    library, last = Library(seed), -(-chunks // CHUNKS_A_DOCUMENT)
    began = time.monotonic()
    with patch.object(derived, "RUNNING_CHUNKS", 10**12), IndexWriter(folder, MANIFEST) as writer:
        for number in range(last):
            put(writer, library.document(number))
            if number % 200 == 199:
                writer.commit(settle=False)
                left = (time.monotonic() - began) / (number + 1) * (last - number - 1)
                print(
                    f"{(number + 1) * CHUNKS_A_DOCUMENT:,} of {chunks:,} chunks, {left:.0f} s left", file=sys.stderr, flush=True
                )
        writer.commit()


def put(writer: IndexWriter, made: Made) -> None:
    """Hand a document to a writer as an ingest would, its terms as they are known already."""
    path = made.document.path
    keys = [hashlib.sha256(f"{path} {one.start}".encode()).digest() for one in made.chunks]
    vectors, known = dict(zip(keys, made.vectors, strict=True)), iter(made.terms)
    with (
        patch("ragqa.indexing.writer.chunk_terms", lambda *words: next(known)),
        patch("ragqa.indexing.writer.encode_terms", lambda encoded: encoded.terms),
    ):
        writer.put_document(
            made.document, path.encode(), path, len(made.document.text), 0, "synthetic 1", made.chunks, keys, vectors
        )


def _words(count: int) -> list[str]:
    """Distinct words of three syllables and a number of the last ones."""
    size = len(SYLLABLES)
    made = []
    for number in range(count):
        parts = number * 7919 % size**3
        made.append(SYLLABLES[parts % size] + SYLLABLES[parts // size % size] + SYLLABLES[parts // size**2])
    assert len(set(made)) == count
    return made


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
