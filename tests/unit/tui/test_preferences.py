"""Preferences that several apps keep at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui import preferences
from tui.preferences import Preferences, load_preferences, save_preferences


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings" / "tui.json"
    monkeypatch.setattr(preferences, "preferences_file", lambda: path)
    return path


def test_what_another_app_kept_stays() -> None:
    assert save_preferences(theme="nord") and save_preferences(top_k=7) and save_preferences(split=0.5)
    assert load_preferences() == Preferences(theme="nord", top_k=7, split=0.5)


def test_a_file_in_the_way_is_told(file: Path) -> None:
    file.parent.write_text("in the way")
    assert not save_preferences(theme="nord")
    assert load_preferences() == Preferences()
