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
def started(command: Sequence[str], **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server that listens, and the address that it told. It ends with the context, if it has not before.

    Where another test took the port just before it, it is started again with another one: what answers there is never another
    test's server.
    """
    there = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment}
    for _ in range(3):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, env=there)
        assert process.stdout is not None
        with process.stdout:
            link = process.stdout.readline().decode().strip()
            if link:
                try:
                    yield process, link
                finally:
                    _end(process)
                return
        process.wait()
    raise AssertionError("the server did not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def serving(home: Path, *options: str, command: Sequence[str] = (sys.executable, "-m", "ragqa")) -> Iterator[Server]:
    """A server on a free port, that answers already."""
    with (
        started([*command, "--home", str(home), "serve", *options]) as (process, link),
        httpx.Client(base_url=link, timeout=120, trust_env=False) as client,
    ):
        late = time.monotonic() + 120
        while time.monotonic() < late and process.poll() is None:
            with suppress(httpx.TransportError):
                client.get("/healthz")
                break
            time.sleep(0.1)
        yield Server(process, client)
