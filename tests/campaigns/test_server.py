"""The short form of server.py and server_memory.py, and proof that they would notice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.campaigns.server import Campaign, campaign
from tests.campaigns.server_memory import Load, figures

pytestmark = pytest.mark.enable_socket


def test_a_server_stands_what_it_is_sent(tmp_path: Path) -> None:
    found = campaign(tmp_path, seed=3, count=30)
    assert found["problems"] == [], found
    assert found["answers"]["202"] and found["did"]["odd_json"]


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 500 Internal Server Error\r\n\r\nInternal Server Error",
        b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n{}",
        b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\n\r\nTraceback",
    ],
)
def test_faults_are_noticed(response: bytes) -> None:
    running = object.__new__(Campaign)
    running.answers, running.problems = Counter(), []
    running._judge("x", response)
    assert len(running.problems) == 1


@pytest.mark.parametrize(("each", "grown"), [(0.0, False), (0.1, True)])
def test_growth_is_noticed(each: float, grown: bool) -> None:
    load = Load()
    load.counts["requests"] = 30_000
    load.held = [(100 * look, 300 + 10 * (look % 3) + each * look, 40, 20) for look in range(300)]
    found = figures(load, 600)
    assert found["grown"] == grown, found


def test_a_failed_request_is_noticed() -> None:
    load = Load(held=[(look, 300.0 + look % 2, 40, 20) for look in range(30)])
    load.counts["failed"] = 1
    assert figures(load, 60)["grown"]
