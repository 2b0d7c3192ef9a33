"""Logs: text whose lines are records, each with its time or level, and no running text to be joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_RECORD = re.compile(
    r"\W{0,2}(?:\d{4}[-/.]\d{2}[-/.]\d{2}|\d{2}[-/.]\d{2}[-/.]\d{2,4}|\d{2}:\d{2}:\d{2}|[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}"
    r"|\d{9,13}[.,\s]|(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b)"
)
_JUDGED = 400
_SHARE = 0.5
_LONGEST_RECORD = 60


def is_log(lines: Sequence[str]) -> bool:
    """Whether most lines begin as records of a log do."""
    filled = [line for line in lines[: 4 * _JUDGED] if line.strip()][:_JUDGED]
    return len(filled) >= 3 and sum(_RECORD.match(line) is not None for line in filled) >= _SHARE * len(filled)


def records(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Every record with the number of its first line; lines without a time of their own go on with the record above."""
    start, gathered = 0, list[str]()
    for index, line in enumerate(lines):
        if gathered and (_RECORD.match(line) or not line.strip() or len(gathered) >= _LONGEST_RECORD):
            yield start, "\n".join(gathered)
            gathered = []
        if line.strip():
            start = start if gathered else index
            gathered.append(line)
    if gathered:
        yield start, "\n".join(gathered)
