"""The same page in many manuals, each with its own product's name: what a question about it finds, and what that costs.

    python tests/benchmarks/near_copies.py FOLDER COPIES [--rounds 2 3]

An index of so many near-copies of one passage, and 200 others, is made in FOLDER where it is not there yet (synthetic_index.py).
Told are the passages of the eight that were wanted, and the processor's time, the better of two, for each number of rounds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from unittest.mock import patch

import numpy as np
from synthetic_index import CHUNKS_A_DOCUMENT, DIMENSION, MANIFEST, Library, Made, put

from ragqa.answering import retrieve as module
from ragqa.answering.retrieve import retrieve
from ragqa.config import AskSettings
from ragqa.indexing.index import Index
from ragqa.indexing.search import derived
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE
from ragqa.types import Block, BlockKind, Chunk, Document

SEED, OTHERS, SPREAD, AWAY = 3, 2, 0.05, 0.3
"""Documents of other passages; how far a copy's vector is from the page's, and the question's from it."""


class Embedder:
    """Knows one question."""

    fingerprint = MANIFEST.fingerprint

    def __init__(self, vector: np.ndarray) -> None:
        self._vector = vector

    def embed_queries(self, texts: list[str]) -> np.ndarray:
        return np.stack([self._vector] * len(texts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("copies", type=int)
    parser.add_argument("--rounds", type=int, nargs="+", default=[2, 3])
    given = parser.parse_args()
    library = Library(SEED)
    page = library.document(0)
    if not (given.folder / DATABASE).is_file():
        make(library, page, given.folder, given.copies)
    question = " ".join(page.chunks[0].text.split()[:6])
    embedder = Embedder(near(page.vectors[0], np.random.default_rng(SEED), 1, AWAY)[0])
    for rounds in given.rounds:
        with patch.object(module, "ROUNDS", rounds), Index(given.folder) as index:
            took = []
            for _ in range(2):
                began = time.process_time()
                found = retrieve(index, embedder, question, AskSettings(top_k=8, product_weight=0.0))  # type: ignore[arg-type]
                took.append(time.process_time() - began)
        print(f"{given.copies:,} near-copies, {rounds} rounds: {len(found)} of 8 passages, {min(took):.2f} s", flush=True)


def make(library: Library, page: Made, folder: Path, copies: int) -> None:
    """An index of near-copies of a document's first passage, a hundred in a document, and of others."""
    dice = np.random.default_rng(SEED)
    with patch.object(derived, "RUNNING_CHUNKS", 10**12), IndexWriter(folder, MANIFEST) as writer:
        for number in range(copies // CHUNKS_A_DOCUMENT):
            put(writer, copied(library, page, number, dice))
        for number in range(1, OTHERS + 1):
            put(writer, library.document(number))
        writer.commit()


def copied(library: Library, page: Made, number: int, dice: np.random.Generator) -> Made:
    same, vocabulary = page.chunks[0].text.split()[:-1], library.words
    words = [[*same, vocabulary[name]] for name in dice.integers(len(vocabulary), size=CHUNKS_A_DOCUMENT)]
    texts = [" ".join(one) for one in words]
    starts = [place * 1000 for place in range(len(texts))]
    chunks = [Chunk(text, start, start + len(text), ("Part",)) for text, start in zip(texts, starts, strict=True)]
    whole = "\n".join(text.ljust(999) for text in texts)
    blocks = (Block(BlockKind.PARAGRAPH, 0, len(whole), ("Part",), (1,)),)
    vectors = near(page.vectors[0], dice, len(chunks), SPREAD)
    return Made(Document(f"copy {number}.txt", "Copy", whole, blocks), chunks, vectors, library.encoded(words))


def near(vector: np.ndarray, dice: np.random.Generator, count: int, spread: float) -> np.ndarray:
    noise = dice.standard_normal((count, DIMENSION), dtype=np.float32)
    moved = vector + spread * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


if __name__ == "__main__":
    main()
