"""Many clients of a server, for long: does the memory that it holds stay bounded?

    python -m tests.campaigns.server_memory [--seconds 600] [--clients 16] [--workers 1] [--pause 0] [--words 0] [--seed 1] [--real]

So many clients ask, search, list and read documents, each --pause seconds after its answer; now and then one uploads a manual in the place
of another and follows the job. Each question has a number of its own, and --words words that none had before, so that what is
remembered of words is soon full. Memory, open files and threads of the server are noted every few seconds: of its process, or with
`--workers` of all that answer, what they share counted once (PSS); processes of jobs come and go, and are left out. A line through what was held
after the first third gives the growth per 1,000 requests, and what two hours at that pace would come to. One JSON line on stdout; exit
code 1 where a request failed, or growth by that line is more than GROWTH_MB in two hours and more than its noise.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.campaigns.server import REAL, STAND_IN
from tests.e2e.serving import Server, serving

LOOK_SECONDS, TWO_HOURS, GROWTH_MB = 2.0, 7200.0, 200.0
WEIGHTS = {"ask": 12, "search": 4, "documents": 2, "text": 2, "jobs": 1, "upload": 0.1}


@dataclass(slots=True)
class Load:
    """What clients asked for so far, and what the server held: requests, MB, files, threads."""

    counts: Counter[str] = field(default_factory=Counter)
    held: list[tuple[int, float, int, int]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


class Client:
    """One client, that asks one thing after the other. Its dice are its own."""

    def __init__(self, address: httpx.URL, seed: int, load: Load, pause: float, words: int) -> None:
        self._http = httpx.Client(base_url=address, timeout=60, trust_env=False)
        self._chance, self._load, self._pause, self._words = random.Random(seed), load, pause, words

    def run(self) -> None:
        """Ask until it is over."""
        while not self._load.over.is_set():
            (name,) = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            try:
                status = self._request(name)
            except httpx.HTTPError as error:
                status = 0
                self._load.counts[type(error).__name__] += 1
            self._load.counts["failed" if status in (0, 500) else "busy" if status == 429 else "requests"] += 1
            self._load.over.wait(self._pause)
        self._http.close()

    def _request(self, name: str) -> int:
        number = self._chance.randrange(10**6)
        match name:
            case "ask" | "search":
                asked = f"What does manual {number % 40} weigh, asked for the {number}th time?"
                asked += "".join(f" part{self._chance.randrange(10**9):09d}" for _ in range(self._words))
                return self._http.post(f"/v1/{name}", json={"question": asked}).status_code
            case "upload":
                text = f"# Manual {number % 40}\n\nManual {number % 40} weighs {number} grams.\n" * 20
                begun = self._http.post("/v1/ingest", files={"file": (f"manual-{number % 40}.md", text.encode())})
                if begun.status_code == 202:
                    self._http.get(f"/v1/jobs/{begun.json()['job']}/events")
                return begun.status_code
            case "text":
                return self._http.get(f"/v1/documents/{1 + number % 40}/text").status_code
        return self._http.get(f"/v1/{name}").status_code


def measure(
    home: Path,
    seed: int,
    clients: int,
    seconds: float,
    command: tuple[str, ...],
    workers: int = 1,
    pause: float = 0,
    words: int = 0,
) -> dict[str, Any]:
    """What a server held under so many clients, and how it grew."""
    load = Load()
    with serving(home, "--workers", str(workers), command=command) as server:
        first = {"file": ("manual-0.md", b"# Manual 0\n\nManual 0 weighs 1 gram.\n")}
        server.ended(server.client.post("/v1/ingest", files=first).json()["job"])
        some = [Client(server.client.base_url, seed * 1000 + number, load, pause, words) for number in range(clients)]
        threads = [threading.Thread(target=one.run) for one in some]
        for thread in threads:
            thread.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            load.held.append(_held(server, load))
            print(f"\rmemory: {load.held[-1]}, {until - time.monotonic():.0f} s left ", end="", file=sys.stderr, flush=True)
        load.over.set()
        for thread in threads:
            thread.join()
    asked = {
        "campaign": "server_memory",
        "seed": seed,
        "clients": clients,
        "workers": workers,
        "pause": pause,
        "words": words,
        "seconds": seconds,
    }
    return {**asked, **figures(load, seconds)}


def _held(server: Server, load: Load) -> tuple[int, float, int, int]:
    """What the server holds now: its process, and the workers that it started from its main thread, as those of jobs are not."""
    first = server.process.pid
    pids = [str(first), *Path(f"/proc/{first}/task/{first}/children").read_text().split()]
    megabytes, files, threads = 0.0, 0, 0
    for process in (Path("/proc", pid) for pid in pids):
        with suppress(OSError):  # it has just ended
            said = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
            megabytes += int(said["Pss"].split()[0]) / 1024
            files += len(list((process / "fd").iterdir()))
            threads += len(list((process / "task").iterdir()))
    return load.counts["requests"], megabytes, files, threads


def figures(load: Load, seconds: float) -> dict[str, Any]:
    """The growth after the first third, by a line through what was held; `noise` is twice the line's standard error."""
    held = np.array(load.held, dtype=float)
    late = held[len(held) // 3 :]
    requests, megabytes = late[:, 0] / 1000, late[:, 1]
    (growth, _), covariance = np.polyfit(requests, megabytes, 1, cov=True)
    in_two_hours = load.counts["requests"] / seconds * TWO_HOURS / 1000
    noise = 2 * float(np.sqrt(covariance[0, 0]))
    failed = load.counts["failed"]
    return {
        "requests": load.counts["requests"], "busy": load.counts["busy"], "failed": failed, "counts": dict(load.counts),
        "mb": {"first": round(held[0, 1]), "after a third": round(late[0, 1]), "last": round(late[-1, 1]), "most": round(held[:, 1].max())},
        "open_files": {"after a third": int(late[0, 2]), "last": int(late[-1, 2]), "most": int(held[:, 2].max())},
        "threads": {"after a third": int(late[0, 3]), "last": int(late[-1, 3])},
        "mb_per_1000_requests": round(float(growth), 3), "noise": round(noise, 3),
        "mb_in_two_hours": round(float(growth) * in_two_hours, 1),
        "grown": bool(failed > 0 or (growth > noise and growth * in_two_hours > GROWTH_MB)),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument(
        "--pause", type=float, default=0, help="seconds that a client waits before it asks the next, as people do"
    )
    parser.add_argument("--words", type=int, default=0, help="words of a question that none had before, beside its number")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true", help="with the models")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = REAL if given.real else STAND_IN
        found = measure(Path(folder), given.seed, given.clients, given.seconds, command, given.workers, given.pause, given.words)
    print(json.dumps(found))
    return 1 if found["grown"] else 0


if __name__ == "__main__":
    sys.exit(main())
