from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.config import TrainSettings
from ragqa.errors import StorageError, UsageError
from ragqa.paths import models_folder, working_folder
from ragqa.training.job import JOB_FILE, Job, begin_job
from ragqa.training.names import kept_name


def numbered(home: Path) -> str:
    with kept_name(home, None, "parts") as folder:
        return folder.name


def test_the_first_number_that_is_free_is_taken(tmp_path: Path) -> None:
    models = models_folder(tmp_path)
    assert numbered(tmp_path) == "parts-1"
    for name in ("parts-1", "parts-3", "spares-2"):
        (models / name).mkdir()
    assert numbered(tmp_path) == "parts-2"
    work = working_folder(models / "parts-2")
    work.mkdir()  # of a training that was killed before it could be resumed
    assert numbered(tmp_path) == "parts-2"
    (work / JOB_FILE).write_text("{}")  # a stopped training keeps its name, and what it has learnt
    assert numbered(tmp_path) == "parts-4"
    (models / "parts-4").write_text("in the way")
    assert numbered(tmp_path) == "parts-5"


def test_nobody_else_takes_a_name_that_is_kept(tmp_path: Path) -> None:
    with kept_name(tmp_path, None, "parts") as first, kept_name(tmp_path, None, "parts") as second:
        assert (first.name, second.name) == ("parts-1", "parts-2")
        with pytest.raises(UsageError, match="training 'parts-1' is under way"), kept_name(tmp_path, "parts-1"):
            pass
    with kept_name(tmp_path, "parts-1") as folder:
        assert folder == first


def test_a_name_is_free_again_after_a_fault_and_after_a_kill(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), kept_name(tmp_path, "shop"):
        raise ZeroDivisionError
    assert [path.name for path in models_folder(tmp_path).iterdir()] == [".names.lock"]
    (models_folder(tmp_path) / ".shop.training.lock").touch()  # the system gave up the lock, the file stays
    with kept_name(tmp_path, "shop") as folder:
        assert folder.name == "shop"


def test_what_is_taken_or_no_name_or_no_folder_is_told(tmp_path: Path) -> None:
    (models_folder(tmp_path) / "shop").mkdir(parents=True)
    for name, told in (("shop", "already"), ("a b", "not a name for a reader")):
        with pytest.raises(UsageError, match=told), kept_name(tmp_path, name):
            pass
    (tmp_path / "plain").touch()
    with pytest.raises(StorageError), kept_name(tmp_path / "plain", "lab"):
        pass


def test_a_stopped_training_keeps_its_name(tmp_path: Path) -> None:
    work = working_folder(models_folder(tmp_path) / "shop")
    begin_job(work, Job("default", "manuals", TrainSettings()), ())
    with pytest.raises(UsageError, match="'shop' is a reader whose training was stopped") as caught, kept_name(tmp_path, "shop"):
        pass
    assert "ragqa finetune --resume --name shop" in caught.value.hint and (work / JOB_FILE).exists()
    with kept_name(tmp_path, "shop", resume=True) as folder:
        assert folder.name == "shop"
    (work / JOB_FILE).write_text("{")  # nobody can go on with it
    with kept_name(tmp_path, "shop") as folder:
        assert folder.name == "shop"
