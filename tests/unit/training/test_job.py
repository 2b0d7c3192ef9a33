from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import TrainSettings
from ragqa.errors import StorageError, UsageError
from ragqa.training.job import JOB_FILE, TRIPLETS_FILE, Job, begin_job, read_job
from ragqa.training.triplet_file import read_triplets
from ragqa.types import Triplet

JOB = Job("tiny", "manuals", TrainSettings(epochs=2.5, seed=4, objective="window", passage_characters=900), 0.05, "never")
Make = Callable[..., Triplet]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "models" / ".shop.training"


@pytest.fixture
def triplets(triplet: Make) -> list[Triplet]:
    return [triplet("How long?", "It lasts 30 months.", "30 months", score=1 / 3), triplet("How long?", "It is red.", rank=2)]


def test_a_job_is_read_as_it_was_begun(work: Path, triplets: list[Triplet]) -> None:
    begin_job(work, JOB, triplets)
    assert read_job(work) == JOB
    assert read_triplets(work / TRIPLETS_FILE) == (triplets, [])


def test_a_job_begun_anew_leaves_nothing_of_the_old_one(work: Path, triplets: list[Triplet]) -> None:
    begin_job(work, JOB, triplets)
    (work / "checkpoints").mkdir()
    other = Job("default", "manuals", TrainSettings())
    begin_job(work, other, triplets)
    assert read_job(work) == other and {path.name for path in work.iterdir()} == {JOB_FILE, TRIPLETS_FILE}


def test_it_can_be_resumed_only_when_all_of_it_was_written(
    work: Path, triplets: list[Triplet], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut before each write in turn: what is left is refused, and never taken for an older job."""
    begin_job(work, JOB, triplets)

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    for target in ("ragqa.training.job.write_triplets", "pathlib.Path.write_text"):
        with monkeypatch.context() as patch:
            patch.setattr(target, killed)
            with pytest.raises(KeyboardInterrupt):
                begin_job(work, JOB, triplets)
        with pytest.raises(UsageError, match="no training to resume"):
            read_job(work)
    begin_job(work, JOB, triplets)
    assert read_job(work) == JOB


@pytest.mark.parametrize("length", [0, 1, 30, -2])
def test_a_job_file_cut_short_is_told(length: int, work: Path, triplets: list[Triplet]) -> None:
    begin_job(work, JOB, triplets)
    path = work / JOB_FILE
    path.write_text(path.read_text()[:length])
    with pytest.raises(UsageError, match=r"job\.json cannot be read") as caught:
        read_job(work)
    assert "anew" in caught.value.hint


DAMAGED = [
    [], 3, None, {}, {"base": "tiny"}, {"base": "tiny", "index": "manuals"}, {"base": "tiny", "index": "manuals", "settings": 3},
    {"base": 3, "index": "manuals", "settings": {}}, {"base": "tiny", "index": None, "settings": {}},
    {"base": "tiny", "index": "manuals", "settings": {"epochs": "many"}},
    {"base": "tiny", "index": "manuals", "settings": {"seed": None}},
    {"base": "tiny", "index": "manuals", "settings": {}, "max_wrong": "5%"},
    {"base": "tiny", "index": "manuals", "settings": {}, "promote": "sometimes"},
]  # fmt: skip


@pytest.mark.parametrize("stored", DAMAGED, ids=json.dumps)
def test_a_damaged_job_file_is_told(stored: Any, work: Path, triplets: list[Triplet]) -> None:
    begin_job(work, JOB, triplets)
    (work / JOB_FILE).write_text(json.dumps(stored))
    with pytest.raises(UsageError, match=r"job\.json cannot be read"):
        read_job(work)


def test_bytes_that_are_no_text_and_nesting_without_end_are_told(work: Path) -> None:
    work.mkdir(parents=True)
    for content in (b"\xff\xfe{", b"[" * 100_000):
        (work / JOB_FILE).write_bytes(content)
        with pytest.raises(UsageError, match=r"job\.json cannot be read"):
            read_job(work)


def test_settings_of_other_versions_are_let_be(work: Path, triplets: list[Triplet]) -> None:
    begin_job(work, JOB, triplets)
    path = work / JOB_FILE
    stored = json.loads(path.read_text())
    stored["settings"]["colour"] = "red"
    del stored["settings"]["patience"], stored["max_wrong"], stored["promote"]
    path.write_text(json.dumps(stored))
    assert read_job(work) == Job(JOB.base, JOB.index, JOB.settings, None, "better")


def test_what_the_disk_says_is_told(work: Path, triplets: list[Triplet], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StorageError, match="No space left"):
        begin_job(work, JOB, triplets)
    work.parent.joinpath("plain").write_bytes(b"")
    with pytest.raises(StorageError, match="cannot be read"):
        read_job(work.parent / "plain")


@pytest.mark.skipif(os.name != "posix", reason="a folder in the file's place is told otherwise there")
def test_a_folder_in_the_files_place_is_told(work: Path) -> None:
    (work / JOB_FILE).mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be read"):
        read_job(work)


@pytest.mark.parametrize("settings", [{"epochs": float("inf")}, {"learning_rate": float("nan")}, {"batch_size": -1}])
def test_a_job_with_absurd_settings_is_told(settings: dict[str, Any], work: Path, triplets: list[Triplet]) -> None:
    begin_job(work, JOB, triplets)
    stored = json.loads((work / JOB_FILE).read_text())
    (work / JOB_FILE).write_text(json.dumps({**stored, "settings": {**stored["settings"], **settings}}))
    with pytest.raises(UsageError, match=f"{JOB_FILE} cannot be read: {next(iter(settings))} is"):
        read_job(work)
