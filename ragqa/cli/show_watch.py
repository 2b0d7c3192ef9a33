"""What a person sees of indexes that are kept in step."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ragqa.cli import terminal
from ragqa.display import one_line, spell_seconds
from ragqa.watching.events import Event
from ragqa.watching.state import TAKEN_IN

_STYLES = {"failed": "red", "problem": "red", "held": "bold yellow", "gone": "yellow", "busy": "yellow", "skipped": "yellow"}
_SHOWN = 20
_NOTES = ("busy", "embedded", "waiting", "stopped")
"""What is a remark, and no change of the index."""


def print_event(index: str, event: Event, quiet: bool = False) -> None:
    """One thing that happened, in a line."""
    words = f"{event.kind:<9} {one_line(' · '.join(filter(None, (event.path, event.note))))}".rstrip()
    if event.kind in _NOTES:
        terminal.print_note(f"{index}: {words}", quiet=quiet)
        return
    terminal.OUT.print(Text.assemble(f"{index}: ", (words, _STYLES.get(event.kind, ""))), soft_wrap=True)


def print_status(told: list[dict[str, Any]]) -> None:
    """How far each index is in step."""
    if not told:
        terminal.print_note("No index is kept in step. Begin: ragqa watch FOLDER")
    for one in told:
        by = f"pid {one['pid']}" if one["pid"] is not None else "another process"  # which has only just begun
        at_work = f"kept in step by {by}" if one["running"] else "not kept in step now"
        looked = f", looked at {one['looked']}" if one["looked"] else ""
        terminal.OUT.print(Text(f"{one['index']}: {at_work}{looked}"), soft_wrap=True)
        if one["problem"]:
            terminal.OUT.print(Text(f"  problem: {one_line(one['problem'])}", style="red"), soft_wrap=True)
        for source in one["sources"]:
            _print_source(source)
        _print_files("waiting", [(file["path"], file["note"]) for file in one["waiting"] if file["note"] != TAKEN_IN])
        _print_files("at work", [(file["path"], file["note"]) for file in one["waiting"] if file["note"] == TAKEN_IN])
        _print_files("failed", [(file["path"], f"{file['note']} ({_tries(file)})") for file in one["failing"]])
        _print_files("left out", [(file["path"], file["note"]) for file in one["left_out"]])


def _print_source(source: dict[str, Any]) -> None:
    counted = f"{source['files']:,} {'file' if source['files'] == 1 else 'files'}"
    terminal.OUT.print(Text(f"  {one_line(source['name'])}: {counted}"), soft_wrap=True)
    if source["problem"]:
        terminal.OUT.print(Text(f"    {one_line(source['problem'])}", style="yellow"), soft_wrap=True)
    held = source["held"]
    if held is not None:
        told = f"    held: {held['why']}. To take them out of the index: ragqa watch --confirm {source['name']}"
        terminal.OUT.print(Text(one_line(told), style="bold yellow"), soft_wrap=True)


def _print_files(kind: str, files: list[tuple[str, str]]) -> None:
    for path, note in files[:_SHOWN]:
        terminal.OUT.print(Text(f"  {kind}: {one_line(path)}: {one_line(note)}", style=_STYLES.get(kind, "dim")), soft_wrap=True)
    if len(files) > _SHOWN:
        terminal.OUT.print(Text(f"  … and {len(files) - _SHOWN:,} more; --json has them", style="dim"))


def _tries(file: dict[str, Any]) -> str:
    import time

    left = max(0.0, file["again"] - time.time())
    return f"tried {file['tries']} times, again in {spell_seconds(left)}"
