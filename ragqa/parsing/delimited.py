"""Tables as text (.csv, .tsv): separator, quotes and encoding are found out, every row names its cells by the head."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.sheets import MOST_CHARACTERS, MOST_COLUMNS, MOST_ROWS, Grid, SheetReader, weight
from ragqa.types import Document

_SEPARATORS = "\t;|,"
_NO_SEPARATOR = "\x1f"
_SAMPLE_LINES = 200
_SMALLEST_SHARE = 0.3
_MOST_LINES_IN_RECORD = 200
_MOST_OPEN_QUOTES = 20
_DECLARED = re.compile(r'"?sep=(.)"?\s*$', re.IGNORECASE)
_COMMENT = re.compile(r"#(?:\s|$)")


class DelimitedParser:
    """Reads .csv and .tsv files."""

    name = "csv"
    version = 2
    suffixes = (".csv", ".tsv")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, damage = decode(data)
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        lines = _lines(text)
        declared = _DECLARED.match(lines[0]) if lines else None
        lines = lines[1:] if declared else lines
        while lines and _COMMENT.match(lines[0]):
            builder.paragraph(lines.pop(0).lstrip("# "))
        separator = declared.group(1) if declared else _separator(lines, path)
        records = _Records(lines, _dialect(lines, separator))
        reader = SheetReader(builder, level=1, side_by_side=False, head_expected=True)
        reader.read(Grid(_rows(records, builder)))
        if records.open_quotes:
            builder.warnings.append(f"line {records.open_quotes[0]}: a quotation mark is not closed; it was read as it stands")
        return builder.build((reader.first_title,))


def _lines(text: str) -> list[str]:
    """The lines with their ends. Unlike `splitlines`, this breaks at no form feed or other rare sign inside a cell."""
    return [f"{line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n\x1a").split("\n")]


def _rows(records: _Records, builder: DocumentBuilder) -> list[list[str]]:
    """The cells of the rows that are read; the rest is counted and said."""
    rows: list[list[str]] = []
    filled = read = characters = cut = 0
    for record in records:
        cells = [cell.strip() for cell in record[:MOST_COLUMNS]]
        filled += any(cells)
        if filled > MOST_ROWS or characters >= MOST_CHARACTERS:
            continue
        read = filled
        if any(cells) or (rows and any(rows[-1])):  # one blank row says as much as many
            rows.append(cells)
            characters += weight(cells)
            cut += any(map(str.strip, record[MOST_COLUMNS:]))
    left = filled - read
    if left:
        builder.warnings.append(f"the first {read:,} rows were read, {left:,} were left: split the file to have them all")
    if cut:
        builder.warnings.append(f"{cut:,} rows have more than {MOST_COLUMNS} columns: those beyond were left")
    return rows


@dataclass(frozen=True, slots=True)
class _Dialect:
    separator: str
    quote: str = '"'
    escape: str | None = None

    def reader(self, lines: Iterator[str], quoted: bool = True) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self.separator,
            quotechar=self.quote,
            escapechar=self.escape,
            doublequote=self.escape is None,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            skipinitialspace=self.separator != "\t",
        )


def _separator(lines: list[str], path: str) -> str:
    """The sign that cuts most of the first lines into equally many cells."""
    if path.lower().endswith(".tsv") and _regularity(lines, "\t")[0] >= _SMALLEST_SHARE:
        return "\t"
    best = max(_SEPARATORS, key=lambda separator: _regularity(lines, separator))
    return best if _regularity(lines, best)[0] >= _SMALLEST_SHARE else _NO_SEPARATOR


def _regularity(lines: list[str], separator: str) -> tuple[float, int]:
    """The share of records that have the commonest number of cells, and that number."""
    records = islice(_Records(lines[:_SAMPLE_LINES], _Dialect(separator)), _SAMPLE_LINES)
    widths = [len(record) for record in records if len(record) > 1 or any(record)]
    common = Counter(width for width in widths if width > 1).most_common(1)
    return (common[0][1] / len(widths), common[0][0]) if common else (0.0, 0)


def _dialect(lines: list[str], separator: str) -> _Dialect:
    sample = "".join(lines[:_SAMPLE_LINES])
    escape = "\\" if '\\"' in sample and '""' not in sample else None
    single = re.findall(rf"(?:^|{re.escape(separator)})'[^'\n]*'(?={re.escape(separator)}|$)", sample, re.MULTILINE)
    return _Dialect(separator, "'" if '"' not in sample and len(single) * 2 > min(len(lines), _SAMPLE_LINES) else '"', escape)


class _OpenQuote(Exception):
    """A quotation mark opened a cell that does not end within sensible bounds."""


class _Records:
    """The records of a file, once. Where a quotation mark is never closed, its line is read as it stands."""

    def __init__(self, lines: list[str], dialect: _Dialect) -> None:
        self._lines = lines
        self._dialect = dialect
        self._next = 0
        self._begin = 0
        self.open_quotes: list[int] = []

    def __iter__(self) -> Iterator[list[str]]:
        while self._begin < len(self._lines):
            quoted = len(self.open_quotes) < _MOST_OPEN_QUOTES
            self._next = self._begin
            try:
                for record in self._dialect.reader(self._feed(), quoted):
                    self._begin = self._next
                    yield record
                return
            except (_OpenQuote, csv.Error):
                self.open_quotes.append(self._begin + 1)
                line, self._begin = self._lines[self._begin], self._begin + 1
                yield line.strip().split(self._dialect.separator)

    def _feed(self) -> Iterator[str]:
        while self._next < len(self._lines):
            if self._next - self._begin >= _MOST_LINES_IN_RECORD:
                raise _OpenQuote
            self._next += 1
            yield self._lines[self._next - 1]
        if self._begin < self._next:  # the reader asks on because the last record has not ended
            raise _OpenQuote


PARSER = DelimitedParser()
