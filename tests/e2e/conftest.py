"""One index of the sample manuals, made with the real models by the first process that wants it; every other takes a copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.demo.tour import INDEX, manuals_folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs whole programs, servers and browsers beside each other runs once more if it fails, and that is told at the end:
    one that fails twice fails. Everything else has one chance."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RagQA]:
    """The engine over the sample manuals. Its own settings only, whatever the developer has set."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "shared-demo"
    with FileLock(f"{shared}.lock"):
        if not shared.exists():
            making = shared.with_suffix(f".{os.getpid()}")
            _make(making)
            making.rename(shared)
    home = tmp_path_factory.mktemp("demo-home") / "home"
    shutil.copytree(shared, home)
    qa = RagQA(INDEX, settings=Settings(home=str(home)))
    yield qa
    qa.close()


def _make(home: Path) -> None:
    with closing(RagQA(INDEX, settings=Settings(home=str(home)))) as qa, manuals_folder() as folder:
        report = qa.ingest(folder)
    assert not report.failed and report.documents == 5


@pytest.fixture(scope="session")
def sample_manuals() -> Iterator[Path]:
    """The folder of the sample manuals."""
    with manuals_folder() as folder:
        yield folder
