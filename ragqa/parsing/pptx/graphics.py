"""What stands in the graphic frames of slides: tables, diagrams and charts."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.pptx.text import BULLET, paragraph_text
from ragqa.parsing.tables import Cell, is_set_apart, looks_like_header, render_rows

_MOST_POINTS = 2000
_MOST_SERIES = 100
_MOST_HEADERS = 4
_DEEPEST = 8
_YES = ("1", "true")
_NOT_NODES = ("doc", "pres", "parTrans", "sibTrans", "asst-pres")


def read_table(table: etree._Element, builder: DocumentBuilder) -> None:
    """The rows of a table; cells that span rows are repeated, those that span columns are followed by None."""
    rows: list[list[Cell]] = []
    elements = list(table.iterfind("{*}tr"))
    for element in elements:
        row: list[Cell] = []
        for column, cell in enumerate(element.iterfind("{*}tc")):
            if cell.get("hMerge") in _YES:
                row.append(None)
            elif cell.get("vMerge") in _YES and rows and column < len(rows[-1]):
                row.append(rows[-1][column])
            else:
                row.append(clean_line(" ".join(paragraph_text(line) for line in cell.iterfind("{*}txBody/{*}p"))))
        rows.append(row)
    properties = table.find("{*}tblPr")
    marked = properties is not None and properties.get("firstRow") in _YES
    looks = map(_is_bold, elements), map(_ground, elements)
    header_rows = int(len(rows) > 1 and (marked or looks_like_header(rows) or is_set_apart(rows, *looks)))
    while 0 < header_rows < min(len(rows) - 1, _MOST_HEADERS) and _goes_down(elements[header_rows - 1], elements[header_rows]):
        header_rows += 1
    group = builder.new_group()
    for line in render_rows(rows, header_rows):
        builder.table_row(line, group)


def _goes_down(head: etree._Element, below: etree._Element) -> bool:
    """Whether cells of a head reach down into the row below it, beside others that are divided there."""
    return any(cell.get("hMerge") in _YES for cell in head) and any(cell.get("vMerge") in _YES for cell in below)


def _is_bold(row: etree._Element) -> bool:
    runs = [run for run in row.iter("{*}r") if "".join(run.itertext()).strip()]
    return bool(runs) and all(any(one.get("b") in _YES for one in run.iterfind("{*}rPr")) for run in runs)


def _ground(row: etree._Element) -> str:
    """The colour that all cells of a row are filled with, empty where there is none."""
    colours = (next(cell.iterfind("{*}tcPr/{*}solidFill/*"), None) for cell in row.iterfind("{*}tc"))
    fills = {(colour.get("val") or "") if colour is not None else "" for colour in colours}
    return fills.pop() if len(fills) == 1 else ""


def read_diagram(root: etree._Element, builder: DocumentBuilder) -> None:
    """The words of a diagram's shapes, as a list as deep as they hang on each other."""
    points = {
        point.get("modelId"): point for point in root.iterfind("{*}ptLst/{*}pt") if point.get("type", "node") not in _NOT_NODES
    }
    top = {point.get("modelId") for point in root.iterfind("{*}ptLst/{*}pt") if point.get("type") == "doc"}
    children: dict[str | None, list[tuple[int, str | None]]] = {}
    for link in root.iterfind("{*}cxnLst/{*}cxn"):
        order = link.get("srcOrd") or "0"
        if link.get("type", "parOf") == "parOf" and link.get("destId") in points:
            children.setdefault(link.get("srcId"), []).append((int(order) if order.isdecimal() else 0, link.get("destId")))
    group = builder.new_group()
    seen: set[str | None] = set()

    def walk(identity: str | None, depth: int) -> None:
        for _, child in sorted(children.get(identity, []), key=lambda pair: pair[0]):
            if child in seen:
                continue
            seen.add(child)
            text = clean_line(" ".join(paragraph_text(line) for line in points[child].iterfind("{*}t/{*}p")))
            builder.list_item(text, group, BULLET, min(depth, _DEEPEST))
            if depth < 100:
                walk(child, depth + 1)

    for identity in (*top, *(one for one in points if one not in seen)):
        if identity in points and identity not in seen:
            seen.add(identity)
            text = clean_line(" ".join(paragraph_text(line) for line in points[identity].iterfind("{*}t/{*}p")))
            builder.list_item(text, group, BULLET, 0)
        walk(identity, 0 if identity in top else 1)


def read_chart(root: etree._Element, builder: DocumentBuilder) -> None:
    """A chart as the table of the numbers it shows, under its title."""
    title = root.find("{*}chart/{*}title")
    if title is not None:
        builder.paragraph(" ".join(paragraph_text(line) for line in title.iter("{*}p")))
    series = list(root.iter("{*}ser"))[:_MOST_SERIES]
    if not series:
        return
    names = [" ".join(_texts(one.find("{*}tx"))) or f"Series {number}" for number, one in enumerate(series, 1)]
    categories: dict[int, str] = {}
    values: list[dict[int, str]] = []
    for one in series:
        labels = one.find("{*}cat") if one.find("{*}cat") is not None else one.find("{*}xVal")
        categories.update(_points(labels))
        values.append(_points(one.find("{*}val") if one.find("{*}val") is not None else one.find("{*}yVal")))
    indexes = sorted({index for column in (categories, *values) for index in column})
    rows: list[list[Cell]] = [["", *names]]
    rows += [[categories.get(index, str(index + 1)), *(column.get(index, "") for column in values)] for index in indexes]
    group = builder.new_group()
    for line in render_rows(rows, 1):
        builder.table_row(line, group)
    if len(indexes) >= _MOST_POINTS:
        builder.warnings.append(f"of a chart the first {_MOST_POINTS} points were read")


def _points(data: etree._Element | None) -> dict[int, str]:
    """What is kept of the numbers or words of a series, by their place."""
    points: dict[int, str] = {}
    for point in data.iter("{*}pt") if data is not None else ():
        index, value = point.get("idx") or "", point.find("{*}v")
        if index.isdecimal() and len(index) < 9 and value is not None and value.text and len(points) < _MOST_POINTS:
            points.setdefault(int(index), _shown(clean_line(value.text)))
    return points


def _shown(text: str) -> str:
    """A number without the digits that only a computer's arithmetic has."""
    try:
        return format(float(text), ".10g") if len(text) > 12 and "." in text else text
    except ValueError:
        return text


def _texts(element: etree._Element | None) -> Iterator[str]:
    for value in element.iter("{*}v") if element is not None else ():
        yield clean_line(value.text or "")
