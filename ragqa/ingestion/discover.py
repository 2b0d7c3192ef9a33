"""Paths as a user types them (files, folders, globs) to the files to ingest."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from ragqa.errors import SkippedFile

LEADS_OUT = "a link that leads out of the folder: not followed. Name it, or what it leads to, to ingest it"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on disk. `source` is its absolute path, `path` how users see it, `root` the folder it was found from.

    `within` is the folder that no link may lead it out of; None where it was itself named.
    """

    source: Path
    path: str
    root: Path
    within: Path | None = None


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
    that is itself named is. A glob searches the folder that its plain parts name.

    `include` and `exclude` are globs over the path below the ingested folder, or over the bare file name; they do not apply to
    files that were named outright.
    """
    files: dict[Path, SourceFile] = {}
    roots: list[Path] = []
    problems: list[tuple[str, str]] = []
    left_out: list[tuple[str, str]] = []
    for given in paths:
        named, within = _expand(given, problems, left_out)
        if not named:
            problems.append((visible(str(given)), "there is no such file or folder"))
        for path in named:
            absolute = Path(os.path.abspath(path))
            if os.path.isdir(path):
                roots.append(absolute)
                for found in _walk(absolute, problems, left_out):
                    relative = found.relative_to(absolute).as_posix()
                    if wanted(relative, include, exclude):
                        files.setdefault(found, SourceFile(found, visible(relative), absolute, within or absolute))
            else:
                files.setdefault(absolute, SourceFile(absolute, visible(absolute.name), absolute.parent, within))
    return Discovery(tuple(files.values()), tuple(roots), tuple(problems), tuple(left_out))


def named_below(roots: Sequence[Path], paths: Collection[Path]) -> Discovery:
    """These files as a search of the folders finds them, which are not searched: what else is there, or is gone, is not told."""
    files: dict[Path, SourceFile] = {}
    for root in roots:
        for path in paths:
            if path.is_relative_to(root):
                files.setdefault(path, SourceFile(path, visible(path.relative_to(root).as_posix()), root, root))
    return Discovery(tuple(files.values()), (), ())


def finds(root: Path, path: Path, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> bool | None:
    """Whether a search of a folder finds a file at a path below it; None where only the search tells: of a folder, or a link."""
    relative = path.relative_to(root)
    if any(part.startswith(".") for part in relative.parts):
        return False
    try:
        if os.path.realpath(path) != os.path.join(os.path.realpath(root), relative) or stat.S_ISDIR(os.stat(path).st_mode):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
    return wanted(relative.as_posix(), include, exclude)


def is_as_found(file: SourceFile, descriptor: int) -> bool:
    """Whether what was opened as a file is what its path leads to still, so that it may be read.

    Who can write to a folder may put a link in a file's place after the search: between the two may lie the reading of many
    files. What is open cannot be exchanged any more, so it is what is asked. Raises SkippedFile where it is out of the folder,
    or OSError.
    """
    if file.within is None:
        return True
    real = os.path.realpath(file.source)
    if _leads_out(real, file.within):
        raise SkippedFile(LEADS_OUT)
    return os.path.samestat(os.stat(real), os.fstat(descriptor))


def visible(path: str) -> str:
    """A file name as text that can be stored and shown: bytes that are no UTF-8 are written as escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _expand(
    given: str | Path, problems: list[tuple[str, str]], left_out: list[tuple[str, str]]
) -> tuple[list[Path], Path | None]:
    """What a user typed names, and the folder that was searched for it where it is a glob."""
    path = Path(given).expanduser()
    if os.path.lexists(path):
        return [path], None
    plain = list(takewhile(lambda part: not glob.has_magic(part), path.parts))
    wanted = path.parts[len(plain) :]
    if not wanted:
        return [], None
    root = Path(*plain)
    return sorted(_matching(_Searched(root, problems, left_out), wanted)), Path(os.path.abspath(root))


def _matching(searched: _Searched, wanted: Sequence[str]) -> set[Path]:
    """What a glob names, part by part; `**` is any number of folders, at the end also the files in them."""
    found = {searched.root}
    for number, part in enumerate(wanted, 1):
        if part == "**":
            walked = [entry for folder in found if os.path.isdir(folder) for entry in searched.walk(folder)]
            found = {folder for folder, _ in walked}
            if number == len(wanted):
                found |= {folder / name for folder, names in walked for name in names}
        else:
            found = {folder / name for folder in found for name in searched.names(folder, part)}
    return found


def _walk(root: Path, problems: list[tuple[str, str]], left_out: list[tuple[str, str]]) -> Iterator[Path]:
    """Every visible file below a folder, sorted."""
    for folder, names in _Searched(root, problems, left_out).walk(root):
        yield from (folder / name for name in names)


@dataclass(frozen=True, slots=True)
class _Searched:
    """A folder that is searched, and what is noted of it."""

    root: Path
    problems: list[tuple[str, str]]
    left_out: list[tuple[str, str]]

    def walk(self, top: Path) -> Iterator[tuple[Path, list[str]]]:
        """The folders from one of its folders on, with the visible files of each, sorted. One that is reached again through a
        link is not entered twice."""
        seen: set[tuple[int, int]] = set()
        for place, subfolders, names in os.walk(top, followlinks=True, onerror=self._note):
            folder = Path(place)
            try:
                status = os.stat(place)
            except OSError as error:  # it went while the walk was on its way
                self._note(error)
                subfolders.clear()
                continue
            if (status.st_dev, status.st_ino) in seen:
                subfolders.clear()
                continue
            seen.add((status.st_dev, status.st_ino))
            subfolders[:] = [name for name in sorted(subfolders) if not name.startswith(".") and self._stays(folder / name)]
            yield folder, [name for name in sorted(names) if not name.startswith(".") and self._stays(folder / name)]

    def names(self, folder: Path, pattern: str) -> list[str]:
        """What in one of its folders a part of a glob names; hidden names only where it begins with a dot."""
        try:
            held = os.listdir(folder)
        except (NotADirectoryError, FileNotFoundError):
            return []
        except OSError as error:
            self._note(error)
            return []
        shown = [name for name in held if pattern.startswith(".") or not name.startswith(".")]
        return [name for name in fnmatch.filter(shown, pattern) if self._stays(folder / name)]

    def _stays(self, path: Path) -> bool:
        """Whether it can be looked at and is no link that leads out of the root; else that is noted."""
        try:
            is_link = path.is_symlink()
        except OSError as error:  # in a folder that may be listed and not entered
            self._note(error)
            return False
        if not is_link or not _leads_out(os.path.realpath(path), self.root):
            return True
        left_out = visible(os.path.relpath(path, self.root)), LEADS_OUT
        if left_out not in self.left_out:
            self.left_out.append(left_out)
        return False

    def _note(self, error: OSError) -> None:
        self.problems.append((visible(str(error.filename)), f"cannot be opened: {error.strerror}"))


def _leads_out(real: str, root: Path) -> bool:
    """Whether a path without links is not below a folder."""
    return not Path(real).is_relative_to(os.path.realpath(root))


def wanted(relative: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether patterns leave a file, by its path below the folder that is searched."""

    def matches(pattern: str) -> bool:
        return fnmatch.fnmatchcase(relative, pattern) or fnmatch.fnmatchcase(relative.rsplit("/", 1)[-1], pattern)

    patterns = list(include)
    return (not patterns or any(map(matches, patterns))) and not any(map(matches, exclude))
