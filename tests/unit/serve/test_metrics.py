"""What several processes of a server count together: any of them tells what waits in all that live."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

WORKER = """
import asyncio, sys, threading
from types import SimpleNamespace
from ragqa.serve.lanes import Lane
from ragqa.serve.metrics import Metrics

lane = Lane("compute", 1, 10, 600)
metrics = Metrics(SimpleNamespace(computing=lane, reading=Lane("read", 1, 10, 600)))

async def main():
    while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if line == "work":
            go = threading.Event()
            held = asyncio.gather(*(lane.run(go.wait) for _ in range(3)))
            await asyncio.sleep(0)
        elif line == "end":
            go.set()
            await held
        else:
            line = metrics.text().decode().replace("\\n", "|")
        print(line, flush=True)

asyncio.run(main())
"""


class Worker:
    """A process that counts, and does what it is told."""

    def __init__(self, folder: Path) -> None:
        here = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=here
        )

    def do(self, line: str) -> str:
        """Have it do something, and give what it says when it has."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def counts(self) -> dict[str, str]:
        """What it tells of the lines of questions."""
        found = re.findall(r'ragqa_(waiting|running){line="compute"} ([0-9.]+)', self.do("tell"))
        return dict(found)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[tuple[Worker, Worker]]:
    with ExitStack() as opened:
        both = Worker(tmp_path), Worker(tmp_path)
        for worker in both:
            opened.callback(worker.process.communicate)
            opened.callback(worker.process.kill)
        yield both


@pytest.mark.skipif(sys.platform == "win32", reason="who lives is not looked for there")
def test_any_process_tells_what_waits_in_all_that_live(workers: tuple[Worker, Worker]) -> None:
    one, other = workers
    nothing, all_there_is = {"waiting": "0.0", "running": "0.0"}, {"waiting": "2.0", "running": "1.0"}
    assert one.counts() == nothing
    other.do("work")
    assert one.counts() == all_there_is
    other.do("end")
    assert one.counts() == nothing
    other.do("work")
    assert one.counts() == all_there_is
    other.process.kill()
    other.process.wait()
    assert one.counts() == nothing
