"""Load on a server of ragqa, on loopback and bounded: requests a second, latencies and memory, with few clients and with many.

    python tests/benchmarks/serve_load.py                          a server of its own over the sample manuals
    … --manuals FOLDER --questions FILE                            over other manuals; the file has {"question": …} a line
    … --url http://127.0.0.1:8000/v1/ask                           one that runs already
    … --clients 1 8 32 128 --seconds 10 --workers 2 --at-once 4 --home FOLDER --ingest FOLDER --check 20 --json

Questions are asked in turn, each with a number behind it, so that no answer comes from memory; `--repeat` asks them as they are.
A client asks the next question when it has the answer to the one before; told to come again (429), it does after as long as it
was told. It takes `--seconds` for each number of clients, and what is under way then is waited for.

With `--ingest` each number of clients asks twice: alone, and while the server does jobs that ingest a folder into indexes
beside; `p95_ratio` is what that costs. At the end `--check` of the questions that the server answered under load are asked of
the engine alone, and the answers compared; exit code 1 where any differs. Memory is the proportional share (PSS) of all
processes of the server, and in brackets of each of the largest.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import random
import socket
import subprocess
import sys
import tempfile
import threading
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
    """What one number of clients measured; times in seconds, `megabytes` the most that all processes of the server held, and
    `each` what each of them held then; `said` are the answers, by question, for those who look at them."""

    clients: int
    seconds: float = 0.0
    answered: int = 0
    told_to_wait: int = 0
    failed: int = 0
    times: list[float] = field(default_factory=list, repr=False)
    megabytes: int = 0
    each: list[int] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict, repr=False)

    def figures(self) -> dict[str, Any]:
        """Rates and quantiles."""
        told = {name: value for name, value in asdict(self).items() if name not in ("times", "said")}
        return {
            **told,
            "per_second": round(self.answered / self.seconds, 2) if self.seconds else 0.0,
            **{f"p{share}": round(_quantile(self.times, share / 100), 3) for share in (50, 95, 99)},
        }


def _quantile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Questions:
    """The sample questions, or those of a file, over and over, each time another text unless they are to repeat."""

    def __init__(self, repeat: bool, file: Path | None = None) -> None:
        self._asked = [pair.question for pair in sample_pairs()] if file is None else _questions(file)
        self._repeat, self._number = repeat, itertools.count()

    def next(self) -> str:
        """One that was not asked yet, or the next."""
        number = next(self._number)
        question = self._asked[number % len(self._asked)]
        return question if self._repeat else f"{question} ({number})"


def _questions(file: Path) -> list[str]:
    return [str(json.loads(line)["question"]) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


async def load(url: str, clients: int, seconds: float, questions: Questions, pids: list[int], **manner: str) -> Load:
    """Ask with so many clients for so long; `manner` goes with every question."""
    found = Load(clients)
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(timeout=60, limits=limits) as session:
        began = time.perf_counter()

        async def ask_on() -> None:
            while time.perf_counter() - began < seconds:
                asked, question = time.perf_counter(), questions.next()
                try:
                    response = await session.post(url, json={"question": question, **manner})
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
                    found.said[question] = response.json()
                else:
                    found.failed += 1

        watching = asyncio.create_task(_watch(found, pids))
        await asyncio.gather(*(ask_on() for _ in range(clients)))
        found.seconds = time.perf_counter() - began
        watching.cancel()
    return found


async def _watch(found: Load, pids: list[int]) -> None:
    while True:
        each = [kilobytes // 1024 for pid in pids for kilobytes in await asyncio.to_thread(held_by_each, pid)]
        if sum(each) > found.megabytes:
            found.megabytes, found.each = sum(each), sorted(each, reverse=True)
        await asyncio.sleep(0.5)


def held_by_each(pid: int) -> list[int]:
    """What a process and all that it and its threads started hold, each, in kB; what several share counts once in all (PSS)."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
        started = [one.read_text().split() for one in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    own = next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0)
    return [own, *(kilobytes for some in started for child in some for kilobytes in held_by_each(int(child)))]


