"""Paths as a user types them (files, folders, globs) to the files to ingest."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

LEADS_OUT = "a link that leads out of the folder: not followed. Name it, or what it leads to, to ingest it"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on disk. `source` is its absolute path, `path` how users see it, `root` the folder it was found from."""

    source: Path
    path: str
    root: Path


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found: files in order, the folders that were searched, what could not be looked at, with the reason, and what was
    left out: links that lead out of the folder they stand in."""

    files: tuple[SourceFile, ...]
    roots: tuple[Path, ...]
    problems: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str], ...] = ()


def discover(paths: Sequence[str | Path], include: Sequence[str] = (), exclude: Sequence[str] = ()) -> Discovery:
    """Every file that the paths name. Folders are searched recursively, links within them followed once, hidden names left out.

    A link that leads out of the folder that is searched is not followed: who made the folder must not have other files read. One
    that is itself named is.

    `include` and `exclude` are globs over the path below the ingested folder, or over the bare file name; they do not apply to
    files that were named outright.
    """
    files: dict[Path, SourceFile] = {}
    roots: list[Path] = []
    problems: list[tuple[str, str]] = []
    left_out: list[tuple[str, str]] = []
    for given in paths:
        named = _expand(given)
        if not named:
            problems.append((visible(str(given)), "there is no such file or folder"))
        for path in named:
            absolute = Path(os.path.abspath(path))
            if path.is_dir():
                roots.append(absolute)
                for found in _walk(absolute, problems, left_out):
                    relative = found.relative_to(absolute).as_posix()
                    if _wanted(relative, include, exclude):
                        files.setdefault(found, SourceFile(found, visible(relative), absolute))
            else:
                files.setdefault(absolute, SourceFile(absolute, visible(absolute.name), absolute.parent))
    return Discovery(tuple(files.values()), tuple(roots), tuple(problems), tuple(left_out))


def visible(path: str) -> str:
    """A file name as text that can be stored and shown: bytes that are no UTF-8 are written as escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _expand(given: str | Path) -> list[Path]:
    path = Path(given).expanduser()
    if os.path.lexists(path):
        return [path]
    return [Path(name) for name in sorted(glob.glob(str(path), recursive=True))] if glob.has_magic(str(path)) else []


def _walk(root: Path, problems: list[tuple[str, str]], left_out: list[tuple[str, str]]) -> Iterator[Path]:
    """Every visible file below a folder, sorted. A folder reached again through a link is not entered twice."""
    real = os.path.realpath(root)

    def note(error: OSError) -> None:
        problems.append((visible(str(error.filename)), f"cannot be opened: {error.strerror}"))

    def stays(folder: str, name: str) -> bool:
        """Whether a name is visible, and no link that leads out of the root."""
        path = os.path.join(folder, name)
        if name.startswith("."):
            return False
        if not os.path.islink(path) or Path(os.path.realpath(path)).is_relative_to(real):
            return True
        left_out.append((visible(os.path.relpath(path, root)), LEADS_OUT))
        return False

    seen: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(root, followlinks=True, onerror=note):
        try:
            status = os.stat(folder)
        except OSError as error:  # it went while the walk was on its way
            note(error)
            subfolders.clear()
            continue
        if (status.st_dev, status.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        subfolders[:] = [name for name in sorted(subfolders) if stays(folder, name)]
        yield from (Path(folder, name) for name in sorted(names) if stays(folder, name))


def _wanted(relative: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    def matches(pattern: str) -> bool:
        return fnmatchcase(relative, pattern) or fnmatchcase(relative.rsplit("/", 1)[-1], pattern)

    patterns = list(include)
    return (not patterns or any(map(matches, patterns))) and not any(map(matches, exclude))
