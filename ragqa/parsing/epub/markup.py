"""Makes a chapter's XHTML readable as HTML: what XML may write and HTML would take for something else."""

from __future__ import annotations

import re

from ragqa.parsing.html.source import spelled_out

_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
# XML may close any element at once; HTML would read on to the end of the file.
_SELF_CLOSED = re.compile(rf"<((?!(?:{_VOID})\b)[a-zA-Z][\w:.-]*)((?:\s[^<>]*)?)/>", re.IGNORECASE)
_PREFIXED = re.compile(r"<(/?)(?:x?html?|h|xh):(?=[a-zA-Z])")
_PAGE = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<(?:\w+:)?(?:html|body|head|div|p|h[1-6]|section)\b", re.I | re.S
)
_HEAD = 4096


def as_html(text: str) -> str:
    """The markup with every element closed as HTML closes it, and without XML's own ways to write characters."""
    text = _PREFIXED.sub(r"<\1", spelled_out(text))
    return _SELF_CLOSED.sub(r"<\1\2></\1>", text)


def is_page(text: str) -> bool:
    """Whether the text begins as a page does."""
    return _PAGE.match(text[:_HEAD].lstrip("\ufeff")) is not None
