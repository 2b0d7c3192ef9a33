"""Reads lines of plain text into pieces: headings, paragraphs, list items and table rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from ragqa.parsing.labels import is_bare_label, split_marker
from ragqa.parsing.tables import render_rows
from ragqa.parsing.text.numbers import section_number, without_gap
from ragqa.parsing.text.phrases import is_broken, is_phrase
from ragqa.parsing.text.table_finder import TableFinder
from ragqa.parsing.text.tables import TABLE_RULE, has_columns, lists_contents
from ragqa.text.scripts import UNSPACED_RUN, space_between
from ragqa.text.sentences import ENDS_LINE
from ragqa.types import BlockKind

_UNDERLINE = re.compile(r"([=\-~^*#_+:.'\"`\u2500\u2550\u00af])\1{2,}")
_OPENS_CLOSED = re.compile(r"[,.;:)!?](?:\s|$)|[\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f]")
_ENDS_NO_HEADING = ".,;:\u3001\u3002\uff0c\uff1a\uff1b"
_NUMBER = re.compile(r"\D?(\d+)")
_LONG_LINE = 200
_LONGEST_HEADING = 90
_LONGEST_RUN_IN = 50
_MOST_HEADING_WORDS, _MOST_RUN_IN_WORDS = 14, 7
_WRAPPED_SHARE = 0.75
_HEADING_REST = 24


@dataclass(slots=True)
class Piece:
    """A stretch of text. `style` tells how a heading is set; `group` numbers lists and tables from 1."""

    kind: BlockKind
    text: str
    page: int | None
    style: str = ""
    group: int = 0
    marker: str = ""
    depth: int = 0


class LineReader:
    """Reads lines of a text in a language, each with its page, from top to bottom."""

    def __init__(self, lines: list[str], pages: list[int | None], language: str) -> None:
        self._language = language
        self._lines = lines
        self._pages = pages
        self._tables = TableFinder(lines, pages)
        self._at = 0
        self._group = 0
        self._indents: list[int] = []
        self._pieces: list[Piece] = []
        self._chapter: int | None = None
        self._width = _usual_width(lines)
        self.left_out: list[str] = []

    def read(self) -> list[Piece]:
        """All pieces in order."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif _is_rule(line):
                if not self._read_table():
                    self._at += 1
            elif len(line) > _LONG_LINE:
                self._add(BlockKind.PARAGRAPH, line.strip())
                self._at += 1
            elif not (self._read_heading() or self._read_table() or self._read_item()):
                self._read_paragraph()
        return self._pieces

    def _add(self, kind: BlockKind, text: str, style: str = "", marker: str = "", depth: int = 0) -> None:
        group = self._group if kind in (BlockKind.LIST_ITEM, BlockKind.TABLE_ROW) else 0
        self._pieces.append(Piece(kind, text, self._pages[self._at], style, group, marker, depth))

    def _line(self, index: int) -> str:
        """The line at `index` without indentation; nothing outside the file or on another page than the cursor."""
        if not 0 <= index < len(self._lines) or self._pages[index] != self._pages[self._at]:
            return ""
        return self._lines[index].strip()

    # headings

    def _read_heading(self) -> bool:
        line = self._line(self._at)
        below = self._line(self._at + 1)
        if has_columns(line) and without_gap(line) != line and self._tables.table(self._at) is None:
            line = without_gap(line)
        if _UNDERLINE.fullmatch(line):
            return False
        if (
            _UNDERLINE.fullmatch(below)
            and not has_columns(line)
            and len(line) <= _LONGEST_HEADING
            and len(below) >= 0.6 * len(line)
        ):
            self._add(BlockKind.HEADING, line, style="underline" + below[0])
            self._at += 2
            return True
        style = self._heading_style(line, below)
        if not style:
            return False
        number = _NUMBER.match(line)
        self._chapter = int(number.group(1)) if style == "number1" and number else self._chapter
        rest = self._wrapped_rest(line, below)
        self._add(BlockKind.HEADING, f"{line} {rest}".strip(), style=style)
        self._at += 3 if rest else 1
        return True

    def _heading_style(self, line: str, below: str) -> str:
        """How a heading is set, nothing if the line is none."""
        if len(line) > _LONGEST_HEADING or line[-1] in _ENDS_NO_HEADING or is_bare_label(line):
            return ""
        if not any(map(str.isalpha, line)) or has_columns(line) or line.count("(") != line.count(")"):
            return ""
        open_above = not self._line(self._at - 1) or self._follows_heading()
        number = section_number(line) if open_above else None
        if number and self._is_section_number(number, below):
            return f"number{number.count('.') + 1}"
        if split_marker(line):
            return ""
        if open_above and self._text_follows():
            page_top = self._at > 0 and self._pages[self._at - 1] != self._pages[self._at]
            if line.isupper() and sum(map(str.isalpha, line)) >= 4 and not (page_top and below):
                return "capitals"
            if not below and _begins_like_heading(line) and _words(line) <= _MOST_HEADING_WORDS:
                return "standalone"
        return "run-in" if self._is_run_in(line, below) else ""

    def _follows_heading(self) -> bool:
        return bool(self._pieces) and self._pieces[-1].kind is BlockKind.HEADING

    def _is_section_number(self, number: str, below: str) -> bool:
        """ "1. Fill the tank" may be a step: a chapter stands alone and no step comes before or after it."""
        if not number[0].isdecimal() or "." in number:
            return "." in number or not below
        step, chapter = self._step_before(), int(number)
        if below or (step is not None and (step == chapter - 1 or self._chapter != chapter - 1)):
            return False
        following = next((self._line(i) for i in range(self._at + 1, self._at + 4) if self._line(i)), "")
        return not re.match(rf"\(?{chapter + 1}[.)]", following)

    def _step_before(self) -> int | None:
        """The number of the last numbered item in the list above, None where there is none."""
        for piece in reversed(self._pieces):
            number = _NUMBER.match(piece.marker)
            if number or piece.kind is not BlockKind.LIST_ITEM:
                return int(number.group(1)) if number else None
        return None

    def _text_follows(self) -> bool:
        return any(self._lines[index].strip() for index in range(self._at + 1, min(self._at + 4, len(self._lines))))

    def _is_run_in(self, line: str, below: str) -> bool:
        """A short name on its own line, after a full sentence and right above the sentence or the table it names."""
        if len(line) > _LONGEST_RUN_IN or not _begins_like_heading(line) or line[-1] in "!?" or _words(line) > _MOST_RUN_IN_WORDS:
            return False
        above = self._line(self._at - 1)
        if above and not ENDS_LINE.search(above) and not self._follows_heading():
            return False
        if self._tables.stands_below_text(self._at + 1) and not self._tables.begins(self._at):
            return not is_broken(line, self._language)
        if not above and not self._follows_heading():
            return False
        if not below[:1].isalpha() or below[:1].islower():
            return False
        long_enough = len(below) > len(line) and (len(below) >= 40 or bool(ENDS_LINE.search(below)))
        return long_enough or (bool(above) and is_phrase(line, self._language))

    def _wrapped_rest(self, line: str, below: str) -> str:
        """The end of a long heading that a break (and an empty line) cut off: a few words in lower case."""
        rest = self._line(self._at + 2)
        if below or len(line) < 50 or not rest[:1].islower() or len(rest) > _HEADING_REST or rest[-1] in ".,;:":
            return ""
        return rest

    # tables

    def _read_table(self) -> bool:
        table = self._tables.table(self._at)
        if table is None:
            return False
        if lists_contents(table):
            self.left_out.append("the table of contents is left out")
            self._at += table.length
            return True
        self._group += 1
        for text in render_rows(table.rows, table.header_rows):
            self._add(BlockKind.TABLE_ROW, text)
        self._at += table.length
        return True

    # lists

    def _read_item(self) -> bool:
        split = split_marker(self._line(self._at))
        if split is None:
            return False
        marker, text = split
        line = self._lines[self._at]
        if not self._pieces or self._pieces[-1].kind is not BlockKind.LIST_ITEM:
            self._group += 1
            self._indents = []
        indent = len(line) - len(line.lstrip())
        while self._indents and self._indents[-1] > indent:
            self._indents.pop()
        if not self._indents or self._indents[-1] < indent:
            self._indents.append(indent)
        start = self._at
        texts = [text, *self._continuation(indent)]
        end, self._at = self._at, start
        self._add(BlockKind.LIST_ITEM, _join(texts), marker=marker, depth=len(self._indents) - 1)
        self._at = end
        return True

    def _continuation(self, indent: int) -> list[str]:
        """The wrapped lines of the item at the cursor, which moves past them."""
        texts: list[str] = []
        while True:
            line = self._line(self._at)
            below = self._line(self._at + 1)
            if not below or split_marker(below):
                break
            raw = self._lines[self._at + 1]
            deeper = len(raw) - len(raw.lstrip()) > indent
            wrapped = len(line) >= _WRAPPED_SHARE * self._width or below[0].islower()
            if not deeper and not wrapped:
                break
            texts.append(below)
            self._at += 1
        self._at += 1
        return texts

    # paragraphs

    def _read_paragraph(self) -> None:
        start = self._at
        texts = [self._line(self._at)]
        while not self._paragraph_ends(texts[-1]):
            self._at += 1
            texts.append(self._line(self._at))
        end, self._at = self._at + 1, start
        self._add(BlockKind.PARAGRAPH, _join(texts))
        self._at = end

    def _paragraph_ends(self, line: str) -> bool:
        """Whether nothing below the cursor goes on with its paragraph."""
        below = self._line(self._at + 1)
        if not below or len(below) > _LONG_LINE or split_marker(below) or is_bare_label(line) or _UNDERLINE.fullmatch(below):
            return True
        ended, short = ENDS_LINE.search(line) is not None, len(line) < _WRAPPED_SHARE * self._width
        if ended and short:
            return True
        # Not below a full line: lines set flush on both sides have gaps like those between columns.
        if short and self._tables.stands_below_text(self._at + 1):
            return True
        if not ended:
            return False
        self._at += 1
        heading = self._is_run_in(below, self._line(self._at + 1))
        self._at -= 1
        return heading


