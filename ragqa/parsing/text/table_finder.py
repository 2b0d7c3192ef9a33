"""Finds the tables of plain text: where they begin, and how far they go on over the empty lines between their rows."""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.parsing.tables import looks_like_header
from ragqa.parsing.text.drawn import TextTable
from ragqa.parsing.text.tables import aligned_rows, has_columns, may_begin_table, read_table

_PROBE = 8
_LONGEST = 5000
_LONGEST_LINE = 200
_FEWEST_APART = 3


class TableFinder:
    """Finds tables among the lines of a text, each with its page. A table ends with its page."""

    def __init__(self, lines: Sequence[str], pages: Sequence[int | None]) -> None:
        self._lines = lines
        self._pages = pages

    def begins(self, index: int) -> bool:
        """Whether the lines from `index` to the next empty one begin with a table."""
        return self._first_rows(index) is not None

    def stands_below_text(self, index: int) -> bool:
        """Whether a table begins right below a line of text: not two lines that look alike, with more text below them."""
        found = self._first_rows(index)
        return found is not None and (len(found.rows) > 2 or not self._is_filled(index, index + found.length))

    def table(self, index: int) -> TextTable | None:
        """The table that begins with the line at `index`; None where none does."""
        found = self._first_rows(index)
        if found:
            # The last line of the probe may need the one below it to be a row.
            whole = read_table(self._block(index, _LONGEST)) if found.length >= _PROBE - 1 else None
            return self._with_rows_apart(index, whole or found)
        block = self._block(index, _PROBE)
        if not block or not has_columns(block[0]):
            return None
        rows = aligned_rows(block, block[0])
        found = self._with_rows_apart(index, TextTable(rows, 0, len(block))) if rows else None
        return found if found and len(found.rows) >= _FEWEST_APART else None

    def _first_rows(self, index: int) -> TextTable | None:
        """The table that the next few lines, up to an empty one, begin with."""
        probe = self._block(index, _PROBE)
        return read_table(probe) if probe and may_begin_table(probe) else None

    def _with_rows_apart(self, index: int, table: TextTable) -> TextTable:
        """The table with the rows after an empty line whose cells stand under those of its first line, at `index`."""
        rows, end = list(table.rows), index + table.length
        while not self._is_filled(index, end):
            block = self._block(end + 1, _LONGEST) if self._is_filled(index, end + 1) else []
            more = aligned_rows(block, self._lines[index])
            if not more or len(more[0]) != len(rows[0]) or looks_like_header(more):
                break
            rows += more
            end += 1 + len(block)
        if len(rows) == len(table.rows):
            return table
        return TextTable(rows, table.header_rows or int(looks_like_header(rows)), end - index)

    def _is_filled(self, index: int, at: int) -> bool:
        """Whether the line at `at` has text and is on the page of the one at `index`."""
        return 0 <= at < len(self._lines) and self._pages[at] == self._pages[index] and bool(self._lines[at].strip())

    def _block(self, index: int, most: int) -> Sequence[str]:
        """The lines from `index` to the next empty or very long one."""
        end = index
        while end - index < most and self._is_filled(index, end) and len(self._lines[end]) <= _LONGEST_LINE:
            end += 1
        return self._lines[index:end]
