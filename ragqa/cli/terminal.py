"""The terminal: where data and diagnostics are printed. Text from documents and file names is always data: never markup, never an
escape.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ragqa.display import place, printable
from ragqa.errors import RagqaError

OUT = Console(highlight=False, markup=False, emoji=False)
ERR = Console(stderr=True, highlight=False, markup=False, emoji=False)


def print_error(error: RagqaError) -> None:
    """An error with its hint, on stderr."""
    ERR.print(Text.assemble(("Error: ", "bold red"), printable(error.message)), soft_wrap=True)
    if error.hint:
        ERR.print(Text(f"  {printable(error.hint)}", style="dim"), soft_wrap=True)


def print_note(text: str, quiet: bool = False) -> None:
    """A remark on stderr."""
    if not quiet:
        ERR.print(Text(printable(text)), soft_wrap=True)


def breadcrumb(document: str, pages: Sequence[int], section: Sequence[str]) -> Text:
    """file › page › section"""
    return Text(place(document, pages, section), style="cyan")


def marked(before: str, span: str, after: str) -> Text:
    """Text with a span set off: by style in a terminal, by «» where styles are lost."""
    before, span, after = printable(before), printable(span), printable(after)
    if not OUT.is_terminal:
        span = f"«{span}»"
    return Text.assemble(before, (span, "bold reverse"), after)


def table_of(*columns: str) -> Table:
    """An empty table with a head."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    return table
