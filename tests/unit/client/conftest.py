"""Engines on a server that says what a test tells it to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from client_server import URL, Server

from ragqa.client import RemoteRagQA, connect


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def remote(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RemoteRagQA]:
    """Makes an engine on the server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def made(url: str = URL, **options: Any) -> RemoteRagQA:
        return connect(url, transport=httpx.MockTransport(server), **options)

    return made
