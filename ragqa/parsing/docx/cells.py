"""The text of a Word table's cells, with the markers of lists, the text of boxes and nested tables in them."""

from __future__ import annotations

from lxml import etree

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.docx import stylesheet
from ragqa.parsing.docx.grid import Grid, Slot, grid_of
from ragqa.parsing.docx.names import w
from ragqa.parsing.docx.numbering import BULLET
from ragqa.parsing.docx.story import Piece, Story, shape_lines
from ragqa.parsing.tables import Cell, is_set_apart, looks_like_header, render_rows

_LONGEST_REPEATED = 500


def table_lines(story: Story, grid: Grid) -> list[str]:
    """A line for each row of a table."""
    rows = table_rows(story, grid)
    return render_rows(rows, header_rows(story, grid, rows))


def header_rows(story: Story, grid: Grid, rows: list[list[Cell]]) -> int:
    """How many rows are the table's head."""
    return grid.headers or int(len(rows) > 1 and (looks_like_header(rows) or _is_set_apart(story, grid, rows)))


def _is_set_apart(story: Story, grid: Grid, rows: list[list[Cell]]) -> bool:
    """Whether the first row names the columns: the table's style sets it off, or it is bold or shaded and no other row is."""
    if story.styles.sets_off_first_row(grid.style):
        return all(rows[0][1:])
    return is_set_apart(rows, (_is_bold(story, row) for row in grid.rows), map(_ground, grid.rows))


def _ground(slots: tuple[Slot, ...]) -> str:
    """The colour that all of a row's own cells are shaded with, empty where there is none."""
    grounds = {stylesheet.ground(slot.cell.find(w("tcPr"))) for slot in slots if slot.cell is not None}
    return grounds.pop() if len(grounds) == 1 else ""


def _is_bold(story: Story, slots: tuple[Slot, ...]) -> bool:
    """Whether every word of a row's own cells is bold."""
    words = [text for slot in slots if slot.cell is not None for text in slot.cell.iter(w("t")) if (text.text or "").strip()]
    return bool(words) and all(story.styles.is_bold(text) for text in words)


def table_rows(story: Story, grid: Grid) -> list[list[Cell]]:
    """The texts of a table. A cell that extends down over several rows is in each of them."""
    rows: list[list[Cell]] = []
    for row in grid.hidden:
        story.omissions.add("a hidden row of a table", " ".join(text.text or "" for text in row.iter(w("t"))))
    for slots in grid.rows:
        above = rows[-1] if rows else []
        rows.append([_slot_text(story, slot, above[column] if column < len(above) else "") for column, slot in enumerate(slots)])
    return rows


def _slot_text(story: Story, slot: Slot, above: Cell) -> Cell:
    text = cell_text(story, slot.cell) if slot.cell is not None else ""
    if slot.left:
        return text or None
    if slot.above and not text:
        return above if above is None or len(above) <= _LONGEST_REPEATED else ""
    return text


def cell_text(story: Story, cell: etree._Element) -> str:
    """All that stands in a cell, as one line."""
    return clean_line(" ".join(flat_lines(story, cell))).removeprefix(f"{BULLET} ")


def flat_lines(story: Story, parent: etree._Element) -> list[str]:
    """The text of blocks that cannot be blocks of the document: those in a cell, or of a box beside a list's item."""
    lines: list[str] = []
    for piece in story.pieces(parent):
        if piece.inline is not None:
            lines.append(story.marked(piece))
            lines.extend(hanging_lines(story, piece))
        elif piece.element.tag == w("tbl"):
            lines.append(_nested(story, grid_of(piece.element)))
        else:
            document = story.taken_in(piece.element)
            lines.extend(document.text[block.start : block.end] for block in document.blocks) if document is not None else None
    return [line for line in lines if line.strip()]


def hanging_lines(story: Story, piece: Piece) -> list[str]:
    """The text of the boxes that hang on a paragraph; notes and drawings wait for the end of its list or table."""
    lines: list[str] = []
    if piece.inline is not None:
        for box in piece.inline.boxes:
            plain = shape_lines(box)
            lines.extend(flat_lines(story, box) if plain is None else plain)
        for found in piece.inline.references:
            story.wait(found)
    return lines


def _nested(story: Story, grid: Grid) -> str:
    if min(len(grid.rows), max(map(len, grid.rows), default=0)) < 2:
        return " ".join(filter(None, (cell for row in table_rows(story, grid) for cell in row)))
    return "; ".join(line.replace(" | ", ", ") for line in table_lines(story, grid))


def is_layout(story: Story, grid: Grid) -> bool:
    """Whether a table only places blocks beside or below each other: one row or column, with headings or tables in it."""
    if min(len(grid.rows), max(map(len, grid.rows), default=0)) > 1:
        return False
    return any(_holds_blocks(story, cell) for cell in grid.cells())


def _holds_blocks(story: Story, cell: etree._Element) -> bool:
    if any(len(list(table.iter(w("tc")))) > 3 for table in cell.iter(w("tbl"))):
        return True
    paragraphs = (element for element in cell.iter(w("p")) if next(element.iter(w("t")), None) is not None)
    return any(stylesheet.heading_level(one, story.styles.of_paragraph(one)) is not None for one in paragraphs)
