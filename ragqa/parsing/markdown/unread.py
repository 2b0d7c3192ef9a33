"""What a Markdown file says and its document does not hold, line by line, looked for in its source.

Not missed are the fields before the text, remarks, the targets of links, and what is there for a site builder alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from ragqa.parsing.encoding import decode
from ragqa.parsing.held import missing_texts
from ragqa.types import Document, Unread

_FRONT_MATTER = re.compile(r"\A\ufeff?\s*(---|\+\+\+)[ \t]*\n.*?^(?:\1|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_APART = (("<!--", "-->"), ("{/*", "*/}"), ("{%", "%}"), ("{{", "}}"), ("<style", "</style"), ("<script", "</script"))
_LONG_TAG = re.compile(r"<[A-Za-z][\w-]{0,40}\s[^<>]{1,2000}>")
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,}|:{3,})(.*)$")
_DEFINITION = re.compile(r"^ {0,3}\[(?!\^)[^\]\n]+\]:\s+\S+.*$")
_MODULE = re.compile(r"^(?:import|export)\s.*$")
_TARGET = re.compile(r"(?<=\])\([^()\n]{0,2000}(?:\([^()\n]{0,500}\)[^()\n]{0,500}){0,5}\)|(?<=\])\[[^\]\n]{0,500}\]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")
_ATTRIBUTES = re.compile(r"\{[:#.][^{}\n]{0,500}\}")
_SIGN = re.compile(r":[a-z0-9_+-]+:")
_MARK = re.compile(r"^[ \t>]*(?:\[\^[^\]]+\]:|\[!\w+\]|!!!|\?\?\?\+?|\d{1,9}[.)]\s|[-*+]\s+\[[ xX]\]\s)|\[\^[^\]\n]{1,100}\]")


def unread(data: bytes, document: Document) -> list[Unread]:
    """The words of the file in `data` that no block of `document` holds, in order, each with its line."""
    text = decode(data)[0].replace("\r\n", "\n").replace("\r", "\n")
    text = _FRONT_MATTER.sub(_empty_lines, text)
    for begin, end in _APART:
        text = _without(text, begin, end)
    return missing_texts(_lines(_LONG_TAG.sub(_empty_lines, text)), document)


def _empty_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _without(text: str, begin: str, end: str) -> str:
    """A text without what stands between two signs; its lines stay where they are."""
    kept: list[str] = []
    at = 0
    while (start := text.find(begin, at)) >= 0 and (stop := text.find(end, start)) >= 0:
        kept += [text[at:start], "\n" * text.count("\n", start, stop)]
        at = stop + len(end)
    return "".join([*kept, text[at:]])


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """The words of each line, without the marks around them; code stays as it is."""
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        opened = _FENCE.match(line)
        if opened is not None and opened[1].startswith(fence) and (not fence or not opened[2].strip()):
            fence = "" if fence else opened[1] if opened[1][0] != ":" else ""
        elif fence:
            yield f"line {number}", line
        elif not _DEFINITION.match(line) and not _MODULE.match(line):
            yield f"line {number}", _words(line)


def _words(line: str) -> str:
    for gone in (_MARK, _TARGET, _TAG, _ATTRIBUTES, _SIGN):
        line = gone.sub(" ", line)
    return html.unescape(line)
