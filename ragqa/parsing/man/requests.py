"""Lines of roff: a request or macro with its arguments, or text. Definitions are passed over, conditions are decided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_REQUEST = re.compile(r"[.'][ \t]*([^\s\\]{1,32}|\\\")?(?:[ \t]+(.*))?$")
_ARGUMENT = re.compile(r'"((?:[^"]|"")*)"?|((?:\\.|[^\s\\])+|\\$)')
_CONDITION = re.compile(r"(!?)\s*(?:([noetrd])(?:\s|(?=\\\{))|([^\s\\]+|\\.\S*))\s*(.*)")
_MOST_NESTED = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A line: the `name` of its macro with `rest`, what follows it; or text where there is no name."""

    name: str
    rest: str
    number: int

    @property
    def arguments(self) -> list[str]:
        """The words after the macro's name; those in quotation marks are one."""
        return [
            match.group(1).replace('""', '"') if match.group(1) is not None else match.group(2)
            for match in _ARGUMENT.finditer(self.rest)
        ]


def read_lines(text: str) -> Iterator[Line]:
    """Every line that counts."""
    until, skipping, otherwise = "", 0, False
    for number, raw in enumerate(text.split("\n"), start=1):
        if until:
            until = "" if raw.replace(" ", "").rstrip() in (until, f"'{until[1:]}") else until
            continue
        if skipping:
            skipping = max(0, skipping + raw.count("\\{") - raw.count("\\}"))
            continue
        line = _line(raw.replace("\\}", "") if raw.startswith((".", "'")) else raw, number)
        for _ in range(_MOST_NESTED):
            if line.name not in ("if", "ie", "el"):
                break
            holds, body = (not otherwise, line.rest.strip()) if line.name == "el" else _decided(line.rest)
            otherwise = holds if line.name == "ie" else otherwise
            if not holds:
                skipping = raw.count("\\{") - raw.count("\\}")
                line = Line("ignored", "", number)
            else:
                line = _line(body.removeprefix("\\{").strip() or ".", number)
        if line.name in ("de", "de1", "am", "ig", "dei", "ami"):
            words = line.rest.split()
            ends_with = words[-1] if len(words) > (0 if line.name == "ig" else 1) else "."
            until = f".{ends_with}"
        elif line.name != "ignored":
            yield line


def _line(raw: str, number: int) -> Line:
    if not raw.startswith((".", "'")):
        return Line("", raw, number)
    match = _REQUEST.match(raw)
    name = match.group(1) if match else None
    if match is None or name is None or name.startswith('\\"'):
        return Line("ignored", "", number)
    return Line(name, match.group(2) or "", number)


def _decided(rest: str) -> tuple[bool, str]:
    """Whether a condition holds for a page on a terminal, and what it is about."""
    match = _CONDITION.match(rest)
    if match is None:
        return False, ""
    negated, letter, other, body = match.groups()
    holds = letter in ("n", "o", "e") if letter else other == "1"
    return holds != bool(negated), body
