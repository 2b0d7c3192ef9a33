"""The short form of watching.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.answering import effort
from ragqa.inference import embedder
from ragqa.ingestion import ingest
from tests.campaigns.watching import watching

pytest.importorskip("watchfiles")


def test_the_index_ends_as_the_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "load_embedder", embedder.load_embedder)  # what the campaign puts there goes again
    monkeypatch.setattr(effort, "load_reader_for", effort.load_reader_for)
    monkeypatch.setattr(ingest, "read_ahead", ingest.read_ahead)
    figures = watching(tmp_path, 60, seed=3)
    assert figures["wrong"] == 0, figures["problems"]
    assert figures["operations"] >= 60 and figures["files"] > 0
