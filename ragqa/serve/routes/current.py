"""Responses that hold as long as an index is not written: who has one already is only told so (ETag, If-None-Match, 304)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from ragqa import RagQA
from ragqa.serve.service import Service
from ragqa.serve.wire import Json

CACHING = {"Cache-Control": "private, no-cache"}
"""Browsers may keep it, and ask each time whether it still holds."""

Read = Callable[[RagQA], Response | dict[str, Any] | None]
"""Makes a response, or the JSON of one, of an index."""


async def current(request: Request, service: Service, index: str | None, read: Read, *, computes: bool = False) -> Response:
    """What `read` makes of an index, all of it of one commit; 304 where who asks has that already. `computes`: it takes its turn
    with the questions."""
    known = request.headers.get("if-none-match", "")

    def work(engine: RagQA) -> Response:
        with engine.opened.snapshot():
            etag = etag_of(engine)
            if has_already(known, etag):
                return Response(status_code=304, headers={"ETag": etag, **CACHING})
            made = read(engine)
        response = made if isinstance(made, Response) else Json(made)
        response.headers.update({"ETag": etag, **CACHING})
        return response

    return await (service.compute if computes else service.read)(work, index)


def etag_of(engine: RagQA) -> str:
    """What tells a commit of an index from every other, also of one that was made anew under its name."""
    opened = engine.opened
    notes = opened.notes
    told = hashlib.sha256(f"{opened.folder}\n{notes.identity}\n{notes.updated}\n{notes.generation}".encode()).hexdigest()[:16]
    return f'W/"{notes.generation}-{told}"'


def etag_of_content(content: bytes) -> str:
    """What tells a response by what it says."""
    return f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'


def has_already(known: str, etag: str) -> bool:
    """Whether an If-None-Match header names a tag."""
    return known.strip() == "*" or etag in [one.strip() for one in known.split(",")]
