"""A multipart body, straight to the disk as it comes: limited in size, number and headers, under names that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import BinaryIO

from ragqa.errors import UsageError
from ragqa.files import storage_errors
from ragqa.serve.refusals import Malformed, TooLarge
from ragqa.upload_names import safe_name

LONGEST_FIELD = 10_000
"""Bytes of a field that is no file."""

MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Bytes that an upload may have in all, and files."""

    size: int
    files: int


@dataclass(slots=True)
class _Part:
    """A part that is being received: its headers, and where its data goes."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    header: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    name: str = ""
    data: bytearray = field(default_factory=bytearray)
    file: BinaryIO | None = None


class Receiver:
    """Writes the files of a body into a folder. For one thread at a time; `close` lets go of what is open.

    `fields` are the parts that are no files, `names` those of the files, as they are kept. Every method raises Malformed,
    TooLarge, UsageError or StorageError.
    """

    def __init__(self, content_type: str, folder: Path, limits: UploadLimits) -> None:
        from python_multipart.exceptions import FormParserError
        from python_multipart.multipart import MultipartParser

        self._folder, self._limits = folder, limits
        self._size = 0
        self._part = _Part()
        self._whole = False
        self.fields: dict[str, str] = {}
        self.names: list[str] = []
        try:
            self._parser = MultipartParser(
                _boundary(content_type),
                {
                    "on_part_begin": self._begin,
                    "on_header_field": lambda data, start, end: self._part.header.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._part.value.extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._open,
                    "on_part_data": self._take,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
            )
        except FormParserError as error:
            raise Malformed("the boundary of the upload is too long", hint=_HINT) from error

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        from python_multipart.exceptions import FormParserError

        self._size += len(data)
        if self._size > self._limits.size:
            raise TooLarge(
                f"the upload has more than {self._limits.size / 1e6:,.0f} MB", hint="Send fewer files at once, or smaller ones."
            )
        try:
            with storage_errors(self._folder):
                self._parser.write(data)
        except FormParserError as error:
            raise Malformed("the body is no valid multipart/form-data", hint=_HINT) from error

    def finish(self) -> None:
        """Say that all bytes have come. Raises Malformed where that was not all, or no file."""
        if not self._whole:
            raise Malformed("the upload was cut short", hint="Send it again.")
        if not self.names:
            raise Malformed("the upload holds no file", hint=_HINT)

    def close(self) -> None:
        """Let go of what is open; for a body that ended too soon, too."""
        if self._part.file is not None:
            self._part.file.close()
            self._part.file = None

    def _begin(self) -> None:
        self._part = _Part()

    def _end_header(self) -> None:
        part = self._part
        part.headers[bytes(part.header).lower()] = bytes(part.value)
        part.header, part.value = bytearray(), bytearray()

    def _open(self) -> None:
        """A part's headers are there: they say what it is."""
        told = Message()
        told["content-disposition"] = self._part.headers.get(b"content-disposition", b"").decode("utf-8", "replace")
        with _odd_headers():
            name, file = told.get_param("name", header="content-disposition"), told.get_filename()
        self._part.name = name if isinstance(name, str) else ""
        if file is None:
            if len(self.fields) >= MOST_FIELDS:
                raise TooLarge(f"the upload has more than {MOST_FIELDS} fields", hint=_HINT)
            return
        if len(self.names) >= self._limits.files:
            raise TooLarge(f"the upload has more than {self._limits.files} files", hint="Send fewer at once.")
        safe = safe_name(file)
        if safe in self.names:
            raise UsageError(f"two files of the upload are called '{safe}'", hint="Rename one, or send them one after the other.")
        self._part.file = open(self._folder / safe, "xb")  # noqa: SIM115 - closed when the part ends, or by close()
        self.names.append(safe)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._part.file is not None:
            self._part.file.write(data[start:end])
            return
        self._part.data.extend(data[start:end])
        if len(self._part.data) > LONGEST_FIELD:
            raise TooLarge(f"a field of the upload has more than {LONGEST_FIELD} bytes", hint=_HINT)

    def _end_part(self) -> None:
        if self._part.file is not None:
            self.close()
        else:
            self.fields[self._part.name] = self._part.data.decode("utf-8", "replace")

    def _end(self) -> None:
        self._whole = True


_HINT = "Send files as multipart/form-data, as a browser's form or curl -F file=@NAME does."


@contextmanager
def _odd_headers() -> Iterator[None]:
    """Turn what the standard library says of parameters in codecs that are for no text, or in a part of too great a number."""
    try:
        yield
    except ValueError as error:
        raise Malformed("a header of the upload cannot be read", hint=_HINT) from error


def _boundary(content_type: str) -> bytes:
    told = Message()
    told["content-type"] = content_type
    with _odd_headers():
        boundary = told.get_param("boundary")
    if told.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        raise Malformed("the body is no multipart/form-data", hint=_HINT)
    return boundary.encode("latin-1", "replace")
