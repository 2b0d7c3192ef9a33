"""Where indexes and models live: under the home folder (--home, RAGQA_HOME, the working folder), never beside the code. What
can be made again lies in the user's cache folder."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from ragqa.errors import UsageError

DATABASE = "index.sqlite"
"""The file whose presence makes a folder an index."""

JOURNAL = "journal.sqlite"
"""The file beside it that holds what people asked and said: see ragqa.journal."""

LAST_ANSWERS = "last-answers.json"
"""The file beside it that holds the answers to the last question: see ragqa.last_answers."""

INDEX_READER = "reader.json"
"""The file beside it that says which reader answers: see ragqa.readers.registry."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def indexes_folder(home: str | Path) -> Path:
    """The folder that holds one folder for each index."""
    return Path(home) / "indexes"


def models_folder(home: str | Path) -> Path:
    """The folder that holds one folder for each trained reader or retriever."""
    return Path(home) / "models"


def watching_folder(home: str | Path) -> Path:
    """The folder that holds how far each index is that is kept in step with a folder."""
    return Path(home) / "watching"


def uploads_folder(home: str | Path) -> Path:
    """The folder that holds one folder for each index, with the files that were sent to a server for it; an absolute path."""
    return Path(os.path.abspath(home)) / "uploads"


def sources_folder(home: str | Path) -> Path:
    """The folder that holds one folder for each source elsewhere, with what was fetched of it."""
    return Path(home) / "sources"


def index_folder(home: str | Path, name: str) -> Path:
    """The folder of one index. Raises UsageError for a name that is not a plain folder name."""
    return indexes_folder(home) / checked_name(name)


def reader_folder(home: str | Path, name: str) -> Path:
    """The folder of one trained reader or retriever. Raises UsageError for a name that is not a plain folder name."""
    return models_folder(home) / checked_name(name, "a reader")


def working_folder(folder: Path) -> Path:
    """Where the training of a reader keeps what it takes to go on, until the reader's own folder is whole."""
    return folder.with_name(f".{folder.name}.training")


def index_names(home: str | Path) -> list[str]:
    """The names of the indexes under a home folder, sorted; a folder with another name, such as that of a copy, is none."""
    found = (path.parent.name for path in indexes_folder(home).glob(f"*/{DATABASE}"))
    return sorted(name for name in found if is_plain_name(name))


def uploads_left(home: str | Path) -> dict[str, int]:
    """How many files were uploaded for each index that is not there, by its name: as after a deletion of its folder by hand."""
    left = {}
    with suppress(OSError):
        for folder in sorted(uploads_folder(home).iterdir()):
            if is_plain_name(folder.name) and not (index_folder(home, folder.name) / DATABASE).is_file():
                left[folder.name] = sum(path.is_file() for path in folder.iterdir()) if folder.is_dir() else 0
    return {name: files for name, files in left.items() if files}


def is_plain_name(name: str) -> bool:
    """Whether a name can be a folder's on every system."""
    return _NAME.fullmatch(name) is not None


def checked_name(name: str, of: str = "an index") -> str:
    """The name itself, if it can be a folder's on every system. Raises UsageError otherwise."""
    if not is_plain_name(name):
        raise UsageError(
            f"'{name}' is not a name for {of}",
            hint="Use letters, digits, '.', '_' and '-', beginning with a letter or digit.",
        )
    return name


def cache_folder() -> Path:
    """Where what can be made again is kept for all indexes of a user; all of it may be deleted at any time."""
    from platformdirs import user_cache_path

    return user_cache_path("ragqa", appauthor=False)
