"""How long another process may be at work: what counts is what processors gave it, so that a busy machine makes nothing late.
What sleeps, or waits for ever, gets several times as long."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict

PATIENCE = 5
"""So many times the seconds that a process may compute may go by, whatever it does: what sleeps must end some time. Where the
system does not tell what a process computed, the seconds that go by count themselves."""


class Stopwatch:
    """What a process, with all that it starts, takes from when the watch is made. Any thread may look at it."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._began = time.monotonic()
        found = _own(process)
        self._before = None if found is None else found[0]

    def late(self, seconds: float) -> str:
        """What it took, in words, where it may compute for so many seconds and that is over; empty: it may go on."""
        gone = time.monotonic() - self._began
        if gone < seconds:  # a look at the processor would be for nothing
            return ""
        if self._before is None:
            return f"{seconds:.0f} seconds"
        computed = self._computed()
        if computed >= seconds:
            return f"{seconds:.0f} seconds of computing"
        if gone >= PATIENCE * seconds:
            return f"{PATIENCE * seconds:.0f} seconds ({computed:.0f} of them computing)"
        return ""

    def next_look(self, seconds: float) -> float:
        """In how many seconds `late` may first say anything else; where several processors are at work it may be less."""
        gone = time.monotonic() - self._began
        if gone < seconds:
            return seconds - gone
        return max(0.0, min(seconds - self._computed(), PATIENCE * seconds - gone))

    def _computed(self) -> float:
        return max(0.0, _of_all(self._process) - (self._before or 0.0))


def _of_all(process: int) -> float:
    """Seconds that processors gave a process and all that it has started."""
    started_by: dict[int, list[int]] = defaultdict(list)
    own: dict[int, float] = {}
    for number in map(int, filter(str.isdigit, os.listdir("/proc"))):
        found = _own(number)
        if found is not None:
            own[number], parent = found
            started_by[parent].append(number)
    family = [process]
    for number in family:
        family += started_by[number]
    return sum(own.get(number, 0.0) for number in family)


def _own(process: int) -> tuple[float, int] | None:
    """Seconds that processors gave a process, and those it has waited for, which are no more; and who started it. None where the
    system does not tell, or there is none of that number."""
    if sys.platform != "linux":
        return None
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()  # see proc(5); a name may hold anything
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK"), int(fields[1])
    except (OSError, ValueError, IndexError):
        return None
