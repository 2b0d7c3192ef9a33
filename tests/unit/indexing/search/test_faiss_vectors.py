from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ragqa.errors import IndexDamaged
from ragqa.indexing.search import faiss_vectors as faiss_store
from ragqa.indexing.search import vector_kinds
from ragqa.indexing.search.faiss_vectors import GROWTH, FaissVectors
from ragqa.indexing.search.lists_file import can_be_written
from ragqa.indexing.search.selection import Selection
from ragqa.indexing.search.vector_kinds import FLAT_UP_TO, choose_kind

DIMENSION = 16
COUNT = 1000
KINDS = ["flat", "ivf"]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    dice = np.random.default_rng(7)
    drawn = dice.standard_normal((COUNT, DIMENSION)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def ids() -> np.ndarray:
    """Ids with gaps, as an index has them after removals."""
    return np.arange(COUNT, dtype=np.int64) * 3 + 5


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, ids: np.ndarray, vectors: np.ndarray) -> FaissVectors:
    return FaissVectors.build(ids, vectors, DIMENSION, request.param)


def nearest(ids: np.ndarray, vectors: np.ndarray, query: np.ndarray, k: int) -> list[int]:
    return ids[np.argsort(-(vectors @ query), kind="stable")[:k]].tolist()


def test_a_store_holds_every_id(store: FaissVectors, ids: np.ndarray) -> None:
    assert len(store) == COUNT
    assert sorted(store.ids.tolist()) == ids.tolist()


def test_a_vector_finds_itself(store: FaissVectors, ids: np.ndarray, vectors: np.ndarray) -> None:
    for row in range(0, COUNT, 50):
        found, scores = store.search(vectors[row], 1)
        assert found.tolist() == [ids[row]]
        assert scores[0] == pytest.approx(1.0, abs=0.02)


def test_scores_are_inner_products_best_first(store: FaissVectors, ids: np.ndarray, vectors: np.ndarray) -> None:
    found, scores = store.search(vectors[0], 20)
    assert (np.diff(scores) <= 0).all()
    row_of = {chunk_id: row for row, chunk_id in enumerate(ids.tolist())}
    exact = [float(vectors[row_of[chunk_id]] @ vectors[0]) for chunk_id in found.tolist()]
    assert scores == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_in_parts_makes_the_same_store(kind: str, ids: np.ndarray, vectors: np.ndarray) -> None:
    cuts = [slice(0, 300), slice(300, 301), slice(301, COUNT)]
    store = FaissVectors.built(lambda: ((ids[cut], vectors[cut]) for cut in cuts), COUNT, DIMENSION, kind)
    assert (store.kind, store.ids.tolist()) == (kind, ids.tolist())
    for row in range(0, COUNT, 100):
        assert store.search(vectors[row], 1)[0].tolist() == [ids[row]]


def test_exact_search_equals_numpy(ids: np.ndarray, vectors: np.ndarray) -> None:
    flat = FaissVectors.build(ids, vectors, DIMENSION, "flat")
    for row in range(0, COUNT, 100):
        query = vectors[row] + 0.5 * vectors[(row + 1) % COUNT]
        assert flat.search(query, 10)[0].tolist() == nearest(ids, vectors, query, 10)


def test_filtered_exact_search_equals_numpy(ids: np.ndarray, vectors: np.ndarray) -> None:
    flat = FaissVectors.build(ids, vectors, DIMENSION, "flat")
    dice = np.random.default_rng(1)
    for size in (1, 5, 300):
        rows = np.sort(dice.choice(COUNT, size, replace=False))
        query = vectors[int(dice.integers(COUNT))]
        assert flat.search(query, 10, Selection(ids[rows]))[0].tolist() == nearest(ids[rows], vectors[rows], query, 10)


def test_filters_hold_in_every_kind(store: FaissVectors, ids: np.ndarray, vectors: np.ndarray) -> None:
    allowed = Selection(ids[::7])
    found, _ = store.search(vectors[1], 10, allowed)
    assert len(found) and set(found.tolist()) <= set(allowed.ids.tolist())
    assert store.search(vectors[7], 1, allowed)[0].tolist() == [ids[7]]


def test_a_filter_with_nothing_in_it_finds_nothing(store: FaissVectors, vectors: np.ndarray) -> None:
    found, scores = store.search(vectors[0], 10, Selection(np.empty(0, dtype=np.int64)))
    assert found.tolist() == [] == scores.tolist()


def test_more_than_there_are_gives_what_there_is(ids: np.ndarray, vectors: np.ndarray) -> None:
    flat = FaissVectors.build(ids[:3], vectors[:3], DIMENSION)
    assert len(flat.search(vectors[0], 10)[0]) == 3
    assert len(flat.search(vectors[0], 10, Selection(ids[:2]))[0]) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_store_finds_nothing_and_can_be_filled(kind: str, ids: np.ndarray, vectors: np.ndarray) -> None:
    store = FaissVectors.build(ids[:0], vectors[:0], DIMENSION, kind)
    assert len(store) == 0 and store.ids.tolist() == []
    assert store.search(vectors[0], 5)[0].tolist() == []
    store.add(ids[:4], vectors[:4])
    assert store.search(vectors[2], 1)[0].tolist() == [ids[2]]


