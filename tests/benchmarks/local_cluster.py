"""A Milvus Lite and a Dask cluster on this machine's own address, commands of ragqa that use them, and the list of what came of
each step: what cluster.py plays its faults with."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
WITHOUT_PAGES = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
"""Without the address Dask serves figures of itself on all interfaces, also where it has no dashboard."""

PATIENCE = 1800.0
"""Seconds that a command of ragqa may take."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the fault list."""

    done: str
    expected: str
    came: str
    as_expected: bool
    seconds: float


@dataclass(slots=True)
class Ran:
    """What a command of ragqa said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> str:
        """The last line on stderr, where a failure is told, with the hint under it."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        hint = lines[-1].strip() if lines and lines[-1].startswith(" ") else ""
        return f"{lines[-2]}; {hint}" if hint and len(lines) > 1 else lines[-1] if lines else ""

    @property
    def is_one_error(self) -> bool:
        return self.code not in (0, 3) and "Traceback" not in self.err and bool(self.last)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def listening(pid: int) -> set[str]:
    """The addresses, in hexadecimal, that a process takes connections on."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[3] == "0A" and parts[9] in inodes:
                found.add(parts[1].split(":")[0])
    return found


@dataclass(slots=True)
class Drill:
    """What is started and asked, and the list of what came of it."""

    home: Path
    manuals: Path
    questions: Path
    rows: list[Row] = field(default_factory=list)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    milvus_port: int = field(default_factory=free_port)
    dask_port: int = field(default_factory=free_port)

    # Processes.

    def start(self, name: str, command: Sequence[object]) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen([str(one) for one in command], stdout=log, stderr=log, cwd=self.home)

    def start_milvus(self) -> None:
        data = self.home / "milvus"
        self.start(
            "milvus", [BIN / "milvus-lite", "server", "--data-dir", data, "--host", "127.0.0.1", "--port", self.milvus_port]
        )
        self.wait_for(self.milvus_port)

    def start_scheduler(self) -> None:
        options = ["--host", "127.0.0.1", "--port", self.dask_port, *WITHOUT_PAGES]
        self.start("scheduler", [BIN / "dask", "scheduler", *options])
        self.wait_for(self.dask_port)

    def start_worker(self, name: str) -> None:
        folder = self.home / "dask"
        options = ["--host", "127.0.0.1", "--nthreads", 1, "--no-nanny", *WITHOUT_PAGES, "--local-directory", folder]
        self.start(name, [BIN / "dask", "worker", f"tcp://127.0.0.1:{self.dask_port}", *options])
        until, log = time.monotonic() + 120, self.home / f"{name}.log"
        while "Registered to:" not in log.read_text(encoding="utf-8") and time.monotonic() < until:
            time.sleep(0.2)

    def kill(self, name: str) -> None:
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        for name in list(self.running):
            self.kill(name)

    def wait_for(self, port: int) -> None:
        until = time.monotonic() + 120
        while True:
            with socket.socket() as asking:
                if asking.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if time.monotonic() > until:
                raise TimeoutError(f"nothing listens on port {port}: see the logs in {self.home}")
            time.sleep(0.2)

    # Commands.

    def ragqa(self, *arguments: object) -> Ran:
        command = [sys.executable, "-m", "ragqa", "--home", str(self.home), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        return Ran(done.returncode, done.stdout, done.stderr)

    def begin(self, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ragqa", "--home", str(self.home), *map(str, arguments)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ended(self, begun: subprocess.Popen[str]) -> Ran:
        """What a command that was begun came to."""
        out, err = begun.communicate(timeout=PATIENCE)
        return Ran(begun.returncode, out, err)

    def clustered(self, index: str) -> tuple[object, ...]:
        """An ingest of the manuals by the workers, into an index that the Milvus searches."""
        return (
            "ingest", self.manuals, "--index", index, "--json", "--scheduler", f"tcp://127.0.0.1:{self.dask_port}",
            "--backend", "milvus", "--backend-uri", f"http://127.0.0.1:{self.milvus_port}",
        )  # fmt: skip

    def answers(self, index: str, *options: str) -> list[dict[str, Any]]:
        """What the questions are answered with, each as text, document and page of the best span, and the passages' places."""
        out = self.home / f"answers-{index}.jsonl"
        out.unlink(missing_ok=True)
        ran = self.ragqa("ask", "--index", index, "--effort", "fast", "--file", self.questions, "--out", out, *options)
        if not out.is_file():
            return [{"error": ran.last}]
        told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        return [
            {
                "answer": [[one["text"], one["document"], one["page"]] for one in line.get("answers", [])[:1]],
                "passages": [[one["document"], one["start"]] for one in line.get("passages", [])],
            }
            for line in told
        ]

    def equal(self, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> tuple[str, bool]:
        """How many questions have the same best answer, and the same passages in the same order; whether all have."""
        same = [sum(a.get(part) == b.get(part) for a, b in zip(left, right, strict=False)) for part in ("answer", "passages")]
        count = max(len(left), len(right))
        failed = next((one["error"] for one in left + right if "error" in one), "")
        return failed or f"{same[0]} of {count} answers, {same[1]} of {count} lists of passages", not failed and same == [
            count
        ] * 2

    def sound(self, index: str) -> tuple[str, bool]:
        ran = self.ragqa("index", "verify", index, "--json")
        try:
            told = json.loads(ran.out)
        except ValueError:
            return ran.last, False
        return "sound" if told["sound"] else "; ".join(told["problems"])[:200], bool(told["sound"])

    def note(self, done: str, expected: str, work: Callable[[], tuple[str, bool]]) -> None:
        """Do a step and write down what came of it; what it raises is what came of it, too."""
        began = time.monotonic()
        try:
            came, right = work()
        except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            came, right = f"{type(error).__name__}: {error}", False
        self.rows.append(Row(done, expected, came, right, time.monotonic() - began))
        print(f"{'ok ' if right else 'NOT'} {done}: {came} ({self.rows[-1].seconds:.0f} s)", file=sys.stderr, flush=True)


def counted(ran: Ran) -> tuple[str, bool]:
    """What an ingest with --json says of itself."""
    try:
        told = json.loads(ran.out)
    except ValueError:
        return ran.last, False
    failed = told["counts"].get("failed", 0)
    return f"{told['documents']} documents, {told['chunks']:,} chunks, {failed} failed", ran.code == 0
