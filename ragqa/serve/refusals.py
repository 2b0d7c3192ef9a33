"""What a server answers instead of doing what was asked: each with its HTTP status."""

from __future__ import annotations

from ragqa.errors import RagqaError


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
