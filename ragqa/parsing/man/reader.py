"""Reads man pages of both kinds, those of `man` and of `mdoc`, into a builder."""

from __future__ import annotations

import re

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.man.escapes import shown
from ragqa.parsing.man.mdoc import INLINE, MdocWords
from ragqa.parsing.man.requests import Line, read_lines
from ragqa.parsing.man.tables import read_tbl
from ragqa.parsing.tables import render_rows

_ALTERNATING = frozenset({"BR", "RB", "BI", "IB", "IR", "RI", "SB"})
_FONTS = frozenset({"B", "I", "SM", "R", "CW"})
_PARAGRAPHS = frozenset({"PP", "LP", "P", "Pp", "Lp", "HP", "sp", "bp", "Sp"})
_BULLETS = frozenset({"\u2022", "*", "-", "o", "+", "\u00b7", "\u2013"})
_MARKED = re.compile(r"(\u2022|\d{1,3}\.)\s+(?=\S)")
_LONGEST_TERM = 160
_NUMBER = re.compile(r"[(\[]?(?:\d{1,3}|[a-zA-Z])[.)\]]")


class ManReader:
    """Takes the lines of a page in order. Text gathers until a macro ends its paragraph."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._words = MdocWords()
        self._strings: dict[str, str] = {}
        self._text: list[str] = []
        self._code: list[str] | None = None
        self._table: list[str] | None = None
        self._term: list[str] = []
        self._wants_term = False
        self._group = 0
        self._depth = 0
        self._lists: list[tuple[str, int]] = []
        self._equation = False
        self._address, self._has_words = "", False
        self.title = ""
        self.elsewhere = ""

    def read(self, text: str) -> None:
        """Feed a whole page to the builder."""
        for line in read_lines(text):
            if self._table is not None:
                self._table_line(line)
            elif self._equation:
                self._equation = line.name != "EN"
            elif line.name:
                self._macro(line)
            else:
                self._take(line.rest)
        self._end_table()
        self._end_code()
        self._end_paragraph()

    def _shown(self, text: str) -> str:
        return shown(text, self._strings)

    def _take(self, raw: str) -> None:
        """A line of text: of code as it is, of a paragraph with the others; an empty one ends it."""
        self._has_words |= bool(raw.strip())
        if self._code is not None:
            self._code.append(self._shown(raw))
        elif not raw.strip():
            self._end_paragraph()
        elif self._wants_term:
            self._set_term(self._shown(raw))
        else:
            self._text.append(self._shown(raw).strip())

    # macros

    def _macro(self, line: Line) -> None:
        name = line.name
        if name in ("TH", "Dt"):
            arguments = [self._shown(argument) for argument in line.arguments]
            self.title = f"{arguments[0]}({arguments[1]})" if len(arguments) > 1 else "".join(arguments)
        elif name in ("SH", "SS", "Sh", "Ss"):
            self._heading(line, 1 if name in ("SH", "Sh") else 2)
        elif name in _PARAGRAPHS:
            self._paragraph_break()
        elif name in ("TP", "TQ", "IP", "It"):
            self._item(line)
        elif name in ("nf", "EX", "fi", "EE", "Bd", "Ed", "Dl", "D1", "Vb", "Ve"):
            self._display(line)
        elif name in ("RS", "RE", "Bl", "El"):
            self._nesting(line)
        elif name in ("TS", "EQ"):
            self._end_paragraph()
            self._table = [] if name == "TS" else None
            self._equation = name == "EQ"
            if self._equation:
                self._builder.warnings.append(f"line {line.number}: an equation is not read")
        elif name == "ds":
            key, _, value = line.rest.partition(" ")
            self._strings[key] = self._shown(value.lstrip().removeprefix('"'))[:1000]
        elif name in ("so", "mso"):
            self.elsewhere = line.rest
            self._builder.warnings.append(f"line {line.number}: {line.rest} is taken from another file and not read")
        elif name == "br" and self._text:
            self._text[-1] += "\n"
        else:
            self._words_of(line)

    def _words_of(self, line: Line) -> None:
        """A macro that sets words within a line."""
        name, arguments = line.name, line.arguments
        if name in _ALTERNATING:
            text = self._shown("".join(arguments))
        elif name in _FONTS:
            text = self._shown(" ".join(arguments))
        elif name in ("OP", "SY"):
            text = self._shown(f"[{' '.join(arguments)}]" if name == "OP" else " ".join(arguments))
        elif name in ("UR", "MT"):
            self._end_link()
            self._address, self._has_words = self._shown(" ".join(arguments)), False
            return
        elif name in ("UE", "ME"):
            self._end_link(self._shown("".join(arguments)))
            return
        elif name in INLINE or name[:1] == "%":
            text = self._shown(self._words.text([name, *arguments]))
            if name == "Nd":
                text = f"\u2014 {text}"
        else:
            return
        if text.strip():
            self._take(text)

    def _end_link(self, after: str = "") -> None:
        """Show the address that was held back until the words that it belongs to, in parentheses where there are some."""
        address, self._address = self._address, ""
        text = (f"({address})" if address and self._has_words else address) + after
        if text.strip():
            self._take(text)

    def _heading(self, line: Line, level: int) -> None:
        self._paragraph_break()
        self._lists, self._depth = [], 0
        self._builder.heading(self._shown(" ".join(line.arguments)).strip(), level)

    def _paragraph_break(self) -> None:
        if self._code is not None:
            self._code.append("")
            return
        self._end_paragraph()
        if not self._lists and not self._depth:
            self._group = 0

    def _item(self, line: Line) -> None:
        self._end_code()
        name = line.name
        if name == "TQ" and self._term and not self._text:
            self._wants_term = True
            return
        self._end_paragraph()
        self._group = self._group or self._builder.new_group()
        if name in ("TP", "TQ"):
            self._wants_term = True
        elif name == "IP":
            self._term = [self._shown(line.arguments[0])] if line.arguments else []
        else:
            kind, number = self._lists[-1] if self._lists else ("tag", 0)
            if kind in ("bullet", "dash", "hyphen"):
                self._term = ["\u2022"]
            elif kind == "enum":
                self._lists[-1] = (kind, number + 1)
                self._term = [f"{number + 1}."]
            elif kind == "column":
                self._term = []
                self._text = [" | ".join(part.strip() for part in re.split(r"\t|\bTa\b", self._shown(line.rest)) if part.strip())]
            else:
                self._term = [self._shown(self._words.text(line.arguments))]

    def _set_term(self, text: str) -> None:
        self._term.append(text.strip())
        self._wants_term = False

    def _display(self, line: Line) -> None:
        name = line.name
        if name in ("Dl", "D1"):
            self._end_paragraph()
            self._builder.code(self._shown(self._words.text(line.arguments)))
        elif name in ("fi", "EE", "Ed", "Ve"):
            self._end_code()
        elif name != "Bd" or any(kind in line.arguments for kind in ("-literal", "-unfilled")):
            self._end_paragraph()
            self._code = self._code if self._code is not None else []
        else:
            self._end_paragraph()

    def _nesting(self, line: Line) -> None:
        text = " ".join(self._text)
        if line.name == "RS" and not self._term and 0 < len(text) <= _LONGEST_TERM and text[-1] not in ".:;,":
            # Pages that other formats were turned into set an option on its own, and indent what it does.
            self._term, self._text = [text], []
            self._group = self._group or self._builder.new_group()
        else:
            self._end_paragraph()
        if line.name == "Bl":
            kind = next((word[1:] for word in line.arguments if word.startswith("-")), "tag")
            self._lists.append((kind, 0))
            self._group = self._group or self._builder.new_group()
        elif line.name == "El" and self._lists:
            self._lists.pop()
            self._group = self._group if self._lists else 0
        self._depth = max(0, self._depth + (line.name == "RS") - (line.name == "RE"))

    # what is finished

    def _end_code(self) -> None:
        if self._code is not None:
            code, self._code = "\n".join(self._code), None
            self._builder.code(code)

    def _end_paragraph(self) -> None:
        self._end_link()
        text, self._text = " ".join(self._text).replace("\n ", "\n").strip(), []
        term, self._term = ", ".join(filter(None, self._term)), []
        self._wants_term = False
        if not text and not term:
            return
        depth = max(0, len(self._lists) - 1) + self._depth
        marked = _MARKED.match(text) if self._depth and not term else None
        if marked:
            term, text = marked.group(1), text[marked.end() :]
            self._group = self._group or self._builder.new_group()
        if term in _BULLETS:
            self._builder.list_item(text, self._group, depth=depth)
        elif _NUMBER.fullmatch(term):
            self._builder.list_item(text, self._group, term, depth)
        elif term:
            self._builder.list_item(f"{term}: {text}" if text else term, self._group, "", depth)
        elif self._group and (self._lists or self._depth):
            self._builder.list_item(text, self._group, "", depth)
        else:
            self._group = 0
            self._builder.paragraph(text)

    def _table_line(self, line: Line) -> None:
        if line.name == "TE":
            self._end_table()
        elif not line.name and self._table is not None:
            self._table.append(line.rest)

    def _end_table(self) -> None:
        if self._table is None:
            return
        rows, header_rows = read_tbl(self._table)
        self._table = None
        group = self._builder.new_group()
        cells = [[None if cell is None else self._shown(cell) for cell in row] for row in rows]
        for text in render_rows(cells, header_rows):
            self._builder.table_row(text, group)
