"""Requests to one server and what comes back: limited in size and time, never redirected, and again only where it says so."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ragqa.client.address import Address
from ragqa.client.faults import error_of
from ragqa.errors import RagqaError, ServerError, UsageError
from ragqa.schema_reading import Misread, parsed

if TYPE_CHECKING:
    import httpx

JSON_BYTES, PICTURE_BYTES = 64 << 20, 64 << 20
"""More than any list of documents or page of ours takes."""

PATIENCE = 120.0
"""Seconds that a request may take, with all waiting for a server that is busy."""

UPLOAD_SECONDS = 3600.0
"""How long one upload may take: 200 MB over a line of half a megabit a second."""

CONNECT_SECONDS = 5.0

SHORTEST_WAIT = 0.2
"""Seconds before the same request again, at least: a server that says 0 is not to be flooded."""

_AGAIN = (429, 503)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: its body, whole, and its headers, by lower-case names."""

    body: bytes
    headers: Mapping[str, str]


class Wire:
    """Speaks to the server of one address, with one token. Safe for threads.

    The token goes to that address only: redirects are errors, proxies and passwords of the environment are not used. `transport`
    takes the place of the network in tests.
    """

    def __init__(
        self,
        address: Address,
        token: str | None = None,
        patience: float = PATIENCE,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        library = _httpx()
        self.address, self._has_token, self._patience, self._sleep = address, token is not None, patience, sleep
        headers = {"User-Agent": "ragqa", "Accept-Encoding": "identity"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._connect: Callable[[], httpx.Client] = lambda: library.Client(
            headers=headers,
            transport=transport,
            verify=ssl.create_default_context() if address.base.startswith("https:") else False,
            trust_env=False,
            follow_redirects=False,
        )
        self._http = self._connect()

    def json(
        self,
        method: str,
        *parts: str | int,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        files: Any = None,
        patience: float | None = None,
        most: int = JSON_BYTES,
    ) -> object:
        """The JSON that a request brings. None of `query` is left out. Raises ServerError, or what the server tells."""
        reply = self.reply(method, *parts, query=query, body=body, form=form, files=files, patience=patience, most=most)
        try:
            return parsed(reply.body)
        except Misread as error:
            raise self.strange(error) from error

    def reply(
        self,
        method: str,
        *parts: str | int,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        files: Any = None,
        patience: float | None = None,
        most: int = JSON_BYTES,
    ) -> Reply:
        """What a request brings, of at most so many bytes."""
        until = time.monotonic() + (patience or self._patience)
        while True:
            left = max(0.01, until - time.monotonic())
            with self._opened(method, *parts, query=query, body=body, form=form, files=files, seconds=left) as response:
                content = self._read(response, most, until)
                if response.is_success:
                    return Reply(content, response.headers)
                wait = _wait_of(response)
                error = error_of(response.status_code, content, self.address.base, self._has_token)
            if wait is None or time.monotonic() + wait > until:
                raise error
            self._sleep(wait)

    @contextmanager
    def stream(self, *parts: str | int, headers: Mapping[str, str], silence: float) -> Iterator[Iterator[bytes]]:
        """The pieces of a body that goes on and on, as they come; at most so many seconds are between two of them."""
        with self._opened("GET", *parts, headers=headers, seconds=silence) as response:
            if not response.is_success:
                content = self._read(response, JSON_BYTES, time.monotonic() + silence)
                raise error_of(response.status_code, content, self.address.base, self._has_token)
            yield response.iter_bytes()

    @contextmanager
    def _opened(
        self,
        method: str,
        *parts: str | int,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
    ) -> Iterator[httpx.Response]:
        """A response whose body is still to be read, with at most so many seconds between two pieces of it. Whatever goes wrong
        on the way, also while it is read, is a ServerError."""
        httpx = _httpx()
        limits = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        url, sent = self.address.below(*parts), {"json": body, "data": form, "files": files, "headers": headers}
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            with self._http.stream(method, url, params=asked, timeout=limits, **sent) as response:
                yield response
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:  # the last of a name that no host has
            raise self._unreachable(error) from error
        except OSError as error:  # of a file that is sent
            raise ServerError(f"what was to be sent cannot be read: {error.strerror or error}") from error

    @property
    def is_overheard(self) -> bool:
        """Whether the token goes to another machine unencrypted."""
        return self._has_token and self.address.is_open

    def close(self) -> None:
        """Let go of the connections; the next request opens others."""
        closed, self._http = self._http, self._connect()
        closed.close()

    def strange(self, error: Misread) -> ServerError:
        """What the server says is not what a ragqa server says."""
        return ServerError(
            f"{self.address.base} answers, but not as a ragqa server of this version does: {error}",
            hint="Is it the address that `ragqa serve` printed? Else bring client and server to the same version.",
        )

    def _read(self, response: httpx.Response, most: int, until: float) -> bytes:
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > most:
                raise ServerError(f"{self.address.base} sends more than {most >> 20} MB at once, which is not taken")
            if time.monotonic() > until:
                raise self._slow()
        return bytes(content)

    def _slow(self) -> ServerError:
        return ServerError(f"{self.address.base} takes too long to answer", hint="It may have too much to do: try again later.")

    def _unreachable(self, error: Exception) -> RagqaError:
        httpx = _httpx()
        if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError):
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                hint = "Is its certificate your own? Name the file of your authority in SSL_CERT_FILE."
                return ServerError(f"the certificate of {self.address.base} is not trusted", hint=hint)
            return ServerError(f"there is no server at {self.address.base}: {error}", hint="Is `ragqa serve` running there?")
        if isinstance(error, httpx.TimeoutException):
            return self._slow()
        return ServerError(f"the connection to {self.address.base} broke: {error}", hint="Is it the address of a ragqa server?")


def form_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form, without those that are None; what is no text or number as JSON."""
    given = {name: value for name, value in fields.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def _wait_of(response: httpx.Response) -> float | None:
    """The seconds after which the server says that a request may come again; None where it does not."""
    told = response.headers.get("retry-after", "") if response.status_code in _AGAIN else ""
    try:
        if told.strip().isdecimal():
            return max(SHORTEST_WAIT, float(told))
        return max(SHORTEST_WAIT, parsedate_to_datetime(told).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError):
        return None


def _httpx() -> Any:
    """The library that speaks HTTP. Raises UsageError where the extra is missing."""
    try:
        import httpx
    except ImportError as error:
        raise UsageError("asking a server takes httpx, which is not installed", hint="pip install 'ragqa[client]'") from error
    return httpx
