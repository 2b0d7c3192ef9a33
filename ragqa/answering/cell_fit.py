"""How well the cell of a table that a span stands in fits the question: by what its row is of and the name of its column.

A reader sees a row of numbers, each under its head, and often takes the neighbour's. What a cell is about can be said without its
value ("Cottons 60 °C, Duration"), and compared with the question as passages are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragqa.inference.embedder import Embedder
from ragqa.types import Block, BlockKind, Hit

MOST_CELLS = 64
"""Cells of one question that are compared; the spans of others are taken to fit as badly as the worst of these."""

_LONGEST_NAME = 80
_BAR, _NAMES = " | ", ": "
_VALUE = re.compile(r"[^\w\s]*[\d.,:/\u2013-]+\s?\S{0,4}|[\W_]*")


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a cell is about, and the table it is of: the document's id and the group of its rows."""

    table: tuple[int, int]
    about: str


class CellFit:
    """The fit of cells to one question; used by one thread, it remembers what it has embedded."""

    def __init__(self, embedder: Embedder, question: str, hits: Sequence[Hit], blocks: Sequence[Sequence[Block]]) -> None:
        self._embedder, self._question = embedder, question
        self._hits, self._blocks = hits, blocks
        self._similar: dict[str, float] = {}

    def fits(self, places: Sequence[tuple[int, int, int]]) -> list[float]:
        """For each span (the passage's number, start and end in the document), best first, how much less its cell is like the
        question than the cell of its table that is most like it: a difference of cosines, 0 for the best and outside tables."""
        cells = [self._cell(*place) for place in places]
        self._compare(dict.fromkeys(cell.about for cell in cells if cell is not None))
        best: dict[tuple[int, int], float] = defaultdict(lambda: -1.0)
        worst = min(self._similar.values(), default=0.0)
        for cell in cells:
            if cell is not None:
                best[cell.table] = max(best[cell.table], self._similar.get(cell.about, worst))
        return [0.0 if cell is None else self._similar.get(cell.about, worst) - best[cell.table] for cell in cells]

    def _compare(self, abouts: Iterable[str]) -> None:
        new = [about for about in abouts if about not in self._similar][: MOST_CELLS - len(self._similar)]
        if not new:
            return
        question = self._embedder.embed_queries([self._question])[0]
        for about, vector in zip(new, self._embedder.embed_passages(new), strict=True):
            self._similar[about] = float(vector @ question)

    def _cell(self, passage: int, start: int, end: int) -> _Cell | None:
        hit = self._hits[passage]
        for block in self._blocks[passage]:
            if block.kind is BlockKind.TABLE_ROW and block.start <= start and end <= block.end:
                first = max(block.start - hit.chunk.start, 0)
                text = hit.chunk.text[first : block.end - hit.chunk.start]
                about = about_cell(text, start - hit.chunk.start - first)
                return _Cell((hit.document_id, block.group), about) if about else None
        return None


def about_cell(row: str, at: int) -> str:
    """What the cell of a row that holds the character `at` is about: the names in the other cells, and its column's head."""
    names: list[str] = []
    head = ""
    place = 0
    for piece in row.split(_BAR):
        label, mark, value = piece.partition(_NAMES)
        label, value = (label, value) if mark else ("", piece)
        if place <= at < place + len(piece) + len(_BAR):
            head = label
        elif value and (not names or not _VALUE.fullmatch(value)):  # what stands first names the row, if only by a number
            names.append(value[:_LONGEST_NAME])
        place += len(piece) + len(_BAR)
    return ", ".join(part for part in (*names, head) if part)
