"""MyST's directives that are no boxes: pictures, tables, formulas, glossaries, lists of pages."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ragqa.parsing.html.tex import tex_text
from ragqa.parsing.markdown.tables import html_table

_ROW = re.compile(r"^ *[*-] +[*-] +(.*)$")
_CELL = re.compile(r"^ +[*-] +(.*)$")
_LARGEST_TABLE = 200_000


@dataclass(frozen=True)
class Directive:
    """A directive: `argument` is what follows its name, `options` the lines at its head, `body` the text."""

    name: str
    argument: str = ""
    options: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)


def write_directive(directive: Directive) -> list[str] | None:
    """The directive in Markdown and HTML; None for one that is not known here."""
    write = _WRITERS.get(directive.name)
    return write(directive) if write is not None else None


def _nothing(directive: Directive) -> list[str]:
    return []


def _body(directive: Directive) -> list[str]:
    """What the argument only lays out: the columns of a grid."""
    return ["", *directive.body, ""]


def _picture(directive: Directive) -> list[str]:
    alt = html.escape(directive.options.get("alt", ""))
    return ["", f'<p><img alt="{alt}"></p>', "", *directive.body, ""]


def _captioned(directive: Directive) -> list[str]:
    return ["", directive.argument, "", *directive.body, ""]


def _formula(directive: Directive) -> list[str]:
    return ["", html.escape(tex_text(" ".join([directive.argument, *directive.body]))), ""]


def _list_table(directive: Directive) -> list[str]:
    rows: list[list[str]] = []
    for line in directive.body:
        row, cell = _ROW.match(line), _CELL.match(line)
        if row is not None:
            rows.append([row[1]])
        elif cell is not None and rows:
            rows[-1].append(cell[1])
        elif line.strip() and rows:
            rows[-1][-1] += f" {line.strip()}"
    return _table(directive, rows)


def _csv_table(directive: Directive) -> list[str]:
    text = "\n".join(line.strip() for line in directive.body)[:_LARGEST_TABLE]
    header = next(csv.reader([directive.options["header"]]), []) if "header" in directive.options else []
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
    return _table(directive, [header, *rows] if header else rows, 1 if header else 0)


def _table(directive: Directive, rows: list[list[str]], heads: int = 0) -> list[str]:
    """A table whose cells are read as Markdown."""
    named = directive.options.get("header-rows", "")
    heads = heads or (int(named) if named.isdecimal() and len(named) < 4 else 0)
    return html_table(directive.argument, rows, heads)


def _glossary(directive: Directive) -> list[str]:
    lines = [""]
    for line in directive.body:
        if line.startswith(" ") and line.strip():
            lines.append(f":   {line.strip()}" if lines[-1] and not lines[-1].startswith(":") else f"    {line.strip()}")
        else:
            lines += ["", line] if line.strip() else [""]
    return [*lines, ""]


_WRITERS: dict[str, Callable[[Directive], list[str]]] = {
    **dict.fromkeys(
        ("toctree", "contents", "index", "include", "raw", "currentmodule", "bibliography", "tableofcontents"), _nothing
    ),
    **dict.fromkeys(("figure", "image", "figure-md"), _picture),
    **dict.fromkeys(
        ("table", "versionadded", "versionchanged", "deprecated", "card", "grid-item-card", "topic", "sidebar"), _captioned
    ),
    **dict.fromkeys(("grid", "grid-item", "div", "container", "card-carousel", "tab-set"), _body),
    "math": _formula,
    "list-table": _list_table,
    "csv-table": _csv_table,
    "glossary": _glossary,
}
