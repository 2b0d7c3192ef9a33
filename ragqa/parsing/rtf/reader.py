"""Reads the tokens of RTF into paragraphs, table rows and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ragqa.parsing.docx import styles
from ragqa.parsing.raised import LEAST_LIFT, raised
from ragqa.parsing.rtf.charsets import SYMBOL_CHARSET, by_charset, by_number, symbols
from ragqa.parsing.rtf.state import Group, Paragraph, Setting, whole_characters
from ragqa.parsing.rtf.table import CellShape, Table
from ragqa.parsing.rtf.tokens import Token
from ragqa.parsing.rtf.words import SAID, SIGNS, UNREAD
from ragqa.parsing.symbols import shown

_DEEPEST = 500
_BODY_TEXT = 9
"""The outline level of what is no heading; those of headings are less."""
_LIFT = 6
"""Half points by which text is raised or lowered that does not say by how many."""


@dataclass
class RtfReader:
    """Takes tokens in; afterwards `pieces` are the paragraphs and tables in order, `notes` the footnotes."""

    pieces: list[Paragraph | Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    title: str = ""

    def __post_init__(self) -> None:
        self._groups = [Group()]
        self._code_page = "cp1252"
        self._fonts: dict[int, int] = {}
        self._font_pages: dict[int, str] = {}
        self._font_names: dict[int, str] = {}
        self._style_names: dict[int, str] = {}
        self._style_levels: dict[int, int] = {}
        self._parts: dict[str, list[str]] = {}
        self._bytes = bytearray()
        self._skip = 0
        self._setting = Setting()
        self._entry = 0
        self._cells: list[str] = []
        self._nested: list[str] = []
        self._shapes: list[CellShape] = []
        self._shape = CellShape(0)
        self._header_row = False
        self._row_is_bold = True
        self._table: Table | None = None

    def read(self, tokens: Iterable[Token]) -> None:
        """Take in every token, and end what is open."""
        for token in tokens:
            if token.brace:
                self._flush()
                self._brace(token.brace)
            elif token.word:
                self._word(token.word, token.number)
            elif self._skip and token.coded:
                self._skip -= 1
            else:
                data = token.data[self._skip :]
                self._skip = max(0, self._skip - len(token.data))
                self._bytes += data
        self._flush()
        self._end_paragraph()
        self._end_table()

    # groups

    def _brace(self, brace: str) -> None:
        self._skip = 0
        if brace == "{":
            if len(self._groups) >= _DEEPEST:
                raise RecursionError
            self._groups.append(replace(self._groups[-1], starred=False))
        elif len(self._groups) > 1:
            closed = self._groups.pop()
            if closed.goes != self._groups[-1].goes:
                self._leave(closed.goes)

    def _leave(self, goes: str) -> None:
        """Take what a group gathered to where it belongs."""
        text = "".join(self._parts.pop(goes, [])) if goes not in ("text", "marker") else ""
        if goes == "note" and text.strip():
            self.notes.append(text)
        elif goes == "title" and not self.title:
            self.title = text.strip()

    def _goes(self, name: str) -> None:
        self._groups[-1].goes = name

    # words

    def _word(self, word: str, number: int | None) -> None:
        group = self._groups[-1]
        if word == "u":
            self._flush()
            sign, name = chr((number or 0) % 65536), self._font_names.get(group.font, "")
            self._write(shown(sign, name) if "\uf000" <= sign <= "\uf0ff" else sign)
            self._skip = group.stand_ins
            return
        if word in SIGNS:
            self._flush()
            self._write(SIGNS[word])
            return
        self._flush()
        if word == "*":
            group.starred = True
        elif not self._destination(word, group) and group.goes != "skip":
            self._format(word, number, group)

    def _destination(self, word: str, group: Group) -> bool:
        """Whether the word says where its group's text goes."""
        if word in ("fonttbl", "stylesheet", "title", "footnote", "listtext", "pntext", "shptxt", "result", "fldrslt", "info"):
            goes = {"fonttbl": "fonts", "stylesheet": "styles", "title": "title", "footnote": "note", "info": "skip"}
            if word == "footnote":  # it stands among its raised number's settings
                group.raised = group.lifted = False
            if word in ("listtext", "pntext"):
                self._parts["marker"] = []
                goes[word] = "marker"
            if not (word == "title" and group.goes == "text"):
                self._goes(goes.get(word, "text" if group.goes in ("text", "skip") else group.goes))
            return True
        if word in UNREAD or (
            group.starred
            and word not in ("cs", "ts", "ds", "s", "shppict", "shpinst", "moMath", "moMathPara", "nesttableprops", "pn")
        ):
            if word in SAID:
                self.warnings[SAID[word]] = None
            group.starred = False
            self._goes("skip")
            return True
        group.starred = False
        if word == "pn":
            self._goes("skip")
        return word == "pn"

    def _format(self, word: str, number: int | None, group: Group) -> None:
        value = number or 0
        if group.goes == "fonts":
            self._font_entry(word, value)
        elif group.goes == "styles":
            self._style_entry(word, value)
        elif word == "f":
            group.font = value
        elif word == "uc":
            group.stand_ins = max(0, min(value, 10))
        elif word in ("v", "deleted"):
            group.hidden = number != 0
        elif word in ("super", "sub", "nosupersub"):
            group.raised = word == "super" and number != 0
        elif word in ("up", "dn"):
            group.lifted = (_LIFT if number is None else number) * (1 if word == "up" else -1) >= LEAST_LIFT
        elif word == "plain":
            group.hidden = group.raised = group.lifted = group.bold = False
        elif word == "b":
            group.bold = number != 0
        elif word in ("ansicpg", "ansi", "mac", "pc", "pca"):
            pages = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
            self._code_page = by_number(value) if word == "ansicpg" else pages[word]
        elif not self._table_word(word, value):
            self._paragraph_word(word, value)

    def _font_entry(self, word: str, value: int) -> None:
        if word == "f":
            self._entry = value
        elif word == "fcharset":
            self._fonts[self._entry] = value
        elif word == "cpg":
            self._font_pages[self._entry] = by_number(value)

    def _style_entry(self, word: str, value: int) -> None:
        if word in ("s", "cs", "ds", "ts"):
            self._entry = value if word == "s" else -1
        elif word == "outlinelevel" and self._entry >= 0 and 0 <= value < _BODY_TEXT:
            self._style_levels[self._entry] = value + 1

    def _paragraph_word(self, word: str, value: int) -> None:
        setting = self._setting
        if word in ("par", "sect", "page", "column"):
            if word == "par" or not setting.in_table:
                self._end_paragraph()
        elif word == "pard":
            self._setting = Setting()
        elif word == "s":
            setting.style = value
        elif word == "outlinelevel":
            setting.level = value + 1 if 0 <= value < _BODY_TEXT else None
        elif word == "intbl":
            setting.in_table = True
        elif word == "itap":
            setting.nesting = value
            setting.in_table = setting.in_table or value > 0
        elif word == "dropcapli":
            setting.initial = value > 0
        elif word in ("ls", "ilvl"):
            setting.listed = True
            setting.depth = min(value, 8) if word == "ilvl" else setting.depth

    def _table_word(self, word: str, value: int) -> bool:
        if word == "trowd":
            self._shapes, self._shape, self._header_row = [], CellShape(0), False
        elif word == "trhdr":
            self._header_row = True
        elif word in ("clmrg", "clvmrg"):
            self._shape = replace(self._shape, joins_left=word == "clmrg" or self._shape.joins_left, joins_above=word == "clvmrg")
        elif word == "cellx":
            self._shapes.append(replace(self._shape, edge=value))
            self._shape = CellShape(0)
        elif word == "cell":
            self._cells.append(self._take())
        elif word == "nestcell":
            self._nested.append(self._take())
        elif word == "nestrow":
            self._parts.setdefault("text", []).append(" | ".join(filter(None, self._nested)) + "\n")
            self._nested = []
        elif word == "row":
            self._end_row()
        else:
            return False
        return True

    # text

    def _flush(self) -> None:
        """Turn the bytes that have come together into text."""
        if not self._bytes:
            return
        group = self._groups[-1]
        data = bytes(self._bytes)
        self._bytes.clear()
        if group.goes == "styles" and self._entry >= 0:
            self._style_names.setdefault(self._entry, data.decode(self._code_page, errors="replace").strip(" ;"))
            return
        if group.goes == "fonts":
            self._font_names.setdefault(self._entry, data.decode("latin-1").strip(" ;"))
            return
        charset = self._fonts.get(group.font, 1)
        if charset == SYMBOL_CHARSET:
            self._write(symbols(data.decode("latin-1"), self._font_names.get(group.font, "")))
            return
        page = self._font_pages.get(group.font) or by_charset(charset) or self._code_page
        # A Roman font says nothing against a document in another eight-bit code page.
        page = self._code_page if charset == 0 and self._code_page != "cp1252" else page
        self._write(data.decode(page, errors="replace"))

    def _write(self, text: str) -> None:
        group = self._groups[-1]
        if group.goes in ("skip", "fonts", "styles"):
            return
        if group.hidden:
            if text.strip():
                self.warnings["hidden or deleted text is left out"] = None
            return
        if group.goes == "text" and text.strip() and not group.bold:
            self._row_is_bold = False
        self._parts.setdefault(group.goes, []).append(raised(text) if group.raised or group.lifted else text)

    def _take(self) -> str:
        """The text gathered so far, with the list marker before it."""
        text = whole_characters("".join(self._parts.pop("text", [])))
        marker = whole_characters("".join(self._parts.pop("marker", []))).strip()
        return f"{marker} {text.strip()}" if marker and text.strip() else text

    # paragraphs and tables

    def _end_paragraph(self) -> None:
        if self._groups[-1].goes == "note":
            self._parts.setdefault("note", []).append("\n")
            return
        setting = self._setting
        if setting.in_table:
            self._parts.setdefault("text", []).append("\n")
            return
        self._row_is_bold = True
        if setting.initial or not self._parts.get("text"):
            return
        self._end_table()
        marker = whole_characters("".join(self._parts.pop("marker", []))).strip()
        text = whole_characters("".join(self._parts.pop("text", [])))
        style = self._style_names.get(setting.style if setting.style is not None else 0, "")
        level = 1 if styles.is_title(style) else styles.heading_level(style)
        level = level or setting.level or (self._style_levels.get(setting.style) if setting.style is not None else None)
        depth = setting.depth if setting.listed or marker else None
        self.pieces.append(Paragraph(text, level, style, marker, depth))

    def _end_row(self) -> None:
        if "".join(self._parts.get("text", [])).strip():
            self._cells.append(self._take())
        self._parts.pop("text", None)
        if self._cells:
            if self._table is None:
                self._table = Table()
                self.pieces.append(self._table)
            self._table.rows.append((self._shapes, [" ".join(cell.split()) for cell in self._cells], self._header_row))
            self._table.bold.append(self._row_is_bold)
        self._cells = []
        self._row_is_bold = True

    def _end_table(self) -> None:
        if self._cells:
            self._end_row()
        self._table = None
