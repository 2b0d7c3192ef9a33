"""One index of the sample manuals, made with the real models and shared by every test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.demo.tour import INDEX, manuals_folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RagQA]:
    """The engine over the sample manuals. Its own settings only, whatever the developer has set."""
    qa = RagQA(INDEX, settings=Settings(home=str(tmp_path_factory.mktemp("demo-home"))))
    with manuals_folder() as folder:
        report = qa.ingest(folder)
    assert not report.failed and report.documents == 5
    yield qa
    qa.close()


@pytest.fixture(scope="session")
def sample_manuals() -> Iterator[Path]:
    """The folder of the sample manuals."""
    with manuals_folder() as folder:
        yield folder
