"""What a server refuses, as the error that the engine would have raised: known by its code, told in the server's words."""

from __future__ import annotations

from ragqa.errors import (
    BackendUnavailable,
    IndexBusy,
    IndexClosed,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    ModelError,
    ParseError,
    RagqaError,
    ServerError,
    SkippedFile,
    StorageError,
    UsageError,
)
from ragqa.schema_reading import Fields, Misread, parsed
from ragqa.schema_reading.fields import text


class TooLargeThere(UsageError):
    """More was sent at once than the server, or what stands before it, takes."""


ERRORS: dict[str, type[RagqaError]] = {
    "usage": UsageError,
    "malformed": UsageError,
    "too_large": TooLargeThere,
    "unreadable": ParseError,
    "skipped": SkippedFile,
    "index_missing": IndexMissing,
    "index_busy": IndexBusy,
    "index_mismatch": IndexMismatch,
    "index_closed": IndexClosed,
    "index_damaged": IndexDamaged,
    "storage": StorageError,
    "backend": BackendUnavailable,
    "model": ModelError,
}
"""The errors by the codes that a server tells them with; any other is a ServerError."""

HINTS = {"index_missing": "ragqa index list --server URL, or indexes() of this engine, tells those there are."}
"""What can be done here about an error, where the server's own hint is for who speaks HTTP: it begins with `GET /`."""

LONGEST = 2000
"""Characters of a server's message that are repeated."""

NO_TOKEN = "Give its token by RAGQA_TOKEN, or in a file by --token-file."


def error_of(status: int, body: bytes, base: str, shown: bool) -> RagqaError:
    """The error that a response other than a success tells; `shown`: a token was sent along."""
    if status == 401:
        told = "does not know the token that was sent" if shown else "demands a token"
        return ServerError(f"{base} {told}", hint="It may have been replaced: ask who runs the server." if shown else NO_TOKEN)
    if 300 <= status < 400:
        return ServerError(f"{base} sends on to another address, which is not followed", hint="Give the server's own address.")
    try:
        return told_error(Fields(parsed(body), "answer")("error", _as_it_is))
    except Misread:
        if status == 413:  # of a proxy
            return TooLargeThere(f"{base} does not take as much at once", hint="Whoever runs it may allow more.")
        return ServerError(
            f"{base} answers with status {status} and not as a ragqa server of this version does",
            hint="Is it the address that `ragqa serve` printed, with all of its path?",
        )


def told_error(value: object) -> RagqaError:
    """The error of a fault's JSON. Raises Misread."""
    get = Fields(value, "error")
    message, hint, code = get("message", text)[:LONGEST], get("hint", text, "")[:LONGEST], get("code", text)
    return ERRORS.get(code, ServerError)(message, HINTS.get(code, "") if hint.startswith("GET /") else hint)


def _as_it_is(value: object, place: str) -> object:
    return value
