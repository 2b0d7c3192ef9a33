"""The signs that begin, end and name AsciiDoc's blocks."""

from __future__ import annotations

import re

SECTION = re.compile(r"(={1,6}|#{1,6})\s+(\S.*?)(?:\s+\1)?")
UNDERLINE = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
DELIMITER = re.compile(r"(?:([-.+=*_])\1{3,}|--|(```)\w*.*|([|,:!]===+)|\"\")")
ATTRIBUTES = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]|\[\[.*\]\]")
BLOCK_TITLE = re.compile(r"\.([^\s.].*)")
ADMONITION = re.compile(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION|DANGER):\s+(\S.*)", re.DOTALL)
BLOCK_MACRO = re.compile(r"(\w[\w-]*)::(\S*?)\[(.*)\]")
CALLOUT = re.compile(r"(?<!\s)\s*(?:(?://|#|--|;;)\s*)?<!?-?-?(\d{1,3}|\.)-?-?>(?=\s*$|\s*<)", re.MULTILINE)
BREAK = re.compile(r"'{3,}|<{3,}|-{3}|\*{3}")
LABELS = frozenset({"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION", "DANGER"})
CODE_STYLES = frozenset(
    {"source", "listing", "literal", "latexmath", "stem", "asciimath", "verse", "mermaid", "plantuml", "ditaa"}
)
LOWEST = 6
DEEPEST = 40


def is_underlined(title: str, below: str) -> bool:
    """Whether the line `below` is the rule that makes a title of the line above it."""
    return (
        len(below) >= 3
        and set(below) <= {below[0]}
        and below[0] in UNDERLINE
        and abs(len(below) - len(title)) <= 1
        and title[0].isalnum()
    )
