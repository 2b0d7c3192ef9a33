"""Where code stands between fences, which nothing else may touch."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = re.compile(r"^(?P<indent>[ \t]*(?:>[ \t]?)*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(?P<marks>`{3,}|~{3,})(?P<info>.*)$")
_DIRECTIVE = re.compile(r"\s*\{(?P<name>[\w:+-]+)\}\s*(?P<argument>.*)$")
_ADMONISH = re.compile(r"\s*admonish\b\s*(?P<name>[a-z]*)\s*(?P<argument>.*)$")
CODE_DIRECTIVES = frozenset(
    {"code", "code-block", "code-cell", "sourcecode", "parsed-literal", "literalinclude", "eval-rst", "mermaid"}
)


def directive(info: str) -> tuple[str, str] | None:
    """The name and the argument of a fence that is a directive, such as "{note}", "{tab-item} Linux" or "admonish tip"."""
    match = _DIRECTIVE.match(info) or _ADMONISH.match(info)
    return (match["name"].lower() or "note", match["argument"].strip()) if match else None


def opening_fence(line: str) -> re.Match[str] | None:
    """The fence that `line` opens, with its `indent`, `marks` and `info`."""
    match = _FENCE.match(line)
    return match if match is not None and not (match["marks"][0] == "`" and "`" in match["info"]) else None


def closes(line: str, marks: str) -> bool:
    """Whether `line` is the end of a fence that `marks` opened."""
    end = line.strip(" \t>")
    return len(end) >= len(marks) and not end.strip(marks[0])


def runs(lines: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """The lines in runs: those of code, with their fences, and all others, the fences of directives among them."""
    run: list[str] = []
    marks = ""
    directives: list[str] = []
    for line in lines:
        fence = None if marks else opening_fence(line)
        if marks:
            run.append(line)
            if closes(line, marks):
                yield True, run
                run, marks = [], ""
        elif fence is None:
            run.append(line)
        elif is_directive(fence["info"]):
            directives.append(fence["marks"])
            run.append(line)
        elif directives and not fence["info"].strip() and closes(line, directives[-1]):
            directives.pop()
            run.append(line)
        else:
            yield False, run
            run, marks = [line], fence["marks"]
    yield bool(marks), run


def is_directive(info: str) -> bool:
    """Whether what a fence holds is text for the reader and not code."""
    found = directive(info)
    return found is not None and found[0] not in CODE_DIRECTIVES
