"""What is right in a table that a parser read: which cells are neighbours, which rows are whole, how many rows are heads.

Texts are compared without white space, marks of list items and the hyphens of broken words, in which parsers rightly differ.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pdf_gold import Cell

Relation = tuple[str, str, str]
Row = tuple[str, ...]

_ENOUGH = 0.5
_ALIKE = str.maketrans("‐‑‒–—−“”„‘’‚`´", "------\"\"\"'''''")
_BROKEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]+(?=[^\W\d_])")
_MARKS = re.compile("[•‣◦●○■□▪▫❑➢✓ʑʋ\u00ad\ufffd\ue000-\uf8ff]")  # ʑ and ʋ: how a font of signs names its dots


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as a parser read it; `heads` is how many rows it took for heads, None where it does not say."""

    cells: tuple[Cell, ...]
    heads: int | None = None


@dataclass(slots=True)
class Count:
    """How many of what was looked for was found, and how much was given."""

    right: int = 0
    given: int = 0
    wanted: int = 0

    def add(self, other: Count) -> None:
        self.right += other.right
        self.given += other.given
        self.wanted += other.wanted

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else float(not self.wanted)

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else float(not self.given)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.given + self.wanted) if self.given + self.wanted else 1.0


@dataclass(slots=True)
class TableScore:
    """A marked table beside the one that was read in its place, if any; `heads` is None where the parser does not tell heads."""

    found: bool
    relations: Count
    rows: Count
    heads: bool | None

    @property
    def whole(self) -> bool:
        """Whether every row is as it was marked, and none is there besides."""
        return self.rows.right == self.rows.given == self.rows.wanted


@dataclass(slots=True)
class PageScore:
    """What the tables of a page are worth. `false` tables have most of their words from elsewhere on the page."""

    tables: list[TableScore] = field(default_factory=list)
    relations: Count = field(default_factory=Count)
    rows: Count = field(default_factory=Count)
    false: int = 0


def folded(text: str) -> str:
    """A text as it is compared."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", text)).translate(_ALIKE)
    return _BROKEN.sub("", "".join(plain.split()))


def words(text: str) -> list[str]:
    return [word for word in map(folded, text.split()) if word]


def relations(cells: Sequence[Cell]) -> Counter[Relation]:
    """The pairs of a cell and the next one to its right or below that is not empty; a merged cell may have several of them."""
    at = {
        (row, column): number
        for number, cell in enumerate(cells)
        if folded(cell.text)
        for row in range(cell.row, cell.last_row + 1)
        for column in range(cell.column, cell.last_column + 1)
    }
    pairs: set[tuple[int, int, str]] = set()
    last_row, last_column = max((row for row, _ in at), default=0), max((column for _, column in at), default=0)
    for (row, column), number in at.items():
        right = (at.get((row, further)) for further in range(column + 1, last_column + 1))
        below = (at.get((further, column)) for further in range(row + 1, last_row + 1))
        for direction, places in (("right", right), ("below", below)):
            neighbour = next((other for other in places if other is not None), None)
            if neighbour is not None and neighbour != number:
                pairs.add((number, neighbour, direction))
    return Counter((folded(cells[one].text), folded(cells[other].text), direction) for one, other, direction in pairs)


def rows(cells: Sequence[Cell]) -> Counter[Row]:
    """The texts of each row, a merged cell in every row that it covers."""
    found: Counter[Row] = Counter()
    for number in range(max((cell.last_row for cell in cells), default=-1) + 1):
        across = sorted((cell for cell in cells if cell.row <= number <= cell.last_row), key=lambda cell: cell.column)
        row = tuple(text for text in (folded(cell.text) for cell in across) if text)
        if row:
            found[row] += 1
    return found


def counted(given: Counter[Relation] | Counter[Row], wanted: Counter[Relation] | Counter[Row]) -> Count:
    return Count((given & wanted).total(), given.total(), wanted.total())  # type: ignore[operator]


def score_page(gold: Sequence[tuple[Sequence[Cell], int]], read: Iterable[ReadTable], either: str = "") -> PageScore:
    """A page's tables (cells and number of heads) beside what was read; `either` is the text that may be in a table or not."""
    bags = [_bag(cells) for cells, _ in gold]
    true = sum(bags, Counter[str]())
    free = Counter(words(either))
    score, kept = PageScore(), []
    for table in read:
        bag = _bag(table.cells)
        if sum(1 for cell in table.cells if folded(cell.text)) < 2:
            continue
        if (bag & true).total() >= _ENOUGH * bag.total():
            kept.append((table, bag))
        elif (bag & (free + true)).total() < _ENOUGH * bag.total():
            kept.append((table, bag))
            score.false += 1
    score.tables = [_score_table(*one, bag, kept) for one, bag in zip(gold, bags, strict=True)]
    for count in (relations, rows):
        given = sum((Counter(count(table.cells)) for table, _ in kept), Counter())
        wanted = sum((Counter(count(cells)) for cells, _ in gold), Counter())
        (score.relations if count is relations else score.rows).add(counted(given, wanted))
    return score


def _bag(cells: Iterable[Cell]) -> Counter[str]:
    return Counter(word for cell in cells for word in words(cell.text))


def _score_table(
    cells: Sequence[Cell], heads: int, bag: Counter[str], read: Sequence[tuple[ReadTable, Counter[str]]]
) -> TableScore:
    best = max(read, key=lambda one: (one[1] & bag).total(), default=None)
    if best is None or (best[1] & bag).total() < _ENOUGH * bag.total():
        nothing: Counter[Relation] = Counter()
        return TableScore(False, counted(nothing, relations(cells)), counted(Counter(), rows(cells)), None)
    table = best[0]
    told = None if table.heads is None else table.heads == heads
    between = counted(relations(table.cells), relations(cells))
    return TableScore(True, between, counted(rows(table.cells), rows(cells)), told)


def lost(page: str, read: str) -> tuple[int, int]:
    """How many of the words of a page do not occur in what was read of it, and how many there are."""
    looked_for = [word for word in words(page) if len(word) > 1]
    held = folded(read)
    return sum(word not in held for word in looked_for), len(looked_for)


def in_order(parts: Sequence[str], read: str) -> tuple[int, int]:
    """Of all pairs of words from two parts of a page, those read in the order of the parts; words that come once count."""
    places = {word: place for place, word in enumerate(words(read))}
    once = {word for word, times in Counter(words(read)).items() if times == 1}
    once &= {word for word, times in Counter(word for part in parts for word in words(part)).items() if times == 1}
    standing = [[places[word] for word in words(part) if word in once] for part in parts]
    right = all_pairs = 0
    for first, second in itertools.combinations(standing, 2):
        all_pairs += len(first) * len(second)
        right += sum(one < other for one in first for other in second)
    return right, all_pairs


def grid_cells(grid: Sequence[Sequence[str | None]]) -> tuple[Cell, ...]:
    """The cells of rows of texts, where None goes on with the cell to its left."""
    made = []
    for number, row in enumerate(grid):
        column = 0
        for text, run in itertools.groupby(_spread(row), key=lambda one: one[0]):
            width = sum(1 for _ in run)
            made.append(Cell(row[text] or "", number, column, number, column + width - 1))
            column += width
    return tuple(made)


def _spread(row: Sequence[str | None]) -> list[tuple[int, str | None]]:
    """Each place of a row with the number of the cell that covers it."""
    holder, spread = 0, []
    for place, text in enumerate(row):
        holder = place if text is not None else holder
        spread.append((holder, text))
    return spread
