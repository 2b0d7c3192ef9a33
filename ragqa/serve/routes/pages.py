"""Pages of a list: a cursor says after which item the next one begins, so that what comes or goes meanwhile shifts nothing."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from ragqa.serve.refusals import Malformed

Item = TypeVar("Item")

LimitGiven = Annotated[int, Query(ge=1, le=500, description="Items at most.")]
CursorGiven = Annotated[str | None, Query(max_length=8_000, description="The `next` of the page before.")]


def page_of(items: Sequence[Item], key: Callable[[Item], str], limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
    """The items behind the cursor, as many as `limit`, and the cursor of those that follow; None where none do. The items are in
    the order of their keys, each of which is unique. Raises Malformed for a cursor that is none."""
    after = None if cursor is None else _read(cursor)
    rest = [one for one in items if after is None or key(one) > after]
    found = rest[:limit]
    return found, _written(key(found[-1])) if len(rest) > limit else None


def _written(key: str) -> str:
    return urlsafe_b64encode(key.encode("utf-8", "surrogateescape")).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return urlsafe_b64decode(padded).decode("utf-8", "surrogateescape")
    except ValueError as error:
        raise Malformed("the cursor is none", hint="Take the `next` of the page before, or none for the first.") from error
