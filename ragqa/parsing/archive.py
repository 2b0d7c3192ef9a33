"""Reading of zip containers (DOCX, EPUB, XLSX...) that cannot be made to fill the memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from ragqa.errors import ParseError

_LARGEST_TOTAL = 300 * 1024 * 1024
_LARGEST_STREAM = 1024 * 1024 * 1024
_STREAM_PIECE = 256 * 1024
_LARGEST_RATIO = 200
_RATIO_MATTERS_FROM = 10 * 1024 * 1024
_MOST_MEMBERS = 20_000


class DamagedPart(ParseError):
    """One part of a container cannot be read; the others may."""


class SafeArchive:
    """A zip file whose members are read within a total budget: none gives more than its directory claims."""

    def __init__(self, data: bytes, streamed: tuple[str, ...] = ()) -> None:
        """Members whose names begin with one of `streamed` may claim any size: `stream` reads them piece by piece."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise ParseError("the file is damaged or cut short", hint="Fetch the file again.") from error
        self._budget = _LARGEST_TOTAL
        self._streamed = streamed
        members = len(self._zip.infolist())
        if members > _MOST_MEMBERS:
            raise ParseError(f"it holds {members} parts: refused")

    def names(self) -> list[str]:
        """The names of all members."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes:
        """One member's bytes; KeyError where there is none of that name, ParseError where it expands beyond the limits."""
        admitted = self._admitted(name)
        with _told(name), self._zip.open(admitted) as member:
            return member.read(admitted.file_size)

    def stream(self, name: str) -> BinaryIO:
        """One member to be read piece by piece, up to a limit; KeyError and ParseError as `read` raises them."""
        admitted = self._admitted(name)
        with _told(name):
            return cast(BinaryIO, _Stream(self._zip.open(admitted), name))

    def _admitted(self, name: str) -> zipfile.ZipInfo:
        """A member that may be read. Judged is only what is asked for: a picture that nobody reads may expand as it likes."""
        member = self._zip.getinfo(name)
        if member.file_size > max(_RATIO_MATTERS_FROM, _LARGEST_RATIO * member.compress_size):
            raise _too_large(member.file_size)
        if not name.startswith(self._streamed):
            self._budget -= member.file_size
        if self._budget < 0:
            raise _too_large(_LARGEST_TOTAL - self._budget)
        return member


class _Stream:
    """What a member holds, to be read by an XML parser, which asks for nothing but `read`."""

    def __init__(self, member: IO[bytes], name: str) -> None:
        self._member = member
        self._name = name
        self._left = _LARGEST_STREAM

    def read(self, size: int = -1) -> bytes:
        with _told(self._name):
            content = self._member.read(min(size, _STREAM_PIECE) if size > 0 else _STREAM_PIECE)
        self._left -= len(content)
        if self._left < 0:
            raise _too_large(_LARGEST_STREAM)
        return content


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What may go wrong in a member, in words."""
    try:
        yield
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError, zlib.error, struct.error) as error:
        raise DamagedPart(f"its part {name} is damaged", hint="Fetch the file again.") from error
    except RuntimeError as error:
        raise ParseError("is protected by a password") from error


def _too_large(size: int) -> ParseError:
    amount = f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
    return ParseError(f"expands to {amount}: refused", hint="Split the file, or export it as PDF or HTML.")
