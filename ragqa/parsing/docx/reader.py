"""Walks the blocks of a Word file and feeds a DocumentBuilder: headings, lists, tables, boxes, and what hangs on them."""

from __future__ import annotations

from collections import deque

from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.docx import drawings, stylesheet
from ragqa.parsing.docx.cells import flat_lines, hanging_lines, header_rows, is_layout, table_rows
from ragqa.parsing.docx.grid import Grid, grid_of
from ragqa.parsing.docx.inline import Reference
from ragqa.parsing.docx.names import w
from ragqa.parsing.docx.numbering import BULLET, ListPlace
from ragqa.parsing.docx.story import Piece, Story, shape_lines
from ragqa.parsing.docx.stylesheet import Style
from ragqa.parsing.inclusion import include
from ragqa.parsing.labels import is_bare_label, starts_with_label
from ragqa.parsing.tabbed import TabbedRows, could_be_a_row
from ragqa.parsing.tables import render_rows

_NOTES = ("footnotes", "endnotes")


class WordReader:
    """Reads one file. `title` is the text of the first paragraph that is styled as the document's title."""

    def __init__(self, story: Story, builder: DocumentBuilder) -> None:
        self._story = story
        self._builder = builder
        self._list_group = 0
        self._list_numbers: dict[int, int] = {}
        self._code: list[str] = []
        self._terms: list[str] = []
        self._tabbed = TabbedRows(builder)
        self.title = ""

    def read(self) -> None:
        """Feed the whole file to the builder, and say what is left out."""
        story = self._story
        root = story.root(story.package.main)
        if root is None:
            raise ParseError("its text is damaged beyond reading", hint="Open it in a word processor and save it anew.")
        self._flow(root)
        self._finish()
        story.omissions.section = ""
        for kind in _NOTES:
            for number in story.notes(kind):
                self._attached(Reference(kind, number))
                self._finish()
        comments = story.root(story.package.related("comments"))
        for comment in comments.iterchildren(w("comment")) if comments is not None else ():
            story.omissions.add("a comment", " ".join(text.text or "" for text in comment.iter(w("t"))))
        self._builder.warnings.extend([*story.package.warnings, *story.omissions.warnings()])

    def _finish(self) -> None:
        while self._code or self._terms or self._tabbed or self._story.waiting:
            self._begin()

    def _flow(self, parent: etree._Element) -> None:
        for piece in self._story.pieces(parent):
            self._piece(piece)

    def _piece(self, piece: Piece) -> None:
        if piece.inline is not None:
            self._paragraph(piece, piece.inline.text)
        elif piece.element.tag == w("tbl"):
            self._table(grid_of(piece.element))
        else:
            document = self._story.taken_in(piece.element)
            if document is not None:
                self._begin()
                include(document, self._builder)

    def _begin(self) -> None:
        """End the list, the code or the rows before, and read what hangs on them."""
        self._list_group = 0
        if self._code:
            lines, self._code = self._code, []
            self._builder.code("\n".join(lines))
        terms, self._terms = self._terms, []
        for term in terms:
            self._builder.paragraph(term)
        self._tabbed.flush()
        waiting, self._story.waiting = deque(self._story.waiting), []
        while waiting:
            part, attached = waiting.popleft()
            with self._story.within(part):
                self._attached(attached)
            self._list_group = 0
            waiting.extendleft(reversed(self._story.waiting))
            self._story.waiting = []

    def _paragraph(self, piece: Piece, text: str) -> None:
        chain = self._story.styles.of_paragraph(piece.element)
        if stylesheet.is_code(chain) or self._is_code_by_letters(piece, chain):
            if not self._code:
                self._begin()
            self._code.append(text)
        elif not stylesheet.is_contents(chain):
            if self._code:
                self._begin()
            if self._text(piece, text, chain):
                return
        self._hang(piece)

    def _text(self, piece: Piece, text: str, chain: tuple[Style, ...]) -> bool:
        """Take in a paragraph that is no code; True where what hangs on it is taken in with it."""
        place = self._story.place(piece.element, chain, text)
        if not text.strip():
            return False
        if stylesheet.is_title(chain) and not self.title:
            self.title = clean_line(text)
        if place is not None and place.is_label:
            text, place = f"{place.marker} {text}", None
        level = stylesheet.heading_level(piece.element, chain)
        if level is not None:
            self._begin()
            marker = f"{place.marker} " if place is not None and place.marker != BULLET else ""
            self._builder.heading(marker + text, level)
            self._story.omissions.section = clean_line(text)
            return False
        if stylesheet.defines(chain) is not None and place is None:
            self._definition(text, stylesheet.defines(chain) == "term")
            return False
        place = place or self._styled_place(chain)
        if place is not None:
            if self._terms:
                self._begin()
            self._item("\n".join([text, *hanging_lines(self._story, piece)]), place)
            return True
        self._list_numbers.clear()
        if could_be_a_row(text) and not stylesheet.is_warning(chain):
            if not self._tabbed:
                self._begin()
            self._tabbed.take(text)
            return False
        self._begin()
        if stylesheet.is_warning(chain):
            self._builder.warning(text, self._builder.new_group())
        else:
            self._builder.paragraph(text)
        return False

    def _is_code_by_letters(self, piece: Piece, chain: tuple[Style, ...]) -> bool:
        """Whether all letters of a paragraph, or the mark of an empty one within code, are as wide as each other."""
        if piece.element.tag != w("p") or stylesheet.heading_level(piece.element, chain) is not None:
            return False
        properties = piece.element.find(w("pPr"))
        if (properties is not None and properties.find(w("numPr")) is not None) or stylesheet.list_style(chain) is not None:
            return False
        return self._story.is_typewritten(piece.element, bool(self._code))

    def _definition(self, text: str, is_term: bool) -> None:
        """A term waits for what it is defined as; more that is said of it goes on its item."""
        if is_term:
            if not self._list_group:
                self._begin()
                self._list_group = self._builder.new_group()
            self._terms.append(clean_line(text))
            return
        terms, self._terms = self._terms, []
        self._item(f"{', '.join(terms).rstrip(': ')}: {text}" if terms else text, ListPlace(0, 0, ""))

    def _item(self, text: str, place: ListPlace) -> None:
        if not self._list_group:
            self._begin()
            self._list_group = self._builder.new_group()
        self._builder.list_item(text, self._list_group, place.marker, place.depth)

    def _styled_place(self, chain: tuple[Style, ...]) -> ListPlace | None:
        """A place in a list for paragraphs that are items by their style alone, without Word's numbering."""
        listed = stylesheet.list_style(chain)
        if listed is None:
            return None
        is_numbered, depth = listed
        if not is_numbered:
            return ListPlace(0, depth, BULLET)
        self._list_numbers[depth] = self._list_numbers.get(depth, 0) + 1
        return ListPlace(0, depth, f"{self._list_numbers[depth]}.")

    def _hang(self, piece: Piece) -> None:
        if piece.inline is not None:
            for attached in (*piece.inline.boxes, *piece.inline.references):
                self._story.wait(attached)

    def _attached(self, attached: etree._Element | Reference) -> None:
        """Read a box, a note, a chart or a diagram."""
        if not isinstance(attached, Reference):
            lines = shape_lines(attached)
            if lines is None:
                self._flow(attached)
            for line in lines or ():
                self._builder.paragraph(line)
        elif attached.kind in _NOTES:
            found = self._story.note(attached)
            if found is not None:
                with self._story.within(found[0]):
                    self._flow(found[1])
        elif (root := self._story.referred(attached)) is not None:
            self._drawing(attached.kind, root)

    def _drawing(self, kind: str, root: etree._Element) -> None:
        group = self._builder.new_group()
        if kind == "diagram":
            for depth, text in drawings.diagram_items(root):
                self._builder.list_item(text, group, BULLET, depth)
            return
        for title in drawings.chart_titles(root):
            self._builder.paragraph(title)
        rows = drawings.chart_rows(root)
        for line in render_rows(rows, int(bool(rows) and not rows[0][0])):
            self._builder.table_row(line, group)

    def _table(self, grid: Grid) -> None:
        self._begin()
        cells = grid.cells()
        if len(cells) == 1 or (cells and _is_warning(grid, cells[0])):
            self._box(cells)
        elif is_layout(self._story, grid):
            for cell in cells:
                self._flow(cell)
                self._begin()
        else:
            self._rows(grid)

    def _rows(self, grid: Grid) -> None:
        rows = table_rows(self._story, grid)
        filled = [cell for row in rows for cell in row if cell]
        labelled = bool(filled) and (starts_with_label(f"{filled[0]} ") or is_bare_label(filled[0]))
        if 0 < len(filled) <= 2 and len(rows) == 1 and labelled:
            self._builder.warning(" ".join(filled), self._builder.new_group())
            return
        group = self._builder.new_group()
        for line in render_rows(rows, header_rows(self._story, grid, rows)):
            self._builder.table_row(line, group)

    def _box(self, cells: list[etree._Element]) -> None:
        """The only cell of a table, or those below each other: a framed box, a warning if it says so."""
        if not _says_label(cells[0]):
            for cell in cells:
                self._flow(cell)
            return
        group = self._builder.new_group()
        for cell in cells:
            for line in flat_lines(self._story, cell):
                self._builder.warning(line, group)


def _is_warning(grid: Grid, first: etree._Element) -> bool:
    """Whether the cells of a table that stand below each other are one warning."""
    return max(map(len, grid.rows)) == 1 and not grid.headers and _says_label(first)


def _says_label(cell: etree._Element) -> bool:
    """Whether a cell begins with a warning's label."""
    for paragraph in cell.iter(w("p")):
        text = clean_line("".join(found.text or "" for found in paragraph.iter(w("t"))))
        if text:
            return is_bare_label(text) or starts_with_label(text)
    return False
