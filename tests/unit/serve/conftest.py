"""A server over an index of three small manuals, with the stand-ins for the models, asked without any socket."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ragqa import RagQA
from ragqa.config import ServeSettings, Settings
from ragqa.gate import Gate
from ragqa.serve.access import Access, Keys
from ragqa.serve.app import make_app
from ragqa.serve.service import Service

sys.path.insert(0, str(Path(__file__).parent))

from serve_clients import HOST, KEYS


@pytest.fixture
def served(tmp_path: Path, manuals: Path, fake_models: Any) -> Settings:
    """The settings of a server over an index of the manuals."""
    settings = Settings(home=str(tmp_path / "home"), index="shelf", serve=ServeSettings(at_once=2))
    RagQA(settings=settings).ingest(manuals)
    return settings


Serve = Callable[..., TestClient]


@pytest.fixture
def serve(served: Settings) -> Iterator[Serve]:
    """Makes a client of a server: `keys` demands tokens, other options are those of ServeSettings."""
    opened = []

    def made(keys: bool = False, **options: Any) -> TestClient:
        settings = replace(served, serve=replace(served.serve, **options))
        known = _keys(Path(settings.home)) if keys else None
        access = Access(Gate.of(settings.serve.host, settings.serve.port), known, settings.serve.names)
        client = TestClient(make_app(Service(settings), access), base_url=f"http://{HOST}", raise_server_exceptions=False)
        opened.append(client)
        return client.__enter__()

    yield made
    for client in opened:
        client.__exit__(None, None, None)


def _keys(home: Path) -> Keys:
    file = home / "tokens"
    file.write_text("".join(f"{role} {token}\n" for role, token in KEYS.items()))
    return Keys(file=file)


@pytest.fixture
def client(serve: Serve) -> TestClient:
    """A client of a server on loopback, where everything is allowed."""
    return serve()


@pytest.fixture
def pages(served: Settings, manuals: Path) -> Path:
    """A PDF of two pages, ingested beside the other manuals."""
    from reportlab.pdfgen.canvas import Canvas

    file = manuals / "pump.pdf"
    canvas = Canvas(str(file))
    for line in ("The pump moves 40 litres a minute.", "The fuse of the pump is 5 A."):
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    RagQA(settings=served).ingest(manuals)
    return file
