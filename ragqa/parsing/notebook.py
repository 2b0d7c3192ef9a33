"""Jupyter notebooks, read as the Markdown page they make: the words of Markdown cells, code as code, and as much of what it
printed as a reader would look at.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from ragqa.errors import ParseError
from ragqa.parsing.cleaning import clean_characters
from ragqa.parsing.encoding import decode
from ragqa.parsing.markdown import PARSER as PARSER_OF_PAGES
from ragqa.types import Document

_LONGEST_OUTPUT = 2000
_LARGEST_HTML = 200_000
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class NotebookParser:
    """Reads .ipynb files."""

    name = "notebook"
    version = 2
    suffixes = (".ipynb",)
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, _ = decode(data)
        try:
            notebook = json.loads(text)
        except ValueError as error:
            raise ParseError(f"it is not a notebook: {error}", hint="Save it again from Jupyter.") from error
        parts: list[str] = []
        warnings: dict[str, None] = {}
        for cell in _cells(notebook):
            parts.extend(_written(cell, warnings))
        # The empty line keeps rules at the top from being taken for the front matter of a page.
        document = PARSER_OF_PAGES.parse(("\n" + "\n\n".join(parts) + "\n").encode("utf-8", errors="replace"), path)
        return replace(document, warnings=(*document.warnings, *warnings))


def _cells(notebook: object) -> list[dict[str, Any]]:
    """The cells, also of the third version of the format, which puts them on worksheets."""
    if not isinstance(notebook, dict):
        raise ParseError("it is not a notebook: it has no cells")
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        sheets = notebook.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for part in found if isinstance(part, list) for cell in part]
        if not found:
            raise ParseError("it is not a notebook: it has no cells")
    return [cell for cell in cells if isinstance(cell, dict)]


def _written(cell: dict[str, Any], warnings: dict[str, None]) -> list[str]:
    """A cell as Markdown."""
    source = _text(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "markdown":
        return [_closed(source)]
    if kind == "heading":
        level = cell.get("level")
        return [f"{'#' * (level if isinstance(level, int) and 1 <= level <= 6 else 1)} {' '.join(source.split())}"]
    if kind != "code":
        return [_fenced(source)] if source.strip() else []
    outputs = cell.get("outputs")
    shown = [_output(output, warnings) for output in (outputs if isinstance(outputs, list) else []) if isinstance(output, dict)]
    return [part for part in (_fenced(source) if source.strip() else "", *shown) if part]


def _output(output: dict[str, Any], warnings: dict[str, None]) -> str:
    """What a cell printed or showed: its table or its text; an error by its last line."""
    if output.get("output_type") in ("error", "pyerr"):
        return _fenced(f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}"[:_LONGEST_OUTPUT])
    data = output.get("data")
    shown = data if isinstance(data, dict) else output
    markup = _text(shown.get("text/html", shown.get("html")))
    table = _TABLE.search(markup) if len(markup) <= _LARGEST_HTML else None
    if table:
        return " ".join(table.group().split())
    words = clean_characters(_text(shown.get("text/plain", shown.get("text"))))
    if len(words) > _LONGEST_OUTPUT:
        words = words[:_LONGEST_OUTPUT]
        warnings[f"long outputs are cut after {_LONGEST_OUTPUT} characters"] = None
    pictured = any(isinstance(key, str) and key.startswith("image/") for key in shown)
    return _fenced(words) if words.strip() and not (pictured and words.startswith("<")) else ""


def _fenced(text: str) -> str:
    """Text as a block of code, whatever marks of Markdown are in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _closed(markdown: str) -> str:
    """Markdown whose last block of code ends with its cell."""
    fence = ""
    for line in markdown.split("\n"):
        match = _FENCE.match(line)
        if match and not fence:
            fence = match.group(1)
        elif match and fence and match.group(1).startswith(fence) and not line.strip(" `~"):
            fence = ""
    return f"{markdown}\n{fence}" if fence else markdown


def _text(value: object) -> str:
    """Text that a notebook keeps as one string or as a list of lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


PARSER = NotebookParser()
