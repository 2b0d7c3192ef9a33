"""Kill -9 at any moment of a training: resumed, it ends with the very weights and scores of one that was left in peace."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CHILD = Path(__file__).parent / "child_train.py"
STEPS = 60
KILLS = 3


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first child that is started puts the tiny model that all of them train."""
    return tmp_path_factory.mktemp("base") / "reader"


@pytest.fixture(scope="module")
def whole(reader: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a training gives that nobody kills."""
    folder = tmp_path_factory.mktemp("whole")
    process = start(reader, folder)
    steps, _ = process.communicate()
    assert process.returncode == 0
    assert [int(step) for step in steps.split()] == list(range(1, STEPS + 1))
    return result(folder)


def start(reader: Path, folder: Path, *options: object) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(CHILD), str(reader), str(folder / "checkpoints"), str(folder / "result"), *map(str, options)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def result(folder: Path) -> dict[str, Any]:
    """Weights and scores that a training ended with."""
    from safetensors.numpy import load_file

    return {
        "weights": load_file(folder / "result" / "model.safetensors"),
        **json.loads((folder / "result" / "told.json").read_text()),
    }


def assert_ends_as(whole: dict[str, Any], reader: Path, folder: Path) -> list[int]:
    """Resume the killed training, let it end, and return the steps that it made."""
    process = start(reader, folder, "--resume")
    steps, _ = process.communicate()
    assert process.returncode == 0
    resumed = result(folder)
    assert resumed.keys() == whole.keys() and resumed["weights"].keys() == whole["weights"].keys()
    for name, values in whole["weights"].items():
        assert np.array_equal(values, resumed["weights"][name]), name
    for name in ("steps", "best_step", "evaluations"):
        assert resumed[name] == whole[name]
    return [int(step) for step in steps.split()]


def test_killed_at_seeded_moments(reader: Path, whole: dict[str, Any], tmp_path: Path) -> None:
    """Each resumption is killed again, some steps after it took up the thread."""
    chance = random.Random(20)
    begun = []
    for kill in range(KILLS):
        process = start(reader, tmp_path, *(["--resume"] if kill else []))
        assert process.stdout is not None
        begun.append(int(process.stdout.readline()))
        for _ in range(chance.randint(4, 13)):
            assert process.stdout.readline()
        time.sleep(chance.random() * 0.1)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        assert not (tmp_path / "result").exists()

    assert begun[0] == 1 and begun == sorted(set(begun)), "a resumption begins where a checkpoint was left"
    steps = assert_ends_as(whole, reader, tmp_path)
    assert steps[0] > begun[-1] and steps == list(range(steps[0], STEPS + 1))


@pytest.mark.parametrize(
    ("point", "checkpoint", "goes_on_at"),
    [
        ("model written", 1, 1),
        ("model written", 3, 7),
        ("state half written", 4, 10),
        ("old ones still there", 5, 13),  # whole, but nobody has said yet that it is on the disk
    ],
)
def test_killed_inside_a_checkpoint(
    point: str, checkpoint: int, goes_on_at: int, reader: Path, whole: dict[str, Any], tmp_path: Path
) -> None:
    """One that is not whole does not count: it goes on from the one before. Checkpoints are made every three steps."""
    process = start(reader, tmp_path, "--kill", point, "--checkpoint", checkpoint)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / "checkpoints" / f"checkpoint-{3 * checkpoint}").is_dir()
    assert assert_ends_as(whole, reader, tmp_path)[0] == goes_on_at
