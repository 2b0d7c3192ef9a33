"""What a worker answers, without Dask around it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.confined.values import read_error
from ragqa.errors import ModelError, SkippedFile
from ragqa.ingestion import on_worker
from ragqa.ingestion.on_worker import introduce, parse_and_embed
from ragqa.ingestion.parcels import BROKEN, FAILED, READ, UNFIT, UNSEEN, FileOrder, Terms, own_version, read_read

TEXT = b"# Kettle\n\nIt holds 2 litres.\n\n## Cleaning\n\nUse vinegar.\n"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A worker with two threads that nothing is loaded on; what it tells on the way."""
    signs: list[Any] = []
    worker = SimpleNamespace(state=SimpleNamespace(nthreads=2), log_event=lambda topic, sign: signs.append((topic, sign)))
    monkeypatch.setattr(on_worker, "_worker", lambda: worker)
    monkeypatch.setattr(on_worker, "_EMBEDDERS", {})
    return signs


@pytest.fixture
def terms(told: list[Any], embedder: Any) -> Terms:
    return Terms(own_version(), embedder.fingerprint, None, lambda threads: embedder)


def order(terms: Terms, data: bytes | None = TEXT, source: Path = Path("nowhere"), **changed: Any) -> FileOrder:
    sha256 = hashlib.sha256(TEXT).hexdigest()
    made = FileOrder(
        terms, IngestSettings(), "kettle.md", data, os.fsencode(source), len(TEXT), sha256, False, True, frozenset(), "t", 7
    )
    return replace(made, **changed)


def test_a_worker_loads_its_model_once_with_the_threads_it_has(terms: Terms, embedder: Any) -> None:
    loaded: list[int] = []
    terms = replace(terms, load=lambda threads: (loaded.append(threads), embedder)[1])
    assert introduce(terms) == introduce(terms) == (READ, b"") and loaded == [2]
    assert parse_and_embed(order(terms))[0] == READ and loaded == [2]


def test_a_file_is_read_cut_and_embedded(terms: Terms, told: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_worker, "TELL_SECONDS", -1.0)
    kind, content = parse_and_embed(order(terms, audited=True))
    document, audit, prepared = read_read(content, "kettle.md", 64)
    assert kind == READ and document.title == "Kettle" and audit is not None and not audit.unread
    assert prepared.vectors.keys() == set(prepared.hashes) and ("t", {"file": 7, "pages": None}) in told
    assert not read_read(parse_and_embed(order(terms, embed=False))[1], "kettle.md", 64)[2].vectors
    known = frozenset(prepared.hashes[:1])
    assert read_read(parse_and_embed(order(terms, known=known))[1], "kettle.md", 64)[2].vectors.keys() == set(prepared.hashes[1:])


@pytest.mark.parametrize("there", ["nothing", "longer", "other", "same"])
def test_a_file_of_shared_storage_must_be_the_same(there: str, terms: Terms, tmp_path: Path) -> None:
    path = tmp_path / "kettle.md"
    written = {"longer": TEXT + b"!", "other": TEXT.replace(b"2", b"3"), "same": TEXT}
    if there in written:
        path.write_bytes(written[there])
    assert parse_and_embed(order(terms, None, path))[0] == (READ if there == "same" else UNSEEN)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"version": "0.0.9"}, "and here it is 0.0.9"),
        ({"ocr": "another"}, "and here it is another"),
        ({"fingerprint": "f" * 32}, "has another embedder: fake"),
    ],
)
def test_a_worker_that_differs_says_how(changed: dict[str, str], reason: str, terms: Terms) -> None:
    other = replace(terms, **changed)
    for kind, content in (introduce(other), parse_and_embed(order(other))):
        assert kind == UNFIT and reason in content.decode()


def test_a_model_that_cannot_be_loaded_is_the_worker_s_fault(terms: Terms) -> None:
    def load(threads: int) -> Any:
        raise ModelError("there is no folder /models/mine")

    assert introduce(replace(terms, load=load)) == (UNFIT, b"cannot load the embedder: there is no folder /models/mine")


def test_an_error_of_the_file_is_told_as_such(terms: Terms) -> None:
    kind, content = parse_and_embed(order(terms, data=b""))
    assert kind == FAILED and isinstance(error := read_error(content), SkippedFile) and "empty" in error.message


def test_what_was_not_foreseen_is_a_text(terms: Terms, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Any:
        raise OSError("no\nroom")

    monkeypatch.setattr(on_worker, "cut", broken)
    assert introduce(replace(terms, load=broken)) == (BROKEN, b"OSError: no room")
    assert parse_and_embed(order(terms)) == (BROKEN, b"OSError: no room")
