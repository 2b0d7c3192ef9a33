"""Question files to question/answer pairs, in any of the formats that `ragqa.questions.records` reads.

A record has a `question` and its accepted answers; it may have `document`, `page`, `section`, `id`, `context` and `answer_start`.
Field names count without regard to case, with spaces or hyphens for underscores. The accepted answers are those of `answer`,
`answer_2`, `answer_3`, … and `answers`, each a text or a number; in JSON also a list of them, or SQuAD's objects with `text` and
`answer_start`. No answer (null, "", an empty cell, `is_impossible`) says that the manuals do not answer the question; a record
without any answer field is an error. A list of headings becomes one `section`, joined by " > ".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count, repeat
from pathlib import Path
from typing import Any

from ragqa.errors import UsageError
from ragqa.questions.records import ANSWER_FIELD, EXAMPLE, Fault, read_bytes, read_records
from ragqa.types import PairProblem, QAPair, well_formed

_WHOLE_NUMBER = re.compile(r"(\d{1,9})(?:\.0*)?", re.ASCII)  # spreadsheets write 12 as 12.0 in a column with empty cells
_UNREADABLE = re.compile("[\0\ud800-\udfff\ufffd]")


@dataclass(frozen=True, slots=True)
class PairFile:
    """The pairs of a QA file in its order, what could not be used, and the SHA-256 of the file's bytes in hexadecimal digits."""

    pairs: tuple[QAPair, ...]
    problems: tuple[PairProblem, ...]
    fingerprint: str


def read_pairs(path: Path, *, strict: bool = False) -> PairFile:
    """The question/answer pairs of a file; its content and its suffix tell the format. Raises as `pairs_in`, and UsageError for a
    file that cannot be read."""
    return pairs_in(path, read_bytes(path), strict=strict)


def pairs_in(path: Path, data: bytes, *, strict: bool = False) -> PairFile:
    """The question/answer pairs of a file's bytes; `path` is only named, and nothing is looked for there.

    A record with anything wrong in it is left out and becomes a problem. So does one that repeats an earlier record (the same
    question, answers, document and context), or another one's id; a pair without id gets one made from these four. A wrong
    `answer_start` is forgotten where the context holds the answer elsewhere; without a context it means nothing.

    Raises UsageError for what is no QA file or holds no usable pair, and with `strict` for any problem.
    """
    pairs: list[QAPair] = []
    problems: list[PairProblem] = []
    contents: dict[tuple[object, ...], str] = {}
    ids: dict[str, str] = {}
    for number, record in read_records(path, data):
        try:
            if isinstance(record, Fault):
                raise record
            pair = _pair(record, f"{path.name}:{number}")
            _refuse_repeated(pair, contents, ids)
            pairs.append(pair)
        except Fault as fault:
            problems.append(PairProblem(str(path), number, fault.field, fault.message))
    if problems and (strict or not pairs):
        lead = "" if pairs else f"{path} holds no usable question/answer pair: "
        others = f" (the first of {len(problems)} problems)" if len(problems) > 1 else ""
        raise UsageError(f"{lead}{problems[0]}{others}", hint=EXAMPLE)
    if not pairs:
        raise UsageError(f"{path} holds no question/answer pair", hint=EXAMPLE)
    return PairFile(tuple(pairs), tuple(problems), hashlib.sha256(data).hexdigest())


