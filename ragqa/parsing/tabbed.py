"""Tables that are written as paragraphs with tabs between their cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.labels import BULLETS, starts_with_label
from ragqa.parsing.tables import looks_like_header, render_rows

_LONGEST_CELL = 80
_FEWEST_PAIRS = 3
"""Rows of two cells that make a table; of three cells and more two are enough."""

_TABS = re.compile(r"\t+")
_MARK = re.compile(rf"[(]?(?:\d+(?:\.\d+)*|[A-Za-z]|[ivxlc]+)[.)]|[{BULLETS}o\u2013-]|step \d+[.:]?", re.IGNORECASE)


@dataclass(slots=True)
class TabbedRows:
    """The paragraphs that are held back until it shows whether they are a table."""

    builder: DocumentBuilder
    _lines: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self._lines)

    def take(self, text: str) -> None:
        """Hold a paragraph that `could_be_a_row`."""
        self._lines.append(text.strip(" \n"))

    def flush(self) -> None:
        """Give the builder what is held: as a table if all of it has the same number of cells, else as paragraphs."""
        lines, self._lines = self._lines, []
        rows = _rows(lines)
        if not rows:
            for line in lines:
                self.builder.paragraph(line)
            return
        group = self.builder.new_group()
        for line in render_rows(rows, int(looks_like_header(rows))):
            self.builder.table_row(line, group)


def could_be_a_row(text: str) -> bool:
    """Whether a paragraph could be a row of a table: short cells with tabs between them, the first no mark of a list's item."""
    line = text.strip(" \n")
    if "\t" not in line.strip() or "\n" in line or starts_with_label(clean_line(line)):
        return False
    cells = [cell.strip() for cell in _TABS.split(line.strip())]
    return all(len(cell) <= _LONGEST_CELL for cell in cells) and not (len(cells) == 2 and _MARK.fullmatch(cells[0]))


def _rows(lines: list[str]) -> list[list[str]]:
    for tab in (re.compile("\t"), _TABS):
        rows = [[clean_line(cell) for cell in tab.split(line)] for line in lines]
        while rows and not any(row[0] for row in rows if row) and all(len(row) > 1 for row in rows):
            rows = [row[1:] for row in rows]  # all are set in by a tab
        width = len(rows[0]) if rows else 0
        if {len(row) for row in rows} == {width} and all(row[0] for row in rows[1:]):
            return rows if len(rows) >= (2 if width > 2 else _FEWEST_PAIRS) and width > 1 else []
    return []
