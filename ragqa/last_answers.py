"""The answers that the last question of an index got: a small file beside it, so that they can be shown on their pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ragqa.errors import StorageError
from ragqa.files import write_whole
from ragqa.paths import DATABASE, LAST_ANSWERS
from ragqa.types import Answer, Box


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as it was given. `start` and `end` are characters of the document's text."""

    text: str
    document: str
    page: int | None
    start: int
    end: int
    box: Box | None


def keep_answers(folder: Path, answers: Sequence[Answer]) -> None:
    """Keep these answers, best first, in the place of those before; where the index's folder cannot be written, none are kept."""
    if not (folder / DATABASE).is_file():
        return
    with suppress(StorageError):
        write_answers(folder / LAST_ANSWERS, answers)


def write_answers(file: Path, answers: Sequence[Answer]) -> None:
    """Keep these answers in a file, whole. Raises StorageError."""
    given = [GivenAnswer(one.text, one.document, one.page, one.start, one.end, one.box) for one in answers]
    write_whole(file, json.dumps([asdict(one) for one in given]))


def kept_answers(folder: Path) -> list[GivenAnswer]:
    """The answers kept; none where there are none, or something else wrote the file."""
    return read_answers(folder / LAST_ANSWERS)


def read_answers(file: Path) -> list[GivenAnswer]:
    """The answers that a file keeps; none where there are none, or something else wrote it."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return [_given(one) for one in stored]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _given(fields: dict[str, object]) -> GivenAnswer:
    text, document, page, start, end, box = (fields[name] for name in ("text", "document", "page", "start", "end", "box"))
    if not (isinstance(text, str) and isinstance(document, str) and isinstance(start, int) and isinstance(end, int)):
        raise ValueError("no answer")
    if page is not None and not isinstance(page, int):
        raise ValueError("no page")
    left, top, right, bottom = map(float, box) if isinstance(box, list) else (0.0,) * 4
    return GivenAnswer(text, document, page, start, end, (left, top, right, bottom) if box is not None else None)
