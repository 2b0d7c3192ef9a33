"""Tables of DocBook and DITA, whose cells span columns by name and rows by number, as tables of HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

_HEADS = frozenset({"thead", "sthead", "chhead", "prophead"})
_ROWS = frozenset({"row", "tr", "strow", "sthead", "chrow", "chhead", "property", "prophead"})
_CELLS = frozenset(
    [
        "entry",
        "entrytbl",
        "td",
        "th",
        "stentry",
        "choption",
        "chdesc",
        "choptionhd",
        "chdeschd",
        "proptype",
        "propvalue",
        "propdesc",
        "proptypehd",
        "propvaluehd",
        "propdeschd",
    ]
)
_HEAD_CELLS = frozenset({"th", "choptionhd", "chdeschd", "proptypehd", "propvaluehd", "propdeschd"})


def table_html(table: etree._Element, content: Callable[[etree._Element], str]) -> str:
    """The table as HTML; `content` writes what stands in a cell."""
    rows: list[str] = []
    for part in _parts(table):
        columns = _columns(part)
        for row in part.iter():
            if _name(row) in _ROWS and _own(row, table):
                rows.append(_row(row, columns, content))
    return f"<table>{''.join(rows)}</table>"


def _parts(table: etree._Element) -> list[etree._Element]:
    """The groups of a table, each with columns of its own."""
    groups = [child for child in table if _name(child) == "tgroup"]
    return groups or [table]


def _columns(part: etree._Element) -> dict[str, tuple[int, int]]:
    """Where the named columns and spans begin and end."""
    columns: dict[str, tuple[int, int]] = {}
    at = 0
    for child in part:
        if _name(child) == "colspec":
            number = child.get("colnum") or ""
            at = int(number) if number.isdecimal() else at + 1
            columns[child.get("colname") or f"col{at}"] = (at, at)
        elif _name(child) == "spanspec":
            first, last = columns.get(child.get("namest") or ""), columns.get(child.get("nameend") or "")
            if first and last:
                columns[child.get("spanname") or ""] = (first[0], last[1])
    return columns


def _row(row: etree._Element, columns: dict[str, tuple[int, int]], content: Callable[[etree._Element], str]) -> str:
    in_head = _name(row) in _HEADS or any(_name(above) in _HEADS for above in row.iterancestors())
    cells: list[str] = []
    for cell in _cells(row):
        tag = "th" if in_head or _name(cell) in _HEAD_CELLS else "td"
        cells.append(f"<{tag}{_spans(cell, columns)}>{content(cell)}</{tag}>")
    line = f"<tr>{''.join(cells)}</tr>"
    return f"<thead>{line}</thead>" if in_head else line


def _spans(cell: etree._Element, columns: dict[str, tuple[int, int]]) -> str:
    wide, high = cell.get("colspan") or "", cell.get("rowspan") or ""
    first, last = columns.get(cell.get("namest") or ""), columns.get(cell.get("nameend") or "")
    span = columns.get(cell.get("spanname") or "")
    if span:
        wide = str(span[1] - span[0] + 1)
    elif first and last and last[1] > first[0]:
        wide = str(last[1] - first[0] + 1)
    more = cell.get("morerows") or ""
    high = str(int(more) + 1) if more.isdecimal() and len(more) < 5 else high
    return "".join(f' {name}="{value}"' for name, value in (("colspan", wide), ("rowspan", high)) if value.isdecimal())


def _cells(row: etree._Element) -> Iterator[etree._Element]:
    return (child for child in row if _name(child) in _CELLS)


def _own(row: etree._Element, table: etree._Element) -> bool:
    """Whether a row belongs to this table and not to one within a cell."""
    for above in row.iterancestors():
        if above is table:
            return True
        if _name(above) in _CELLS:
            return False
    return False


def _name(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
