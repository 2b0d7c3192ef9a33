"""Lists that a server gives in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragqa.client.wire import Wire
from ragqa.schema_reading import Fields, Misread
from ragqa.schema_reading.fields import Kind, Value, listed, maybe, text

ITEMS_AT_ONCE, MOST_ITEMS = 500, 1_000_000


def all_pages(wire: Wire, name: str, kind: Kind[Value], query: Mapping[str, Any]) -> Iterator[Value]:
    """The items of the list of that name, page by page: a cursor is only ever handed back as it came. Raises RagqaError."""
    cursor: str | None = None
    given = 0
    while True:
        told = wire.json("GET", "v1", name, query={**query, "limit": ITEMS_AT_ONCE, "cursor": cursor})
        try:
            get = Fields(told, "answer")
            page, following = get(name, listed(kind)), get("next", maybe(text))
            given += len(page)
            if following is not None and (not page or following == cursor or given > MOST_ITEMS):
                raise Misread(f"its list of {name} has no end")
        except Misread as error:
            raise wire.strange(error) from error
        yield from page
        if following is None:
            return
        cursor = following
