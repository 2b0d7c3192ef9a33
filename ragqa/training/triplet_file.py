"""Triplets as a file to open, judge and edit: JSONL, one passage of one question a line.

A line needs `question`, `context` and `answer` (null: this passage does not answer). All else is optional; where `answer_start`
no longer fits the text, because somebody edited it, the answer is looked for.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ragqa.errors import UsageError
from ragqa.files import made_whole, refuse_target
from ragqa.types import Match, PairProblem, Triplet

_KEPT = ("rank", "score", "dense", "lexical", "context_start", "similarity")
EXAMPLE = '{"question": "How hot?", "context": "Set it to 93 °C.", "answer": "93 °C"}'


def write_triplets(triplets: Iterable[Triplet], path: Path) -> int:
    """Write the triplets, and return how many there were. The file appears whole or not at all."""
    count = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        refuse_target(path)
        # A lone surrogate has no UTF-8; as a backslash escape it is JSON all the same.
        with made_whole(path) as temporary, open(temporary, "w", encoding="utf-8", errors="backslashreplace") as file:
            for triplet in triplets:
                file.write(triplet_line(triplet) + "\n")
                count += 1
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    return count


def triplet_line(triplet: Triplet) -> str:
    """One line of the file."""
    values = asdict(triplet)
    start, end = values.pop("start"), values.pop("end")
    answer = None if start is None else triplet.context[start:end]
    ordered = {"id": values.pop("id"), "question": values.pop("question"), "context": values.pop("context")}
    return json.dumps({**ordered, "answer": answer, "answer_start": start, **values}, ensure_ascii=False)


def read_triplets(path: Path) -> tuple[list[Triplet], list[PairProblem]]:
    """The triplets of a file, and the lines that cannot be used. Raises UsageError when the file cannot be read or has none."""
    triplets, problems = [], []
    for number, line in _lines(path):
        try:
            triplets.append(_triplet(json.loads(line)))
        except _BadField as error:
            problems.append(PairProblem(path.name, number, error.field, error.message))
        except (ValueError, RecursionError) as error:  # not JSON; a number too long; nested too deep
            problems.append(PairProblem(path.name, number, "line", f"is not JSON: {getattr(error, 'msg', error)}"))
    if not triplets:
        first = f" The first problem: {problems[0]}." if problems else ""
        raise UsageError(f"{path} holds no triplets.{first}", hint=f"A line looks like {EXAMPLE}")
    return triplets, problems


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


class _BadField(Exception):
    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def _triplet(raw: Any) -> Triplet:
    if not isinstance(raw, dict):
        raise _BadField("line", "is not a JSON object")
    question, context = _text(raw, "question"), _text(raw, "context")
    start, end = _span(raw, context)
    identity = raw.get("id") or hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:16]
    answer = raw.get("answer")
    answers = raw.get("answers") or ([answer] if answer else [])
    if not isinstance(answers, list) or not all(isinstance(one, str) for one in answers):
        raise _BadField("answers", "is not a list of texts")
    return Triplet(
        str(identity),
        question,
        context,
        start,
        end,
        tuple(answers),
        match=Match(raw["match"]) if raw.get("match") in list(Match) else Match.EXACT if start is not None else Match.NONE,
        headings=_encodable(str(raw.get("headings") or ""), "headings"),
        segments=_segments(raw.get("segments"), context),
        document=str(raw.get("document") or ""),
        named_document=str(raw.get("named_document") or ""),
        **{name: _number(raw, name) for name in _KEPT if raw.get(name) is not None},
    )


def _span(raw: dict[str, Any], context: str) -> tuple[int | None, int | None]:
    answer = raw.get("answer")
    if answer is None or answer == "":
        return None, None
    if not isinstance(answer, str):
        raise _BadField("answer", "is neither text nor null")
    start = raw.get("answer_start")
    if not isinstance(start, int) or context[start : start + len(answer)] != answer or start < 0:
        start = context.find(answer)
    if start < 0:
        raise _BadField("answer", "does not stand in the context")
    return start, start + len(answer)


def _text(raw: dict[str, Any], field: str) -> str:
    value = raw.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _BadField(field, "is missing" if value is None else "is not text")
    return _encodable(value, field)


def _encodable(text: str, field: str) -> str:
    """The text, which no tokenizer would take with a lone surrogate in it."""
    lone = re.search("[\ud800-\udfff]", text)
    if lone is not None:
        raise _BadField(field, f"has an unreadable character (U+{ord(lone[0]):04X}) at {lone.start() + 1}")
    return text


def _number(raw: dict[str, Any], field: str) -> Any:
    value = raw[field]
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _BadField(field, "is not a number")
    return int(value) if field in ("rank", "context_start") else float(value)


def _segments(raw: Any, context: str) -> tuple[tuple[int, int], ...]:
    """The segments, dropped when an edit of the context made them wrong: then the whole context is one."""
    try:
        segments = tuple((int(start), int(end)) for start, end in raw or ())
    except (TypeError, ValueError, OverflowError):
        return ()
    ordered = all(0 <= start < end <= len(context) for start, end in segments)
    return segments if ordered and list(segments) == sorted(segments) else ()
