"""The pages: asking, a manual, the library, logging in; and the few files that they use. Faults are pages too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from glob import escape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from ragqa.display import STAGES, embedded_sentence
from ragqa.errors import IndexMissing, RagqaError
from ragqa.metadata import parsed
from ragqa.serve.access import access_of
from ragqa.serve.page.asked import Asked, Wanted, address_of, labels_of, number_of, text_of
from ragqa.serve.page.cards import cards_of
from ragqa.serve.page.frame import Frame, fault_page, frame_of, shown, static_files, version
from ragqa.serve.page.labels import Labels, choice_of, relabel
from ragqa.serve.page.manual import Manual, open_manual
from ragqa.serve.page.shelf import AT_ONCE, EMPTY_SHELF, Shelf, audit, open_shelf
from ragqa.serve.refusals import Forbidden, NoToken, Unknown
from ragqa.serve.routes.given import ServiceGiven
from ragqa.serve.service import Service

PLACES = ("/", "/manual", "/library")
"""The pages that one may be sent back to after logging in."""

PATIENCE, LOOK_SECONDS = 2.0, 0.1
"""How long an answer is waited for while the models are loaded before the page says so, and between two looks."""

LOADING_SECONDS = 2
"""After which that page looks again by itself."""

_KEPT = "public, max-age=31536000, immutable"


class PageRoute(APIRoute):
    """A route whose faults are pages: who has shown no token is asked for one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except NoToken:
                return _to_login(request)
            except RagqaError as error:
                return fault_page(error, _own_address(request), _frame_or_none(request))

        return answer


router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
async def ask(request: Request, service: ServiceGiven) -> Response:
    """The page that asks, with the answers where the address has a question."""
    asked = Asked.of(request.query_params, request.query_params.getlist("meta"))
    frame = frame_of(request, service, "ask", asked.index)
    if not asked.question:
        notes, labels = await _notes(service, frame), await _labels(service, asked)
        return shown("ask.html", frame, asked=asked, labels=labels, cards=None, manual=None, chosen_key="", notes=notes)
    if request.headers.get("sec-fetch-mode") == "navigate" and await _is_loading(service, frame):
        page = shown("loading.html", frame, 503, asked=asked)
        page.headers["Refresh"] = page.headers["Retry-After"] = str(LOADING_SECONDS)
        return page
    only, metadata = glob_of(asked.document), parsed(asked.labels)
    found = await service.asked(
        asked.question, index=asked.index, document=only or None, section=asked.section or None, metadata=metadata
    )
    asked = replace(asked, index=found.index)
    cards = cards_of(found.response, asked)
    card = cards.chosen(asked)
    manual = await _manual_beside(service, card.manual) if card is not None else None
    chosen = card.key if card is not None else ""
    return shown(
        "ask.html", frame, asked=asked, cards=cards, manual=manual, chosen_key=chosen, only=only,
        effort=found.effort, metadata=metadata, labels=await _labels(service, asked),
    )  # fmt: skip


@router.get("/manual")
async def manual(request: Request, service: ServiceGiven) -> Response:
    """A manual at a place."""
    wanted = Wanted.of(request.query_params)
    frame = frame_of(request, service, "manual", wanted.index)
    wanted = replace(wanted, index=frame.index)
    return shown("manual.html", frame, manual=await _manual(service, wanted), chosen_key="")


@router.get("/library")
async def library(request: Request, service: ServiceGiven) -> Response:
    """The documents of an index."""
    given = request.query_params
    frame = frame_of(request, service, "library", text_of(given, "index", 100) or None)
    wanted, first, meta = text_of(given, "find", 300), number_of(given, "first") or 0, labels_of(given.getlist("meta"))
    return shown("library.html", frame, shelf=await _shelf(service, frame.index, wanted, first, meta), stages=STAGES)


@router.post("/library/label")
async def label_documents(request: Request, service: ServiceGiven) -> Response:
    """Label documents, or take a label off them, and show the library again."""
    fields = await _fields(request, AT_ONCE + 50)
    given = {name: values[-1] for name, values in fields.items()}
    frame = frame_of(request, service, "library", text_of(given, "index", 100) or None)
    if not frame.manages:
        raise Forbidden("this takes the role 'manage'")
    if "off" in given:  # of one document, as its label says
        number, _, typed = given["off"].partition(" ")
        documents, taking = [number_of({"id": number}, "id") or 0], True
    else:
        typed, taking = given.get("label", ""), given.get("act") == "take"
        documents = [number_of({"id": one}, "id") or 0 for one in fields.get("id", [])]
    await service.read(lambda engine: relabel(engine, documents, typed, taking), frame.index)
    again = {"index": frame.index, "find": given.get("find"), "meta": fields.get("meta", []), "first": given.get("first")}
    return RedirectResponse(f"{address_of('/library', again)}#documents-title", 303)


