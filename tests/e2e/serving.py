"""A real server for a test: started, asked over loopback, ended or killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Server:
    """A server process and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client

    def kill(self) -> None:
        """End it as a power cut does: with SIGKILL, and nothing that it could do about it."""
        self.process.kill()
        self.process.wait()

    def events(self, job: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The name and data of what a job tells of itself, as it comes."""
        name = ""
        with self.client.stream("GET", f"/v1/jobs/{job}/events") as response:
            for line in response.iter_lines():
                kind, _, value = line.partition(": ")
                if kind == "event":
                    name = value
                elif kind == "data":
                    yield name, json.loads(value)

    def ended(self, job: str) -> dict[str, Any]:
        """A job, when it has ended."""
        for _ in self.events(job):
            pass
        found: dict[str, Any] = self.client.get(f"/v1/jobs/{job}").json()
        return found


@contextmanager
def serving(home: Path, *options: str, command: Sequence[str] = (sys.executable, "-m", "ragqa")) -> Iterator[Server]:
    """A server on a free port, that answers already."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    there = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [*command, "--home", str(home), "serve", "--port", str(port), *options], stdout=subprocess.DEVNULL, env=there
    )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
        try:
            late = time.monotonic() + 120
            while time.monotonic() < late and process.poll() is None:
                with suppress(httpx.TransportError):
                    client.get("/healthz")
                    break
                time.sleep(0.1)
            yield Server(process, client)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
