"""Mutated files of every format, read as an ingest reads them: is each a document or one line that says why not, in its limits?

    python tests/campaigns/files.py [--rounds 10000] [--seed 1] [--processes 2] [--seconds 60] [--keep DIR]

Seeds are the sample manuals, the files of the tests' every_format() and every construct of growth.py at a kilobyte. Counted are
documents, refusals (ParseError, SkippedFile), and those whose process was ended for time (`late`) or crashed, which also are told
in one line; `unforeseen` are refusals in words that no parser chose, to be mended. What must not be: `over` (more than the time it
may take), `no line` (more or less than one), `traceback`. --keep writes the files that are worth a look. Exits with 1 where one was
over, without a line, or a traceback.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from constructs import all_constructs
from mutations import mutated
from parsing_samples import every_format

from ragqa.confined.ask import Allowance, Wish, parse
from ragqa.confined.children import Children
from ragqa.demo.tour import manuals_folder
from ragqa.errors import RagqaError
from ragqa.parsing.patience import PATIENCE

MEMORY_MB = 1500
_BAD = ("over", "no line", "traceback")
_WORTH_A_LOOK = (*_BAD, "late", "crashed", "unforeseen")
_GRACE_SECONDS = 60.0
"""What the start of a process, and a machine that does other things, may take on top."""


def main() -> int:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--keep", type=Path)
    given = options.parse_args()
    counts, told = run(given.rounds, given.seed, given.processes, given.seconds, given.keep)
    print(json.dumps({"rounds": given.rounds, "seed": given.seed, **counts, "told": told}))
    return 1 if any(counts[kind] for kind in _BAD) else 0


def run(
    rounds: int, seed: int, processes: int = 1, seconds: float = 60.0, keep: Path | None = None, quiet: bool = False
) -> tuple[Counter[str], list[str]]:
    """How many files came to which end, and what is told of those that came to a bad one."""
    counts: Counter[str] = Counter()
    told: list[str] = []
    began = time.monotonic()
    with Children(processes, MEMORY_MB) as children, ThreadPoolExecutor(processes) as pool:

        def read(file: tuple[str, bytes]) -> tuple[str, bytes, str, str]:
            name, data = file
            with children.one() as child:
                return name, data, *_end_of(child, name, data, seconds)

        for number, (name, data, end, line) in enumerate(_some_ahead(pool, read, files(rounds, seed)), 1):
            counts[end] += 1
            if end in _WORTH_A_LOOK:
                told.append(f"{name}: {end}: {line}")
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / name).write_bytes(data)
            if not quiet and number % 50 == 0:
                left = (time.monotonic() - began) / number * (rounds - number)
                print(f"{number}/{rounds}, {left:.0f} s left: {dict(counts)}", file=sys.stderr, flush=True)
    return counts, told


def _some_ahead(pool: ThreadPoolExecutor, read: Callable[[Any], Any], coming: Iterator[Any]) -> Iterator[Any]:
    """What `read` makes of each, in order; not all are made at once."""
    while some := list(islice(coming, 64)):
        yield from pool.map(read, some)


def files(rounds: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """The mutated files with their names, the same for the same seed."""
    seeds = _seeds()
    for number in range(rounds):
        chance = random.Random(f"{seed} {number}")
        name, data = chance.choice(seeds)
        place = PurePosixPath(name)
        yield f"{place.stem}-{number}{place.suffix}", mutated(data, place.suffix, chance)


def _seeds() -> list[tuple[str, bytes]]:
    with manuals_folder() as folder:
        samples = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    constructs = [(f"{one.name.replace(' ', '_')}{one.suffix}", one) for one in all_constructs() if one.name != "bomb"]
    small = [
        (f"{hashlib.sha256(name.encode()).hexdigest()[:8]}{PurePosixPath(name).suffix}", one.make(1000))
        for name, one in constructs
    ]
    return 20 * sorted(every_format().items()) + 4 * samples + small


def _end_of(child: object, name: str, data: bytes, seconds: float) -> tuple[str, str]:
    """How the reading of a file ended, and what is told of it."""
    began = time.monotonic()
    end, line = _told(child, name, data, seconds)
    took = time.monotonic() - began
    allowed = PATIENCE * 2 * Allowance(seconds, len(data)).total + _GRACE_SECONDS  # audited, too
    return ("over", f"{took:.0f} s: {line}") if took > allowed else (end, line)


def _told(child: object, name: str, data: bytes, seconds: float) -> tuple[str, str]:
    try:
        parsed = parse(child, data, name, Wish("off", 1, seconds, audited=True))  # type: ignore[arg-type]
    except RagqaError as error:
        line = error.message
        if "crashed (" in line:
            return "crashed", line
        if "takes longer than" in line:
            return "late", line
        if not line.strip() or "\n" in line or "Traceback" in line:
            return "no line", line
        return ("unforeseen" if "cannot be read as" in line else "refused"), line
    except Exception as error:
        return "traceback", repr(error)
    unmeasured = parsed.audit.unmeasured if parsed.audit is not None else ""
    return ("unforeseen", unmeasured) if "cannot be measured" in unmeasured else ("document", "")


if __name__ == "__main__":
    sys.exit(main())
