from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from answering_samples import a_hit

from ragqa.answering.cell_fit import MOST_CELLS, CellFit, about_cell
from ragqa.inference.embedder import Embedder
from ragqa.types import Block, BlockKind

WORDS = ("water", "time", "whites", "wool")


class WordEmbedder:
    """Vectors that count a few words, of length one."""

    def __init__(self) -> None:
        self.passages: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Any:
        counts = np.array([[text.lower().count(word) for word in WORDS] for text in texts], dtype=np.float32)
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-6)

    def embed_passages(self, texts: Sequence[str]) -> Any:
        self.passages += texts
        return self.embed_queries(texts)


@pytest.mark.parametrize(
    ("row", "cell", "about"),
    [
        ("Programme: Whites | Water (l): 83 | Time (min): 150", "150", "Whites, Time (min)"),
        ("Programme: Whites | Extra: prewash | Water (l): 83", "83", "Whites, prewash, Water (l)"),
        ("Code: 3 | Meaning: lid open | Remedy: close it", "lid open", "3, close it, Meaning"),
        ("3 GN / 4 OR | 514402", "514402", "3 GN / 4 OR"),
        ("No steam | Fill the tank", "No steam", "Fill the tank"),
        ("alone", "alone", ""),
    ],
)
def test_what_a_cell_is_about(row: str, cell: str, about: str) -> None:
    assert about_cell(row, row.index(cell)) == about


def places_in(text: str, words: Sequence[str]) -> list[tuple[int, int, int]]:
    return [(0, text.index(word), text.index(word) + len(word)) for word in words]


def test_the_cell_of_the_right_row_and_column_fits_best() -> None:
    rows = ["Programme: Whites | Water: 83 | Time: 150", "Programme: Wool | Water: 60 | Time: 40"]
    text = "\n".join([*rows, "Some prose."])
    blocks = [
        Block(BlockKind.TABLE_ROW, 0, len(rows[0]), group=1),
        Block(BlockKind.TABLE_ROW, len(rows[0]) + 1, len(text) - 12, group=1),
    ]
    prose = Block(BlockKind.PARAGRAPH, len(text) - 11, len(text))
    fit = CellFit(cast(Embedder, WordEmbedder()), "How much time do whites take?", [a_hit(text)], [[*blocks, prose]])
    fits = fit.fits(places_in(text, ["83", "150", "60", "40", "prose"]))
    assert fits[1] == fits[4] == 0.0
    assert fits[1] > fits[0] > fits[2] and fits[1] > fits[3] > fits[2]


def test_without_tables_nothing_is_embedded_and_of_a_huge_one_only_some_cells() -> None:
    embedder = WordEmbedder()
    text = "\n".join(f"Row {number} | {number + 1000}" for number in range(200))
    starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
    rows = [
        Block(BlockKind.TABLE_ROW, start, text.find("\n", start) if "\n" in text[start:] else len(text), group=1)
        for start in starts
    ]
    assert CellFit(cast(Embedder, embedder), "x", [a_hit(text)], [[]]).fits(places_in(text, ["1005"])) == [0.0]
    assert embedder.passages == []
    fits = CellFit(cast(Embedder, embedder), "x", [a_hit(text)], [rows]).fits(
        places_in(text, [str(n + 1000) for n in range(200)])
    )
    assert len(fits) == 200
    assert len(embedder.passages) == MOST_CELLS
