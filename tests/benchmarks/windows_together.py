"""What reading a question's windows costs in CPU time: in one batch, each by itself, several side by side; and what widths keep.

    python tests/benchmarks/windows_together.py [--reader default|accurate] [--rounds 3] [--threads 0] [--widths 40]

The windows have the lengths of two questions on the sample manuals; their tokens are drawn at random. Ways take turns, which is
first changes from round to round, and times are those of the process with all its threads, so that others beside it disturb less.
"equal" reads one window by itself and twelve of its length in a batch: what batches over requests could win at most. `--widths`
reads windows of so many lengths, as they are and filled up as `OpenVinoEncoder` does, and tells what the process holds after it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ragqa.answering.readers import default_reader_folder
from ragqa.inference.encoder import load_encoder
from ragqa.inference.openvino_runtime import MANY_BATCHES, WIDTHS, OpenVinoEncoder

LENGTHS = {
    "default": (
        (89, 162, 163, 197, 197, 200, 202, 215, 248, 250, 255, 255),
        (124, 127, 140, 153, 174, 195, 207, 210, 233, 234, 251, 254),
    ),
    "accurate": ((162, 200, 202, 250), (127, 195, 210, 251)),
}
"""Tokens of the windows: of twelve passages, and of four of them."""

EQUAL = 176


def encoder(reader: str, threads: int, **options: str) -> OpenVinoEncoder:
    """A reader's encoder."""
    found = load_encoder(default_reader_folder(reader), threads, None, **options)
    assert found is not None
    return found


def batch(*lengths: int) -> tuple[np.ndarray, np.ndarray, None]:
    """Windows of these lengths, filled up to the longest."""
    mask = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)
    return np.random.default_rng(7).integers(1000, 20_000, mask.shape) * mask, mask, None


def compare(reader: str, threads: int, rounds: int) -> None:
    """Print the CPU seconds of each way, for a question; the first round, which compiles, does not count."""
    latency, many = encoder(reader, threads), encoder(reader, threads, **MANY_BATCHES)
    alone = encoder(reader, 1)
    twelve = [EQUAL] * 12
    ways: dict[str, Callable[[tuple[int, ...]], object]] = {
        "one batch": lambda lengths: latency.run(*batch(*lengths)),
        "side by side": lambda lengths: many.run_each([batch(length) for length in lengths]),
        "equal, each by itself": lambda _: [alone.run(*batch(length)) for length in twelve],
        "equal, one batch": lambda _: alone.run(*batch(*twelve)),
    }
    took: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for lengths in LENGTHS[reader]:
            for way in list(ways) if number % 2 else reversed(ways):
                began = time.process_time()
                ways[way](lengths)
                if number:
                    took[way].append(time.process_time() - began)
    for way in ways:
        print(f"{reader:9} {way:22} {statistics.mean(took[way]):.3f} CPU s, least {min(took[way]):.3f}", flush=True)


def widen(reader: str, lengths: int) -> None:
    """Print what the process holds before and after windows of so many lengths."""
    filled, plain = encoder(reader, 1), encoder(reader, 1)
    for name, one in (("filled up", filled), ("as they are", plain)):
        one.run(*batch(64))
        before = _held()
        for length in range(64, 64 + lengths):
            ids, mask, _ = batch(length)
            one._request().infer([one.embed(ids, mask), mask.astype("int32")]) if one is plain else one.run(ids, mask)
        print(f"{reader:9} {lengths} lengths {name} (to multiples of {WIDTHS}): {_held() - before} MB more", flush=True)


def _held() -> int:
    told = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in told if line.startswith("Pss:"))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", choices=list(LENGTHS), default="default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--widths", type=int, default=0, metavar="N", help="measure what so many lengths keep, and nothing else")
    given = parser.parse_args()
    if given.widths:
        widen(given.reader, given.widths)
    else:
        compare(given.reader, given.threads, given.rounds)


if __name__ == "__main__":
    main()
