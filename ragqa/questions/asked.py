"""The questions of `ragqa ask --file`: every line with all its fields, so that answers can go beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragqa.errors import UsageError
from ragqa.questions.records import Fault, field_name, raw_records, read_bytes
from ragqa.types import well_formed

QUESTION = "question"

EXAMPLE = (
    'A line of JSON: {"question": "How long is the warranty?", "id": 7}. A CSV file begins with the line: id,question. '
    "Fields other than question are kept as they are."
)


def read_questions(path: Path) -> list[dict[str, Any]]:
    """The question lines of a file, in any of the formats that `ragqa.questions.records` reads, in the file's order.

    Each is a dict of the line's own fields: under `question` a text, which the models and the index take; every other field under
    the name and with the value that the file gives it. Unlike question/answer pairs, lines may repeat and need no answer.
    Raises UsageError for a file that cannot be read, and for the first line that holds no question, naming file and line.
    """
    lines = []
    for number, record in raw_records(path, read_bytes(path), frozenset({QUESTION})):
        if isinstance(record, Fault):
            raise UsageError(f"{path}, line {number}: {record.field} {record.message}", hint=EXAMPLE)
        names = [name for name in record if field_name(name) == QUESTION]
        if len(names) != 1 or not isinstance(record[names[0]], str):
            wrong = "there are two fields" if len(names) > 1 else "there is no text field"
            raise UsageError(f"{path}, line {number}: {wrong} 'question'", hint=EXAMPLE)
        asked = {QUESTION: well_formed(record[names[0]])}
        lines.append({(QUESTION if name == names[0] else name): value for name, value in record.items()} | asked)
    return lines
