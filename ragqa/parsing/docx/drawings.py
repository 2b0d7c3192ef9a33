"""The text of charts, as tables, and of SmartArt diagrams, as lists; both stand in parts of their own."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.docx.names import drawn, integer
from ragqa.parsing.tables import Cell

_MOST_POINTS = 500
_MOST_SERIES = 60
_DEEPEST = 9


def chart_titles(chart: etree._Element) -> list[str]:
    """The titles of a chart and of its axes."""
    titles = ("".join(text.text or "" for text in title.iter(drawn("t"))) for title in chart.iter(_c("title")))
    return list(dict.fromkeys(filter(None, map(clean_line, titles))))


def chart_rows(chart: etree._Element) -> list[list[Cell]]:
    """The numbers that a chart shows: a row for each category, a column for each series, and their names as the first row."""
    series = list(chart.iter(_c("ser")))[:_MOST_SERIES]
    names = ["".join(_points(one.find(_c("tx"))).values()) for one in series]
    columns = [_points(one.find(_c("val")), one.find(_c("yVal"))) for one in series]
    first = [_points(one.find(_c("cat")), one.find(_c("xVal"))) for one in series]
    categories = next(filter(None, first), {})
    places = sorted(set(categories).union(*columns))[:_MOST_POINTS] if columns else []
    rows: list[list[Cell]] = [["", *names]] if any(names) else []
    rows.extend([categories.get(place, ""), *(column.get(place, "") for column in columns)] for place in places)
    return rows


def diagram_items(data: etree._Element) -> Iterator[tuple[int, str]]:
    """The texts of a diagram with their depth, each after the one that it hangs on."""
    points = {point.get("modelId"): point for point in data.iter(_dgm("pt"))}
    below: dict[str | None, list[tuple[int, str | None]]] = {}
    for link in data.iter(_dgm("cxn")):
        if link.get("type", "parOf") == "parOf":
            below.setdefault(link.get("srcId"), []).append((integer(link.get("srcOrd"), 0), link.get("destId")))
    seen: set[str | None] = set()
    roots = [name for name, point in points.items() if point.get("type") == "doc"]
    waiting: list[tuple[int, str | None]] = [
        (-1, name) for name in reversed([*roots, *(one for one in points if one not in roots)])
    ]
    while waiting:
        depth, name = waiting.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        text = _text_of(points[name])
        if text:
            yield max(depth, 0), text
        deeper = min(depth + 1, _DEEPEST)
        waiting.extend((deeper, child) for _, child in sorted(below.get(name, []), reverse=True, key=lambda one: one[0]))


def drawn_lines(body: etree._Element) -> list[str]:
    """The paragraphs of a shape's text."""
    lines = ("".join(text.text or "" for text in line.iter(drawn("t"))) for line in body.iter(drawn("p")))
    return [line for line in lines if line.strip()]


def _c(name: str) -> str:
    return drawn(name, "chart")


def _dgm(name: str) -> str:
    return drawn(name, "diagram")


def _text_of(point: etree._Element) -> str:
    body = point.find(_dgm("t"))
    return clean_line(" ".join(drawn_lines(body))) if body is not None else ""


def _points(*places: etree._Element | None) -> dict[int, str]:
    """The values that are kept with the first of `places` that is there, by their number."""
    place = next((one for one in places if one is not None), None)
    if place is None:
        return {}
    if place.find(_c("v")) is not None:
        return {0: place.findtext(_c("v")) or ""}
    leaves = (point for point in place.iter(_c("pt")) if point.find(_c("v")) is not None)
    return {integer(point.get("idx"), 0): _number(point.findtext(_c("v")) or "") for point in leaves}


def _number(text: str) -> str:
    """A value without the last digits that come of how numbers are kept: 0.3, not 0.30000000000000004."""
    if len(text) < 16 or not text[:1].lstrip("-").isdigit():
        return text
    try:
        return f"{float(text):.12g}"
    except ValueError:
        return text