def test_added_vectors_are_found(store: FaissVectors, vectors: np.ndarray) -> None:
    extra = np.eye(DIMENSION, dtype=np.float32)[:1]
    store.add(np.array([999_999], dtype=np.int64), extra)
    assert len(store) == COUNT + 1
    assert store.search(extra[0], 1)[0].tolist() == [999_999]


def test_removed_vectors_are_gone(ids: np.ndarray, vectors: np.ndarray) -> None:
    store = FaissVectors.build(ids, vectors, DIMENSION, "flat")
    assert store.can_remove
    store.remove(ids[::2])
    assert sorted(store.ids.tolist()) == ids[1::2].tolist()
    for row in range(0, COUNT, 50):
        assert ids[row] not in store.search(vectors[row], 10)[0]
    assert store.search(vectors[1], 1)[0].tolist() == [ids[1]]


def test_inverted_lists_cannot_remove(ids: np.ndarray, vectors: np.ndarray) -> None:
    assert not FaissVectors.build(ids, vectors, DIMENSION, "ivf").can_remove


def test_too_few_vectors_to_train_are_searched_exactly(ids: np.ndarray, vectors: np.ndarray) -> None:
    assert FaissVectors.build(ids[:100], vectors[:100], DIMENSION, "ivf").kind == "flat"
    assert FaissVectors.build(ids, vectors, DIMENSION, "ivf").kind == "ivf"


def test_inverted_lists_suit_until_they_are_outgrown(ids: np.ndarray, vectors: np.ndarray) -> None:
    store = FaissVectors.build(ids, vectors, DIMENSION, "ivf")
    held = (store._inner.nlist / 2) ** 2
    assert store.suits(int(GROWTH * held), "ivf") and not store.suits(int(GROWTH * held) + 1, "ivf")
    assert not store.suits(COUNT, "flat") and not store.suits(COUNT, "auto")
    flat = FaissVectors.build(ids, vectors, DIMENSION, "flat")
    assert flat.suits(10**9, "flat") and not flat.suits(FLAT_UP_TO + 1, "auto")


def test_approximate_kinds_find_nearly_all_that_exact_search_finds(
    store: FaissVectors, ids: np.ndarray, vectors: np.ndarray
) -> None:
    shared = 0
    for row in range(0, COUNT, 20):
        query = vectors[row] + 0.3 * vectors[(row + 13) % COUNT]
        shared += len(set(store.search(query, 10)[0].tolist()) & set(nearest(ids, vectors, query, 10)))
    assert shared / (10 * len(range(0, COUNT, 20))) > 0.85


def test_stored_vectors_come_back_by_id(store: FaissVectors, ids: np.ndarray, vectors: np.ndarray) -> None:
    back = store.vectors(ids[[5, 3, 900]])
    assert (back * vectors[[5, 3, 900]]).sum(axis=1).min() > 0.99


