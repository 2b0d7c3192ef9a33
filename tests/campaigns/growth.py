"""What grows faster than the file: every construct of every format at a size, its double and its fourfold.

    python tests/campaigns/growth.py [--size 25000] [--format .md] [--only "nested div"] [--seconds 20]

Each file is parsed in a process of its own; what counts is the processor time that it took. Told are those whose time grows
faster than size^1.3 (of those that take more than .3 s at the fourfold), that take more than 2 s for the fourfold (100 kB), or
that never end (--seconds). Nothing here is random. Exits with 1 where one is told.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from constructs import Construct, all_constructs

from ragqa.errors import RagqaError
from ragqa.parsing.audits import audit_of
from ragqa.parsing.registry import parse, parser_for

FASTEST_GROWTH = 1.3
LONGEST_SECONDS = 2.0
WORTH_MEASURING = 0.3


def main() -> int:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--size", type=int, default=25_000)
    options.add_argument("--format")
    options.add_argument("--only")
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--all", action="store_true", help="tell the times of all")
    given = options.parse_args()
    constructs = [
        one for one in all_constructs() if given.format in (None, one.suffix) and (not given.only or given.only in one.name)
    ]
    told, began = [], time.monotonic()
    for number, construct in enumerate(constructs, 1):
        seconds = measure(construct, given.size, given.seconds)
        left = (time.monotonic() - began) / number * (len(constructs) - number)
        print(f"\r{number}/{len(constructs)}, {left:.0f} s left   ", end="", file=sys.stderr, flush=True)
        problem = judge(seconds)
        if problem or given.all:
            print(f"\r{construct.suffix} {construct.name}: {seconds} {problem}", file=sys.stderr)
        if problem:
            told.append(f"{construct.suffix} {construct.name}: {problem}")
    print(json.dumps({"constructs": len(constructs), "size": given.size, "told": told}))
    return 1 if told else 0


def judge(seconds: list[float]) -> str:
    """What is wrong with these times of a size, its double and its fourfold; empty: nothing."""
    if not all(map(math.isfinite, seconds)):
        return "never ends"
    if seconds[-1] > LONGEST_SECONDS:
        return f"takes {seconds[-1]:.1f} s"
    growth = math.log(max(seconds[-1], 1e-3) / max(seconds[0], 1e-3), 4)
    return f"grows by n^{growth:.1f}" if seconds[-1] > WORTH_MEASURING and growth > FASTEST_GROWTH else ""


def measure(construct: Construct, size: int, most: int) -> list[float]:
    """Seconds of processor time at `size`, its double and its fourfold; infinite where it took more than `most`."""
    parser_for(f"file{construct.suffix}")
    seconds: list[float] = []
    for times in (1, 2, 4):
        data = construct.make(size * times)
        seconds.append(in_a_process(data, f"file{construct.suffix}", most))
        if not math.isfinite(seconds[-1]):
            break
    return seconds


def in_a_process(data: bytes, path: str, most: int) -> float:
    """Seconds of processor time that a file takes; infinite where they are more than `most`."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        began = time.process_time()
        try:
            document = parse(data, path)
            audit_of(data, path, document)
        except RagqaError:
            pass
        os.write(writing, f"{time.process_time() - began:.3f}".encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    os.waitpid(process, 0)
    return float(told) if told else math.inf


if __name__ == "__main__":
    sys.exit(main())
