from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from ragqa.watching.resting import CHANGING, OPEN, OPEN_SECONDS, Resting, is_open_for_writing


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


NEW = int(time.time() * 1e9) + 10**12
A = Path("a.md")


def resting(clock: Clock, is_open: bool = False) -> Resting:
    return Resting(2.0, clock, lambda path: is_open)


def test_a_file_rests_once_it_has_looked_the_same_for_long_enough() -> None:
    clock = Clock()
    seen = resting(clock)
    assert seen.why_not(A, "1", NEW) == CHANGING
    clock.now += 1
    assert seen.why_not(A, "1", NEW) == CHANGING
    clock.now += 1
    assert seen.why_not(A, "1", NEW) == ""


def test_every_change_begins_anew() -> None:
    clock = Clock()
    seen = resting(clock)
    for mark in "1234":
        assert seen.why_not(A, mark, NEW) == CHANGING
        clock.now += 1.5
    clock.now += 1
    assert seen.why_not(A, "4", NEW) == ""


def test_what_changed_long_ago_rests_at_the_first_look() -> None:
    assert resting(Clock()).why_not(A, "1", int((time.time() - 3600) * 1e9)) == ""
    assert resting(Clock()).why_not(A, "1", int((time.time() - 30) * 1e9)) == CHANGING  # clocks of servers differ
    assert resting(Clock()).why_not(A, "1", 0) == CHANGING


def test_a_file_that_is_open_is_waited_for_but_not_for_ever() -> None:
    clock = Clock()
    seen = resting(clock, is_open=True)
    assert seen.why_not(A, "1", NEW) == CHANGING
    clock.now += 2
    assert seen.why_not(A, "1", NEW) == OPEN
    clock.now += OPEN_SECONDS
    assert seen.why_not(A, "1", NEW) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_system_tells_whether_a_file_is_open_for_writing(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("half")
    with open(file, "rb"):
        assert not is_open_for_writing(file)
    with open(file, "ab"):
        assert is_open_for_writing(file)
    assert not is_open_for_writing(file)
    assert not is_open_for_writing(tmp_path / "nothing.md")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_to_ask_does_not_keep_anybody_from_writing(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("half")
    for _ in range(100):
        assert not is_open_for_writing(file)
        with open(file, "ab") as writer:
            writer.write(b"more")
