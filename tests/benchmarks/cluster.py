"""A cluster on this machine, from packages alone: a served Milvus Lite and a Dask cluster ingest manuals, die, and come back.

    python tests/benchmarks/cluster.py MANUALS [--limit 5] [--home FOLDER] [--questions QA.jsonl]

Needs `ragqa[milvus,dask]`. All listens on 127.0.0.1. The manuals are ingested as usual into one index, and by two Dask workers
into another that a Milvus searches, while a worker, the scheduler and Milvus are killed (SIGKILL) and started again. Both indexes
are asked the same and verified. Prints what was done, what was to come of it and what did, in Markdown; exit code 1: something
did not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from local_cluster import Drill, counted, listening

PLAIN, CLUSTER, AGAIN = "plain", "cluster", "again"

LEAST_BYTES = 10_000
"""Manuals that are smaller have nothing to ask for."""

LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}
"""127.0.0.1 as the kernel writes it, and the same in an IPv6 socket."""

ASKED = (
    "How do I charge the device?", "How do I reset it to factory settings?", "How do I pair it with Bluetooth?",
)  # fmt: skip


def is_home_only(drill: Drill) -> tuple[str, bool]:
    """Whether all that listens does so on 127.0.0.1."""
    found = set().union(*(listening(process.pid) for process in drill.running.values()))
    return ("only there" if found <= LOOPBACK else ", ".join(sorted(found))), found <= LOOPBACK


def begin(drill: Drill) -> tuple[str, bool]:
    drill.start_milvus()
    drill.start_scheduler()
    for name in ("worker-1", "worker-2"):
        drill.start_worker(name)
    return is_home_only(drill)


def ingest_as_usual(drill: Drill) -> tuple[str, bool]:
    return counted(drill.ragqa("ingest", drill.manuals, "--index", PLAIN, "--json"))


def until_begun(drill: Drill, index: str) -> None:
    """Wait until an ingest has made its index, and some seconds more, in which its workers read."""
    until = time.monotonic() + 120
    while not (drill.home / "indexes" / index / "index.sqlite").is_file() and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(5)


def ingest_while_a_worker_dies(drill: Drill) -> tuple[str, bool]:
    ingest = drill.begin(*drill.clustered(CLUSTER))
    until_begun(drill, CLUSTER)
    drill.kill("worker-1")
    drill.start_worker("worker-3")
    return counted(drill.ended(ingest))


def are_equal(drill: Drill) -> tuple[str, bool]:
    return drill.equal(drill.answers(PLAIN), drill.answers(CLUSTER))


def ask_without_milvus(drill: Drill) -> tuple[str, bool]:
    drill.kill("milvus")
    ran = drill.ragqa("ask", ASKED[0], "--index", CLUSTER)
    return ran.last, ran.is_one_error


def ask_by_words(drill: Drill) -> tuple[str, bool]:
    ran = drill.ragqa("ask", ASKED[0], "--index", CLUSTER, "--fallback", "lexical", "--json")
    told = json.loads(ran.out)
    return f"fallback {told['fallback']!r}, {len(told['passages'])} passages", ran.code in (0, 3) and bool(told["fallback"])


def ingest_without_milvus(drill: Drill) -> tuple[str, bool]:
    """A manual changes while Milvus is away: what is committed is kept."""
    changed = max(drill.manuals.iterdir(), key=lambda path: path.stat().st_size)
    text = changed.read_text(encoding="utf-8", errors="replace")
    changed.write_text(
        text.replace("</body>", "") + "<p>The blue lamp blinks nine times when the drill is over.</p>", encoding="utf-8"
    )
    drill.ragqa("ingest", drill.manuals, "--index", PLAIN, "--json")
    ran = drill.ragqa("ingest", drill.manuals, "--index", CLUSTER)
    return ran.last, "Traceback" not in ran.err


def milvus_is_back(drill: Drill) -> tuple[str, bool]:
    drill.start_milvus()
    return are_equal(drill)


def milvus_is_empty(drill: Drill) -> tuple[str, bool]:
    drill.kill("milvus")
    shutil.rmtree(drill.home / "milvus")
    drill.start_milvus()
    return are_equal(drill)


def scheduler_dies(drill: Drill) -> tuple[str, bool]:
    ingest = drill.begin(*drill.clustered(AGAIN))
    until_begun(drill, AGAIN)
    drill.kill("scheduler")
    ran = drill.ended(ingest)
    for name in [name for name in drill.running if name.startswith("worker")]:
        drill.kill(name)
    return ran.last, ran.is_one_error


def run_again(drill: Drill) -> tuple[str, bool]:
    drill.start_scheduler()
    drill.start_worker("worker-4")
    return counted(drill.ragqa(*drill.clustered(AGAIN)))


def move_home(drill: Drill) -> tuple[str, bool]:
    ran = drill.ragqa("index", "move", CLUSTER, "--backend", "embedded")
    return are_equal(drill) if ran.code == 0 else (ran.last, False)


def play(drill: Drill) -> None:
    """The fault list, in order."""
    note = drill.note
    note("Milvus, scheduler and two workers start", "all on 127.0.0.1", lambda: begin(drill))
    note("ingest as usual", "no file failed", lambda: ingest_as_usual(drill))
    note("ingest by the cluster; a worker killed", "the same, no file failed", lambda: ingest_while_a_worker_dies(drill))
    note("both are asked", "equal", lambda: are_equal(drill))
    note("verify, with Milvus", "sound", lambda: drill.sound(CLUSTER))
    note("Milvus killed, asked", "one line that says what to do", lambda: ask_without_milvus(drill))
    note("asked with --fallback lexical", "answered by words, and said so", lambda: ask_by_words(drill))
    note("a manual changes meanwhile", "committed, the lag is told", lambda: ingest_without_milvus(drill))
    note("Milvus started again, asked", "equal", lambda: milvus_is_back(drill))
    note("verify, with Milvus", "sound", lambda: drill.sound(CLUSTER))
    note("Milvus killed and emptied, asked", "equal", lambda: milvus_is_empty(drill))
    note("verify, with Milvus", "sound", lambda: drill.sound(CLUSTER))
    note("scheduler killed in an ingest", "one line that says what to do", lambda: scheduler_dies(drill))
    note("the same command again", "all there", lambda: run_again(drill))
    note("verify, with Milvus", "sound", lambda: drill.sound(AGAIN))
    note("moved to the embedded backend, asked", "equal", lambda: move_home(drill))


def taken(folder: Path, into: Path, limit: int) -> None:
    """Copies of the smallest manuals of a folder that have something in them."""
    into.mkdir(parents=True)
    files = [path for path in folder.iterdir() if path.is_file() and path.stat().st_size > LEAST_BYTES]
    for path in sorted(files, key=lambda path: (path.stat().st_size, path.name))[:limit]:
        shutil.copyfile(path, into / path.name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manuals", type=Path)
    parser.add_argument("--limit", type=int, default=5, help="The smallest manuals of the folder, so many of them.")
    parser.add_argument("--home", type=Path, help="A folder that is not there yet; it is kept.")
    parser.add_argument("--questions", type=Path, help="A file of questions, instead of a few that fit most devices.")
    options = parser.parse_args()
    home = (options.home or Path(tempfile.mkdtemp(prefix="ragqa-cluster-"))).absolute()
    taken(options.manuals, home / "manuals", options.limit)
    questions = home / "questions.jsonl"
    asked = [{"question": one} for one in ASKED]
    text = options.questions.read_text(encoding="utf-8") if options.questions else "\n".join(map(json.dumps, asked))
    questions.write_text(text, encoding="utf-8")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that what was started ends
    drill = Drill(home, home / "manuals", questions)
    try:
        play(drill)
    finally:
        drill.stop()
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)
    print("| done | expected | came | | s |\n|---|---|---|---|---|")
    for row in drill.rows:
        print(f"| {row.done} | {row.expected} | {row.came} | {'yes' if row.as_expected else '**no**'} | {row.seconds:.0f} |")
    return 0 if all(row.as_expected for row in drill.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
