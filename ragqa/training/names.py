"""The name of a reader or retriever in the making: who makes it has the name alone, from before the answers are looked for.

A training that runs keeps its name by a lock, which the system takes away when the process dies; one that was stopped keeps it by
its job, see `ragqa.training.job`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from ragqa.errors import StorageError, UsageError
from ragqa.files import alone_with, storage_errors
from ragqa.paths import models_folder, reader_folder, working_folder
from ragqa.readers.registry import new_reader_folder
from ragqa.training.job import JOB_FILE, can_be_resumed

_NAMES = ".names"


@contextmanager
def kept_name(home: str | Path, name: str | None, stem: str = "", *, resume: bool = False) -> Iterator[Path]:
    """Keep a name from every other training, in this process or another; gives the folder that the new reader or retriever may
    take. For None, the name is `stem` with the first number that no other has, made, in the making, or stopped.

    Raises UsageError when the name is none, taken, in the making, or, but for `resume`, that of a training that was stopped and
    can go on; StorageError.
    """
    models = models_folder(home)
    if name is not None:
        new_reader_folder(home, name)  # what is no name makes no folder
    with storage_errors(models):
        models.mkdir(parents=True, exist_ok=True)
        with alone_with(models / _NAMES):  # two that look at once would find the same number
            folder, lock = _numbered(home, stem) if name is None else _named(home, name)
    try:
        if name is not None and not resume and can_be_resumed(working_folder(folder)):
            raise UsageError(
                f"'{name}' is a reader whose training was stopped",
                hint=f"Choose another --name, or go on with it: ragqa finetune --resume --name {name}",
            )
        yield folder
    finally:
        with suppress(OSError, StorageError), alone_with(models / _NAMES):  # else another could lock what is just going
            Path(lock.lock_file).unlink()
        lock.release()


def _named(home: str | Path, name: str) -> tuple[Path, FileLock]:
    folder = new_reader_folder(home, name)
    lock = _locked(folder)
    if lock is None:
        raise UsageError(f"training '{name}' is under way", hint="Wait until it has finished, or choose another --name.")
    return folder, lock


def _numbered(home: str | Path, stem: str) -> tuple[Path, FileLock]:
    for number in count(1):
        folder = reader_folder(home, f"{stem}-{number}")
        if not (folder.exists() or (working_folder(folder) / JOB_FILE).exists()):
            lock = _locked(folder)
            if lock is not None:
                return folder, lock
    raise AssertionError("numbers do not end")


def _locked(folder: Path) -> FileLock | None:
    """The lock on the name of a folder; None where another training holds it."""
    lock = FileLock(folder.with_name(f"{working_folder(folder).name}.lock"), is_singleton=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return None
    return lock
