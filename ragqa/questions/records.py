"""Question files to records: CSV and its like, JSON lines, JSON lists and SQuAD's layout, each also gzipped.

The one reader of question files: `pairs` makes question/answer pairs of its records, `asked` the lines of `ragqa ask --file`.
A record is a dict of a question's fields. In SQuAD's layout an article's title is its questions' document, and a paragraph's
context theirs. Everything here is functions of their arguments: any thread may call them.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Set
from decimal import Decimal
from pathlib import Path
from typing import Any

from ragqa.errors import ParseError, UsageError
from ragqa.parsing.encoding import decode

LARGEST_FILE = 1_000_000_000
"""Bytes, after unpacking: SQuAD's training set has 30 million, and a gzip bomb has more."""

EXAMPLE = (
    'A line of JSON: {"question": "How long is the warranty?", "answer": "30 months", "document": "lamp.pdf", "page": 4}. '
    "A CSV file begins with the line: question,answer,document,page. No answer (null, an empty cell): the manuals do not say."
)
ANSWER_FIELD = re.compile(r"answers|answer(?:_?(\d{1,3}))?")
PAIR_FIELDS = frozenset({"question", "answer"})
"""The columns that no table of question/answer pairs can do without."""

Fraction = Callable[[str], object]
"""What becomes of the spelling of a JSON number with a fraction."""


class Fault(Exception):
    """What is wrong with a field of a record; the field "record" is the whole of it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def read_bytes(path: Path) -> bytes:
    """The file as it is. Raises UsageError."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UsageError(f"{path} is larger than {LARGEST_FILE / 1e9:g} GB", hint="Split it into several files.")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="Give a CSV, JSONL or JSON file.") from error


def read_records(path: Path, data: bytes) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Each record of a file's bytes with its line, or its number from 1 within a JSON document; its fields have normalised names.

    A `Fault` stands for what is no record. Raises UsageError where nothing is one: other data, a damaged document, no header.
    Fractions keep their spelling, as Decimal: an answer 2.50 is "2.50" in the manual too.
    """
    for number, record in raw_records(path, data, PAIR_FIELDS, Decimal):
        yield number, record if isinstance(record, Fault) else _normalised(record)


def raw_records(
    path: Path, data: bytes, needed: Set[str] = PAIR_FIELDS, fraction: Fraction = float
) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """Like `read_records`, with every field under the name that the file gives it. A table must have the `needed` columns."""
    text = _text(path, data)
    if not text.strip():
        return
    suffix = (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()
    if suffix in (".json", ".jsonl", ".ndjson") or text.lstrip()[:1] in ("{", "["):
        records = _json_records(path, text, suffix == ".json", fraction)
    else:
        records = _table_records(path, text, needed)
    for number, record in records:
        if isinstance(record, dict | Fault):
            yield number, record
        else:
            yield number, Fault("record", "is not an object with a question and its other fields")


def _text(path: Path, data: bytes) -> str:
    """The file's text, unpacked; what cannot be decoded is U+FFFD."""
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(LARGEST_FILE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(f"{path} cannot be unpacked: {error}", hint="Make the .gz file anew.") from error
        if len(data) > LARGEST_FILE:
            raise UsageError(f"{path} unpacks to more than {LARGEST_FILE / 1e9:g} GB", hint="Split it into several files.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return decode(data)[0]
    except ParseError as error:
        raise UsageError(f"{path} is no QA file: {error.message}", hint=EXAMPLE) from error


def _normalised(record: dict[str, Any]) -> dict[str, Any] | Fault:
    fields: dict[str, Any] = {}
    for key, value in record.items():
        name = field_name(key)
        if name in fields:
            return Fault(name, "is there twice")
        fields[name] = value
    return fields


def field_name(key: str) -> str:
    """A field's normalised name: lower case, underscores for spaces and hyphens."""
    return re.sub(r"[\s_-]+", "_", key.strip().lower())


def _json_records(path: Path, text: str, is_document: bool, fraction: Fraction) -> Iterator[tuple[int, Any]]:
    whole = _json(text, fraction)
    if not isinstance(whole, Fault):
        yield from enumerate(_entries(whole), start=1)
    elif is_document and "Extra data" not in whole.message:  # which is what JSON lines are to a reader of one document
        raise UsageError(f"{path} is no QA file: it {whole.message}", hint=EXAMPLE)
    else:
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield number, _json(line, fraction)


def _json(text: str, fraction: Fraction) -> Any:
    """A JSON value or a Fault."""
    try:
        return json.loads(text, parse_float=fraction)
    except (ValueError, RecursionError) as error:
        return Fault("record", f"is not JSON: {error}")


def _entries(whole: Any) -> Iterator[Any]:
    """The records of a JSON document: a list of them, or SQuAD's articles."""
    data = whole.get("data", whole) if isinstance(whole, dict) else whole
    for entry in data if isinstance(data, list) else [data]:
        if isinstance(entry, dict) and "paragraphs" in entry:
            yield from _squad_questions(entry)
        else:
            yield entry


def _squad_questions(article: dict[str, Any]) -> Iterator[Any]:
    paragraphs = article["paragraphs"]
    for paragraph in paragraphs if isinstance(paragraphs, list) else [paragraphs]:
        if not isinstance(paragraph, dict) or not isinstance(paragraph.get("qas"), list):
            yield Fault("paragraphs", "holds something else than objects with a context and a list of qas")
            continue
        around = {"document": article.get("title"), "context": paragraph.get("context")}
        for question in paragraph["qas"]:
            yield around | question if isinstance(question, dict) else question


def _table_records(path: Path, text: str, needed: Set[str]) -> Iterator[tuple[int, Any]]:
    rows, columns = _open_table(path, text, needed)
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, Fault("record", f"is not CSV: {error} (a quotation mark without its partner?)")
            continue
        if any(cell.strip() for cell in row[len(columns) :]):
            told = f"has {len(row)} fields, the header {len(columns)}: text that holds the delimiter needs quotation marks"
            yield number, Fault("record", told)
        elif any(cell.strip() for cell in row):
            yield number, {name: cell for name, cell in zip(columns, row, strict=False) if name.strip()}


def _open_table(path: Path, text: str, needed: Set[str]) -> tuple[Any, list[str]]:
    """The rows under the header, and the header, cut by that delimiter which gives it most of the columns needed."""
    tables: list[tuple[Any, list[str]]] = []
    for delimiter in ",;\t":
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
        try:
            tables.append((rows, next(row for row in rows if any(cell.strip() for cell in row))))
        except (csv.Error, StopIteration):
            continue
    best: tuple[Any, list[str]] = max(
        tables, key=lambda table: (len(_basic(table[1]) & needed), len(table[1])), default=(None, [])
    )
    rows, columns = best
    missing = needed - _basic(columns)
    if missing:
        first = text.strip().partition("\n")[0][:60]
        raise UsageError(f"{path} is no QA file: no column '{max(missing)}' in its first line, {first!r}", hint=EXAMPLE)
    names = [field_name(column) for column in columns]
    repeated = [name for name in names if name and names.count(name) > 1]
    if repeated:
        raise UsageError(f"{path}: two columns are named '{repeated[0]}'", hint="Further answers go into answer_2, answer_3, …")
    return rows, [column.strip() for column in columns]


def _basic(columns: list[str]) -> set[str]:
    """The normalised names of columns, `answer` standing for every column of an answer."""
    names = map(field_name, columns)
    return {"answer" if ANSWER_FIELD.fullmatch(name) else name for name in names}
