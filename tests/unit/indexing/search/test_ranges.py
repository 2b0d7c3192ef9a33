"""The best chunks are the same, to the last bit, whichever way they are looked for: compared with scoring every chunk."""

from __future__ import annotations

import math
import weakref
from pathlib import Path

import numpy as np
import pytest

from ragqa.indexing.search import essential, merging, ranges, sought
from ragqa.indexing.search.bm25 import LEAST_IDF, SATURATION, LexicalSearch
from ragqa.indexing.search.merging import merge_postings
from ragqa.indexing.search.postings import RANGE, Postings, encode_terms, term_key
from ragqa.indexing.search.selection import Selection
from ragqa.indexing.search.worth import norms

WORDS = [f"w{number}" for number in range(30)]
CHUNKS = 20 * RANGE + 7
QUERIES = [["w0"], ["w0", "w1", "w2"], ["w29", "w0"], ["w28", "w27", "unheard"], ["w4", "w25", "w1", "w7"], WORDS]


def rows(count: int, seed: int, first: int = 1) -> list[tuple[int, int, bytes]]:
    """Chunks with many equal ones among them, whose documents use words of their own; some ids are left out."""
    dice = np.random.default_rng(seed)
    made = []
    for number in range(count):
        if number % 100 == 0:
            weights = dice.random(len(WORDS)) ** 3 / (np.arange(len(WORDS)) + 1)
        held = dice.choice(WORDS, p=weights / weights.sum(), size=dice.choice([1, 4, 4, 12])).tolist()
        made.append((first + 2 * number, len(held), encode_terms(held)))
    return made


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Postings:
    """Postings of a file in which even rare words have peaks."""
    path = tmp_path_factory.mktemp("base") / "terms-1.npy"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "PEAKED_FROM", 1)
        merge_postings([Postings.of(rows(CHUNKS, seed=1))], np.empty(0, dtype=np.int64), path)
    return Postings.load(path)


@pytest.fixture
def later() -> Postings:
    """What came since, of which the mean length is another."""
    return Postings.of([(10_000 + one, 12 + length, terms) for one, length, terms in rows(150, seed=2)])


def by_scoring_all(
    parts: list[Postings], removed: np.ndarray, terms: list[str], k: int, allowed: np.ndarray | None
) -> list[tuple[int, float]]:
    kept = [~np.isin(part.ids, removed) for part in parts]
    count = sum(int(keep.sum()) for keep in kept)
    mean = sum(int(part.lengths[keep].sum()) for part, keep in zip(parts, kept, strict=True)) / count
    scores = [np.zeros(len(part), dtype=np.float32) for part in parts]
    for key in dict.fromkeys(map(term_key, terms)):
        held = sum(int(keep[part.find(key)[0]].sum()) for part, keep in zip(parts, kept, strict=True))
        weight = np.float32(max(math.log((count - held + 0.5) / (held + 0.5)), LEAST_IDF) * (SATURATION + 1))
        for part, score in zip(parts, scores, strict=True):
            places, counts = part.find(key)
            often = counts.astype(np.float32)
            score[places] += weight * often / (often + norms(part.lengths, mean)[places])
    found = {}
    for part, keep, score in zip(parts, kept, scores, strict=True):
        may = keep & (score > 0) & (True if allowed is None else np.isin(part.ids, allowed))
        found.update(zip(part.ids[may].tolist(), score[may].tolist(), strict=True))
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))[:k]


