from __future__ import annotations

from pathlib import Path

from tui.widgets.inputs import complete_path


def test_paths_go_on_as_typed(tmp_path: Path) -> None:
    (tmp_path / "manuals").mkdir()
    (tmp_path / "manual.txt").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "bad\u202ename").touch()
    base = f"{tmp_path}/"
    assert complete_path(f"{base}manuals") == f"{base}manuals/"
    assert complete_path(f"{base}man") == f"{base}manual.txt"
    assert complete_path(base) == f"{base}manual.txt"
    assert complete_path(f"{base}.h") == f"{base}.hidden"
    assert complete_path(f"{base}bad") is None and complete_path(f"{base}nothing") is None
    assert complete_path("") is None and complete_path("/no/such/folder/x") is None
    assert complete_path(f"{base}manuals/") is None
