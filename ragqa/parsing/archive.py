"""Reading of zip containers (DOCX, EPUB) that cannot be made to fill the memory."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from ragqa.errors import ParseError

_LARGEST_TOTAL = 300 * 1024 * 1024
_LARGEST_RATIO = 200
_RATIO_MATTERS_FROM = 10 * 1024 * 1024
_MOST_MEMBERS = 20_000


class DamagedPart(ParseError):
    """One part of a container cannot be read; the others may."""


class SafeArchive:
    """A zip file whose members are read within a total budget, whatever its directory claims."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise ParseError("the file is damaged or cut short", hint="Fetch the file again.") from error
        self._budget = _LARGEST_TOTAL
        self._check_directory()

    def _check_directory(self) -> None:
        members = self._zip.infolist()
        total = sum(member.file_size for member in members)
        if total > _LARGEST_TOTAL:
            raise _too_large(total)
        if len(members) > _MOST_MEMBERS:
            raise ParseError(f"it holds {len(members)} parts: refused")
        for member in members:
            if member.file_size > max(_RATIO_MATTERS_FROM, _LARGEST_RATIO * member.compress_size):
                raise _too_large(member.file_size)

    def names(self) -> list[str]:
        """The names of all members."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes:
        """One member's bytes; KeyError where there is none of that name."""
        try:
            with self._zip.open(name) as member:
                content = member.read(self._budget + 1)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, zlib.error, struct.error) as error:
            raise DamagedPart(f"its part {name} is damaged", hint="Fetch the file again.") from error
        except RuntimeError as error:
            raise ParseError("is protected by a password") from error
        self._budget -= len(content)
        if self._budget < 0:
            raise _too_large(_LARGEST_TOTAL + 1)
        return content


def _too_large(size: int) -> ParseError:
    amount = f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
    return ParseError(f"expands to {amount}: refused", hint="Split the file, or export it as PDF or HTML.")
