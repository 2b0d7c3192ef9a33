"""What a server answers instead of doing what was asked: each with its HTTP status."""

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
    SkippedFile,
    StorageError,
    UsageError,
)


class Refused(RagqaError):
    """Not done, and why. `status` is the HTTP status, `code` the word for programs, `retry_after` the seconds after which to
    ask again, None where that would not help."""

    status = 400
    code = "refused"

    def __init__(self, message: str, hint: str = "", retry_after: int | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after = retry_after


class Malformed(Refused):
    """The request is not what the API takes."""

    status, code = 422, "malformed"


class Unknown(Refused):
    """There is no such thing."""

    status, code = 404, "not_found"


class UnknownDocument(Unknown):
    """There is no such document."""


class NoToken(Refused):
    """Who asks has not said who they are."""

    status, code = 401, "unauthorized"


class Forbidden(Refused):
    """Who asks may not do that."""

    status, code = 403, "forbidden"


class Changed(Refused):
    """What is asked for is not there any more as it was."""

    status, code = 409, "changed"


class TooLarge(Refused):
    """More than the server takes."""

    status, code = 413, "too_large"


class Busy(Refused):
    """As much is in line as the server takes."""

    status, code = 429, "busy"


class TimedOut(Refused):
    """It took longer than a request may."""

    status, code = 504, "timed_out"


class Stopping(Refused):
    """The server is being stopped."""

    status, code = 503, "stopping"


class Failed(Refused):
    """The server is at fault."""

    status, code = 500, "failed"


STATUSES: dict[type[RagqaError], tuple[int, str]] = {
    UsageError: (400, "usage"),
    ParseError: (422, "unreadable"),
    SkippedFile: (422, "skipped"),
    IndexMissing: (404, "index_missing"),
    IndexBusy: (409, "index_busy"),
    IndexMismatch: (409, "index_mismatch"),
    IndexClosed: (503, "index_closed"),
    IndexDamaged: (503, "index_damaged"),
    StorageError: (503, "storage"),
    BackendUnavailable: (503, "backend"),
    ModelError: (503, "model"),
}
"""The HTTP status of an error, and the word for it that programs read."""


def status_and_code(error: RagqaError) -> tuple[int, str]:
    """The HTTP status of an error, and the word for it that programs read."""
    if isinstance(error, Refused):
        return error.status, error.code
    return next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), (500, "failed"))
