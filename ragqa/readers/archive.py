"""Models that travel: a trained reader's or retriever's folder to one file and back, a reader's in Hugging Face's layout.

Only files with plain names are carried, and none that runs code when it is loaded: weights travel as safetensors.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath, PurePosixPath

from ragqa.errors import StorageError, UsageError
from ragqa.files import made_whole, refuse_target, storage_errors, sweep_deleted, take_name
from ragqa.indexing.staging import staging_folder
from ragqa.paths import is_plain_name, models_folder
from ragqa.readers.registry import ReaderInfo, folder_problem, is_retriever, new_reader_folder, retriever_problem
from ragqa.readers.retrievers import model_info, usable_model
from ragqa.readers.trial import trial_problem

LARGEST_READER = 8_000_000_000
"""Bytes of all files together: far more than any reader that a CPU can run."""
MOST_FILES = 1000
LARGEST_HEADER = 1 << 20
"""Bytes of a member's extended header: names of files, which the library reads whole."""

_RUNS_CODE = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".py"})


class _Member(tarfile.TarInfo):
    """A member whose extended header, which is read before anything can be asked of it, is not without end."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in tarfile.REGULAR_TYPES and self.size > LARGEST_HEADER:
            raise tarfile.ReadError("a header is larger than any name")
        return super()._proc_member(archive)  # type: ignore[misc]


def export_reader(home: str | Path, name: str, target: Path) -> Path:
    """Write a reader, or a trained retriever, to a .tar.gz of one folder, and return its path; any transformers program can load
    a reader's.

    Raises ModelError for what cannot be used, UsageError where `target` cannot be a file, StorageError.
    """
    folder = Path(usable_model(home, name).path)
    refuse_target(target)
    carried = _carried_files(folder)
    with (
        storage_errors(target),
        made_whole(target) as temporary,
        tarfile.open(temporary, "w:gz", compresslevel=1, dereference=True) as archive,
    ):
        for place in carried:
            archive.add(folder / place, f"{name}/{place.as_posix()}", filter=_without_owner)
    return target


def import_reader(
    home: str | Path, source: Path, name: str | None = None, told: Callable[[str], None] = lambda note: None
) -> ReaderInfo:
    """Make a trained reader or retriever of an exported file, or of a model's folder, under its own or another name.

    `told` hears which files are left behind because to load them would run their code: pickles and the like. It appears whole or
    not at all. Raises StorageError, and UsageError for a source that is neither or is too large, for an archive with links or
    places outside of it, and for a name that is taken.
    """
    models = models_folder(home)
    if name is not None:
        new_reader_folder(home, name)
    if not source.exists():
        raise UsageError(f"there is no file or folder {source}")
    with storage_errors(models):
        sweep_deleted(models)
        with staging_folder(models) as staging:
            unpacked = staging / "unpacked"
            unpacked.mkdir()
            left: list[str] = []
            own = _copy(source, unpacked, left) if source.is_dir() else _unpack(source, unpacked, left)
            folder = _outermost(unpacked)
            taken = new_reader_folder(home, name or (own if folder == unpacked else folder.name))
            _refuse_unusable(source, folder, left)
            if left:
                told(_left_behind(left))
            take_name(folder, taken)
    return model_info(home, taken.name)


def _left_behind(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Left behind, as loading runs what is in them: {', '.join(map(repr, names[:3]))}{more}."


def _refuse_unusable(source: Path, folder: Path, left: Sequence[str]) -> None:
    """Raises UsageError for a folder that is neither a reader nor a retriever."""
    if is_retriever(folder):
        problem = retriever_problem(folder)
        if problem:
            told = _without(folder, problem)
            raise UsageError(f"{source} is no retriever: {told}", hint="Make one with: ragqa model export NAME FILE")
        return
    problem = folder_problem(folder) or trial_problem(folder)
    if problem:
        hint = "It must be a question-answering model's folder."
        if left and not any(folder.glob("*.safetensors")):
            hint = f"{_left_behind(left)} Save its weights as safetensors."
        raise UsageError(f"{source} is no reader: {_without(folder, problem)}", hint=hint)


def _without(folder: Path, problem: str) -> str:
    """What is wrong, without the folder where it was looked at, which is gone when it is read."""
    return problem.replace(f"{folder}{os.sep}", "").replace(str(folder), "it")


def _carried_files(folder: Path) -> list[PurePath]:
    """The files of a reader's folder that travel, relative to it; links are followed to files only."""
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [place for place in found if _travels(place)]


def _travels(place: PurePath) -> bool:
    return all(map(is_plain_name, place.parts)) and not _runs_code(place)


def _runs_code(place: PurePath) -> bool:
    return place.suffix.lower() in _RUNS_CODE


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody needs to know whose machine it was."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _copy(source: Path, target: Path, left: list[str]) -> str:
    """Copy a model's folder, and return its name. `left` gets what would run code."""
    if not (source / "config.json").is_file() and not is_retriever(source):
        raise UsageError(
            f"{source} is no reader: there is no config.json", hint="It must be a question-answering model's folder."
        )
    carried = _carried_files(source)
    left += sorted(path.name for path in source.rglob("*") if path.is_file() and _runs_code(path))
    size = sum((source / place).stat().st_size for place in carried)
    _refuse_too_much(source, len(carried), size, size, target)
    for place in carried:
        (target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / place, target / place)
    return source.absolute().name


def _unpack(source: Path, target: Path, left: list[str]) -> str:
    """Unpack an archive, checking each member before it is written, and return the name that the file suggests; `left` as for
    `_copy`."""
    files = size = 0
    try:
        with tarfile.open(source, "r:gz", tarinfo=_Member) as archive:
            for member in archive:
                if member.isdir():
                    continue
                place = PurePosixPath(member.name)
                if not member.isreg() or place.is_absolute() or ".." in place.parts:
                    raise UsageError(f"{source} holds {member.name!r}: a reader's files are plain files inside its folder")
                files, size = files + 1, size + member.size
                _refuse_too_much(source, files, size, member.size, target)
                if _runs_code(place):
                    left.append(place.name)
                if _travels(place):
                    _write_member(archive, member, target / place)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{source} is no exported reader", hint="Make one with: ragqa model export NAME FILE") from error
    return source.name.partition(".")[0]


def _write_member(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(member)
    assert content is not None  # it is a regular file
    with content, open(path, "wb") as file:
        shutil.copyfileobj(content, file)


def _refuse_too_much(source: Path, files: int, size: int, unwritten: int, target: Path) -> None:
    """Raises UsageError for more than a reader has, StorageError where the disk does not take what is `unwritten` of it."""
    if files > MOST_FILES or size > LARGEST_READER:
        raise UsageError(f"{source} holds more than {MOST_FILES:,} files or {LARGEST_READER / 1e9:g} GB: it is no reader")
    free = shutil.disk_usage(target).free
    if unwritten > free:
        raise StorageError(
            f"{source} takes more than the {free / 1e9:,.1f} GB that are left", hint="Free some space, or use another --home."
        )


def _outermost(folder: Path) -> Path:
    """The folder itself, or its only content where that is a folder, as archives have it."""
    content = list(folder.iterdir())
    return content[0] if len(content) == 1 and content[0].is_dir() else folder
