"""How long another process may be at work, by what processors gave it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ragqa.parsing import patience
from ragqa.parsing.patience import PATIENCE, Stopwatch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no groups of processes")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process computed")


@contextmanager
def watched(code: str) -> Iterator[Stopwatch]:
    """The watch on a process that does this, once it is at it."""
    running = subprocess.Popen(
        [sys.executable, "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert running.stdout is not None
    running.stdout.readline()
    try:
        yield Stopwatch(running.pid)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


def until_late(watch: Stopwatch, seconds: float) -> str:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if told := watch.late(seconds):
            return told
        time.sleep(0.05)
    return "never"


STARTS = "import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"


@LINUX
@pytest.mark.parametrize("code", ["while True: pass", STARTS.format(code="while True: pass")])
def test_what_computes_is_late_when_it_has_computed_so_long(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 1000)  # the machine may be busy
    with watched(code) as watch:
        assert until_late(watch, 0.5) == "0 seconds of computing"


@LINUX
def test_what_sleeps_is_late_when_several_times_as_long_has_gone_by() -> None:
    began = time.monotonic()
    with watched("import time; time.sleep(300)") as watch:
        assert until_late(watch, 0.4) == "2 seconds (0 of them computing)"
    assert time.monotonic() - began >= PATIENCE * 0.4


@LINUX
def test_the_next_look_is_not_before_it_could_be_late() -> None:
    with watched("import time; time.sleep(300)") as watch:
        assert 9 < watch.next_look(10.0) <= 10
        time.sleep(0.2)
        assert 0 < watch.next_look(0.1) <= 0.1


def test_where_the_system_does_not_tell_what_was_computed_the_time_that_goes_by_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_own", lambda process: None)
    with watched("import time; time.sleep(300)") as watch:
        assert watch.late(10.0) == "" and until_late(watch, 0.3) == "0 seconds"
