"""Lets the tests of the index share what several processes do to one, and a Milvus in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def milvus_lite_is_let_go() -> Iterator[None]:
    """No file is served on after its test."""
    yield
    served = sys.modules.get("ragqa.indexing.search.milvus_file")
    for path in list(served._served) if served else ():
        served.let_go(path)
