"""What a person sees of readers and retrievers in the terminal. What a reader's files say stays data."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ragqa.cli import terminal
from ragqa.display import one_line
from ragqa.engine import ReaderInfo


def print_readers(infos: Sequence[ReaderInfo]) -> None:
    """A line for each reader and retriever, then what is wrong with those that cannot be used."""
    table = terminal.table_of("model", "kind", "trained from", "created", "size", "scores", "used by")
    for info in infos:
        scores = ", ".join(f"{name} {_figure(value)}" for name, value in info.summary.items())
        cells = (info.name, info.kind, info.base, info.created[:10], _megabytes(info), scores, ", ".join(info.used_by))
        table.add_row(*(Text(one_line(cell), style="red" if info.problem else "") for cell in cells))
    terminal.OUT.print(table)
    for info in infos:
        if info.problem:
            terminal.OUT.print(Text(f"{info.name} cannot be used: {one_line(info.problem)}", style="red"), soft_wrap=True)


def print_reader(info: ReaderInfo) -> None:
    """What is known of one reader or retriever."""
    table = Table(box=None, show_header=False)
    rows = {
        info.kind: info.name,
        "folder": info.path,
        "size": _megabytes(info),
        "trained from": info.base,
        "created": info.created,
        "used by": ", ".join(info.used_by),
        **{name: _figure(value) for name, value in info.summary.items()},
        "problem": info.problem,
    }
    for key, value in rows.items():
        if value:
            table.add_row(Text(one_line(key), style="dim"), Text(one_line(value)))
    terminal.OUT.print(table)


def _megabytes(info: ReaderInfo) -> str:
    return f"{info.bytes / 1e6:.1f} MB"


def _figure(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"
