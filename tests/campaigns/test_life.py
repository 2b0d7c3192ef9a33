"""The short forms of the campaigns over an index's life; see README.md for the long ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def result(campaign: str, *options: str) -> dict[str, Any]:
    """What a campaign prints; skips the test where it cannot run."""
    command = [sys.executable, "-m", f"tests.campaigns.{campaign}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    if "skipped" in found:
        pytest.skip(found["skipped"])
    assert done.returncode == 0 and found["wrong"] == 0, found["problems"]
    return found


def test_killed_at_any_change_an_index_is_whole(tmp_path: Path) -> None:
    scenes = ("index rm", "prune", "journal")  # finetune: tests/e2e/test_train_kill.py
    options = [option for scene in scenes for option in ("--scene", scene)]
    found = result("kill", "--rounds", "12", "--folder", str(tmp_path), *options)
    assert found["moments"] >= 9 and found["scenes"].keys() == set(scenes)


def test_on_a_full_disk_an_index_is_whole() -> None:
    found = result("full_disk", "--rounds", "8", "--scene", "prune", "--scene", "journal")
    assert found["refused"] >= 4
