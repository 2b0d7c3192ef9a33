"""How worker processes are started and looked after; that real ones answer and end is in tests/e2e/test_serve.py."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn

from ragqa.config import ServeSettings, Settings
from ragqa.errors import UsageError
from ragqa.serve import start
from ragqa.serve.app import make_app
from ragqa.serve.connections import Connection


def test_workers_have_the_time_that_a_slow_machine_takes_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the five seconds of uvicorn they would be killed as they start, again and again."""
    found: list[uvicorn.Config] = []

    def recorded(config: uvicorn.Config, sockets: list[socket.socket]) -> Any:
        found.append(config)
        return SimpleNamespace(run=lambda: None)

    monkeypatch.setattr(start, "_Workers", recorded)
    listening: Any = None  # nobody does here
    start._run(replace(Settings(), serve=ServeSettings(workers=3)), lambda link: None, make_app, listening)
    assert (found[0].workers, found[0].timeout_worker_healthcheck) == (3, start.SILENT_SECONDS)
    assert start.SILENT_SECONDS >= 60
    assert found[0].http is Connection  # which closes those on which nothing comes


def test_a_root_that_is_missing_is_told_before_anything_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not by each worker, whose place another one takes that fails at it, and so on."""
    settings = Settings(home=str(tmp_path), serve=ServeSettings(workers=2, roots=(str(tmp_path / "gone"),)))
    monkeypatch.setattr(start, "_run", lambda *given: pytest.fail("workers are started"))
    with pytest.raises(UsageError, match="gone is not a folder"):
        start.serve(settings, lambda link: pytest.fail("a link is told"))
    start.AppOf(settings)()  # one that takes the place of a worker when the folder went away has the others' to go on with


def test_a_worker_that_dies_while_it_is_asked_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *given: None)  # those of the tests stay as they are
    workers = start._Workers(uvicorn.Config("", workers=1), sockets=[])
    asked, answers = Pipe()
    hung_up: list[bool] = []

    def is_alive(timeout: float) -> bool:
        hung_up.append(asked.poll(0))  # nobody holds the worker's end, who is none
        return True

    workers.processes = [SimpleNamespace(child_conn=answers, is_alive=is_alive)]  # type: ignore[list-item]
    workers.keep_subprocess_alive()
    assert hung_up == [True]
    asked.close()


ROOT = Path(__file__).parents[3]


@pytest.mark.enable_socket
def test_the_images_health_check_asks_the_port_that_is_served() -> None:
    """Also another one than the default, which only its variable tells."""
    told = (ROOT / "Dockerfile").read_text().partition("\nHEALTHCHECK")[2].partition("CMD ")[2].splitlines()[0]
    (_, *code), asked = json.loads(told), []

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if len(asked) == 1 else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**os.environ, "RAGQA_SERVE_PORT": str(server.server_port)}
        codes = [subprocess.run([sys.executable, *code], env=environment, stderr=subprocess.DEVNULL).returncode for _ in range(2)]
        server.shutdown()
    assert asked == ["/healthz"] * 2 and codes[0] == 0 and codes[1] != 0


def test_the_image_is_made_of_what_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY ") and "--from" not in line for name in line.split()[1:-1]}
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == sent and all((ROOT / name).exists() for name in copied)
    extras = next(line for line in lines if line.startswith("ARG EXTRAS")).partition('"')[2].strip('"').split(",")
    assert set(extras) <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
