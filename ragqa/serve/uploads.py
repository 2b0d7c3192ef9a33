"""Files that were sent to a server: kept as HOME/uploads/INDEX/NAME, whole or not at all, under names that lead nowhere, until
their document or their index is removed (see `ragqa.library`). Until they are read they are the job's."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ragqa.errors import UsageError
from ragqa.files import FORGOTTEN_SECONDS, storage_errors, sync_path
from ragqa.paths import checked_name, uploads_folder

_ARRIVING = ".arriving"


class Uploads:
    """The uploaded files of a home folder. Safe for threads and processes: a file takes its place when it has come whole."""

    def __init__(self, home: str | Path) -> None:
        self._folder = uploads_folder(home)

    def folder(self, index: str) -> Path:
        """Where the files of an index are. Raises UsageError for a name that is none of an index."""
        return self._folder / checked_name(index)

    def place(self) -> Path:
        """Where a new folder may be, to write files into until all have come; nothing is there yet."""
        return self._folder / _ARRIVING / secrets.token_hex(8)

    def open(self, place: Path) -> None:
        """Make the folder. Raises StorageError."""
        with storage_errors(self._folder):
            place.mkdir(parents=True, mode=0o700)
            self._sweep(place.parent)

    def make_last(self, arrived: Path, names: Sequence[str]) -> None:
        """See that files that have arrived are on the disk, which may take its time. Raises StorageError."""
        with storage_errors(arrived):
            for name in names:
                sync_path(arrived / name)

    def hand_over(self, arrived: Path, folder: Path, names: Sequence[str]) -> None:
        """Give files that have arrived to who is to read them, in a folder of theirs. Raises StorageError."""
        with storage_errors(folder):
            for name in names:
                _move(arrived / name, folder / name)
            sync_path(folder)

    def keep(self, index: str, given: Path, names: Sequence[str]) -> None:
        """Let files that were handed over take their places, and those of files of the same names. Raises StorageError."""
        folder = self.folder(index)
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.hand_over(given, folder, names)
        self.give_up(given)

    def give_up(self, arrived: Path) -> None:
        """Forget what has arrived of files that did not come whole."""
        shutil.rmtree(arrived, ignore_errors=True)

    def names(self, index: str) -> list[str]:
        """The files of an index, by name. Raises StorageError."""
        folder = self.folder(index)
        with storage_errors(folder):
            return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []

    def refuse_none(self, index: str) -> None:
        """Raise UsageError for an index to which nothing was uploaded."""
        if not self.names(index):
            raise UsageError(f"nothing was uploaded to index '{index}' yet", hint="Upload files, or name paths.")

    def _sweep(self, folder: Path) -> None:
        """Take away what processes that were killed left half arrived."""
        for left in folder.iterdir():
            with suppress(OSError):
                newest = max(path.stat().st_mtime for path in (left, *left.iterdir()))
                if newest < time.time() - FORGOTTEN_SECONDS:
                    self.give_up(left)


def _move(file: Path, place: Path) -> None:
    """Move a file to the place of another one, in one step on one disk."""
    try:
        os.replace(file, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.move(file, place)