@contextmanager
def server(home: Path, *options: str, manuals: Path | None = None) -> Iterator[tuple[str, int]]:
    """The address to ask, and the process, of a server over the sample manuals, or others, that is ready."""
    with nullcontext(manuals) if manuals else manuals_folder() as folder:
        run(home, "ingest", str(folder), "--index", INDEX)
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
def ingesting(url: str, home: Path, folder: Path) -> Iterator[None]:
    """Have a server ingest a folder of its roots into indexes beside, one after the other, until the end."""
    enough, base = threading.Event(), url.removesuffix("/ask")
    made: list[str] = []

    def ingest_on() -> None:
        with httpx.Client(timeout=60, trust_env=False) as session:
            while not enough.is_set():
                made.append(f"beside-{len(made)}")
                asked = {"paths": [str(folder)], "index": made[-1]}
                job = f"{base}/jobs/{session.post(f'{base}/ingest', json=asked).raise_for_status().json()['job']}"
                while session.get(job).json()["state"] in ("waiting", "running"):
                    if enough.wait(0.5):
                        session.delete(job)

    thread = threading.Thread(target=ingest_on)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
        for index in made:
            if (home / "indexes" / index / "index.sqlite").is_file():
                run(home, "index", "rm", index, "--yes")


def differing(home: Path, said: dict[str, Any], count: int) -> tuple[int, list[str]]:
    """Of so many questions that a server answered, those that the engine alone answers otherwise; and how many were asked."""
    from ragqa import RagQA
    from ragqa.schema import response_json

    asked = random.Random(1).sample(sorted(said), min(count, len(said)))
    engine = RagQA(INDEX, home=home)
    alone = {question: json.loads(json.dumps(response_json(engine.ask(question)))) for question in asked}
    engine.close()
    return len(asked), [one for one in asked if not _is_said(alone[one], said[one])]


def _is_said(alone: Any, said: Any) -> bool:
    """Whether a server's JSON says what the engine's does; it may say more, such as ids, and scores differ by their rounding."""
    if isinstance(alone, dict):
        return isinstance(said, dict) and all(name in said and _is_said(alone[name], said[name]) for name in alone)
    if isinstance(alone, list):
        return isinstance(said, list) and len(alone) == len(said) and all(map(_is_said, alone, said))
    if isinstance(alone, float):
        return isinstance(said, int | float) and math.isclose(alone, said, abs_tol=0.001)
    return bool(alone == said)


def main() -> int:
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
    parser.add_argument("--manuals", type=Path, help="a folder to ask about, instead of the sample manuals")
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--ingest", type=Path)
    parser.add_argument("--check", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.url and given.ingest:
        parser.error("--ingest is for a server that this starts")
    questions, figures, said = Questions(given.repeat, given.questions), [], {}
    options = ["--workers", given.workers, "--at-once", given.at_once, "--queue", given.queue]
    options += ["--root", str(given.ingest.absolute())] if given.ingest else []
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder)
        with nullcontext((given.url, 0)) if given.url else server(home, *options, manuals=given.manuals) as (url, pid):
            pids = [pid] if pid else []
            asyncio.run(load(url, 2 * int(given.workers), 2, questions, []))  # warm
            for clients in given.clients:
                for meanwhile in (False, True) if given.ingest else (False,):
                    with ingesting(url, home, given.ingest.absolute()) if meanwhile else nullcontext():
                        found = asyncio.run(load(url, clients, given.seconds, questions, pids))
                    said |= found.said
                    figures.append({**found.figures(), "ingest": meanwhile})
                    if meanwhile and figures[-2]["p95"]:
                        figures[-1]["p95_ratio"] = round(figures[-1]["p95"] / figures[-2]["p95"], 2)
                    if not given.json:
                        print(_line(figures[-1]), flush=True)
        asked, other = differing(home, said, given.check) if not given.url else (0, [])
    if given.json:
        print(json.dumps({"figures": figures, "compared": asked, "differing": other}, indent=2))
    else:
        print(f"{asked - len(other)} of {asked} answers are those of the engine alone", *other, sep="\n    ")
    return 1 if other else 0


def _line(one: dict[str, Any]) -> str:
    cost = f"  while it ingests: p95 x {one.get('p95_ratio', 0):.2f}" if one["ingest"] else ""
    return (
        f"{one['clients']:4} clients  {one['per_second']:7.2f}/s"
        f"  p50 {one['p50']:.3f}  p95 {one['p95']:.3f}  p99 {one['p99']:.3f} s"
        f"  told to wait {one['told_to_wait']}  failed {one['failed']}"
        f"  {one['megabytes']} MB ({' + '.join(str(held) for held in one['each'] if held >= 50)}){cost}"
    )


if __name__ == "__main__":
    sys.exit(main())
