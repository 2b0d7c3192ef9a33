"""What an ingest on a Dask cluster of this machine costs beside the default, with as many threads.

python -m tests.benchmarks.dask_ingest MANUALS --files 4 --workers 1 2 --rounds 2

Scheduler and workers (one thread each) run and have their model loaded, as on a cluster that is used; the `ragqa` command is
begun anew each time in both. Seconds, and seconds of all processors together: those change less where other jobs share the
machine. The least of the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.campaigns.dask_faults import Cluster


@dataclass(frozen=True)
class Cost:
    """Of an ingest."""

    seconds: float
    processor_seconds: float
    chunks: int


def ingest(home: Path, manuals: Path, threads: int, cluster: Cluster | None, *options: str) -> Cost:
    """Ingest into a new home, and what that took, the workers' part with it."""
    command = [sys.executable, "-m", "ragqa", "--home", str(home), "--threads", str(threads), "ingest", str(manuals), "--json"]
    before, began = used(cluster), time.monotonic()
    report = json.loads(subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout)
    seconds = time.monotonic() - began
    shutil.rmtree(home)
    return Cost(seconds, used(cluster) - before, report["chunks_embedded"])


def used(cluster: Cluster | None) -> float:
    """Seconds of processors so far: of all commands that have ended, and of a cluster."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    alive = [psutil.Process(process.pid) for process in cluster.processes] if cluster else []
    alive += [child for process in alive for child in process.children(recursive=True)]
    times = [process.cpu_times() for process in alive]
    return ended.ru_utime + ended.ru_stime + sum(one.user + one.system + one.children_user + one.children_system for one in times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manuals", type=Path)
    parser.add_argument("--files", type=int, default=4)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    folder = Path(tempfile.mkdtemp(prefix="dask-ingest-"))
    manuals, first = folder / "manuals", folder / "first"
    for place in (manuals, first):
        place.mkdir()
    for path in sorted(options.manuals.iterdir(), key=lambda path: (-path.stat().st_size, path.name))[: options.files]:
        shutil.copy(path, manuals)
    (first / "first.md").write_text("# First\n\nA text to begin with.\n")
    print("| threads | | seconds | processor seconds | chunks | of the default |")
    print("|---|---|---|---|---|---|")
    try:
        for workers in options.workers:
            compare(folder, manuals, first, workers, options.rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compare(folder: Path, manuals: Path, first: Path, workers: int, rounds: int) -> None:
    """The default and a cluster, turn by turn."""
    cluster = Cluster(folder)
    try:
        where = ["--scheduler", cluster.start(workers)]
        ingest(folder / "home", first, workers, cluster, *where)  # one worker is ready; the others nearly so
        time.sleep(10)
        pairs = [
            (ingest(folder / "home", manuals, workers, None), ingest(folder / "home", manuals, workers, cluster, *where))
            for _ in range(rounds)
        ]
    finally:
        cluster.close()
    plain, spread = (
        Cost(min(one.seconds for one in costs), min(one.processor_seconds for one in costs), costs[0].chunks)
        for costs in zip(*pairs, strict=True)
    )
    for name, one in (("default", plain), ("Dask", spread)):
        share = f"{one.seconds / plain.seconds:.2f} ({one.processor_seconds / plain.processor_seconds:.2f})"
        print(f"| {workers} | {name} | {one.seconds:.1f} | {one.processor_seconds:.1f} | {one.chunks:,} | {share} |", flush=True)


if __name__ == "__main__":
    main()