@router.post("/library/audit")
async def audit_document(request: Request, service: ServiceGiven) -> Response:
    """What of a document's file was not read."""
    given = await _form(request)
    frame = frame_of(request, service, "library", text_of(given, "index", 100) or None)
    if not frame.manages:
        raise Forbidden("this takes the role 'manage'")
    document_id = number_of(given, "id") or 0
    found = await service.compute(lambda engine: audit(engine, document_id), frame.index)
    return shown("audit.html", frame, audited=found)


@router.get("/login")
async def login(request: Request) -> Response:
    """The page that asks for a token."""
    return shown("login.html", Frame(), next=_next(request.query_params.get("next", "")), refused="")


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Take a token, and go on to the page that was wanted."""
    given = await _form(request)
    wanted = _next(given.get("next", ""))
    response = RedirectResponse(wanted, 303)
    try:
        secure = request.headers.get("origin", "").startswith("https://")
        access_of(request).log_in(given.get("token", ""), response, secure)
    except NoToken as error:
        return shown("login.html", Frame(), error.status, next=wanted, refused=f"{error.message}. {error.hint}")
    return response


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Forget the token that was shown."""
    response = RedirectResponse("/login", 303)
    access_of(request).log_out(response)
    return response


@router.get("/static/{made}/{name}")
async def static(made: str, name: str) -> Response:
    """A file that pages use; one whose address holds its version never changes."""
    found = static_files().get(name)
    if found is None:
        raise Unknown("there is no such file")
    return Response(found[0], media_type=found[1], headers={"Cache-Control": _KEPT if made == version() else "no-cache"})


def glob_of(document: str) -> str:
    """A part of a document's path as a glob that fits it; what is a glob already stays as it is."""
    return document if not document or any(mark in document for mark in "*?") else f"*{escape(document)}*"


async def _manual(service: Service, wanted: Wanted) -> Manual:
    return await service.read(lambda engine: open_manual(engine, wanted), wanted.index)


async def _manual_beside(service: Service, wanted: Wanted) -> Manual | None:
    """The manual beside the answers; None where its document has just gone: the answers show without it."""
    try:
        return await _manual(service, wanted)
    except RagqaError:
        return None


async def _shelf(service: Service, index: str, wanted: str, first: int, meta: Sequence[str]) -> Shelf:
    try:
        return await service.read(lambda engine: open_shelf(engine, index, wanted, first, meta), index)
    except IndexMissing:
        return EMPTY_SHELF


async def _labels(service: Service, asked: Asked) -> Labels:
    """What documents may be chosen by, and are."""
    try:
        counts = await service.read(lambda engine: engine.metadata(), asked.index)
    except IndexMissing:
        counts = {}
    return choice_of(counts, asked.labels, lambda labels: replace(asked, labels=tuple(labels)).address())


async def _notes(service: Service, frame: Frame) -> list[str]:
    """What there is to say of an index before anything is asked: that its vectors or the models are still to come; empty, and the
    page says it, where it holds nothing to ask."""
    try:
        coverage = await service.read(lambda engine: engine.embedded(), frame.index)
    except IndexMissing:
        return []
    if not coverage.total:
        return []
    loading = "The models are being loaded: the first answer takes a moment longer" if _is_cold(service, frame) else ""
    return [embedded_sentence(coverage), loading]


def _is_cold(service: Service, frame: Frame) -> bool:
    """Whether the models of an index are still being loaded, and nothing is known to be in their way."""
    return frame.index == service.settings.index and not service.warm and not service.failure


async def _is_loading(service: Service, frame: Frame) -> bool:
    """Whether they are for longer than a page may be waited for without a word."""
    until = time.monotonic() + PATIENCE
    while _is_cold(service, frame) and time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
    return _is_cold(service, frame)


def _to_login(request: Request) -> Response:
    """Ask for a token. Who came by a link from elsewhere may have a session all the same, which browsers then keep to themselves:
    the page is opened once more, from here."""
    if request.method == "GET" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return shown("once_more.html", Frame(), address=_own_address(request))
    return RedirectResponse(f"/login?{urlencode({'next': _own_address(request)})}", 303)


def _own_address(request: Request) -> str:
    """The address of the page that was asked for, on this server."""
    path = request.url.path if request.url.path in PLACES else "/"
    return _next(f"{path}?{request.url.query}" if request.url.query else path)


def _next(address: str) -> str:
    """An address to go on to: a page of this server, whatever was given."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or parts.path not in PLACES or not address.isascii() or not address.isprintable():
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _frame_or_none(request: Request) -> Frame | None:
    try:
        return frame_of(request, request.app.state.service, "", None)
    except RagqaError:
        return None


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent; of a field that came twice the last."""
    return {name: values[-1] for name, values in (await _fields(request, 20)).items()}


async def _fields(request: Request, most: int) -> dict[str, list[str]]:
    """The fields of a form that was sent, with all their values; none where there are more than so many."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return parse_qs(body, max_num_fields=most, errors="replace")
    except ValueError:
        return {}
