"""A server for assistants over an index of small manuals, with the stand-ins for the models, asked by the SDK's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from ragqa import RagQA
from ragqa.config import ServeSettings, Settings
from ragqa.mcp.server import make_server
from ragqa.serve.service import Service


@pytest.fixture
def settings(tmp_path: Path, manuals: Path, fake_models: Any) -> Settings:
    """Two indexes: `shelf` has three manuals, `spare` one."""
    settings = Settings(home=str(tmp_path / "home"), index="shelf", serve=ServeSettings(at_once=2, seconds=20))
    RagQA(settings=settings).ingest(manuals)
    RagQA("spare", settings=settings).ingest(manuals / "fan.txt")
    return settings


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    service = Service(settings)
    yield service
    service.close()


Connect = Callable[..., Client]


@pytest.fixture(params=["auto", "legacy"])
def connect(request: pytest.FixtureRequest, service: Service) -> Connect:
    """Makes a client of a server in this process, of the protocol's newest version and of those before it."""

    def made(**options: Any) -> Client:
        return Client(make_server(service, **{"warm": False, **options}), mode=request.param)

    return made
