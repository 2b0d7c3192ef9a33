"""An exported index's archive, opened with limits: what its members may be called, how large they may be, and for what disk."""

from __future__ import annotations

import errno
import json
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ragqa.errors import StorageError, UsageError
from ragqa.paths import DATABASE

DESCRIPTION = "ragqa-index.json"
LARGEST_DESCRIPTION = 64 << 10
LARGEST_INDEX = 200_000_000_000
"""Bytes of a database: a hundred times ten thousand manuals."""
HIGHEST_RATIO, ANY_RATIO_BELOW = 100, 20_000_000
"""How much larger than packed a database may be, from a size on; texts and vectors shrink to a half or a third."""
COPIES = 3
"""The disk must take the database, the one made of it, and what is searched."""

_PIECE = 1 << 20
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IS_LINK = 0o120000
_FORMAT = 0o170000

_NO_EXPORT = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, KeyError, ValueError, TypeError, RuntimeError, OverflowError,
)  # fmt: skip
"""What zipfile says of a file that is no archive, was cut or forged, or holds what it cannot unpack."""


@contextmanager
def opened_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive of the two members that an export has. Raises UsageError for anything else, also while it is being read;
    OSError where it cannot be read."""
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_members(path, archive.infolist())
            yield archive
    except _NO_EXPORT as error:
        raise _no_export(path) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place before the file's beginning, which a forged directory sends zipfile to
            raise _no_export(path) from error
        raise


def _no_export(path: Path) -> UsageError:
    return UsageError(f"{path} is no exported index", hint="Make one with: ragqa index export NAME FILE")


def described_name(archive: zipfile.ZipFile) -> str:
    """The name that the exported index had. Raises ValueError, TypeError or KeyError for a description that is none."""
    described: Any = json.loads(archive.read(DESCRIPTION))
    name = described["name"]
    if not isinstance(name, str):
        raise TypeError("the name of an index is a text")
    return name


def unpack_database(archive: zipfile.ZipFile, target: Path) -> None:
    """Write the archive's database to a file. Raises StorageError when the disk cannot take it."""
    member = archive.getinfo(DATABASE)
    free = shutil.disk_usage(target.parent).free
    if COPIES * member.file_size > free:
        raise StorageError(
            f"{archive.filename} takes {COPIES * member.file_size / 1e9:,.1f} GB, {target.parent} has {free / 1e9:,.1f} GB left",
            hint="Free some space, or import it into another --home.",
        )
    left = member.file_size
    with archive.open(member) as source, open(target, "wb") as file:
        while piece := source.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise ValueError("it is larger than its directory says")
            file.write(piece)


def _refuse_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    names = sorted(member.filename for member in members)
    if names != sorted((DESCRIPTION, DATABASE)):
        raise ValueError("it has other members than an export has")
    for member in members:
        if member.compress_type not in _PACKED or member.flag_bits & 1 or (member.external_attr >> 16) & _FORMAT == _IS_LINK:
            raise ValueError("a member is a link, encrypted, or packed as no export is")
        most = LARGEST_DESCRIPTION if member.filename == DESCRIPTION else LARGEST_INDEX
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > most or (member.file_size > ANY_RATIO_BELOW and ratio > HIGHEST_RATIO):
            raise UsageError(
                f"{path} would unpack to {member.file_size / 1e6:,.0f} MB, from {member.compress_size / 1e6:,.1f} MB: refused"
            )
