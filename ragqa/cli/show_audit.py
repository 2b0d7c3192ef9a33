"""What a person sees of an audit: how much of each file was read, and what was not, with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from ragqa.cli import terminal
from ragqa.display import one_line, quoted
from ragqa.types import FileAudit, FileReport, IngestReport, unread_share

_SHOWN_FILES = 60
_SHOWN_REMARKS = 5
_TEXT_LENGTH, _WARNING_LENGTH = 100, 240


def print_audit(report: IngestReport) -> None:
    """A line for each file, then what is not read of those that lack something, and the totals."""
    audited = [(file, file.audit) for file in report.files if file.audit is not None]
    shown = _most_telling(audited)
    if shown:
        terminal.OUT.print()
        terminal.OUT.print(_audit_table(shown))
    for file, audit in shown:
        _print_remarks(file, audit)
    if len(shown) < len(audited):
        terminal.OUT.print(Text(f"… and {len(audited) - len(shown):,} more files; --json has them all", style="dim"))
    terminal.OUT.print(Text(_total([audit for _, audit in audited])))


_Audited = tuple[FileReport, FileAudit]


def _most_telling(audited: Sequence[_Audited]) -> list[_Audited]:
    """As many files as can be shown, in order; among very many, those of which most is unread or left out."""
    ranked = sorted(audited, key=lambda pair: (-pair[1].unread_characters, -len(pair[1].warnings)))
    kept = {id(file) for file, _ in ranked[:_SHOWN_FILES]}
    return [(file, audit) for file, audit in audited if id(file) in kept]


def _audit_table(audited: Sequence[_Audited]) -> Table:
    table = terminal.table_of("audit", "read", "unread", "share", "places", "warnings")
    for file, audit in audited:
        measured = (f"{audit.unread_characters:,}", _percent(audit.unread_share), f"{len(audit.unread):,}")
        numbers = (f"{audit.characters:,}", *(("?", "?", "?") if audit.unmeasured else measured), f"{len(audit.warnings):,}")
        style = "yellow" if audit.unread else ""
        table.add_row(Text(one_line(file.path), style=style), *(Text(number, justify="right") for number in numbers))
    return table


def _print_remarks(file: FileReport, audit: FileAudit) -> None:
    """What is not read of a file: what its document says was left out, and the first of the texts that no block holds."""
    left_out = [f"left out: {quoted(warning, _WARNING_LENGTH)}" for warning in audit.warnings]
    unread = [f"unread, {_place(one.place)}: {quoted(one.text, _TEXT_LENGTH)}" for one in audit.unread]
    if not left_out and not unread:
        return
    terminal.OUT.print(Text(one_line(file.path), style="bold"), soft_wrap=True)
    for remarks in (left_out, unread):
        for remark in remarks[:_SHOWN_REMARKS]:
            terminal.OUT.print(Text(f"  {remark}"), soft_wrap=True)
        if len(remarks) > _SHOWN_REMARKS:
            kind = "left out" if remarks is left_out else "unread"
            more = f"  … and {len(remarks) - _SHOWN_REMARKS:,} more {kind}; --json has them all"
            terminal.OUT.print(Text(more, style="dim"))


def _place(place: str) -> str:
    return quoted(place, _TEXT_LENGTH) or "at the beginning"


def _total(audits: Sequence[FileAudit]) -> str:
    """How much of all files is unread, and how many could not be measured, and why."""
    measured = [audit for audit in audits if not audit.unmeasured]
    held, unread = sum(one.characters for one in measured), sum(one.unread_characters for one in measured)
    places, warnings = sum(len(one.unread) for one in measured), sum(len(one.warnings) for one in audits)
    parts = []
    if measured:
        share = _percent(unread_share(held, unread))
        found = f"{unread:,} of {held + unread:,} characters ({share}) in {_counted(places, 'place')}" if unread else "nothing"
        parts.append(f"{found} unread in {_counted(len(measured), 'file')}")
    why = Counter(audit.unmeasured for audit in audits if audit.unmeasured)
    parts += [f"{_counted(count, 'file')} not measured: {quoted(reason)}" for reason, count in why.most_common()]
    parts.append(_counted(warnings, "warning"))
    return f"Audit: {'; '.join(parts)}." if audits else "Audit: no file was read."


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    """A share with as many digits as tell it from nothing."""
    if share == 0:
        return "0 %"
    return f"{share:.1%}".replace("%", " %") if share >= 0.001 else "under 0.1 %"
