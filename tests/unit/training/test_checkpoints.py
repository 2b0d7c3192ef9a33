"""Which checkpoint a training goes on from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ragqa.training import checkpoints
from ragqa.training.checkpoints import SEAL_FILE, newest_checkpoint, seal


def checkpoint(folder: Path, name: str, sealed: bool = True) -> Path:
    made = folder / name
    made.mkdir()
    (made / "model.safetensors").write_bytes(b"weights")
    (made / "trainer_state.json").write_text('{"global_step": 1}')
    if sealed:
        seal(made)
    return made


def test_it_is_the_sealed_one_with_the_most_steps(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None and newest_checkpoint(tmp_path / "missing") is None
    checkpoint(tmp_path, "checkpoint-90")
    checkpoint(tmp_path, "checkpoint-100")
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-100"
    checkpoint(tmp_path, "checkpoint-110", sealed=False)
    for number, seal_of_it in enumerate(("", "{}", "[]", "1", '{"model.safetensors": 3', '{"model.safetensors": 8}')):
        (checkpoint(tmp_path, f"checkpoint-12{number}") / SEAL_FILE).write_text(seal_of_it)
    checkpoint(tmp_path, "checkpoint-140-old")
    checkpoint(tmp_path, "tmp-checkpoint-150")
    (tmp_path / "checkpoint-160").write_text("no folder")
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-100"


@pytest.mark.parametrize("left", [b"", b"weigh", None])
def test_files_that_were_cut_afterwards_are_noticed(left: bytes | None, tmp_path: Path) -> None:
    """As a disk leaves them that was not told to flush."""
    checkpoint(tmp_path, "checkpoint-1")
    weights = checkpoint(tmp_path, "checkpoint-2") / "model.safetensors"
    weights.unlink() if left is None else weights.write_bytes(left)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-1"


def test_all_is_flushed_before_the_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = checkpoint(tmp_path, "checkpoint-7", sealed=False)
    flushed = []

    def sync(folder: Path) -> None:
        assert not (folder / SEAL_FILE).exists()
        flushed.append(folder)

    monkeypatch.setattr(checkpoints, "sync_tree", sync)
    seal(made)
    assert flushed == [made] and newest_checkpoint(tmp_path) == made


def test_the_trainer_seals_what_it_saves(tmp_path: Path) -> None:
    from ragqa.training.trainer import Telling

    made = checkpoint(tmp_path, "checkpoint-3", sealed=False)
    telling = Telling(lambda step: None, lambda: False)
    telling.on_save(SimpleNamespace(output_dir=str(tmp_path)), SimpleNamespace(global_step=3), None)
    assert newest_checkpoint(tmp_path) == made
