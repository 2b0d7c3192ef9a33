"""Plain text: structure read from the way the lines are set.

Headings are lines that are underlined, in capitals, numbered ("3.2 Cleaning"), alone between empty lines, or short
and directly above the text or table they name. Their levels follow that order, as far as each style occurs in the file.
Hard-wrapped lines are joined to paragraphs. Columns of text at the same positions become table rows, also over
the empty lines between them.
Page numbers come from form feeds or from lines that are page numbers; these lines are dropped, and so are the heads that
repeat on every page. The lines of a log stay as they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_characters, clean_line
from ragqa.parsing.encoding import decode
from ragqa.parsing.text.drawn import framed_text
from ragqa.parsing.text.lines import LineReader, Piece
from ragqa.parsing.text.overstrike import without_overstrike
from ragqa.parsing.text.page_marks import assign_pages, find_page_marks
from ragqa.parsing.text.records import is_log, records
from ragqa.parsing.text.running_heads import edge_lines, numbered_heads, repeated_at_edges, shape
from ragqa.text.detect import detect
from ragqa.types import BlockKind, Document

_LONGEST_TITLE = 80
_RARE = 0.15
_TAB = 8
_LARGEST_FRAME = 60
_FRAME_BEGINS = tuple("+*#!\u250c\u250f\u2554\u256d")


class TextParser:
    """Reads .txt and .log files."""

    name = "text"
    version = 3
    suffixes = (".txt", ".text", ".log")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, damage = decode(data)
        lines = _paged_lines(text)
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        builder.warnings.extend(lines.warnings)
        if is_log(lines.texts):
            for index, record in records(lines.texts):
                builder.page = lines.pages[index]
                builder.paragraph(record)
            return builder.build(pages=lines.count)
        reader = LineReader(lines.texts, lines.pages, detect(text))
        pieces = reader.read()
        builder.warnings.extend(dict.fromkeys(reader.left_out))
        _emit(pieces, builder)
        return builder.build((_title(pieces),), pages=lines.count)


@dataclass(frozen=True)
class _PagedLines:
    texts: list[str]
    pages: list[int | None]
    count: int | None = None
    warnings: tuple[str, ...] = ()


def _paged_lines(text: str) -> _PagedLines:
    """The lines with the page each stands on; lines that only number a page or head each of them are emptied."""
    texts: list[str] = []
    pages: list[int | None] = []
    sheets = [_clean(sheet) for sheet in without_overstrike(text).rstrip("\f\r\n ").split("\f")]
    heads = repeated_at_edges(sheets)
    for number, sheet in enumerate(sheets, start=1):
        edges = set(edge_lines(sheet)) if heads else set()
        texts.extend("" if line in edges and shape(line) in heads else line for line in sheet)
        pages.extend([number if len(sheets) > 1 else None] * len(sheet))
    texts = _without_frames(texts)
    warnings = tuple(f"the line {head!r} of every page is left out" for head in sorted(heads) if any(map(str.isalpha, head)))
    marks = find_page_marks(texts) or ({} if len(sheets) > 1 else numbered_heads(texts))
    if marks:
        pages = list(assign_pages(texts, marks))
        texts = ["" if index in marks else line for index, line in enumerate(texts)]
        return _PagedLines(texts, pages, max(marks.values()), warnings)
    return _PagedLines(texts, pages, len(sheets) if len(sheets) > 1 else None, warnings)


def _clean(sheet: str) -> list[str]:
    return [line.rstrip() for line in clean_characters(sheet.expandtabs(_TAB)).split("\n")]


def _without_frames(lines: list[str]) -> list[str]:
    """The lines with boxes of one cell opened: their rules become empty lines, their text stays."""
    opened: list[str] = []
    at = 0
    while at < len(lines):
        frame = framed_text(lines[at : at + _LARGEST_FRAME]) if lines[at].strip()[:1] in _FRAME_BEGINS else None
        if frame is None:
            opened.append(lines[at])
            at += 1
        else:
            inside, length = frame
            opened.extend(["", *inside, *[""] * (length - len(inside) - 1)])
            at += length
    return opened


def _emit(pieces: list[Piece], builder: DocumentBuilder) -> None:
    levels = _levels(pieces)
    groups: dict[int, int] = {}
    for piece in pieces:
        builder.page = piece.page
        if piece.group and piece.group not in groups:
            groups[piece.group] = builder.new_group()
        group = groups.get(piece.group, 0)
        if piece.kind is BlockKind.HEADING:
            builder.heading(piece.text, levels[piece.style])
        elif piece.kind is BlockKind.LIST_ITEM:
            builder.list_item(piece.text, group, piece.marker, piece.depth)
        elif piece.kind is BlockKind.TABLE_ROW:
            builder.table_row(piece.text, group)
        else:
            builder.paragraph(piece.text)


def _levels(pieces: list[Piece]) -> dict[str, int]:
    """A level for every heading style in use, from the most to the least formal."""
    used = Counter(piece.style for piece in pieces if piece.kind is BlockKind.HEADING)
    outer = [style for style in used if style.startswith("underline")]
    if used["capitals"] > _RARE * used["standalone"] and not outer:
        outer.append("capitals")
    levels = {style: rank for rank, style in enumerate(outer, start=1)}
    numbered = [style for style in used if style.startswith("number")]
    levels |= {style: len(outer) + int(style.removeprefix("number")) for style in numbered}
    base = max(levels.values(), default=0)
    # Capitals that are rare among other lone lines are names and abbreviations, and stand for no outer level.
    inner = {"capitals": base + 1, "standalone": base + 1, "run-in": base + 1 + bool(used["standalone"])}
    return inner | levels


def _title(pieces: list[Piece]) -> str | None:
    """The first line where it is set as a title: underlined, in capitals, or alone in its style."""
    if not pieces or pieces[0].kind is not BlockKind.HEADING or len(pieces[0].text) > _LONGEST_TITLE:
        return None
    first = pieces[0]
    alone = sum(piece.style == first.style for piece in pieces if piece.kind is BlockKind.HEADING) == 1
    formal = first.style == "capitals" or first.style.startswith("underline")
    return clean_line(first.text) if formal or (alone and first.style == "standalone") else None


PARSER = TextParser()
