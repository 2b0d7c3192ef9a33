"""A retriever taught with the real embedder on a small manual, taken over to, and undone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from machine_manual import lines, question, write_manual

from ragqa import RagQA
from ragqa.config import RetrieverSettings, Settings
from ragqa.indexing.verify import verify_index
from ragqa.inference.adapter import Adapter
from ragqa.inference.embedder import default_adapter, load_embedder
from ragqa.training.retriever import Wish
from ragqa.types import QAPair


@pytest.fixture
def qa(tmp_path: Path) -> Iterator[RagQA]:
    engine = RagQA("machine", settings=Settings(home=str(tmp_path / "home"), threads=1))
    engine.ingest(write_manual(tmp_path / "manual"))
    yield engine
    engine.close()


def pairs() -> list[QAPair]:
    """The questions on the machine's parts."""
    known = [one for one in lines() if one["answer"] is not None]
    return [QAPair(one["question"], (one["answer"],), str(number), "machine.md") for number, one in enumerate(known)]


def test_a_retriever_is_taught_used_and_undone(qa: RagQA, tmp_path: Path) -> None:
    wish = Wish(promote="always", settings=RetrieverSettings(epochs=2, learning_rate=2e-3, negatives=2, rank=4, validation=0.4))
    asked = question("boiler")["question"]
    before = qa.search(asked)
    done = qa.teach_retriever(pairs(), wish=wish)
    assert done is not None and done.embedded is not None and done.folder.is_dir()
    assert done.pool == done.chunks == qa.info().chunks and 0 <= done.after["mrr"] <= 1
    adapter = Adapter(done.folder)
    assert adapter.about.rank == 4 + Adapter(default_adapter()).about.rank
    assert adapter.about.taught_with == f"{done.training} questions on index 'machine'"
    assert qa.embedder.fingerprint != load_embedder().fingerprint and verify_index(qa.folder) == []
    after = qa.search(asked)
    assert [hit.dense for hit in after] != [hit.dense for hit in before] and "boiler" in after[0].chunk.text
    moved = qa.embedder.embed_passages([before[0].chunk.text])[0] @ load_embedder().embed_passages([before[0].chunk.text])[0]
    assert 0.2 < float(moved) < 0.9999  # it has learnt something, and not forgotten all
    back = qa.use_retriever("default")
    assert back is not None and (back.retriever, back.before) == ("default", done.name)
    assert [(hit.chunk_id, pytest.approx(hit.dense, abs=1e-3)) for hit in qa.search(asked)] == [
        (hit.chunk_id, hit.dense) for hit in before
    ]


def test_the_same_seed_teaches_the_same(qa: RagQA) -> None:
    settings = RetrieverSettings(epochs=0.5, negatives=1, rank=2, validation=0.4)
    made = [qa.teach_retriever(pairs(), wish=Wish(name=name, promote="never", settings=settings)) for name in ("one", "two")]
    assert all(made) and len({Adapter(one.folder).sha256 for one in made if one}) == 1
    assert qa.info().settings["retriever"] == ""
