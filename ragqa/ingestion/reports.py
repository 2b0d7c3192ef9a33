"""What the summary of an ingest says of each file."""

from __future__ import annotations

from dataclasses import replace

from ragqa.errors import RagqaError, SkippedFile
from ragqa.ingestion.plan import PlannedFile, describe
from ragqa.ingestion.workers import ParsedFile
from ragqa.types import FileAudit, FileReport, FileState

MISSING_NOTE = "no longer on disk; --prune takes it out of the index"


def report_of(planned: PlannedFile, parsed: ParsedFile, chunks: int) -> FileReport:
    """Of a file that was read."""
    document = parsed.document
    return FileReport(
        document.path, planned.state, document.pages, len(document.text), chunks,
        note="; ".join(document.warnings), audit=parsed.audit,
    )  # fmt: skip


def report_of_known(planned: PlannedFile, audit: FileAudit | None = None) -> FileReport:
    """Of a file that was not read into the index, by what is planned for it and what the index has of it."""
    known = planned.known
    if known is None:
        return FileReport(planned.file.path, planned.state, note=planned.note)
    if planned.state in (FileState.SKIPPED, FileState.FAILED):
        kept = f"{planned.note.removesuffix('.')}. The index keeps what it had of it."
        return FileReport(known.path, planned.state, note=kept)
    note = "; ".join(filter(None, [planned.note, *known.warnings]))
    path = planned.file.path if planned.state is FileState.RENAMED else known.path
    return FileReport(path, planned.state, known.pages, known.characters, note=note, audit=audit)


def report_of_error(planned: PlannedFile, error: RagqaError) -> FileReport:
    """Of a file that could not be read, or was left out."""
    state = FileState.SKIPPED if isinstance(error, SkippedFile) else FileState.FAILED
    return report_of_known(replace(planned, state=state, note=describe(error)))
