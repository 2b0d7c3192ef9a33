"""What of a file its document holds: asked of each file that is read, and of those that are not read anew."""

from __future__ import annotations

from collections.abc import Iterable

from ragqa.errors import RagqaError
from ragqa.parsing.unread import audit
from ragqa.types import Document, FileAudit


def audit_of(data: bytes, path: str, document: Document) -> FileAudit:
    """Of a file with its document; a file that cannot be measured says why."""
    held = _characters(document.text[block.start : block.end] for block in document.blocks)
    try:
        unread = tuple(audit(data, path, document))
    except RagqaError as error:
        return FileAudit(document.warnings, held, unmeasured=error.message)
    return FileAudit(document.warnings, held, _characters(one.text for one in unread), unread)


def _characters(texts: Iterable[str]) -> int:
    return sum(len("".join(text.split())) for text in texts)
