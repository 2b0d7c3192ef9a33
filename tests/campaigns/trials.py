"""What the campaigns on forged files share: odd values, what came of each file, and a watch on those that never end."""

from __future__ import annotations

import json
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragqa.errors import RagqaError

SECONDS = 60
"""After which a file counts as one that never ends."""

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 7, 2**31, 2**53, 2**63, 10**30, -0.5, 1e308, float("nan"), float("inf"), "", "x", "x" * 10_000,
    "\x1b[2J\x07", "\u202e\u2066", "[red]", "=1+1", "\ud800", [], {}, [[[]]], [None] * 50, {"a": {"a": {}}}, "../../etc/passwd",
    "someone/a-model",
)  # fmt: skip


class Endless(BaseException):
    """It took longer than SECONDS."""


@dataclass(slots=True)
class Outcome:
    """What came of the files of a campaign: how many were taken and named, and what must not be."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def try_one(self, told: str, act: Callable[[], str]) -> None:
        """Do what a user would with a file; `act` returns what came of it, or raises what a user would see."""
        with _watch():
            try:
                self.counts[act()] += 1
            except RagqaError as error:
                self.counts["named"] += 1
                if not error.message or "\n" in error.message or "Traceback" in error.message:
                    self._fault("not one line", f"{told}: {error.message!r:.300}")
            except Endless:
                self._fault("endless", told)
            except Exception:
                self._fault("tracebacks", f"{told}: {traceback.format_exc()[-1500:]}")

    def expect(self, holds: bool, told: str) -> None:
        """Note what does not hold and should."""
        if not holds:
            self._fault("broken promises", told)

    def figures(self) -> dict[str, int]:
        """The counts, and those of faults also where there are none."""
        return {**dict.fromkeys(("tracebacks", "endless", "not one line", "broken promises"), 0), **self.counts}

    def _fault(self, kind: str, told: str) -> None:
        self.counts[kind] += 1
        self.faults.append(f"{kind}: {told}")


@contextmanager
def _watch() -> Iterator[None]:
    def end(*_: object) -> None:
        raise Endless

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def rounds(count: int, told: str) -> Iterator[int]:
    """The numbers of the rounds; how far they are, on stderr."""
    began = shown = time.monotonic()
    for number in range(count):
        yield number
        now = time.monotonic()
        if now - shown > 10 or number + 1 == count:
            left = (now - began) / (number + 1) * (count - number - 1)
            print(f"{told}: {number + 1} of {count}, {left:.0f} s left", file=sys.stderr, flush=True)
            shown = now


def report(found: dict[str, Outcome], **about: Any) -> int:
    """Print what was found as a line of JSON, faults on stderr; the exit code."""
    faults = [fault for one in found.values() for fault in one.faults]
    print(json.dumps({**about, **{kind: one.figures() for kind, one in found.items()}}))
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def odd_bytes(data: bytes, dice: random.Random) -> bytes:
    """Bytes flipped, cut off, taken out, put in or doubled."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(max(len(changed), 1))
        match dice.randrange(6):
            case 0 | 1:
                changed[at : at + 1] = bytes([dice.randrange(256)])
            case 2:
                changed[at : at + dice.randint(1, 200)] = b""
            case 3:
                changed[at:at] = dice.randbytes(dice.randint(1, 50))
            case 4:
                changed[at:at] = changed[at : at + dice.randint(1, 300)]
            case _:
                changed[at : at + 4] = dice.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"))
    return bytes(changed[: dice.randrange(len(changed))] if dice.random() < 0.1 and changed else changed)


def odd_json(value: Any, dice: random.Random) -> Any:
    """A JSON value with one of its parts replaced, renamed, doubled or taken out."""
    if isinstance(value, dict) and value and dice.random() < 0.9:
        key = dice.choice(list(value))
        changed = dict(value)
        match dice.randrange(6):
            case 0:
                del changed[key]
            case 1:
                changed[str(dice.choice(ODD))[:50].encode("utf-8", "replace").decode()] = changed.pop(key)
            case _:
                changed[key] = odd_json(value[key], dice)
        return changed
    if isinstance(value, list) and value and dice.random() < 0.7:
        at = dice.randrange(len(value))
        return [*value[:at], odd_json(value[at], dice), *value[at + dice.randrange(2) :]]
    return dice.choice(ODD)


def files_of(folder: Path) -> dict[str, bytes]:
    """What is in a folder, byte by byte."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
