from __future__ import annotations

import pytest

from ragqa.cli import terminal
from ragqa.cli.show_readers import print_reader, print_readers
from ragqa.engine import ReaderInfo

SOUND = ReaderInfo(
    "shop", "models/shop", 45_900_000, "default", "2024-05-01T10:00:00+00:00", {"F1": 0.81234, "asked": 1200}, ("a", "b"), ""
)
BROKEN = ReaderInfo("bent", "models/bent", 0, "", "", {}, (), "there is no config.json")
ODD = ReaderInfo("odd", "models/odd", 0, "[bold]x[/]\x1b[31m\n", "", {"\x1b]0;t\x07": 1.0}, (), "\u202ereversed")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 200)


def test_a_line_for_each_reader_and_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    print_readers([SOUND, BROKEN])
    head, shop, bent, problem = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["model", "kind"]
    assert shop.split() == ["shop", "reader", "default", "2024-05-01", "45.9", "MB", "F1", "0.8123,", "asked", "1,200", "a,", "b"]
    assert bent.split() == ["bent", "reader", "0.0", "MB"]
    assert problem == "bent cannot be used: there is no config.json"


def test_one_reader_with_what_is_known_only(capsys: pytest.CaptureFixture[str]) -> None:
    print_reader(SOUND)
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert [first for first, _ in lines] == ["reader", "folder", "size", "trained", "created", "used", "F1", "asked"]
    assert lines[-1][1].strip() == "1,200"
    print_reader(BROKEN)
    out = capsys.readouterr().out
    assert "there is no config.json" in out and "created" not in out


def test_what_files_say_is_data(capsys: pytest.CaptureFixture[str]) -> None:
    print_readers([ODD])
    print_reader(ODD)
    out = capsys.readouterr().out
    assert "[bold]x[/]" in out and "\\u202ereversed" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
