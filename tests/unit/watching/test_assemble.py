"""From settings to what keeps indexes in step."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.config import Settings, WatchSettings
from ragqa.errors import UsageError
from ragqa.watching.assemble import watchers


def test_two_sources_have_no_name_in_common(tmp_path: Path) -> None:
    one, other = (WatchSettings(source=f"http://127.0.0.1/{name}/", name="docs", index=name) for name in "ab")
    with pytest.raises(UsageError, match="two sources have the name 'docs'"):
        watchers(Settings(home=str(tmp_path)), [one, other])
    with pytest.raises(UsageError, match="two sources"):
        watchers(Settings(home=str(tmp_path), watch=(other,)), [one])


def test_two_indexes_may_follow_one_source(tmp_path: Path) -> None:
    both = [WatchSettings(source="http://127.0.0.1/docs/", name="docs", index=name) for name in "ab"]
    assert set(watchers(Settings(home=str(tmp_path)), both)) == {"a", "b"}
