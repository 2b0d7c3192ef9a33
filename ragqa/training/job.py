"""One fine-tuning as a whole: what was asked for is kept beside the checkpoints, so that a resumed run needs only its name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_type_hints

from ragqa.config import TrainSettings, check_ranges
from ragqa.errors import StorageError, UsageError
from ragqa.files import delete_whole, storage_errors, sweep_deleted, sync_path, write_whole
from ragqa.paths import models_folder, working_folder
from ragqa.training.triplet_file import write_triplets
from ragqa.types import Triplet

JOB_FILE, TRIPLETS_FILE = "job.json", "triplets.jsonl"
PROMOTE = ("always", "better", "never")

_WORKING = working_folder(Path("*")).name


@dataclass(frozen=True, slots=True)
class Job:
    """What a fine-tuning was asked to do."""

    base: str
    index: str
    settings: TrainSettings
    max_wrong: float | None = None
    promote: str = "better"
    """always, better or never: when the reader is to answer for the index."""


def begin_job(work: Path, job: Job, triplets: Iterable[Triplet]) -> None:
    """Write what is needed to resume into a fresh working folder. Raises StorageError."""
    with storage_errors(work):
        sweep_deleted(work.parent)
        for left in _finished(work.parent):
            delete_whole(left)
        if work.exists():
            delete_whole(work)
        work.mkdir(parents=True)
        write_triplets(triplets, work / TRIPLETS_FILE)
        write_whole(work / JOB_FILE, json.dumps(asdict(job), indent=2))  # last: it makes the folder resumable
        sync_path(work.parent)


def read_job(work: Path) -> Job:
    """The job of a working folder. Raises UsageError when there is nothing to resume."""
    path = work / JOB_FILE
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        settings = TrainSettings(**_known(TrainSettings, stored.pop("settings")))
        check_ranges(settings)
        job = Job(settings=settings, **_known(Job, stored))
        if job.promote not in PROMOTE:
            raise ValueError(f"promote is {job.promote!r}")
        return job
    except UsageError as error:
        raise UsageError(f"{path} cannot be read: {error.message}", hint="Begin the training anew, without --resume.") from error
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no training to resume in {work.parent} under that name", hint="Begin one: ragqa finetune QA --name NAME"
        ) from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="Begin the training anew, without --resume.") from error


def can_be_resumed(work: Path) -> bool:
    """Whether a working folder has a job that can be read. Raises StorageError."""
    try:
        read_job(work)
    except UsageError:
        return False
    return True


def _known(kind: type, stored: dict[str, Any]) -> dict[str, Any]:
    """The values that a dataclass knows; those of other versions are left out. Raises TypeError for one of another type."""
    hints = get_type_hints(kind)
    values = {name: value for name, value in stored.items() if name in hints}
    for name, value in values.items():
        if not isinstance(value, hints[name]) and not (hints[name] is float and isinstance(value, int)):
            raise TypeError(f"{name} is {value!r}")
    return values


def unfinished_trainings(home: str | Path) -> list[str]:
    """The names of the readers whose training was stopped and can be resumed."""
    models = models_folder(home)
    found = {path.parent for path in models.glob(f"{_WORKING}/{JOB_FILE}")}
    return sorted(map(_reader_name, found.difference(_finished(models))))


def _finished(models: Path) -> list[Path]:
    """The working folders of readers that are there: what a kill left of them after they were done."""
    return [work for work in models.glob(_WORKING) if (models / _reader_name(work)).exists()]


def _reader_name(work: Path) -> str:
    return work.name.removeprefix(".").removesuffix(".training")