def test_save_and_load(store: FaissVectors, vectors: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "vectors-1.faiss"
    assert store.save(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    for writable in (False, True):
        loaded = FaissVectors.load(path, store.kind, writable)
        for row in (0, 10, 500):
            assert loaded.search(vectors[row], 5)[0].tolist() == store.search(vectors[row], 5)[0].tolist()
        assert loaded.can_remove == store.can_remove
    loaded.add(np.array([999_999], dtype=np.int64), vectors[:1])
    assert len(loaded) == COUNT + 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_faiss", [False, True])
def test_what_came_and_went_is_written_with_it(
    kind: str, by_faiss: bool, ids: np.ndarray, vectors: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of vectors that came later than those of higher ids."""
    gone = Selection(ids[100:400:7] if kind == "flat" or not by_faiss else ids[:0])
    first, last = slice(0, 700), tmp_path / "vectors-2.faiss"
    FaissVectors.build(ids[first], vectors[first], DIMENSION, kind).save(tmp_path / "vectors-1.faiss")
    if by_faiss:
        monkeypatch.setattr(faiss_store, "can_be_written", lambda: False)
    store = FaissVectors.load(tmp_path / "vectors-1.faiss", kind, writable=kind == "flat" or by_faiss)
    parts = [(ids[cut], vectors[cut]) for cut in (slice(800, 900), slice(700, 701), slice(901, 901))]
    assert store.save_with(parts, gone, last) == hashlib.sha256(last.read_bytes()).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vectors-1.faiss", last.name]
    rows = np.flatnonzero(~np.isin(ids, gone.ids))
    rows = np.concatenate([rows[rows < 700], np.arange(800, 900), [700]])
    loaded = FaissVectors.load(last, kind)
    assert loaded.ids.tolist() == ids[rows].tolist()
    for row in range(0, 900, 40):
        assert loaded.search(vectors[row], 10)[0].tolist() == nearest(ids[rows], vectors[rows], vectors[row], 10)
    for some in (Selection(ids[120:160]), Selection(np.sort(ids[rows[::3]]))):
        kept = rows[np.isin(ids[rows], some.ids)]
        assert loaded.search(vectors[150], 5, some)[0].tolist() == nearest(ids[kept], vectors[kept], vectors[150], 5)
    assert (loaded.vectors(ids[rows]) * vectors[rows]).sum(axis=1).min() > 0.99


def test_lists_are_written_as_faiss_writes_them(ids: np.ndarray, vectors: np.ndarray, tmp_path: Path) -> None:
    """This version of it, at least: where another does otherwise, it writes them itself, and holds them in memory for it."""
    assert can_be_written()
    store = FaissVectors.ivf(vectors, COUNT)
    store.save_with([(ids[:300], vectors[:300]), (ids[300:], vectors[300:])], Selection(ids[:0]), tmp_path / "ours.faiss")
    assert len(store) == 0  # nothing was held
    store.add(ids, vectors)
    store.save(tmp_path / "faiss.faiss")
    assert (tmp_path / "ours.faiss").read_bytes() == (tmp_path / "faiss.faiss").read_bytes()


@pytest.mark.parametrize("share", [0.002, 0.1, 0.9])
def test_filters_are_exact_in_every_kind(share: float, store: FaissVectors, ids: np.ndarray, vectors: np.ndarray) -> None:
    """The nearest cells may hold nothing of what a narrow filter leaves."""
    dice = np.random.default_rng(3)
    rows = np.sort(dice.choice(COUNT, int(share * COUNT), replace=False))
    allowed = Selection(np.append(ids[rows], 1_000_000))  # one that the store does not hold
    for row in range(0, COUNT, 250):
        found, scores = store.search(vectors[row], 10, allowed)
        exact = np.sort(vectors[rows] @ vectors[row])[::-1][:10]
        assert set(found.tolist()) <= set(allowed.ids.tolist())
        assert scores == pytest.approx(exact, abs=0.01)


def test_what_is_left_out_is_not_found(store: FaissVectors, ids: np.ndarray, vectors: np.ndarray) -> None:
    without = Selection(np.append(ids[::5], 1_000_000))
    for row in range(0, COUNT, 50):
        found, _ = store.search(vectors[row], 10, without=without)
        assert len(found) == 10 and not set(found.tolist()) & set(without.ids.tolist())


@pytest.mark.parametrize("runs", [1, 3, 40])
def test_filters_to_neighbours_are_exact_in_every_kind(
    runs: int, store: FaissVectors, ids: np.ndarray, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether runs are looked for in each list, or vectors fetched by number, or all of the lists' numbers are checked."""
    rows = np.concatenate([np.arange(7) + 20 * run + 3 for run in range(runs)])
    for checked in (1, 10**9):
        monkeypatch.setattr(faiss_store, "CHECKED_PER_FETCHED", checked)
        for query in vectors[::100]:
            found, scores = store.search(query, 5, Selection(ids[rows]))
            exact = np.sort(vectors[rows] @ query)[::-1][:5]
            assert scores == pytest.approx(exact, abs=0.01) and set(found.tolist()) <= set(ids[rows].tolist())


def test_among_many_as_many_are_compared_as_of_all(ids: np.ndarray, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter that leaves half must not search all lists."""
    monkeypatch.setattr(faiss_store, "PROBES", 4)
    store = FaissVectors.build(ids, vectors, DIMENSION, "ivf")
    asked: list[int] = []
    plain = faiss_store.FaissVectors._nearest
    monkeypatch.setattr(
        FaissVectors,
        "_nearest",
        lambda self, query, k, selector, probes: asked.append(probes) or plain(self, query, k, selector, probes),
    )
    store.search(vectors[0], 5, Selection(ids[::2]))
    store.search(vectors[0], 5, Selection(ids[: COUNT // 4]))
    assert asked == [8, 16]


@pytest.mark.parametrize("damage", [b"", b"no index at all", b"\0" * 4096])
def test_a_file_that_is_no_index_is_damage(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "vectors-1.faiss"
    path.write_bytes(damage)
    with pytest.raises(IndexDamaged, match=r"vectors-1\.faiss") as caught:
        FaissVectors.load(path, "flat")
    assert "rebuild" in caught.value.hint


def test_a_truncated_file_is_damage(store: FaissVectors, tmp_path: Path) -> None:
    path = tmp_path / "vectors-1.faiss"
    store.save(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(IndexDamaged):
        FaissVectors.load(path, store.kind)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FaissVectors.load(tmp_path / "vectors-1.faiss", "flat")


def test_the_kind_is_chosen_by_size(monkeypatch: pytest.MonkeyPatch, ids: np.ndarray, vectors: np.ndarray) -> None:
    assert choose_kind(0) == choose_kind(FLAT_UP_TO) == "flat"
    assert choose_kind(FLAT_UP_TO + 1) == "ivf"
    monkeypatch.setattr(vector_kinds, "FLAT_UP_TO", 999)
    assert FaissVectors.build(ids, vectors, DIMENSION).kind == "ivf"
    assert FaissVectors.build(ids[:999], vectors[:999], DIMENSION).kind == "flat"