@pytest.mark.parametrize(
    "how", ["by bounds", "by what matters", "by what matters or all", "all postings", "all chunks", "as it is chosen"]
)
@pytest.mark.parametrize("removed", ["none", "some", "very many"])
@pytest.mark.parametrize("filtered", ["by nothing", "to a document", "to many runs"])
def test_the_best_are_those_of_scoring_every_chunk(
    how: str, removed: str, filtered: str, base: Postings, later: Postings, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how != "as it is chosen":
        monkeypatch.setattr(ranges, "FEW_POSTINGS", 10**9 if how == "all postings" else 0)
        monkeypatch.setattr(ranges, "FEW_CHUNKS", 10**9 if how == "all chunks" else 0)
        monkeypatch.setattr(ranges, "MUCH", 0.0 if "matters" in how else 1.0)
        monkeypatch.setattr(ranges, "FIRST", 1)
        monkeypatch.setattr(essential, "MOST", 0.5 if how.endswith("or all") else 2.0)
        monkeypatch.setattr(essential, "SLAB", 5 * RANGE)
        monkeypatch.setattr(ranges, "FEW_CHOSEN", 0)
    dice = np.random.default_rng(3)
    gone = np.sort(dice.choice(base.ids, {"none": 0, "some": 60, "very many": 1000}[removed], replace=False))
    allowed = {"by nothing": None, "to a document": base.ids[150:320], "to many runs": base.ids[::3]}[filtered]
    selection = None if allowed is None else Selection(allowed)
    search = LexicalSearch([base]).with_changes([later], gone)
    for terms in QUERIES:
        for k in (1, 10, 2000):
            assert search.search(terms, k, selection) == by_scoring_all([base, later], gone, terms, k, allowed)


def test_ranges_that_cannot_hold_any_of_the_best_are_not_looked_at(base: Postings, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but a few of these have no chunk that can be among the best."""
    monkeypatch.setattr(ranges, "FEW_POSTINGS", 0)
    monkeypatch.setattr(ranges, "FEW_CHUNKS", 0)
    many = Postings.of([(one, 40, encode_terms(["common"])) for one in range(1, 200 * RANGE)])
    rare = Postings.of([(one, 40, encode_terms(["common", "rare"])) for one in range(200 * RANGE, 201 * RANGE)])
    looked: list[int] = []
    plain = ranges.Segment._in_intervals

    def counting(self: ranges.Segment, sought: object, starts: np.ndarray, *rest: object) -> ranges.Found:
        looked.append(len(starts))
        return plain(self, sought, starts, *rest)

    monkeypatch.setattr(ranges.Segment, "_in_intervals", counting)
    found = LexicalSearch([many.followed_by(rare)]).search(["common", "rare"], 20)
    assert [one for one, _ in found] == list(range(200 * RANGE, 200 * RANGE + 20))
    assert sum(looked) <= 64


def test_a_word_that_most_chunks_hold_is_looked_up_for_those_with_another_word_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is one with the other word in each range, so that no range can be left out."""
    monkeypatch.setattr(ranges, "FEW_POSTINGS", 0)
    monkeypatch.setattr(ranges, "FEW_CHUNKS", 0)
    monkeypatch.setattr(essential, "SLAB", 100 * RANGE)
    held = [["common", *(["common"] * (number % 3)), *(["rare"] if number % RANGE == 7 else [])] for number in range(400 * RANGE)]
    made = Postings.of([(number, 9 + number % 11, encode_terms(terms)) for number, terms in enumerate(held, start=1)])
    merge_postings([made], np.empty(0, dtype=np.int64), tmp_path / "terms-1.npy")
    postings = Postings.load(tmp_path / "terms-1.npy")
    looked: list[int] = []
    plain = sought.Sought.worth

    def counting(self: sought.Sought, which: slice | np.ndarray, *rest: object) -> np.ndarray:
        found = plain(self, which, *rest)
        if self.key == term_key("common"):
            looked.append(len(found))
        return found

    monkeypatch.setattr(sought.Sought, "worth", counting)
    found = LexicalSearch([postings]).search(["common", "rare"], 20)
    assert found == by_scoring_all([postings], np.empty(0, dtype=np.int64), ["common", "rare"], 20, None)
    assert 0 < sum(looked) < len(postings) / 2


def test_peaks_bound_every_score_and_are_noted_for_frequent_terms_only(base: Postings, tmp_path: Path) -> None:
    for word in WORDS:
        peaks, (places, counts) = base.peaks_of(term_key(word)), base.find(term_key(word))
        if len(places) < -(-CHUNKS // RANGE):
            assert peaks is None
            continue
        worth = counts / (counts + norms(base.lengths[places], base.mean))
        assert (worth <= peaks[places // RANGE] / 255 + 1e-6).all()
        assert set(np.flatnonzero(peaks).tolist()) == set((places // RANGE).tolist())
    assert base.peaks_of(term_key("unheard")) is None


def test_a_file_without_peaks_is_searched_all_the_same(base: Postings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As earlier versions made them."""
    monkeypatch.setattr(ranges, "FEW_POSTINGS", 0)
    monkeypatch.setattr(ranges, "FEW_CHUNKS", 0)
    path = tmp_path / "terms-1.npy"
    merge_postings([Postings.of(rows(CHUNKS, seed=1))], np.empty(0, dtype=np.int64), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"\x93NUMPY", 0, whole.rindex(b"\x93NUMPY"))])
    older = Postings.load(path)
    assert not len(older.peaked)
    for terms in QUERIES:
        assert LexicalSearch([older]).search(terms, 50) == LexicalSearch([base]).search(terms, 50)


def test_a_search_that_nobody_holds_is_gone_at_once(base: Postings) -> None:
    """Not when the garbage collector comes by, which is seldom: each generation has one."""
    search = LexicalSearch([base])
    search.search(["w1"], 3)
    held = weakref.ref(search)
    del search
    assert held() is None


def test_many_small_commits_make_few_segments() -> None:
    """A search must not look into as many as there were commits."""
    search, held = LexicalSearch([Postings.of(rows(500, seed=4))]), rows(500, seed=4)
    for number in range(200):
        added = [(2000 + number, 2, encode_terms(["w1", f"x{number}"]))]
        held += added
        search = search.with_changes([Postings.of(added)], np.empty(0, dtype=np.int64))
    assert len(search._segments) < 12
    whole = LexicalSearch([Postings.of(held)])
    for terms in (["w1"], ["x7", "w2"], ["x199"]):
        assert search.search(terms, 300) == whole.search(terms, 300)
