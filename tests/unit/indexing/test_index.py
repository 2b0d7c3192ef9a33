from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.errors import IndexMissing
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import EVERYWHERE, Where
from ragqa.indexing.search.derived import vectors_file
from ragqa.indexing.writer import IndexWriter
from ragqa.text.analysis import query_terms
from ragqa.types import Block, BlockKind, Document

Make = Callable[..., Index]


@pytest.fixture
def index(make_index: Make, kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def texts(index: Index, found: list[tuple[int, float]]) -> list[str]:
    chunks = index.chunks(chunk_id for chunk_id, _ in found)
    return [chunks[chunk_id].chunk.text for chunk_id, _ in found]


def found_in(index: Index, where: Where) -> list[int]:
    """The ids of all chunks that may be found."""
    return [chunk_id for chunk_id, _ in index.search_dense(np.ones(index.manifest.dimension, np.float32), 10_000, where)]


def test_documents_are_listed_by_path(index: Index, kettle: Document, lamp: Document) -> None:
    rows = index.documents()
    assert [(row.path, row.title, row.pages, row.characters) for row in rows] == [
        (lamp.path, lamp.title, None, len(lamp.text)),
        (kettle.path, kettle.title, 2, len(kettle.text)),
    ]


def test_text_is_cut_by_character_offsets(index: Index, kettle: Document) -> None:
    assert index.text(1) == kettle.text
    assert index.text(1, 3, 10) == kettle.text[3:10]
    assert index.text(1, 5) == kettle.text[5:]
    assert index.text(1, 4, 4) == ""
    assert index.text(99) == ""


def test_offsets_count_characters_not_bytes(make_index: Make, script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("paragraph", "Das Gerät 😀 heizt auf 90 °C über Nacht.")])
    index = make_index(document)
    start = document.text.index("90 °C")
    assert index.text(1, start, start + 5) == "90 °C"


def test_blocks_that_overlap_come_back_as_parsed(index: Index, kettle: Document) -> None:
    assert tuple(index.blocks(1, 0, len(kettle.text))) == kettle.blocks
    step = next(block for block in kettle.blocks if block.kind is BlockKind.LIST_ITEM)
    assert index.blocks(1, step.start + 1, step.start + 2) == [step]
    assert index.blocks(1, step.end, step.end) == []


def test_a_group_is_found_whole(index: Index, kettle: Document) -> None:
    steps = [block for block in kettle.blocks if block.kind is BlockKind.LIST_ITEM]
    assert index.group(1, steps[0].group, steps[1].start) == steps


def test_chunks_by_id_and_by_document(index: Index, kettle: Document) -> None:
    chunks = index.document_chunks(1)
    assert [stored.chunk.start for stored in chunks] == sorted(stored.chunk.start for stored in chunks)
    assert index.chunks([chunks[1].id, 99_999]) == {chunks[1].id: chunks[1]}
    assert {stored.document for stored in chunks} == {kettle.path}
    assert index.count_chunks() == len(chunks) + len(index.document_chunks(2))


@pytest.mark.parametrize("question", ["E-24", "e24", "1.7 litres", "vinegar", "scald", "descale"])
def test_lexical_search_finds_words_and_codes(question: str, index: Index) -> None:
    found = index.search_lexical(query_terms(question), 3)
    assert found and found[0][1] > 0
    assert "kettle" in index.chunks([found[0][0]])[found[0][0]].document


def test_lexical_search_ranks_the_exact_code_first(make_index: Make, script_document: Callable[..., Document]) -> None:
    models = ["S8", "S8+", "S9", "S8 plus S8 S8"]
    index = make_index(*(script_document(f"{n}.md", [("paragraph", f"The {m} is here.")]) for n, m in enumerate(models)))
    assert texts(index, index.search_lexical(query_terms("S8+"), 4))[0] == "The S8+ is here."


def test_headings_are_searched_with_the_text(index: Index) -> None:
    (first, *_) = texts(index, index.search_lexical(query_terms("warranty"), 5))
    assert "30 months" in first


@pytest.mark.parametrize("terms", [[], ['"'], ["a OR b"], ["NEAR("], ["*"], ["body:x"], ["nowhere"]])
def test_lexical_search_takes_any_term(terms: list[str], index: Index) -> None:
    assert index.search_lexical(terms, 5) == []


def test_lexical_search_keeps_to_what_is_allowed(index: Index) -> None:
    everything = index.search_lexical(["the"], 50)
    assert len(everything) > 2
    lamps = {stored.id for stored in index.document_chunks(2)}
    assert index.search_lexical(["the"], 50, index.where("lamp.html")) == [one for one in everything if one[0] in lamps] != []
    assert index.search_lexical(["the"], 50, index.where("nowhere.md")) == []
    assert len(index.search_lexical(["the"], 2)) == 2


def test_dense_search_gives_cosines_best_first(index: Index, embedder: Any) -> None:
    vector = embedder.embed_queries(["The lamp draws 8 watts"])[0]
    found = index.search_dense(vector, 50)
    assert len(found) == index.count_chunks()
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert "8 watts" in texts(index, found)[0]
    stored = index.embeddings([found[0][0]])[found[0][0]]
    assert found[0][1] == pytest.approx(float(stored @ vector), abs=1e-3)


