"""Lets the tests of searching share the backend in memory."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def milvus_lite_is_let_go() -> Iterator[None]:
    """No file is served on after its test."""
    yield
    served = sys.modules.get("ragqa.indexing.search.milvus_file")
    for path in list(served._served) if served else ():
        served.let_go(path)
