"""What every page has around what it shows, and how it becomes HTML: templates that escape whatever is put into them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from ragqa.display import one_line, quoted
from ragqa.errors import IndexMissing, RagqaError
from ragqa.paths import index_names
from ragqa.serve.access import COOKIE, Role, access_of
from ragqa.serve.faults import fault_response
from ragqa.serve.page.asked import address_of
from ragqa.serve.refusals import UnknownDocument
from ragqa.serve.service import Service

KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "same-origin",
}
"""All that a page uses comes from this server, and nothing of it stands within the page."""


INDEXES_TOLD = 20
"""Names of indexes in a hint."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: `place` is where one is, `index` the index that is looked at, empty where nobody may know it,
    `indexes` those that there are. `judges` and `manages`: what who looks may do; `session`: a token was shown, and can be
    forgotten."""

    place: str = ""
    index: str = ""
    indexes: tuple[str, ...] = ()
    judges: bool = False
    manages: bool = False
    session: bool = False

    @property
    def places(self) -> bool:
        """Whether there is anywhere to go."""
        return bool(self.index)

    @property
    def ask(self) -> str:
        """Where one asks this index."""
        return address_of("/", {"index": self.index})

    @property
    def library(self) -> str:
        """The library of this index."""
        return address_of("/library", {"index": self.index})


def frame_of(request: Request, service: Service, place: str, index: str | None) -> Frame:
    """The frame of a page for who sent a request. Raises NoToken."""
    access = access_of(request)
    role = access.role(request)
    return Frame(
        place, index or service.settings.index, tuple(index_names(service.settings.home)),
        role >= Role.JUDGE, role >= Role.MANAGE, access.keys is not None and COOKIE in request.cookies,
    )  # fmt: skip


def shown(template: str, frame: Frame, status: int = 200, **told: Any) -> HTMLResponse:
    """A page. Whatever is told is text, never markup."""
    made = _templates().get_template(template).render(frame=frame, static=f"/static/{version()}", **told)
    return HTMLResponse(made, status, HEADERS)


def fault_page(error: RagqaError, again: str, frame: Frame | None = None) -> HTMLResponse:
    """The page that says what went wrong, with its status; `again` is the address that is tried again."""
    told, frame = fault_response(error), frame or Frame()
    page = shown(
        "fault.html", frame, told.status_code, message=one_line(error.message), hint=one_line(_hint(error, frame)), again=again
    )
    if "retry-after" in told.headers:
        page.headers["Retry-After"] = told.headers["retry-after"]
    return page


def _hint(error: RagqaError, frame: Frame) -> str:
    """What who reads a page can do: nothing that is said to the API, or typed as a command."""
    if isinstance(error, UnknownDocument):
        return "The library lists those there are."
    if isinstance(error, IndexMissing):
        some = frame.indexes[:INDEXES_TOLD]
        none = f"There is none yet{': add manuals in the library' if frame.manages else ''}."
        return f"Those there are: {', '.join(some)}. The library shows what they hold." if some else none
    return error.hint


@cache
def static_files() -> dict[str, tuple[bytes, str]]:
    """Every file that pages use, by name, with its media type."""
    folder = files("ragqa.serve.page") / "static"
    found = [one for one in folder.iterdir() if one.name.rpartition(".")[2] in KINDS]
    return {one.name: (one.read_bytes(), KINDS[one.name.rpartition(".")[2]]) for one in found}


@cache
def version() -> str:
    """A name for all those files as they are: where one changes, their addresses do."""
    digest = hashlib.sha256()
    for name, (data, _) in sorted(static_files().items()):
        digest.update(name.encode() + b"\0" + data)
    return digest.hexdigest()[:12]


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("ragqa.serve.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"line": quoted, "counted": counted, "capitalised": capitalised}
    return made


def counted(count: int, name: str) -> str:
    """A number of things."""
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def capitalised(text: str) -> str:
    """A sentence with a capital at its beginning; what follows stays as it is."""
    return text[:1].upper() + text[1:]
