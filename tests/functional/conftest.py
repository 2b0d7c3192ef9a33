"""Lets the functional tests share their helpers, and a reader so small that it learns in seconds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "unit")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from tiny_readers import save_reader

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("readers") / "tiny"
    save_reader("bert", folder)
    return folder
