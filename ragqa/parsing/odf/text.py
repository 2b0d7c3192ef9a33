"""The flow of an OpenDocument text: headings and list items with their numbers, tables, boxes and notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.labels import starts_with_label
from ragqa.parsing.odf.inline import Hanging, inline_text
from ragqa.parsing.odf.names import DRAW, OFFICE, TABLE, TEXT, count
from ragqa.parsing.odf.styles import BULLET, Styles, marker
from ragqa.parsing.odf.tables import read_grid, rows_with_words, simple_cells
from ragqa.parsing.tabbed import TabbedRows, could_be_a_row
from ragqa.parsing.tables import Cell, is_set_apart, looks_like_header, render_rows

_LEFT_OUT = frozenset(
    {f"{TEXT}{name}" for name in ("table-of-content", "alphabetical-index", "illustration-index", "table-index", "object-index",
                                  "user-index", "tracked-changes", "sequence-decls", "variable-decls", "user-field-decls")}
    | {f"{OFFICE}forms", f"{OFFICE}annotation"}
)  # fmt: skip
_DEEPEST_LIST = 10


@dataclass
class _Lists:
    """Where the counting of list items stands."""

    counters: dict[str, list[int]] = field(default_factory=dict)
    last_of_style: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class _Item:
    """The list item that is being read: its marker is due until its first paragraph has it."""

    depth: int
    group: int
    marker: str


class TextReader:
    """Feeds the paragraphs, lists and tables below an element to a builder, in order."""

    def __init__(self, styles: Styles, builder: DocumentBuilder) -> None:
        self._styles = styles
        self._builder = builder
        self._lists = _Lists()
        self._outline: list[int] = []
        self._code: list[str] = []
        self._terms: list[str] = []
        self._defined_group = 0
        self._tabbed = TabbedRows(builder)
        self._hanging = Hanging()
        self._sections_hidden = 0
        self._objects = 0
        self.title = ""

    def read(self, root: Iterable[etree._Element]) -> None:
        """Everything in `root`; call `finish` after the last one."""
        self._blocks(root, None)
        self._flush_held()

    def finish(self) -> None:
        """The notes at the end of the text, and what was not read."""
        for note in self._hanging.notes:
            body = note.find(f"{TEXT}note-body")
            self._builder.paragraph("\n".join(self._texts(body)) if body is not None else "")
            self._flush_frames()
        counted = (
            (self._hanging.comments, "comments are not read"),
            (self._hanging.hidden + self._sections_hidden, "hidden passages are not read"),
            (self._objects, "embedded objects are not read"),
        )
        self._builder.warnings.extend(f"{what}: {number}" for number, what in counted if number)

    def _blocks(self, parent: Iterable[etree._Element], item: _Item | None) -> None:
        for element in parent:
            tag = element.tag
            if tag in _LEFT_OUT or not isinstance(tag, str):
                self._hanging.comments += tag == f"{OFFICE}annotation"
            elif tag == f"{TEXT}p":
                self._paragraph(element, item)
            elif tag == f"{TEXT}h":
                self._heading(element, item)
            elif tag == f"{TEXT}list":
                self._flush_held()
                self._list(element, item, None, None)
            elif tag == f"{TABLE}table":
                self._table(element)
            elif tag == f"{TEXT}section" and _is_hidden(element):
                self._sections_hidden += 1
            elif tag.startswith(DRAW):
                self._frame(element)
            else:
                self._blocks(element, item)

    def _text(self, element: etree._Element) -> str:
        return inline_text(element, self._styles, self._hanging)

    def _paragraph(self, element: etree._Element, item: _Item | None) -> None:
        style = element.get(f"{TEXT}style-name")
        if (
            self._styles.is_hidden("paragraph", style)
            or element.find(f"{TEXT}hidden-paragraph[@{TEXT}is-hidden='true']") is not None
        ):
            self._hanging.hidden += 1
            return
        text = self._text(element)
        if item is not None:
            self._builder.list_item(text, item.group, item.marker, item.depth)
            item.marker = "" if text.strip() else item.marker
        elif self._styles.is_code(style):
            if not self._code:
                self._flush_held()
            self._code.append(text)
        elif (defines := self._styles.defines(style)) is not None and text.strip():
            self._definition(text, defines == "term")
        elif could_be_a_row(text) and not self._styles.is_title(style):
            if not self._tabbed:
                self._flush_held()
            self._tabbed.take(text)
        elif text.strip() or not self._tabbed:
            self._flush_held()
            if self._styles.is_title(style) and not self.title and text.strip():
                self.title = clean_line(text)
                self._builder.heading(text, 1)
            else:
                self._builder.paragraph(text)
        if not self._tabbed:
            self._flush_frames()

    def _definition(self, text: str, is_term: bool) -> None:
        """A term waits for what it is defined as; more that is said of it goes on its item."""
        if not self._defined_group:
            self._flush_held()
            self._defined_group = self._builder.new_group()
        if is_term:
            self._terms.append(clean_line(text))
            return
        terms, self._terms = self._terms, []
        text = f"{', '.join(terms).rstrip(': ')}: {text}" if terms else text
        self._builder.list_item(text, self._defined_group, "")

    def _heading(self, element: etree._Element, item: _Item | None) -> None:
        self._flush_held()
        level = min(count(element.get(f"{TEXT}outline-level"), 1, _DEEPEST_LIST) or 1, _DEEPEST_LIST)
        text = self._text(element).strip()
        number = ""
        if item is not None:
            number, item.marker = item.marker, ""
        elif text and element.get(f"{TEXT}is-list-header") != "true":
            levels = self._styles.outline
            _advance(self._outline, level, [levels[one].start if one in levels else 1 for one in range(1, level + 1)], None)
            number = marker(levels, self._outline) if level in levels else ""
        if text:
            self._builder.heading(f"{number} {text}" if number and number != BULLET else text, level)
        self._flush_frames()

    def _flush_held(self) -> None:
        """Give the builder the code, the terms or the rows that are held back."""
        if self._tabbed:
            self._tabbed.flush()
            self._flush_frames()
        terms, self._terms, self._defined_group = self._terms, [], 0
        for term in terms:
            self._builder.paragraph(term)
        if self._code:
            self._builder.code("\n".join(self._code))
            self._code = []

    def _list(self, element: etree._Element, outer: _Item | None, style: str | None, counters: list[int] | None) -> None:
        style = element.get(f"{TEXT}style-name") or style
        depth = 0 if outer is None or counters is None else outer.depth + 1
        if counters is None:
            counters = self._counters(element, style or "")
        if depth > _DEEPEST_LIST:
            return
        levels = self._styles.lists.get(style or "", {})
        group = outer.group if outer is not None else self._builder.new_group()
        for child in element:
            item = _Item(depth, group, "")
            has_text = any(one.tag in (f"{TEXT}p", f"{TEXT}h") for one in child)
            if child.tag == f"{TEXT}list-item" and has_text:
                starts = [levels[one].start if one in levels else 1 for one in range(1, depth + 2)]
                _advance(counters, depth + 1, starts, child.get(f"{TEXT}start-value"))
                item.marker = marker(levels, counters)
            for one in child:
                if one.tag == f"{TEXT}list":
                    self._list(one, item, style, counters)
                else:
                    self._blocks([one], item)

    def _counters(self, element: etree._Element, style: str) -> list[int]:
        """The counting that a list goes on with, or a new one."""
        key = element.get("{http://www.w3.org/XML/1998/namespace}id") or ""
        counters = self._lists.counters.get(element.get(f"{TEXT}continue-list") or "")
        if counters is None:
            continued = element.get(f"{TEXT}continue-numbering") == "true"
            counters = self._lists.last_of_style.get(style, []) if continued else []
        self._lists.last_of_style[style] = counters
        if key:
            self._lists.counters[key] = counters
        return counters

    def _table(self, element: etree._Element) -> None:
        self._flush_held()
        cells = simple_cells(element)
        if len(cells) == 1:
            self._box(cells[0])
            return
        grid = read_grid(element, self._cell_text)
        filled = [cell for row in grid.rows for cell in row if cell]
        if 0 < len(filled) <= 2 and len(grid.rows) == 1 and starts_with_label(f"{filled[0]} "):
            self._builder.warning(" ".join(filled), self._builder.new_group())
        else:
            self._rows(grid.rows, grid.header_rows or int(self._is_set_apart(element, grid.rows)))
        self._flush_frames()

    def _rows(self, rows: list[list[Cell]], header_rows: int) -> None:
        if header_rows >= len(rows):
            header_rows = 0
        group = self._builder.new_group()
        for line in render_rows(rows, header_rows or int(len(rows) > 1 and looks_like_header(rows))):
            self._builder.table_row(line, group)

    def _is_set_apart(self, table: etree._Element, rows: list[list[Cell]]) -> bool:
        """Whether the first row names the columns: its words are bold or in the style of heads, and no other row's are."""
        set_off = [self._is_head(row) for row in rows_with_words(table)]
        return len(set_off) == len(rows) and is_set_apart(rows, set_off)

    def _is_head(self, cells: list[etree._Element]) -> bool:
        paragraphs = [one for cell in cells for one in cell.iter(f"{TEXT}p") if "".join(one.itertext()).strip()]
        return bool(paragraphs) and all(map(self._styles.is_set_off, paragraphs))

    def _box(self, cell: etree._Element) -> None:
        """The only cell of a table: a framed box, a warning if it says so."""
        paragraphs = [child for child in cell if child.tag == f"{TEXT}p"]
        # What hangs on them is taken when they are read for good.
        texts = [inline_text(paragraph, self._styles, Hanging()) for paragraph in paragraphs]
        texts = [clean_line(text) for text in texts if text.strip()]
        if texts and len(texts) == sum(1 for child in cell if len(child) or child.text) and starts_with_label(f"{texts[0]} "):
            group = self._builder.new_group()
            for paragraph in paragraphs:
                self._builder.warning(clean_line(self._text(paragraph)), group)
            self._flush_frames()
        else:
            self._blocks(cell, None)

    def _cell_text(self, cell: etree._Element) -> str:
        return clean_line(" ".join(self._texts(cell))).removeprefix(f"{BULLET} ")

    def _listed(self, element: etree._Element, outer: str | None, counters: list[int], depth: int) -> Iterator[str]:
        """The items of a list in a cell or a note with their numbers."""
        style = element.get(f"{TEXT}style-name") or outer
        levels = self._styles.lists.get(style or "", {})
        for child in element if depth <= _DEEPEST_LIST else ():
            mark = ""
            if child.tag == f"{TEXT}list-item" and any(one.tag in (f"{TEXT}p", f"{TEXT}h") for one in child):
                starts = [levels[one].start if one in levels else 1 for one in range(1, depth + 1)]
                _advance(counters, depth, starts, child.get(f"{TEXT}start-value"))
                mark = marker(levels, counters)
            for one in child:
                if one.tag == f"{TEXT}list":
                    yield from self._listed(one, style, counters, depth + 1)
                    continue
                for text in self._texts([one]):
                    yield f"{mark} {text}".strip() if text.strip() else text
                    mark = "" if text.strip() else mark

    def _texts(self, parent: Iterable[etree._Element]) -> Iterator[str]:
        """The paragraphs of a cell or a note, at any depth; what is drawn there, or a comment, is none of them."""
        for element in parent:
            tag = element.tag
            if tag in (f"{TEXT}p", f"{TEXT}h"):
                yield self._text(element)
            elif tag == f"{TEXT}list":
                yield from self._listed(element, None, self._counters(element, element.get(f"{TEXT}style-name") or ""), 1)
            elif tag == f"{OFFICE}annotation":
                self._hanging.comments += 1
            elif tag.startswith(DRAW):
                self._hanging.frames.append(element)
            elif tag not in _LEFT_OUT:
                yield from self._texts(element)

    def _flush_frames(self) -> None:
        frames, self._hanging.frames = self._hanging.frames, []
        for frame in frames:
            self._frame(frame)

    def _frame(self, element: etree._Element) -> None:
        """The text in a frame or a drawn shape; pictures have none."""
        if element.tag in (f"{DRAW}object", f"{DRAW}object-ole", f"{DRAW}plugin"):
            self._objects += 1
        elif element.tag not in (f"{DRAW}image", f"{DRAW}glue-point", f"{DRAW}enhanced-geometry"):
            self._blocks(element, None)


def _is_hidden(section: etree._Element) -> bool:
    """Whether a section is not shown: never, or not as its condition came out when the file was saved."""
    display = section.get(f"{TEXT}display")
    return display == "none" or (display == "condition" and section.get(f"{TEXT}is-hidden") == "true")


def _advance(counters: list[int], depth: int, starts: list[int], given: str | None) -> None:
    """Count the next item of a depth; deeper counts begin anew, upper ones that were never met stand at their start."""
    while len(counters) < depth:
        upper = len(counters) + 1
        counters.append(starts[upper - 1] - 1 if upper == depth else starts[upper - 1])
    del counters[depth:]
    counters[depth - 1] = count(given, counters[depth - 1] + 1)
