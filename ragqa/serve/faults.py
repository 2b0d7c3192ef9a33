"""Every fault as the same JSON, with its status: {"error": {"code", "message", "hint"}}. Nothing else reaches who asked."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ragqa.errors import RagqaError
from ragqa.serve.refusals import Malformed, Refused, status_and_code
from ragqa.serve.wire import Json

HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 400: "malformed"}


class Fault(BaseModel):
    """What went wrong: `code` for programs, `message` and `hint`, what to do about it, for people."""

    code: str
    message: str
    hint: str = ""


class Faulty(BaseModel):
    """The body of every response that is no success."""

    error: Fault


def fault_json(code: str, message: str, hint: str = "") -> dict[str, Any]:
    """The body of a fault."""
    return {"error": {"code": code, "message": message, "hint": hint}}


def fault_of(error: RagqaError) -> dict[str, Any]:
    """The body of an error's fault."""
    return fault_json(status_and_code(error)[1], error.message, error.hint)


def fault_response(error: RagqaError) -> Json:
    """The response to an error, with its status and headers."""
    headers = {}
    status, _ = status_and_code(error)
    if isinstance(error, Refused) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="ragqa"'
    return Json(fault_of(error), status, headers)


def handle_faults(app: FastAPI) -> None:
    """Give an app its answers to everything that can go wrong."""

    @app.exception_handler(RagqaError)
    async def told(request: Request, error: RagqaError) -> Json:
        return fault_response(error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Json:
        return fault_response(Malformed(_what_is_wrong(error)))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Json:
        code, headers = HTTP_CODES.get(error.status_code, "refused"), dict(error.headers or {})
        if "GET" in headers.get("Allow", "").split(", "):
            headers["Allow"] += ", HEAD"  # which `ragqa.serve.guard` answers
        return Json(fault_json(code, str(error.detail)), error.status_code, headers)


def _what_is_wrong(error: RequestValidationError) -> str:
    """Which fields are wrong and how; nothing of what was sent but names of fields is repeated."""
    found = []
    for one in error.errors()[:5]:
        place = ".".join(str(part) for part in one["loc"])[:100]
        found.append(f"{place}: {one['msg']}".encode("ascii", "backslashreplace").decode()[:300])
    return "; ".join(found)