@pytest.mark.parametrize(
    ("glob", "documents"),
    [
        ("kitchen/kettle.md", {"kitchen/kettle.md"}),
        ("kettle.md", {"kitchen/kettle.md"}),
        ("KETTLE.*", {"kitchen/kettle.md"}),
        ("*.html", {"hall/lamp.html"}),
        ("hall/*", {"hall/lamp.html"}),
        ("*", {"hall/lamp.html", "kitchen/kettle.md"}),
        ("*.pdf", set()),
        ("kettle", set()),
    ],
)
def test_document_globs(glob: str, documents: set[str], index: Index) -> None:
    ids = found_in(index, index.where(document_glob=glob))
    assert {stored.document for stored in index.chunks(ids).values()} == documents
    assert len(ids) == sum(len(index.document_chunks(row.id)) for row in index.documents() if row.path in documents)


@pytest.mark.parametrize(
    ("section", "count"),
    [
        ("errors", 1), ("ERRORS", 1), ("Desc", 1), ("kettle k1", 4), ("Steam", 1), ("nowhere", 0), ("kettle > errors", 1),
        ("KETTLE K1 › desc", 1), ("errors > kettle", 0), ("kettle > \udcff", 0),
    ],
)  # fmt: skip
def test_sections_are_found_by_a_part_of_their_path(section: str, count: int, index: Index) -> None:
    assert len(found_in(index, index.where(section=section))) == count


def test_sections_are_found_without_regard_to_case_in_any_language(
    make_index: Make, script_document: Callable[..., Document]
) -> None:
    index = make_index(script_document("a.md", [("heading", "Überhitzung", 1), ("paragraph", "Ausschalten.")]))
    for part in ("Überhitzung", "überhitzung", "ÜBER"):
        assert len(found_in(index, index.where(section=part))) == 1, part


def test_a_section_may_hold_quotes(make_index: Make, script_document: Callable[..., Document]) -> None:
    index = make_index(script_document("a.md", [("heading", 'The "Eco" mode \\ night', 1), ("paragraph", "Saves power.")]))
    for part in ('"eco"', "\\ night", '"Eco" mode'):
        assert len(found_in(index, index.where(section=part))) == 1, part


def test_both_filters_must_hold(index: Index) -> None:
    assert found_in(index, index.where("lamp.html", "Errors")) == []
    assert index.where() == EVERYWHERE


def test_vectors_are_made_again_when_their_file_is_gone_or_bad(index: Index, embedder: Any) -> None:
    vector = embedder.embed_queries(["vinegar"])[0]
    before = index.search_dense(vector, 3)
    path = index.folder / vectors_file(index.generation)
    for damage in (path.unlink, lambda: path.write_bytes(b"nonsense")):
        damage()
        count = len(embedder.embedded)
        with Index(index.folder) as again:
            assert [chunk_id for chunk_id, _ in again.search_dense(vector, 3)] == [chunk_id for chunk_id, _ in before]
        assert len(embedder.embedded) == count


def test_a_snapshot_stays_at_its_commit(
    index: Index, manifest: Manifest, embedder: Any, put_document: Callable[..., None], script_document: Callable[..., Document]
) -> None:
    generation, chunks = index.generation, index.count_chunks()
    vector = embedder.embed_queries(["zebra"])[0]
    with index.snapshot():
        assert index.count_chunks() == chunks
        with IndexWriter(index.folder, manifest) as writer:
            put_document(writer, embedder, script_document("new.md", [("paragraph", "A zebra grazes.")]))
            writer.remove_document(1)
            writer.commit()
        assert (index.generation, index.count_chunks()) == (generation, chunks)
        with index.snapshot():  # may be entered again
            assert len(index.search_dense(vector, 99)) == chunks
        assert index.search_lexical(["zebra"], 5) == []
        assert index.text(1) != ""
    assert index.generation == generation + 1
    assert texts(index, index.search_lexical(["zebra"], 5)) == ["A zebra grazes."]
    assert texts(index, index.search_dense(vector, 1)) == ["A zebra grazes."]


def test_a_snapshot_ends_when_its_body_raises(index: Index) -> None:
    with pytest.raises(ValueError), index.snapshot():
        index.count_chunks()
        raise ValueError
    with index.snapshot():
        assert index.count_chunks()


def test_threads_may_share_an_index(index: Index, embedder: Any) -> None:
    vector = embedder.embed_queries(["vinegar"])[0]
    expected = index.search_dense(vector, 3), index.search_lexical(["vinegar"], 3)
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(30):
            with index.snapshot():
                found = index.search_dense(vector, 3), index.search_lexical(["vinegar"], 3)
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_index_nobody_may_write_to_can_be_read(index: Index, tmp_path: Path) -> None:
    index.close()
    folder = index.folder
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        with Index(folder) as again:
            assert len(again.documents()) == 2
    finally:
        folder.chmod(0o755)


def test_a_missing_index(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Index(tmp_path / "nowhere")


def test_blocks_keep_every_field(make_index: Make, script_document: Callable[..., Document]) -> None:
    index = make_index(script_document("a.md", [("page", 4), ("heading", "H", 3), ("code", "x = 1\n  y")], pages=4))
    assert index.blocks(1, 0, 99) == [
        Block(BlockKind.HEADING, 0, 1, ("H",), (3,), 4, 0),
        Block(BlockKind.CODE, 3, 12, ("H",), (3,), 4, 0),
    ]
