"""The short form of session.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.answering import effort
from ragqa.inference import embedder
from tests.campaigns.session import session


def test_a_session_holds_no_more_and_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "load_embedder", embedder.load_embedder)  # what the session puts there goes again
    monkeypatch.setattr(effort, "load_reader_for", effort.load_reader_for)
    figures = session(tmp_path, 500, seed=1)
    assert figures["grown"] == [], figures
    assert figures["late"]["asked"] == 500
