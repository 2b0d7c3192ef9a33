from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import numpy as np
import pytest

from ragqa.indexing.search.bm25 import MOST_TERMS, LexicalSearch
from ragqa.indexing.search.postings import Postings, encode_terms, term_key
from ragqa.indexing.search.selection import Selection

WORDS = [f"w{number}" for number in range(40)]
CHUNKS = 300
QUERIES = (["w0"], ["w3", "w30"], ["w39", "w1", "w12", "w12"], ["unheard", "w7"], WORDS[:20])


@pytest.fixture(scope="module")
def texts() -> dict[int, list[str]]:
    """The terms of some chunks by id, with gaps between the ids."""
    dice = random.Random(9)
    weights = [1 / (number + 1) for number in range(len(WORDS))]
    return {3 * number + 2: dice.choices(WORDS, weights, k=dice.choice([1, 5, 40, 90])) for number in range(CHUNKS)}


def by_fts5(texts: dict[int, list[str]], terms: list[str], k: int) -> list[tuple[int, float]]:
    """What SQLite's full-text search says."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE held USING fts5 (body)")
    rows = ((chunk_id, " ".join(held)) for chunk_id, held in texts.items())
    connection.executemany("INSERT INTO held (rowid, body) VALUES (?, ?)", rows)
    match = " OR ".join(dict.fromkeys(terms))
    query = "SELECT rowid, -bm25(held) AS score FROM held WHERE held MATCH ? ORDER BY score DESC, rowid LIMIT ?"
    return connection.execute(query, (match, k)).fetchall()


def rows_of(texts: dict[int, list[str]]) -> list[tuple[int, int, bytes]]:
    return [(chunk_id, len(terms), encode_terms(terms)) for chunk_id, terms in texts.items()]


def postings_of(texts: dict[int, list[str]]) -> Postings:
    return Postings.of(rows_of(texts))


NOTHING_WENT = np.empty(0, dtype=np.int64)


def assert_like_fts5(search: LexicalSearch, texts: dict[int, list[str]]) -> None:
    for terms in QUERIES:
        for k in (1, 10, 1000):
            found, wanted = search.search(terms, k), by_fts5(texts, terms, k)
            assert [score for _, score in found] == pytest.approx([score for _, score in wanted], rel=1e-4)
            if k == 1000:
                assert {chunk_id for chunk_id, _ in found} == {chunk_id for chunk_id, _ in wanted}


def test_scores_are_those_of_sqlites_full_text_search(texts: dict[int, list[str]]) -> None:
    assert_like_fts5(LexicalSearch([postings_of(texts)]), texts)


def parts(texts: dict[int, list[str]], *cuts: int) -> Iterator[dict[int, list[str]]]:
    ids = list(texts)
    for first, last in zip((0, *cuts), (*cuts, len(ids)), strict=True):
        yield {chunk_id: texts[chunk_id] for chunk_id in ids[first:last]}


def test_what_came_later_counts_the_same(texts: dict[int, list[str]]) -> None:
    base, *later = parts(texts, 100, 101, 250)
    search, known = LexicalSearch([postings_of(base)]), dict(base)
    for part in later:
        known |= part
        search = search.with_changes([postings_of(part)], NOTHING_WENT)
        assert_like_fts5(search, known)
    whole = LexicalSearch([postings_of(texts)])
    for terms in QUERIES:
        assert search.search(terms, 50) == whole.search(terms, 50)
    assert search.ids.tolist() == list(texts)


def test_what_went_counts_no_more(texts: dict[int, list[str]]) -> None:
    base, later = parts(texts, 200)
    search = LexicalSearch([postings_of(base)])
    gone = [*list(texts)[5:60], list(texts)[220]]
    left = {chunk_id: terms for chunk_id, terms in texts.items() if chunk_id not in gone}
    before = [search.search(terms, 50) for terms in QUERIES]
    caught_up = search.with_changes([postings_of(later)], np.array(gone))
    assert [search.search(terms, 50) for terms in QUERIES] == before  # others may be searching it
    search = caught_up
    assert_like_fts5(search, left)
    assert search.ids.tolist() == list(left)


def test_an_empty_search_finds_nothing() -> None:
    search = LexicalSearch([])
    assert search.search(["w1"], 5) == [] == search.search([], 5)
    assert search.with_changes([], NOTHING_WENT).ids.tolist() == []


def test_only_what_is_allowed_is_found(texts: dict[int, list[str]]) -> None:
    search = LexicalSearch([postings_of(texts)])
    everything = search.search(["w2", "w5"], 1000)
    allowed = np.array([chunk_id for chunk_id, _ in everything[10:20]] + [1])
    assert search.search(["w2", "w5"], 1000, Selection(np.sort(allowed))) == everything[10:20]
    assert search.search(["w2"], 5, Selection(np.empty(0, dtype=np.int64))) == []


def test_equal_scores_go_by_id() -> None:
    search = LexicalSearch(
        [Postings.of([(number, 2, encode_terms(["a", "b"])) for number in range(1, 60)] + [(99, 1, encode_terms(["c"]))])]
    )
    assert [chunk_id for chunk_id, _ in search.search(["a"], 7)] == list(range(1, 8))


def test_of_very_many_terms_the_rarest_are_looked_for() -> None:
    common = [f"c{number}" for number in range(MOST_TERMS)]
    held = [(number, len(common), encode_terms(common)) for number in range(1, 40)] + [(40, 1, encode_terms(["code"]))]
    search = LexicalSearch([Postings.of(held)])
    unheard = [f"u{number}" for number in range(MOST_TERMS)]
    mail = [*unheard, *common, "code"]
    assert search.search(mail, 1) == search.search(["code"], 1) == search.among(Postings.of(held[-1:]), mail, 1)
    kept = search.weights(mail)  # of equally rare ones the first
    assert list(kept) == [term_key(term) for term in [*common[:-1], "code"]]
    assert search.search([*unheard, *common], 50) == search.search(common, 50) != []
