"""Load on a server of ragqa, on loopback and bounded: requests a second, latencies and memory, with few clients and with many.

    python tests/benchmarks/serve_load.py                          a server of its own over the sample manuals
    python tests/benchmarks/serve_load.py --url http://127.0.0.1:8000/v1/ask    one that runs already
    … --clients 1 8 32 128 --seconds 10 --workers 2 --at-once 4 --home FOLDER --ingest FOLDER --json

Questions are the sample pairs', each with a number behind it, so that no answer comes from memory; `--repeat` asks them as they
are. `--ingest` has another process ingest a folder into an index beside meanwhile. A client asks the next question when it has
the answer to the one before; told to come again (429), it does after as long as it was told.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from ragqa.demo.tour import INDEX, manuals_folder, sample_pairs

WARM_QUESTIONS = 3


@dataclass
class Load:
    """What one number of clients measured; times in seconds, `megabytes` the most that all processes of the server held."""

    clients: int
    seconds: float = 0.0
    answered: int = 0
    told_to_wait: int = 0
    failed: int = 0
    times: list[float] = field(default_factory=list, repr=False)
    megabytes: int = 0

    def figures(self) -> dict[str, Any]:
        """Rates and quantiles."""
        told = {name: value for name, value in asdict(self).items() if name != "times"}
        return {
            **told,
            "per_second": round(self.answered / self.seconds, 2) if self.seconds else 0.0,
            **{f"p{share}": round(_quantile(self.times, share / 100), 3) for share in (50, 95, 99)},
        }


def _quantile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Questions:
    """The sample questions, over and over, each time another text unless they are to repeat."""

    def __init__(self, repeat: bool) -> None:
        self._pairs, self._repeat, self._number = sample_pairs(), repeat, itertools.count()

    def next(self) -> str:
        """One that was not asked yet, or the next."""
        number = next(self._number)
        question = self._pairs[number % len(self._pairs)].question
        return question if self._repeat else f"{question} ({number})"


async def load(url: str, clients: int, seconds: float, questions: Questions, pids: list[int], **manner: str) -> Load:
    """Ask with so many clients for so long; `manner` goes with every question."""
    found = Load(clients)
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(timeout=60, limits=limits) as session:
        began = time.perf_counter()

        async def ask_on() -> None:
            while time.perf_counter() - began < seconds:
                asked = time.perf_counter()
                try:
                    response = await session.post(url, json={"question": questions.next(), **manner})
                except httpx.HTTPError:
                    found.failed += 1
                    await asyncio.sleep(0.5)
                    continue
                if response.status_code == 429:
                    found.told_to_wait += 1
                    await asyncio.sleep(float(response.headers.get("Retry-After", 1)))
                elif response.status_code == 200:
                    found.answered += 1
                    found.times.append(time.perf_counter() - asked)
                else:
                    found.failed += 1

        watching = asyncio.create_task(_watch(found, pids))
        await asyncio.gather(*(ask_on() for _ in range(clients)))
        found.seconds = time.perf_counter() - began
        watching.cancel()
    return found


async def _watch(found: Load, pids: list[int]) -> None:
    while True:
        found.megabytes = max(found.megabytes, round(sum(map(_held, pids)) / 1024))
        await asyncio.sleep(0.5)


def _held(pid: int) -> int:
    """What a process and its children hold, in kB; what several share counts once (PSS)."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0)
    return own + sum(_held(int(child)) for child in children)


@contextmanager
def server(home: Path, *options: str) -> Iterator[tuple[str, int]]:
    """The address to ask, and the process, of a server over the sample manuals that is ready."""
    with manuals_folder() as manuals:
        run(home, "ingest", str(manuals), "--index", INDEX)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "ragqa", "--home", str(home), "serve", "--index", INDEX, "--port", str(port), *options],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit("the server has ended")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                    break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1/ask", process.pid
    finally:
        process.terminate()
        process.wait(30)


def run(home: Path, *arguments: str) -> None:
    """A command of ragqa, to its end."""
    subprocess.run([sys.executable, "-m", "ragqa", "--home", str(home), "-q", *arguments], check=True, capture_output=True)


@contextmanager
def ingesting(home: Path, folder: Path) -> Iterator[None]:
    """Ingest a folder into an index beside, again and again, until the end."""
    script = "while true; do " + " ".join([
        f'"{sys.executable}"', "-m", "ragqa", "--home", f'"{home}"', "-q", "ingest", f'"{folder}"', "--index", "beside",
    ]) + " >/dev/null 2>&1; rm -rf " + f'"{home}/indexes/beside"' + "; done"  # fmt: skip
    process = subprocess.Popen(["sh", "-c", script], start_new_session=True)
    try:
        yield
    finally:
        subprocess.run(["kill", "--", f"-{process.pid}"], check=False)
        process.wait()


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--workers", default="1")
    parser.add_argument("--at-once", default="0")
    parser.add_argument("--queue", default="64")
    parser.add_argument("--repeat", action="store_true")
    parser.add_argument("--home", type=Path, help="a folder to keep the index in, for the next run")
    parser.add_argument("--ingest", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    questions, figures = Questions(given.repeat), []
    options = ("--workers", given.workers, "--at-once", given.at_once, "--queue", given.queue)
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        with nullcontext((given.url, 0)) if given.url else server(home, *options) as (url, pid):
            asyncio.run(load(url, 1, 2, questions, []))  # warm
            with ingesting(home, given.ingest) if given.ingest else nullcontext():
                for clients in given.clients:
                    found = asyncio.run(load(url, clients, given.seconds, questions, [pid] if pid else []))
                    figures.append(found.figures())
                    if not given.json:
                        print(_line(figures[-1]), flush=True)
    if given.json:
        print(json.dumps(figures, indent=2))


def _line(one: dict[str, Any]) -> str:
    return (
        f"{one['clients']:4} clients  {one['per_second']:7.2f}/s"
        f"  p50 {one['p50']:.3f}  p95 {one['p95']:.3f}  p99 {one['p99']:.3f} s"
        f"  told to wait {one['told_to_wait']}  failed {one['failed']}  {one['megabytes']} MB"
    )


if __name__ == "__main__":
    main()
