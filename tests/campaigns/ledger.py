"""What each generation of an index says, and whether what was asked of it is of one of them."""

from __future__ import annotations

import json
from bisect import bisect_left
from pathlib import Path
from typing import Any

State = dict[int, int]
"""The version of each manual that there is, by its number."""


class Ledger:
    """What the manuals said in each generation that was committed."""

    def __init__(self, file: Path) -> None:
        noted = dict(map(json.loads, file.read_text(encoding="utf-8").splitlines()))  # what changed nothing is noted twice
        self.generations: list[int] = list(noted)
        self.states: list[State] = [{int(number): version for number, version in state.items()} for state in noted.values()]

    def holds(self, before: int, after: int, versions: list[list[int]]) -> bool:
        """Whether one generation between these two says all that; one that was not noted says what its neighbours say."""
        first = max(0, bisect_left(self.generations, before + 1) - 1)
        last = bisect_left(self.generations, after)
        if self.generations[first] != before:  # between two notes: the next one's state may already stand
            last = max(last, first + 1)
        between = self.states[first : last + 1]
        return any(all(state.get(number) == version for number, version in versions) for state in between)


def judge(home: Path) -> dict[str, Any]:
    """The figures of what was asked, and what was wrong."""
    ledger, wrong, errors = Ledger(home / "ledger.jsonl"), list[Any](), list[str]()
    asked = empty = moved = threads = files = 0
    memory: list[list[int]] = []
    for file in sorted(home.glob("asked-*.jsonl")):
        *lines, last = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
        errors += last["errors"]
        threads += last["threads"]
        files = max(files, max((count for count, _ in last["measures"]), default=0))
        resident = [megabytes for _, megabytes in last["measures"]]
        memory.append([resident[len(resident) // 4], resident[-1]] if resident else [])
        for before, after, versions, filters in lines:
            asked, empty, moved = asked + 1, empty + (not versions), moved + (after > before)
            if not ledger.holds(before, after, versions):
                wrong.append([before, after, versions, filters])
    return {
        "asked": asked, "nothing_found": empty, "index_moved_meanwhile": moved, "generations": len(ledger.generations),
        "threads": threads, "most_open_files": files, "resident_mb_quarter_and_end": memory,
        "not_of_a_generation": len(wrong), "errors": len(errors), "examples": [*wrong[:3], *errors[:3]],
    }  # fmt: skip