def pairs_to_ask(
    given: str | Path | Sequence[QAPair], limit: int | None = None, strict: bool = False
) -> tuple[tuple[QAPair, ...], tuple[PairProblem, ...]]:
    """The pairs of a file, or `limit` of them, taken evenly, and what could not be used. Pairs of several files may share an id:
    the later ones get another. Raises UsageError when there is none."""
    problems: tuple[PairProblem, ...] = ()
    if isinstance(given, str | Path):
        found = read_pairs(Path(given), strict=strict)
        pairs, problems = found.pairs, found.problems
    else:
        pairs = _with_own_ids(given)
    if not pairs:
        raise UsageError("there are no question/answer pairs to ask")
    if limit is not None and limit < len(pairs):
        pairs = tuple(pairs[number * len(pairs) // limit] for number in range(limit))
    return tuple(replace(pair, question=well_formed(pair.question)) for pair in pairs), problems


def _with_own_ids(pairs: Sequence[QAPair]) -> tuple[QAPair, ...]:
    """The pairs, each id that an earlier one has with a number after it that none has."""
    taken = {pair.id for pair in pairs}
    seen: set[str] = set()
    own = []
    for pair in pairs:
        if pair.id in seen:
            name = next(name for number in count(2) if (name := f"{pair.id}-{number}") not in taken)
            taken.add(name)
            pair = replace(pair, id=name)
        seen.add(pair.id)
        own.append(pair)
    return tuple(own)


def _pair(fields: dict[str, Any], origin: str) -> QAPair:
    """The pair that a record holds. Raises Fault."""
    question = _text(fields.get("question"), "question")
    if question is None or not any(map(str.isalnum, question)):
        raise Fault("question", "is missing" if question is None else "has no words")
    given = _answers(fields)
    answers = tuple(dict.fromkeys(text for text, _ in given))
    document, section = _text(fields.get("document"), "document"), _section(fields.get("section"))
    page = _whole_number(fields.get("page"), "page")
    if page == 0:
        raise Fault("page", "is 0; pages count from 1")
    context, start = fields.get("context") or None, None
    if context is not None:
        _refuse_unreadable(context, "context", allowed="\ufffd")  # a damaged character does not spoil a long text
        start = _answer_start(context, given, fields.get("answer_start"))
    name = _id(fields.get("id")) or _made_id(question, answers, document, context)
    return QAPair(question, answers, name, document, page, section, context, start, origin)


def _answers(fields: dict[str, Any]) -> list[tuple[str, int | None]]:
    """The accepted answers, each with the place it claims in the context; none where the manuals do not say."""
    names = sorted(filter(ANSWER_FIELD.fullmatch, fields), key=_answer_order)
    given = [answer for name in names for answer in _stripped(name, fields[name])]
    impossible = fields.get("is_impossible")
    told = str(impossible).strip().lower() if isinstance(impossible, str | bool) else impossible
    if told not in (None, "", "true", "false"):
        raise Fault("is_impossible", f"is {_shown(impossible)}, not true or false")
    if told == "true" and given:
        raise Fault("is_impossible", "is true, yet there is an answer")
    if told != "true" and not names:
        raise Fault("answer", "is missing; where the manuals do not say, it is null or empty")
    return given


def _answer_order(name: str) -> tuple[bool, int]:
    """answer, answer_2, answer_10, answers"""
    return name == "answers", int(re.sub(r"\D", "", name) or 0)


def _stripped(field: str, value: Any) -> Iterator[tuple[str, int | None]]:
    """The answers of one field without white space around, empty ones left out; their places move along."""
    for given, start in _texts_and_starts(field, value):
        if given is None:
            continue
        is_number = isinstance(given, int | Decimal) and not isinstance(given, bool)
        text = str(given) if is_number else given
        _refuse_unreadable(text, field)
        if text.strip():
            place = _whole_number(start, "answer_start")
            yield text.strip(), None if place is None else place + len(text) - len(text.lstrip())


def _texts_and_starts(field: str, value: Any) -> Iterator[tuple[Any, Any]]:
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            yield item, None
            continue
        texts, starts = item.get("text"), item.get("answer_start")
        if not isinstance(texts, list):
            yield texts, starts
        elif starts is not None and (not isinstance(starts, list) or len(starts) != len(texts)):
            raise Fault(field, f"has {len(texts)} texts, but not as many places in answer_start")
        else:
            yield from zip(texts, starts or repeat(None), strict=False)


def _answer_start(context: str, answers: list[tuple[str, int | None]], given: Any) -> int | None:
    """Where the first answer stands in the context, as far as the record tells it rightly. Raises Fault."""
    if not answers:
        return None
    answer, own = answers[0]
    told = _whole_number(given, "answer_start")
    start = own if told is None else told
    if start is None or context.startswith(answer, start):
        return start
    if answer in context:
        return None
    raise Fault("answer_start", f"is {start}, but the context does not hold the answer there, nor anywhere")


def _section(given: Any) -> str | None:
    """The section as it is written, or a list of headings joined."""
    if not isinstance(given, list):
        return _text(given, "section")
    return " > ".join(filter(None, (_text(heading, "section") for heading in given))) or None


def _id(given: Any) -> str | None:
    is_number = isinstance(given, int) and not isinstance(given, bool)
    return _text(str(given) if is_number else given, "id")


def _made_id(*content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _text(given: Any, field: str) -> str | None:
    """A field's text without white space around; None where it is missing or empty. Raises Fault."""
    if given is None:
        return None
    _refuse_unreadable(given, field)
    return given.strip() or None


def _whole_number(given: Any, field: str) -> int | None:
    """A field's number, None where it is missing or empty. Raises Fault."""
    if given is None or given == "":
        return None
    is_number = isinstance(given, str | int | Decimal) and not isinstance(given, bool)
    found = _WHOLE_NUMBER.fullmatch(str(given).strip()) if is_number else None
    if found is None:
        raise Fault(field, f"is {_shown(given)}, not a whole number")
    return int(found[1])


def _refuse_unreadable(given: Any, field: str, allowed: str = "") -> None:
    if not isinstance(given, str):
        raise Fault(field, f"is {_shown(given)}, not text")
    for found in _UNREADABLE.finditer(given):
        if found[0] != allowed:
            raise Fault(field, f"has an unreadable character (U+{ord(found[0]):04X}) at {found.start() + 1}")


def _shown(value: Any) -> str:
    """A value in a message: short, on one line."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value, default=str)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _refuse_repeated(pair: QAPair, contents: dict[tuple[object, ...], str], ids: dict[str, str]) -> None:
    """Remember where the pair stands. Raises Fault where it, or another one of its id, was before."""
    content = (pair.question, pair.answers, pair.document, pair.context)
    if content in contents:
        raise Fault("question", f"the same pair stands at {contents[content]}")
    if pair.id in ids:
        raise Fault("id", f"{_shown(pair.id)} is already the id of {ids[pair.id]}")
    contents[content] = ids[pair.id] = pair.origin
