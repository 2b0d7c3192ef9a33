"""Lets the tests of parsing share their sample files and ways to look at a document, and keeps real recognition out of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ragqa.parsing.ocr import document

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def nothing_recognises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is installed here, nothing is recognised, until a test brings a recogniser."""
    monkeypatch.setattr(document, "load_recognizer", lambda threads: None)
