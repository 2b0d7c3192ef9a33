"""The folders of this machine that a server may be told to read from, and no others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ragqa.errors import UsageError
from ragqa.serve.refusals import Forbidden


@dataclass(frozen=True, slots=True)
class Roots:
    """Folders that may be read, with all that is below them."""

    folders: tuple[Path, ...] = ()

    @classmethod
    def of(cls, folders: Sequence[str | Path]) -> Roots:
        """The roots that a user named. One that is not there, as a disk that is not mounted now, has nothing that may be read."""
        return cls(tuple(Path(os.path.abspath(folder)) for folder in folders))

    def refuse_missing(self) -> None:
        """Raises UsageError for what is no folder."""
        for folder in self.folders:
            if not folder.is_dir():
                raise UsageError(f"{folder} is not a folder", hint="--root names a folder of manuals, and may be repeated.")

    def checked(self, paths: Sequence[str]) -> list[Path]:
        """The files and folders that paths name: absolute ones, or such below a root. Whether there is anything outside of the
        roots, nobody learns. Raises Forbidden."""
        if not self.folders:
            raise Forbidden(
                "this server reads no files of its machine",
                hint="Upload files instead, or start it with --root FOLDER, once for each folder that may be ingested.",
            )
        return [self._checked(path) for path in paths]

    def _checked(self, path: str) -> Path:
        for root in self.folders:
            place = _existing(root, path)
            if place is not None and Path(os.path.realpath(place)).is_relative_to(os.path.realpath(root)):
                return place
        raise Forbidden(
            f"'{_shown(path)}' is not below a folder that this server may read",
            hint="Name a file or folder below one of its roots; ragqa serve --root FOLDER adds another.",
        )


def _existing(root: Path, path: str) -> Path | None:
    """What a path names, taken from a root where it is not absolute; None where there is nothing."""
    try:
        place = Path(os.path.abspath(root / path))
        return place if path and os.path.lexists(place) else None
    except ValueError:  # characters that no path can have
        return None


def _shown(path: str) -> str:
    """A path in a message: on one line, of characters that can be shown."""
    shown = path.encode("utf-8", "backslashreplace").decode()
    return "".join(char if char.isprintable() else "?" for char in shown)[:200]
