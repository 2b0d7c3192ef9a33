from __future__ import annotations

import hashlib
import random
from pathlib import Path

import numpy as np
import pytest

from ragqa.errors import IndexDamaged
from ragqa.indexing.search import merging
from ragqa.indexing.search.merging import merge_postings
from ragqa.indexing.search.postings import ARRAYS, KEYS_REMEMBERED, MOST_COUNTED, Postings, decode_terms, encode_terms, term_key

NONE = np.empty(0, dtype=np.int64)
WORDS = [f"w{number}" for number in range(60)]


def texts(count: int, seed: int) -> list[list[str]]:
    """Terms of some chunks; the first words are the most frequent ones, and some chunks have none."""
    dice = random.Random(seed)
    weights = [1 / (number + 1) for number in range(len(WORDS))]
    return [dice.choices(WORDS, weights, k=dice.choice([0, 3, 30])) for _ in range(count)]


def segment(chunks: list[list[str]], first: int = 1) -> Postings:
    return Postings.of([(first + number, len(terms), encode_terms(terms)) for number, terms in enumerate(chunks)])


def held(of: Postings) -> dict[int, dict[str, int]]:
    """How often each chunk holds each word, by chunk id."""
    found: dict[int, dict[str, int]] = {chunk_id: {} for chunk_id in of.ids.tolist()}
    for word in WORDS:
        places, counts = of.find(term_key(word))
        assert places.tolist() == sorted(places.tolist())
        for place, count in zip(places.tolist(), counts.tolist(), strict=True):
            found[int(of.ids[place])][word] = count
    return found


def expected(chunks: list[list[str]], first: int = 1) -> dict[int, dict[str, int]]:
    return {first + number: {word: terms.count(word) for word in set(terms)} for number, terms in enumerate(chunks)}


def test_postings_tell_what_each_chunk_holds() -> None:
    chunks = texts(200, seed=1)
    made = segment(chunks)
    assert held(made) == expected(chunks)
    assert made.lengths.tolist() == [len(terms) for terms in chunks]
    assert made.find(term_key("unheard"))[0].tolist() == []


def test_nothing_holds_nothing(tmp_path: Path) -> None:
    for chunks in ([], [[], []]):
        made = segment(chunks)
        merge_postings([made], NONE, tmp_path / "terms-1.npy")
        for one in (made, Postings.load(tmp_path / "terms-1.npy")):
            assert len(one) == len(chunks) and held(one) == expected(chunks)


def test_a_count_has_an_upper_end() -> None:
    made = segment([["w1"] * 1000, ["w1"] * 7])
    assert made.find(term_key("w1"))[1].tolist() == [MOST_COUNTED, 7]
    assert made.lengths.tolist() == [1000, 7]


def test_what_a_chunk_holds_can_be_read_back() -> None:
    keys, counts = decode_terms(encode_terms(["a", "b", "a", "c", "a"]))
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == {term_key("a"): 3, term_key("b"): 1, term_key("c"): 1}
    assert keys.tolist() == sorted(keys.tolist())
    assert [len(part) for part in decode_terms(encode_terms([]))] == [0, 0]


def test_keys_of_terms_do_not_change() -> None:
    """They are stored in indexes."""
    assert term_key("e-24") == 8713155005479288758
    assert term_key("\udcff") != term_key("")


@pytest.mark.parametrize("at_once", [1, 7, 4_000_000])
@pytest.mark.parametrize("removed", [[], [3], [1, 2, 50, 51, 52, 119, 120, 999], list(range(1, 121))])
def test_merged_segments_hold_what_is_left_of_each(
    at_once: int, removed: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "POSTINGS_AT_ONCE", at_once)
    chunks = texts(120, seed=2)
    parts = [segment(chunks[:50]), segment(chunks[50:51], 51), segment(chunks[51:], 52)]
    path = tmp_path / "terms-4.npy"

    checksum = merge_postings(parts, np.array(removed, dtype=np.int64), path)

    assert checksum == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
    merged = Postings.load(path)
    left = {chunk_id: words for chunk_id, words in expected(chunks).items() if chunk_id not in removed}
    assert held(merged) == left
    assert merged.lengths.tolist() == [len(chunks[chunk_id - 1]) for chunk_id in left]
    assert len(merged.terms) == len({word for words in left.values() for word in words})
    whole = segment(chunks)
    if not removed:
        assert all(np.array_equal(getattr(whole, name), getattr(merged, name)) for name in ARRAYS)


def test_a_merged_file_can_be_merged_again(tmp_path: Path) -> None:
    chunks = texts(40, seed=3)
    merge_postings([segment(chunks[:20])], NONE, tmp_path / "terms-1.npy")
    last = Postings.load(tmp_path / "terms-1.npy")
    merge_postings([last, segment(chunks[20:], 21)], np.array([5]), tmp_path / "terms-2.npy")
    left = {chunk_id: words for chunk_id, words in expected(chunks).items() if chunk_id != 5}
    assert held(Postings.load(tmp_path / "terms-2.npy")) == left


@pytest.mark.parametrize("damage", ["empty", "other", "cut", "cut inside a head"])
def test_a_file_that_is_none_is_damage(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "terms-1.npy"
    merge_postings([segment(texts(50, seed=4))], NONE, path)
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "other": b"nonsense" * 50, "cut": whole[:-100], "cut inside a head": whole[:70]}[damage])
    with pytest.raises(IndexDamaged, match=r"terms-1\.npy") as caught:
        Postings.load(path)
    assert "rebuild" in caught.value.hint


def test_terms_that_never_come_again_fill_no_memory() -> None:
    """A server's questions bring new ones for ever."""
    for number in range(KEYS_REMEMBERED + 1000):
        term_key(f"part{number}")
    assert term_key.cache_info().currsize <= KEYS_REMEMBERED <= 50_000
