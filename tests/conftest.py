"""What every test stands on: no network, no home directory, and deterministic stand-ins for the models."""

from __future__ import annotations

import hashlib
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# One thread to each product of matrices, here and in the processes that tests start: the tests run in several processes already,
# and what is computed in them is so small that threads would mostly wait for those of the others.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np
import pytest

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage
from ragqa.indexing.search import derived
from ragqa.inference.portions import by_length
from ragqa.text.analysis import index_terms, query_terms

sys.path.insert(0, str(Path(__file__).parent))

_folders = itertools.count()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes and long texts are named by their place: a test has one name in all processes, and those hold times and chance."""
    return argname if isinstance(val, bytes) or (isinstance(val, str) and len(val) > 40) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begins first: it waits more than it works, and at the end all others would have to wait for it."""
    items.sort(key=lambda item: item.path.name != "test_tui_session.py")


_crashed: list[str] = []


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """The test that a process of pytest-xdist crashed in runs again in another one, once: told at the end, and a failure if that
    crashes too. Else one fault in the native code of a library would hide what the other thousands of tests say. Those of
    `e2e` are run again by pytest-rerunfailures."""
    if crashitem not in _crashed and "tests/e2e/" not in crashitem:
        report.outcome = "rerun"  # type: ignore[assignment]
        sched.mark_test_pending(crashitem)
    _crashed.append(crashitem)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for test in dict.fromkeys(_crashed):
        terminalreporter.write_line(f"CRASHED a process, {_crashed.count(test)} times: {test}", red=True)


class FakeEmbedder:
    """Bags of words hashed into 64 dimensions: texts that share words are near. Counts what it embeds."""

    dimension = 64
    max_tokens = 254

    def __init__(self, name: str = "fake", seed: str = "1") -> None:
        self.name = name
        self.fingerprint = hashlib.sha256(f"{name}{seed}".encode()).hexdigest()[:32]
        self.embedded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def portions(self, texts: Sequence[str]) -> list[list[int]]:
        return by_length(texts)

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        self.embedded.extend(texts)
        return np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, self.dimension), np.float32)

    def _vector(self, text: str) -> np.ndarray:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for term in index_terms(text):
            vector[int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big") % self.dimension] += 1
        return vector / np.linalg.norm(vector)


class FakeReader:
    """Answers with the rarest-looking word of the sentence that shares most words with the question."""

    name = "fake"

    def __init__(self) -> None:
        self.settings = ReaderSettings()

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        wanted = set(query_terms(question))
        spans = []
        for number, passage in enumerate(passages):
            for start, end in passage.segments or ((0, len(passage.text)),):
                words = set(index_terms(passage.text[start:end]))
                spans.append(SpanScore(number, start, end, 4.0 * len(wanted & words) - 6.0))
        return Reading(tuple(sorted(spans, key=lambda span: -span.margin)), -1.0)


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A working folder and a home of its own for each test, none of the user's settings, no hub."""
    for name in list(os.environ):
        if name.startswith("RAGQA_"):
            monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp(f"work-{next(_folders)}", numbered=False)  # a number that is not looked for in the folder
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.chdir(folder)
    yield


@pytest.fixture
def a_file_each_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every commit makes a FAISS file, however little has changed."""
    for when in ("RUNNING", "SETTLED"):
        monkeypatch.setattr(derived, f"{when}_CHUNKS", 0)
        monkeypatch.setattr(derived, f"{when}_SHARE", 0.0)


@pytest.fixture
def one_text_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts are embedded one by one, not some together."""
    monkeypatch.setattr("ragqa.indexing.embedding.TEXTS_AT_ONCE", 1)


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeEmbedder, FakeReader]:
    """Puts the stand-ins where the engine looks for models."""
    return _put_stand_ins(monkeypatch)


@pytest.fixture(scope="module")
def fake_models_of_module() -> Iterator[tuple[FakeEmbedder, FakeReader]]:
    """The same, for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        yield _put_stand_ins(patch)


def _put_stand_ins(patch: pytest.MonkeyPatch) -> tuple[FakeEmbedder, FakeReader]:
    fakes = FakeEmbedder(), FakeReader()
    patch.setattr("ragqa.inference.embedder.load_embedder", lambda name="fake", threads=0: fakes[0])
    patch.setattr("ragqa.answering.effort.load_reader_for", lambda effort, name="fake", threads=0: fakes[1])
    return fakes


@pytest.fixture
def manuals(tmp_path: Path) -> Path:
    """Three small manuals in three formats."""
    folder = tmp_path / "manuals"
    folder.mkdir()
    (folder / "kettle.md").write_text(
        "# Kettle K1\n\nThe kettle boils 1.7 litres.\n\n## Errors\n\n| Code | Cause |\n|---|---|\n"
        "| E-24 | The lid is open |\n| E-25 | The base is wet |\n\n## Descaling\n\n1. Fill in vinegar.\n2. Boil it twice.\n"
    )
    (folder / "lamp.html").write_text(
        "<html><head><title>Lamp L2</title></head><body><h1>Lamp L2</h1><p>The lamp draws 8 watts.</p>"
        "<h2>Warranty</h2><p>The warranty lasts 30 months.</p></body></html>"
    )
    (folder / "fan.txt").write_text(
        "FAN F3\n======\n\nThe fan turns at 1,200 rpm.\n\nCLEANING\n\nWipe the blades with a dry cloth.\n"
    )
    return folder