def _is_rule(line: str) -> bool:
    """Whether a line is nothing but an ornament or the rule of a table."""
    return TABLE_RULE.fullmatch(line[:_LONG_LINE]) is not None or _UNDERLINE.fullmatch(line.strip()) is not None


def _usual_width(lines: list[str]) -> int:
    """The width that lines are wrapped at: what nine of ten lines keep to."""
    lengths = sorted(len(line) for line in lines if line)
    return min(max(lengths[int(0.9 * (len(lengths) - 1))], 40), _LONG_LINE) if lengths else 40


def _begins_like_heading(line: str) -> bool:
    """With a capital, a letter of a script without capitals, a figure or a quotation mark."""
    return not line[0].islower() and (line[0].isalnum() or line[0] in "\"\u201c'\u00bf\u00a1\u00ab\u201e\u300c\u300e\u3010")


def _words(line: str) -> int:
    """How many words a line has; in scripts without spaces, two characters count as one."""
    return len(line.split()) + sum(len(run) for run in UNSPACED_RUN.findall(line)) // 2


def _join(texts: list[str]) -> str:
    """Wrapped lines as one; no space before a line that begins with closing punctuation, nor in scripts that have none."""
    parts = [texts[0]]
    for before, text in pairwise(texts):
        parts.append(text if _OPENS_CLOSED.match(text) else space_between(before, text) + text)
    return "".join(parts)
