from __future__ import annotations

import functools
import io
import os
import time
from collections.abc import Callable

import pytest
from rich import progress as bars
from rich.console import Console

from ragqa.cli import progress, terminal
from ragqa.types import Progress, TrainStep


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], io.StringIO]:
    """Puts a stderr in place, which is a terminal or none, and gives what is written there."""

    def put(is_terminal: bool) -> io.StringIO:
        drawn = io.StringIO()
        console = Console(file=drawn, force_terminal=is_terminal, width=160, highlight=False, markup=False, emoji=False)
        monkeypatch.setattr(terminal, "ERR", console)
        monkeypatch.setitem(os.environ, "TERM", "xterm")
        return drawn

    return put


def test_bars_in_a_terminal_tell_counts(stderr: Callable[[bool], io.StringIO], capsys: pytest.CaptureFixture[str]) -> None:
    drawn = stderr(True)
    with progress.progress() as tell:
        tell(Progress("scan", 1, 2, "a.pdf", 1, 2))
        tell(Progress("ingest", 50, 100, "[b]a.pdf", 1, 2, 640, 2.0))
    with progress.progress() as tell:
        tell(Progress("ask", 1, 4, "What?", 1, 4))
    shown = drawn.getvalue()
    assert "1/2 files, 640 chunks, 320 chunks/s" in shown and "[b]a.pdf" in shown
    assert "1/4 questions" in shown
    assert capsys.readouterr() == ("", "")


def test_short_work_leaves_no_lines_where_nobody_watches(stderr: Callable[[bool], io.StringIO]) -> None:
    drawn = stderr(False)
    with progress.progress() as tell, progress.waiting("Reading"):
        tell(Progress("ingest", 1, 2, "a.pdf", 1, 2, 3, 1.0))
    assert drawn.getvalue() == ""


def test_long_work_tells_plain_lines_where_there_is_no_terminal(
    stderr: Callable[[bool], io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = stderr(False)
    monkeypatch.setattr(progress, "PLAIN_EVERY", 0.01)
    with progress.progress() as tell:
        tell(Progress("ingest", 10, 100, "\x1b[2Ja.pdf", 1, 4, 64, 2.0))
        deadline = time.monotonic() + 60
        while "\n" not in drawn.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)  # no step ends meanwhile
    assert drawn.getvalue().splitlines()[0] == "Reading: 1/4 files, 64 chunks, 32 chunks/s"


def test_quiet_says_nothing_however_long_it_takes(stderr: Callable[[bool], io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = stderr(False)
    monkeypatch.setattr(progress, "PLAIN_EVERY", 0.001)
    with progress.progress(quiet=True) as tell:
        tell(Progress("ask", 1, 4, "What?", 1, 4))
        time.sleep(0.05)
    assert drawn.getvalue() == ""


def test_the_time_left_is_told_from_the_steps_of_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    lines = progress._Lines()
    assert lines.line() == ""
    lines.tell(Progress("mine", 90, 100, "q", 90, 100))  # the first 90 were done before
    assert lines.line() == "Looking for the answers: 90/100 questions"
    clock[0] = 10.0
    lines.tell(Progress("mine", 95, 100, "q", 95, 100))
    assert lines.line() == "Looking for the answers: 95/100 questions, 10 s left"
    lines.tell(progress.training_step(TrainStep(5, 1000, 0.5, {}, 1.0, 2.0)))
    clock[0] = 20.0
    lines.tell(progress.training_step(TrainStep(105, 1000, 0.25, {}, 1.0, 2.0)))
    assert lines.line() == "Training: 105/1,000 steps, loss 0.250, 90 s left"


def test_a_second_run_of_the_same_stage_begins_anew_in_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    lines = progress._Lines()
    for second in range(1, 111):  # two readers are asked a hundred questions each, one a second
        clock[0] = float(second)
        done = (second - 1) % 100 + 1
        lines.tell(Progress("evaluate", done, 100, "q", done, 100))
    assert lines.line().endswith("10/100 questions, 90 s left")


@pytest.mark.parametrize("second", ["evaluate", "check"])
def test_a_bar_runs_on_in_every_stage(
    second: str, stderr: Callable[[bool], io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr(True)
    clock = [0.0]
    drawn = functools.partial(bars.Progress, get_time=lambda: clock[0], auto_refresh=False)
    made: list[bars.Progress] = []
    monkeypatch.setattr(progress.bars, "Progress", lambda *columns, **options: made.append(drawn(*columns, **options)) or made[0])
    with progress.progress() as tell:
        for at in range(1, 111):
            clock[0] = float(at)
            done = (at - 1) % 100 + 1
            tell(Progress("evaluate" if at <= 100 else second, done, 100, "q", done, 100))
        (task,) = made[0].tasks
        assert (task.completed, task.finished) == (10, False)
        assert (task.elapsed, task.time_remaining) == (9, 90)
        clock[0] += 5
        assert task.elapsed == 14
