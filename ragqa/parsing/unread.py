"""What a file says that no block of its document holds, by the yardstick of its format.

A yardstick is a module with a function `unread(data, document)` that finds the file's own texts apart from how they were parsed,
and a line in `_YARDSTICKS`. It is imported when a file of that format is first measured.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Protocol, cast

from ragqa.errors import ParseError, RagqaError, SkippedFile
from ragqa.parsing.registry import parser_for
from ragqa.types import Document, Unread

__all__ = ["Unread", "audit"]

_YARDSTICKS = {
    "pdf": "ragqa.parsing.pdf.unread",
    "docx": "ragqa.parsing.docx.unread",
    "html": "ragqa.parsing.html.unread",
    "epub": "ragqa.parsing.epub.unread",
    "markdown": "ragqa.parsing.markdown.unread",
    "text": "ragqa.parsing.text.unread",
}


class Yardstick(Protocol):
    """Finds what a file says and its document does not."""

    def __call__(self, data: bytes, document: Document) -> list[Unread]:
        """The texts of the file in `data` that no block of `document` holds, in order."""
        ...


def audit(data: bytes, path: str, document: Document) -> list[Unread]:
    """The texts of the file in `data` that no block of its `document` holds, in order.

    Raises SkippedFile where its format has no yardstick, ParseError where the yardstick fails.
    """
    name = parser_for(path).name
    if name not in _YARDSTICKS:
        raise SkippedFile(f"there is no yardstick for {name}")
    try:
        return _load(_YARDSTICKS[name])(data, document)
    except RagqaError:
        raise
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise ParseError(f"what is read of it cannot be measured: {reason}") from error


@cache
def _load(module: str) -> Yardstick:
    return cast(Yardstick, import_module(module).unread)
