"""Workers of a Dask cluster that are killed, strangers among them, and a scheduler that is lost, while manuals are ingested.

python -m tests.campaigns.dask_faults MANUALS --every 60

`kills`: three workers of one thread each, one of which is killed (SIGKILL) every so many seconds and replaced. `strangers`: a worker
without ragqa and one of another version beside one that fits. `scheduler`: the scheduler is killed when some files are in the index.
`poison`: a file that is the end of every worker that reads it. `frozen`: a worker that stops (SIGSTOP). `stopped`: Ctrl-C. Each ends with the index that the default makes, or,
where a file cannot be had, with that one but for the file. One line of JSON on stdout; exit code 1 where anything is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

SCENES = ("kills", "strangers", "scheduler", "poison", "frozen", "stopped")
WITHOUT_RAGQA = """import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "ragqa":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
"""
OF_ANOTHER_VERSION = "import importlib.metadata ; importlib.metadata.version = lambda name: '0.0.1'"
POISONED = """import os, signal
from ragqa.ingestion import on_worker, prepare
def cut(document, settings, embedder):
    if document.path == {name!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    return prepare.cut(document, settings, embedder)
on_worker.cut = cut
"""
MOST_RUNS = 4
LEAST_COSINE = 0.99
"""Of the vectors of a text in two indexes: few texts are embedded in full precision, many by eight-bit numbers."""


class Cluster:
    """A scheduler and workers of one thread each, on the loopback interface, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self._log = open(folder / "dask.log", "ab")  # noqa: SIM115 - as long as the cluster
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int, *preloads: str) -> str:
        """Begin, with so many workers and one for each preload; returns the address."""
        self._file.unlink(missing_ok=True)
        self._scheduler = self._run("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0",
                                    "--no-show", "--scheduler-file", str(self._file))  # fmt: skip
        while not self._file.exists() or not self._file.read_text():
            time.sleep(0.1)
        for preload in [""] * workers + list(preloads):
            self.add(preload)
        return str(json.loads(self._file.read_text())["address"])

    def add(self, preload: str = "") -> None:
        """Another worker."""
        options = ["--preload", preload] if preload else []
        self.workers.append(
            self._run("dask_worker", "--scheduler-file", str(self._file), "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny",
                      "--no-dashboard", "--dashboard-address", "127.0.0.1:0", "--memory-limit", "0",
                      "--local-directory", str(self._folder), *options)
        )  # fmt: skip

    @property
    def processes(self) -> list[subprocess.Popen[bytes]]:
        """Workers and scheduler."""
        return [*self.workers, *filter(None, [self._scheduler])]

    def kill_one(self, number: int) -> None:
        """End a worker at once, and have another one come."""
        end(self.workers.pop(number))
        self.add()

    def lose_scheduler(self) -> None:
        """End the scheduler at once."""
        assert self._scheduler is not None
        end(self._scheduler)

    def close(self) -> None:
        """End everything."""
        for process in self.processes:
            end(process)
        self.workers, self._scheduler = [], None
        self._log.flush()

    def _run(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", *options]
        return subprocess.Popen(command, stdout=self._log, stderr=self._log, cwd=self._folder)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


class Ingest:
    """`ragqa ingest` as a process of its own."""

    def __init__(self, home: Path, manuals: Path, *options: str) -> None:
        command = [sys.executable, "-m", "ragqa", "--home", str(home), "ingest", str(manuals), "--json", *options]
        self.database = home / "indexes/manuals/index.sqlite"
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._began = time.monotonic()

    def documents(self) -> int:
        """How many are committed."""
        if not self.database.is_file():
            return 0
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
        finally:
            connection.close()

    def wait_for(self, documents: int) -> None:
        """Until so many documents are committed, or it ends."""
        while self.process.poll() is None and self.documents() < documents:
            time.sleep(0.2)

    def ended(self) -> tuple[int, dict[str, Any], str, float]:
        """Its exit code, report, what it said on stderr, and its seconds."""
        out, err = self.process.communicate()
        return self.process.returncode, json.loads(out) if out.strip() else {}, err.strip(), time.monotonic() - self._began


def contents(home: Path) -> tuple[list[Any], list[Any], dict[bytes, bytes]]:
    """Documents and chunks of an index, but for ids and times, and its vectors."""
    connection = sqlite3.connect(home / "indexes/manuals/index.sqlite")
    documents = connection.execute(
        "SELECT path, title, sha256, size, parser, pages, language, characters, warnings FROM documents ORDER BY path"
    ).fetchall()
    chunks = connection.execute(
        "SELECT path, start, end, chunks.text, section, page_first, page_last, embedding FROM chunks"
        " JOIN documents ON documents.id = document_id ORDER BY path, start, end"
    ).fetchall()
    vectors = dict(connection.execute("SELECT hash, vector FROM embeddings").fetchall())
    connection.close()
    return documents, chunks, vectors


def differences(home: Path, plain: Path, without: str = "") -> list[str]:
    """What is not as the default makes it; `without` a file that cannot be had."""
    (documents, chunks, vectors), (documents0, chunks0, vectors0) = contents(home), contents(plain)
    found, least = [], 1.0
    if documents != [row for row in documents0 if row[0] != without]:
        found.append(f"{len(documents)} documents, and not those {len(documents0)}")
    if chunks != [row for row in chunks0 if row[0] != without]:
        found.append(f"{len(chunks)} chunks, and not those {len(chunks0)}")
    for key, vector in vectors.items():
        one, other = (np.frombuffer(made, "<f2").astype("f4") for made in (vector, vectors0.get(key, b"")))
        least = min(least, float(one @ other)) if len(one) == len(other) else 0.0
    print(f"least cosine {least:.5f}", file=sys.stderr)
    return found + ([f"another vector: cosine {least:.5f}"] if least < LEAST_COSINE else [])


class Campaign:
    """The scenes on some manuals."""

    def __init__(self, folder: Path, manuals: Path, every: float, seed: int) -> None:
        self.folder, self.manuals, self.every, self.chance = folder, manuals, every, random.Random(seed)
        self.problems: list[str] = []
        self.plain = folder / "plain"
        code, self.report, told, self.seconds = Ingest(self.plain, manuals).ended()
        if code:
            raise SystemExit(f"the default ingest ends with {code}: {told}")
        self.paths = [file["path"] for file in self.report["files"] if file["state"] == "added"]

    @contextmanager
    def scene(self, name: str, workers: int, *preloads: str) -> Iterator[tuple[Path, Cluster, str]]:
        folder = self.folder / name
        folder.mkdir()
        cluster = Cluster(folder)
        try:
            yield folder / "home", cluster, cluster.start(workers, *preloads)
        finally:
            cluster.close()

    def check(self, scene: str, home: Path, expected: bool, told: str, without: str = "") -> None:
        found = differences(home, self.plain, without) + ([] if expected else [f"unexpected: {told[:300]}"])
        self.problems += [f"{scene}: {one}" for one in found] + ([f"{scene}: a traceback"] if "Traceback" in told else [])

    def kills(self) -> dict[str, Any]:
        """A file that three workers died of, as a long one may by bad luck, is listed as failed: the command is run again then."""
        with self.scene("kills", 3) as (home, cluster, address):
            kills, failed, began, last = 0, [], time.monotonic(), time.monotonic()
            while len(failed) < MOST_RUNS and (not failed or failed[-1]):
                ingest = Ingest(home, self.manuals, "--scheduler", address)
                while ingest.process.poll() is None:
                    time.sleep(0.2)
                    if time.monotonic() - last > self.every:
                        cluster.kill_one(self.chance.randrange(3))
                        kills, last = kills + 1, time.monotonic()
                code, report, told, _ = ingest.ended()
                failed.append(report.get("counts", {}).get("failed", 0))
            self.check("kills", home, code == 0, told)
            return {"kills": kills, "seconds": round(time.monotonic() - began), "failed_of_each_run": failed}

    def strangers(self) -> dict[str, Any]:
        with self.scene("strangers", 1, WITHOUT_RAGQA, OF_ANOTHER_VERSION) as (home, _, address):
            code, report, told, _ = Ingest(home, self.manuals, "--scheduler", address).ended()
            notes = " ".join(report.get("notes", []))
            self.check("strangers", home, code == 0 and "has no ragqa" in notes and "runs ragqa 0.0.1" in notes, notes + told)
            return {"notes": report.get("notes")}

    def scheduler(self) -> dict[str, Any]:
        with self.scene("scheduler", 2) as (home, cluster, address):
            ingest = Ingest(home, self.manuals, "--scheduler", address)
            ingest.wait_for(2)
            cluster.lose_scheduler()
            lost = time.monotonic()
            code, _, told, _ = ingest.ended()
            seconds, kept = time.monotonic() - lost, ingest.documents()
            cluster.close()
            again, report, told2, _ = Ingest(home, self.manuals, "--scheduler", cluster.start(2)).ended()
            expected = code == 1 and "was lost" in told and len(told.splitlines()) <= 2 and again == 0
            self.check("scheduler", home, expected and report["counts"].get("unchanged", 0) >= kept >= 2, told + told2)
            return {"told": told, "seconds_to_tell": round(seconds, 1), "kept": kept, "read_again": report["counts"].get("added")}

    def poison(self) -> dict[str, Any]:
        name = self.paths[len(self.paths) // 2]
        preload = POISONED.format(name=name)
        with self.scene("poison", 0, preload, preload) as (home, cluster, address):
            ingest, deaths = Ingest(home, self.manuals, "--scheduler", address), 0
            while ingest.process.poll() is None:
                time.sleep(0.2)
                for worker in [worker for worker in cluster.workers if worker.poll() is not None]:
                    cluster.workers.remove(worker)
                    cluster.add(preload)
                    deaths += 1
            code, report, told, _ = ingest.ended()
            notes = [file["note"] for file in report.get("files", []) if file["state"] == "failed"]
            self.check(
                "poison", home, code == 1 and len(notes) == 1 and "after 3 workers" in notes[0] and deaths == 3, told, name
            )
            return {"deaths": deaths, "note": notes[0] if notes else None}

    def frozen(self) -> dict[str, Any]:
        with self.scene("frozen", 2) as (home, cluster, address):
            ingest = Ingest(home, self.manuals, "--scheduler", address)
            ingest.wait_for(1)
            cluster.workers[0].send_signal(signal.SIGSTOP)
            code, report, told, seconds = ingest.ended()
            notes = " ".join(report.get("notes", []))
            self.check("frozen", home, code == 0 and ("does not answer" in notes or "sign of life" in notes), notes + told)
            return {"notes": report.get("notes"), "seconds": round(seconds)}

    def stopped(self) -> dict[str, Any]:
        with self.scene("stopped", 2) as (home, _, address):
            ingest = Ingest(home, self.manuals, "--scheduler", address)
            ingest.wait_for(2)
            ingest.process.send_signal(signal.SIGINT)
            pressed = time.monotonic()
            code, report, told, _ = ingest.ended()
            seconds, kept = time.monotonic() - pressed, ingest.documents()
            again, last, told2, _ = Ingest(home, self.manuals, "--scheduler", address).ended()
            expected = code == 130 and bool(report.get("interrupted")) and again == 0
            self.check("stopped", home, expected and last["counts"].get("unchanged", 0) >= kept, told + told2)
            return {"seconds_to_end": round(seconds, 1), "kept": kept, "read_again": last["counts"].get("added")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manuals", type=Path)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=SCENES, nargs="*", default=SCENES)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    folder = Path(tempfile.mkdtemp(prefix="dask-faults-"))
    try:
        campaign = Campaign(folder, options.manuals.absolute(), options.every, options.seed)
        facts: dict[str, Any] = {"files": len(campaign.paths), "chunks": campaign.report["chunks"]}
        facts["default_seconds"] = round(campaign.seconds)
        for scene in options.only:
            facts[scene] = getattr(campaign, scene)()
            print(scene, facts[scene], campaign.problems, file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({**facts, "problems": campaign.problems}))
    return 1 if campaign.problems else 0


if __name__ == "__main__":
    sys.exit(main())
