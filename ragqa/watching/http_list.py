"""Documents that a list at an http(s) address names: a text file of addresses, a page with links, or a sitemap.

Only what lies below the list's own folder on the same server is fetched, whatever the list says, and nothing larger than allowed.
"""

from __future__ import annotations

import hashlib
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import SplitResult, unquote, urlsplit

from ragqa.errors import ParseError, SourceGone, UsageError
from ragqa.parsing.registry import supported_suffixes
from ragqa.watching.arriving import in_time, keep
from ragqa.watching.links import Link, links_of, quoted, too_large, unpacked
from ragqa.watching.silence import broken_off, silent
from ragqa.watching.sources import Entry, Listing, NotThere

SECONDS = 30.0
"""For which a server may say nothing."""

LIST_BYTES, MOST_LISTS, MOST_DOCUMENTS = 16_000_000, 500, 100_000
PAGES = ("text/html", "application/xhtml+xml")

NO_SUCH, NO_HEAD = (404, 410), (405, 501)
"""What servers answer of what they do not have, and to a question that they do not know."""


class HttpList:
    """The documents that a list names. A document may have `most_bytes`. For one thread."""

    def __init__(self, address: str, most_bytes: int) -> None:
        parts = urlsplit(address)
        if parts.username or parts.password or not parts.hostname:
            raise UsageError(
                f"{parts.scheme}://{parts.hostname or ''}… is no address of a list", hint="It holds no user or password."
            )
        self._address, self._begin, self._most_bytes = address, quoted(address), most_bytes
        self._folder = _folder_of(address)
        self._addresses: dict[str, str] = {}
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        self._opener = urllib.request.build_opener(secure, _StayBelow(self._is_below))

    @property
    def name(self) -> str:
        """The list's address."""
        return self._address

    def discover(self, stop: Callable[[], bool] = lambda: False) -> Listing:
        """What the list names now. Raises SourceGone where it, or a list that it names, cannot be had, or `stop` comes first."""
        found: dict[str, str] = {}
        lists, seen = [self._begin], {self._begin}
        while lists:
            for link in self._links(lists.pop(), stop):
                if not self._is_below(link.address) or link.address in seen:
                    continue
                if link.is_list:
                    seen.add(link.address)
                    lists.append(link.address)
                else:
                    found.setdefault(link.address, link.changed)
            if len(seen) > MOST_LISTS:  # the documents of those left out would else count as gone
                raise SourceGone(f"{self.name} leads to more than {MOST_LISTS:,} lists", hint="Watch parts of it.")
        if len(found) > MOST_DOCUMENTS:
            raise SourceGone(f"{self.name} names {len(found):,} documents, more than {MOST_DOCUMENTS:,}", hint="Divide the list.")
        self._addresses = {}
        entries: list[Entry] = []
        problems: list[tuple[str, str]] = []
        missing: list[tuple[str, str]] = []
        for address, changed in found.items():
            if stop():
                raise broken_off(self.name)
            try:
                entry = self._entry(address, changed)
            except _Refused as error:  # for now, perhaps: a page that is here already does not count as gone
                told = missing if error.code in NO_SUCH else problems
                told.append((_name_of(self._below(address), address), error.message))
                continue
            if entry is not None:
                entries.append(entry)
        return Listing(tuple(entries), tuple(problems), tuple(missing))

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = lambda: False) -> Path:
        """Download a document. Raises ParseError where it does not come whole, or `stop` comes first, NotThere where the server
        does not have it, or SourceGone where that does not answer."""
        try:
            with self._response(self._addresses[entry.name]) as response:
                if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise ParseError("the server sends it compressed without being asked to")
                return keep(response.read1, into, _length(response.headers), self._most_bytes, stop)
        except _Refused as error:
            if error.code in NO_SUCH:
                raise NotThere(error.message) from error
            raise

    def _links(self, address: str, stop: Callable[[], bool]) -> list[Link]:
        """What a list names, from where the server has it. One called without its last slash is of that folder all the same."""
        if stop():
            raise broken_off(self.name)
        try:
            with self._response(address) as response:
                data = bytearray()
                for block in in_time(response.read1, stop):
                    data += block
                    if len(data) > LIST_BYTES:
                        raise too_large(address, LIST_BYTES)
                kind, announced, place = response.headers.get_content_type(), _length(response.headers), response.url
        except ParseError as error:  # its documents would else count as gone
            raise SourceGone(f"{address}: {error.message}", hint="Its documents are kept.") from error
        if announced is not None and len(data) < announced:
            told = f"only {len(data):,} of {announced:,} bytes of the list {address} came"
            raise SourceGone(told, hint="Its documents are kept.")
        if address == self._begin and urlsplit(place).path == f"{urlsplit(address).path}/":
            self._folder = _folder_of(place)
        return links_of(unpacked(bytes(data), LIST_BYTES, address), kind, place)

    def _entry(self, address: str, changed: str) -> Entry | None:
        """A document as the list, or else the server, describes it; None for what nothing here reads, or would, had the server
        it. Raises SourceGone where the server does not answer, and _Refused where it does not have the document, or does not tell
        what it has there."""
        below = self._below(address)
        known = _is_known(below)
        size: int | None = None
        mark = changed
        if not (known and changed):
            try:
                headers = self._head(address)
            except _Refused as error:
                if not known and error.code in NO_SUCH:  # it may have been a picture
                    return None
                if not known or error.code in NO_SUCH:
                    raise
                headers = Message()  # it is told when it is fetched
            if not known and headers.get_content_type() not in PAGES:
                return None
            size = _length(headers)
            marks = [headers.get("ETag", ""), headers.get("Last-Modified", "")]
            mark = " ".join([*marks, str(size)]) if any(marks) else ""
        name = _name_of(below, address)
        self._addresses[name] = address
        return Entry(name, size, mark)

    def _below(self, address: str) -> str:
        """The path of an address from the list's own folder on."""
        return unquote(urlsplit(address).path, errors="replace").removeprefix(self._folder.path)

    def _head(self, address: str) -> Message:
        """What the server says of a document, where it can without sending it. That it has none is asked again: some know only of
        what they send."""
        try:
            with self._response(address, "HEAD") as response:
                return response.headers
        except _Refused as error:
            if error.code not in (*NO_HEAD, *NO_SUCH):
                raise
        with self._response(address) as response:
            return response.headers

    @contextmanager
    def _response(self, address: str, method: str = "GET") -> Iterator[Any]:
        """An answer of the server. Raises _Refused for a refusal, SourceGone where it does not answer."""
        request = urllib.request.Request(address, method=method, headers={"User-Agent": "ragqa"})
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                yield response
        except HTTPError as error:
            error.close()
            raise _Refused(error.code, f"the server says {error.code} {error.reason}") from error
        except (OSError, HTTPException, ValueError) as error:
            raise silent(urlsplit(address).hostname or address, error, "Its documents are kept.") from error

    def _is_below(self, address: str) -> bool:
        """Whether an address is of the same server, and below the list's own folder."""
        try:
            parts = _normal(urlsplit(address))
        except ValueError:
            return False
        path = unquote(parts.path)
        inside = path.startswith(self._folder.path) and ".." not in path.split("/")
        return inside and (parts.scheme, parts.netloc) == (self._folder.scheme, self._folder.netloc)


