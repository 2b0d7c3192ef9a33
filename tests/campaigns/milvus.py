"""A served Milvus Lite under an index that is written and asked: killed, stopped, emptied, full, and whole again each time.

    python tests/campaigns/milvus.py [--rounds 20] [--seed 1] [--chunks 400]

Each round commits documents that come and go, and kills the server, restarts it, stops it for a while, empties it or lets its disk
be full, at a moment of chance while the commit is brought there. Then it is started again and asked: what is found must be what the
index's own files find, both sides must agree (`ragqa index verify`), and no commit may be lost. Loopback only; no models.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from synthetic_index import MANIFEST, Library, put

from ragqa.errors import BackendUnavailable
from ragqa.indexing.backends import move, settle
from ragqa.indexing.index import Index
from ragqa.indexing.search import milvus_server
from ragqa.indexing.search.choice import chosen
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.text.analysis import query_terms

FAULTS = ("killed", "stopped", "emptied", "full")
FULL_BYTES = 60_000
"""The longest file that a server may write whose disk is full."""


class Served:
    """A Milvus Lite of its own process, on one port of the loopback address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, longest_file: int = 0) -> None:
        def bounded() -> None:
            if longest_file:
                resource.setrlimit(resource.RLIMIT_FSIZE, (longest_file, longest_file))

        command = [sys.executable, "-m", "milvus_lite.cmdline", "server", "--host", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(self.folder), "--port", str(self.port)], preexec_fn=bounded,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 300
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise SystemExit("the server does not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def addresses(self) -> set[str]:
        """What listens on its port."""
        rows = [row.split() for kind in ("tcp", "tcp6") for row in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]]
        return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == self.port}


class Round:
    """One index and its server, and what became of them."""

    def __init__(self, home: Path, dice: random.Random, chunks: int) -> None:
        self.dice, self.library, self.folder = dice, Library(1), home / "index"
        self.served, self.next, self.told = Served(home / "data"), 0, Counter[str]()
        self.commit(max(chunks // 100, 1))
        self.served.start()
        move(self.folder, chosen("milvus", f"http://127.0.0.1:{self.served.port}"))

    def commit(self, documents: int, remove: int = 0) -> None:
        with IndexWriter(self.folder, MANIFEST) as writer:
            for _ in range(documents):
                put(writer, self.library.document(self.next))
                self.next += 1
            if remove:
                writer.remove_document(remove)
            writer.commit()

    def suffer(self, fault: str) -> None:
        """Commit, and let the server suffer while that is brought to it."""
        if fault == "full":
            self.served.kill()
            self.served.start(FULL_BYTES)
        with Index(self.folder) as index:
            gone = self.dice.choice([one.id for one in index.documents()])
        self.commit(2, remove=gone)
        trouble = threading.Timer(self.dice.uniform(0, 1.5), self._befall, (fault,))
        trouble.start()
        self.told[f"{fault}: {'told' if settle(self.folder) else 'went through'}"] += 1
        trouble.join()
        self.served.kill()
        if fault == "emptied":
            shutil.rmtree(self.served.folder)
        with Index(self.folder) as index, suppress(BackendUnavailable):
            index.search_lexical(["x"], 1)
            self.told["asked a dead server"] += 1
        self.served.start()

    def _befall(self, fault: str) -> None:
        assert self.served.process is not None
        if fault == "stopped":
            self.served.process.send_signal(signal.SIGSTOP)
        elif fault != "full":
            self.served.process.kill()

    def wrong(self) -> list[str]:
        """What is not as it should be, once it is asked again."""
        with Index(self.folder) as there, Index(self.folder, Embedded.stored) as here:
            asked = self.library.question(self.dice.randrange(10**6), self.next)
            found = []
            for index in (there, here):
                with index.snapshot():
                    dense = index.search_dense(asked.vector, 10)
                    found.append((dense, index.search_lexical(query_terms(" ".join(asked.words)), 10)))
        problems = verify_index(self.folder)
        if [chunk for chunk, _ in found[0][1]] != [chunk for chunk, _ in found[1][1]]:
            problems.append("BM25 differs")
        if any(abs(one[1] - other[1]) > 1e-3 for one, other in zip(found[0][0], found[1][0], strict=True)):
            problems.append("the nearest differ")
        return problems


def main() -> int:
    """The command."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--chunks", type=int, default=400)
    given = options.parse_args()
    milvus_server.CONNECT_SECONDS, milvus_server.SEARCH_SECONDS, milvus_server.WRITE_SECONDS = 20.0, 20.0, 20.0
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        one = Round(Path(home), random.Random(given.seed), given.chunks)
        try:
            listens = one.served.addresses()
            for number in range(given.rounds):
                fault = FAULTS[number % len(FAULTS)]
                one.suffer(fault)
                problems += [f"{number}, {fault}: {problem}" for problem in one.wrong()]
                print(f"{number + 1}/{given.rounds} {fault} {problems[-1:]}", file=sys.stderr, flush=True)
        finally:
            one.served.kill()
    result = {"rounds": given.rounds, "told": dict(sorted(one.told.items())), "listens": sorted(listens), "problems": problems}
    print(json.dumps(result))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
