"""What a workbook's sheets share: their list, the texts of cells, the formats of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ragqa.parsing.opc import OpcPackage, relation_id
from ragqa.parsing.raised import raised
from ragqa.parsing.safe_xml import local_name, stream_xml
from ragqa.parsing.symbols import shown
from ragqa.parsing.xlsx.number_formats import BUILT_IN, GENERAL

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TRUE = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook lists it; `kind` tells worksheets from sheets of charts or macros."""

    name: str
    part: str
    kind: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class CellStyle:
    """What a cell's style says of its content."""

    number_format: str = GENERAL
    bold: bool = False
    raised: bool = False
    font: str = ""


@dataclass(frozen=True)
class Workbook:
    """The sheets in order, and what their cells refer to."""

    sheets: list[SheetEntry]
    texts: list[str]
    styles: list[CellStyle]
    since_1904: bool = False
    plain: CellStyle = field(default=CellStyle())

    def style(self, index: str | None) -> CellStyle:
        """The style that a cell names by its number."""
        number = int(index) if index and index.isdecimal() else 0
        return self.styles[number] if number < len(self.styles) else self.plain


def read_workbook(package: OpcPackage) -> Workbook:
    """The workbook of a package; ParseError where there is none."""
    part = package.main_part("workbook")
    root = package.xml(part)
    assert root is not None
    relations = package.relations(part)
    sheets: list[SheetEntry] = []
    for element in root.iterfind("{*}sheets/{*}sheet"):
        relation = relations.get(relation_id(element))
        name = package.name(relation.part) if relation is not None else None
        if relation is not None and name is not None:
            hidden = (element.get("state") or "visible") != "visible"
            sheets.append(SheetEntry(element.get("name") or "", name, relation.kind, hidden))
    properties = root.find("{*}workbookPr")
    by_kind = {relation.kind: relation.part for relation in relations.values()}
    return Workbook(
        sheets=sheets,
        texts=_shared_texts(package, by_kind.get("sharedStrings")),
        styles=_styles(package.xml(by_kind.get("styles"))),
        since_1904=properties is not None and is_on(properties.get("date1904")),
    )


def is_on(value: str | None) -> bool:
    """Whether an attribute says yes."""
    return value in _TRUE


def rich_text(element: etree._Element) -> str:
    """The text of a cell or a comment in all its runs, without the reading that some languages print above words."""
    return "".join(_texts(element))


def _texts(element: etree._Element) -> Iterator[str]:
    for child in element:
        name = local_name(child)
        if name == "t":
            yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), child.text or "")
        elif name == "r":
            text = shown("".join(_texts(child)), _font_name(child.find("{*}rPr")))
            yield raised(text) if _is_raised(child.find("{*}rPr")) else text
        elif name not in ("rPh", "rPr", "phoneticPr"):
            yield from _texts(child)


def _shared_texts(package: OpcPackage, part: str | None) -> list[str]:
    name = package.name(part)
    if name is None:
        return []
    return [rich_text(element) for element in stream_xml(package.archive.stream(name), name, ["si"])]


def _styles(root: etree._Element | None) -> list[CellStyle]:
    if root is None:
        return []
    codes = {element.get("numFmtId"): element.get("formatCode") or GENERAL for element in root.iterfind("{*}numFmts/{*}numFmt")}
    fonts = [(_is_bold(font.find("{*}b")), _is_raised(font), _font_name(font)) for font in root.iterfind("{*}fonts/{*}font")]
    styles: list[CellStyle] = []
    for element in root.iterfind("{*}cellXfs/{*}xf"):
        number = element.get("numFmtId") or "0"
        code = codes.get(number) or BUILT_IN.get(int(number) if number.isdecimal() else 0, GENERAL)
        font = element.get("fontId") or "0"
        styles.append(CellStyle(code, *(fonts[int(font)] if font.isdecimal() and int(font) < len(fonts) else ())))
    return styles


def _is_bold(element: etree._Element | None) -> bool:
    return element is not None and (element.get("val") is None or is_on(element.get("val")))


def _is_raised(font: etree._Element | None) -> bool:
    return font is not None and font.find("{*}vertAlign[@val='superscript']") is not None


def _font_name(font: etree._Element | None) -> str:
    """The name of a font: signs such as the tick of a matrix of features are letters of a symbol font."""
    named = next(font.iterfind("{*}rFont"), next(font.iterfind("{*}name"), None)) if font is not None else None
    return (named.get("val") or "") if named is not None else ""
