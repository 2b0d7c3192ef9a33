"""What the columns of an index's tables may hold: asked of every value that comes from a file made elsewhere."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragqa.indexing.rows import box_of
from ragqa.metadata import is_key, is_value
from ragqa.types import BlockKind

Check = Callable[[Any], bool]

LARGEST_NUMBER = 2**53
LONGEST_LINE = 100_000
"""Characters of a title, a path, a list of headings: far more than any manual has, far less than would hurt."""
MOST_PAGES = 10_000_000
DEEPEST = 200
"""Headings over a block."""

_HEX = re.compile(r"[0-9a-f]{64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def _whole(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _line(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_LINE


def _key(value: Any) -> bool:
    return isinstance(value, bytes) and 0 < len(value) <= 64


def _list_of(kind: type, most: int) -> Check:
    def check(value: Any) -> bool:
        if not _line(value):
            return False
        try:
            held = json.loads(value)
        except (ValueError, RecursionError):
            return False
        return isinstance(held, list) and len(held) <= most and all(type(one) is kind for one in held)

    return check


_ID = _whole(1, LARGEST_NUMBER)
_PLACE = _whole(0, 2**31)
_PAGE = _whole(0, MOST_PAGES)
_HEADINGS = _list_of(str, DEEPEST)

_BY_TYPE: dict[str, Check] = {
    "INTEGER": _whole(-LARGEST_NUMBER, LARGEST_NUMBER),
    "TEXT": lambda value: isinstance(value, str),
    "BLOB": lambda value: isinstance(value, bytes),
    "REAL": lambda value: isinstance(value, float) and math.isfinite(value),
}
"""For columns that have no line below."""

_BY_COLUMN: dict[tuple[str, str], Check] = {
    ("documents", "id"): _ID,
    ("documents", "source"): lambda value: isinstance(value, bytes) and 0 < len(value) <= LONGEST_LINE,
    ("documents", "path"): lambda value: _line(value) and bool(value.strip()),
    ("documents", "title"): _line,
    ("documents", "sha256"): lambda value: isinstance(value, str) and _HEX.fullmatch(value) is not None,
    ("documents", "size"): _whole(0, 2**62),
    ("documents", "mtime_ns"): _whole(-(2**62), 2**62),
    ("documents", "parser"): _line,
    ("documents", "pages"): _PAGE,
    ("documents", "language"): lambda value: isinstance(value, str) and _LANGUAGE.fullmatch(value) is not None,
    ("documents", "characters"): _PLACE,
    ("documents", "warnings"): _list_of(str, 10_000),
    ("documents", "ingested_at"): _line,
    ("texts", "document_id"): _ID,
    ("texts", "start"): _PLACE,
    ("blocks", "document_id"): _ID,
    ("blocks", "start"): _PLACE,
    ("blocks", "end"): _PLACE,
    ("blocks", "kind"): lambda value: value in list(BlockKind),
    ("blocks", "section"): _HEADINGS,
    ("blocks", "levels"): _list_of(int, DEEPEST),
    ("blocks", "page"): _PAGE,
    ("blocks", "group"): _whole(0, LARGEST_NUMBER),
    ("blocks", "box"): lambda value: _line(value) and box_of(value) is not None,
    ("embeddings", "hash"): _key,
    ("metadata", "key"): lambda value: _line(value) and is_key(value),
    ("metadata", "folded"): _line,
    ("metadata", "document_id"): _ID,
    ("metadata", "value"): lambda value: _line(value) and is_value(value),
    ("chunks", "id"): _ID,
    ("chunks", "document_id"): _ID,
    ("chunks", "start"): _PLACE,
    ("chunks", "end"): _PLACE,
    ("chunks", "section"): _HEADINGS,
    ("chunks", "page_first"): _PAGE,
    ("chunks", "page_last"): _PAGE,
    ("chunks", "embedding"): _key,
    ("spare_embeddings", "hash"): _key,
    ("spare_embeddings", "fingerprint"): _line,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as this version's schema declares it."""

    table: str
    name: str
    type: str
    is_nullable: bool
    has_default: bool

    @property
    def check(self) -> Check:
        """Whether a value that is not NULL may stand in it."""
        return _BY_COLUMN.get((self.table, self.name)) or _BY_TYPE.get(self.type.upper(), lambda value: False)


def first_breach(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> str:
    """What stands in one of the rows and may not, as words to follow "it holds"; empty where there is nothing of the kind."""
    checks = [(column, column.check) for column in columns]
    for row in rows:
        for (column, check), value in zip(checks, row, strict=True):
            if not (column.is_nullable if value is None else check(value)):
                return f"{_shown(value)} as {column.name} in {column.table}"
    return ""


def vector_breach(vectors: Sequence[Any], dimension: int) -> str:
    """The same of stored vectors: `dimension` finite fp16 numbers of length one each, or none where they are still to be made."""
    import numpy as np

    vectors = [vector for vector in vectors if vector != b""]
    if any(not isinstance(vector, bytes) or len(vector) != 2 * dimension for vector in vectors):
        return f"a vector that is not of {dimension} numbers"
    lengths = np.linalg.norm(np.frombuffer(b"".join(vectors), dtype="<f2").reshape(-1, dimension).astype(np.float32), axis=1)
    sound = np.isfinite(lengths) & ((np.abs(lengths - 1) < 0.05) | (lengths == 0))
    return "" if sound.all() else "a vector that is not of length one"


def _shown(value: Any) -> str:
    """A value in a message, cut where it is long."""
    told = repr(value)
    return told if len(told) <= 40 else f"{told[:40]}…"


def columns_of(table: str, described: Iterable[Mapping[str, Any] | Sequence[Any]]) -> list[Column]:
    """The columns of a table, from the rows of PRAGMA table_xinfo."""
    return [Column(table, row[1], row[2], not row[3] and not row[5], row[4] is not None) for row in map(list, described)]