class _Refused(ParseError):
    """The server answers, but not with what it was asked for."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class _StayBelow(urllib.request.HTTPRedirectHandler):
    """Follows the server to another address only where that is one that may be fetched."""

    def __init__(self, may_be_fetched: Callable[[str], bool]) -> None:
        self._may_be_fetched = may_be_fetched

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if not self._may_be_fetched(newurl):
            raise HTTPError(req.full_url, code, "leads away from the list's folder: not followed", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_known(name: str) -> bool:
    """Whether a name tells what reads the document."""
    return PurePosixPath(name).suffix.lower() in supported_suffixes()


def _name_of(below: str, address: str) -> str:
    """The name of a document for its path and address: another where only what is asked, after a "?", is another."""
    name = below if _is_known(below) else f"{below.rstrip('/') or 'index'}.html"
    query = urlsplit(address).query
    if not query:
        return name
    stem, _, suffix = name.rpartition(".")
    return f"{stem}~{hashlib.blake2b(query.encode(), digest_size=6).hexdigest()}.{suffix}"


def _folder_of(address: str) -> SplitResult:
    """The folder that what stands at an address lies in."""
    parts = urlsplit(address)
    return _normal(parts)._replace(path=unquote(parts.path[: parts.path.rfind("/") + 1]) or "/")


def _normal(parts: SplitResult) -> SplitResult:
    """An address with its port written out, so that two ways to write one are equal."""
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return parts._replace(netloc=f"{parts.hostname}:{port}", query="", fragment="")


def _length(headers: Message) -> int | None:
    value = headers.get("Content-Length", "")
    return int(value) if value.isdecimal() else None
