from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from ragqa.chunking import CHARACTERS_PER_TOKEN_AT_MOST, HARD_LEVEL, chunk_document, embedded_text
from ragqa.config import IngestSettings
from ragqa.types import Block, BlockKind, Chunk, Document

SETTINGS = IngestSettings(chunk_tokens=50, chunk_overlap=12, heading_tokens=12)
WORDS = [
    "pump", "valve", "the", "filter", "of", "water", "E-24", "pressure", "screw", "turn,", "lamp.", "Open;", "close!", "12", "mm",
]  # fmt: skip


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def generated(script: Callable[..., Document], seed: int) -> Document:
    """A document with headings of every depth (also in a row), blocks from one word to several chunks, and pages."""
    dice = random.Random(seed)
    steps: list[tuple[object, ...]] = []
    page = 1

    def prose(longest: int) -> str:
        return " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, longest)))

    for number in range(dice.randint(3, 25)):
        page += dice.random() < 0.3
        steps.append(("page", page))
        kind = dice.choice(["heading", "paragraph", "paragraph", "long", "list", "table", "code"])
        if kind == "heading":
            # Names repeat on purpose: two sections of one name are two sections.
            steps.append(("heading", f"Part {number % 3}", dice.randint(1, 4)))
        elif kind == "long":
            steps.append(("paragraph", prose(300)))
        elif kind in ("list", "table"):
            steps.append((kind, *(prose(20) for _ in range(dice.randint(1, 9)))))
        else:
            steps.append((kind, prose(60)))
    steps.append(("paragraph", "The end."))
    return script("generated.md", steps, pages=page)


@pytest.fixture(params=range(60))
def document(request: pytest.FixtureRequest, script_document: Callable[..., Document]) -> Document:
    return generated(script_document, request.param)


def blocks_in(document: Document, chunk: Chunk) -> list[Block]:
    return [block for block in document.blocks if block.start < chunk.end and chunk.start < block.end]


def chunks_of(document: Document, settings: IngestSettings = SETTINGS) -> list[Chunk]:
    return chunk_document(document, settings, count_words)


def test_a_chunk_is_a_slice_of_the_document(document: Document) -> None:
    chunks = chunks_of(document)
    assert chunks
    for chunk in chunks:
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip() != ""


def test_every_character_outside_headings_is_in_some_chunk(document: Document) -> None:
    covered = {place for chunk in chunks_of(document) for place in range(chunk.start, chunk.end)}
    for block in document.blocks:
        if block.kind is not BlockKind.HEADING:
            lost = [place for place in range(block.start, block.end) if place not in covered]
            assert not "".join(document.text[place] for place in lost).strip()


def test_chunks_keep_the_token_limit(document: Document) -> None:
    for settings in (SETTINGS, IngestSettings(chunk_tokens=30, chunk_overlap=0, heading_tokens=12)):
        for chunk in chunks_of(document, settings):
            assert count_words([chunk.text])[0] <= settings.chunk_tokens


def test_no_chunk_crosses_a_heading_of_level_one_or_two(document: Document) -> None:
    for chunk in chunks_of(document):
        held = blocks_in(document, chunk)
        text_seen = False
        for block in held:
            is_hard = block.kind is BlockKind.HEADING and block.levels[-1] <= HARD_LEVEL
            assert not (text_seen and is_hard), chunk.text
            text_seen = text_seen or block.kind is not BlockKind.HEADING


def test_a_heading_goes_with_the_text_that_follows(document: Document) -> None:
    for chunk in chunks_of(document):
        last = blocks_in(document, chunk)[-1]
        if last.kind is BlockKind.HEADING:  # only one without text of its own may end a chunk
            following = document.blocks[document.blocks.index(last) + 1]
            assert following.kind is BlockKind.HEADING, chunk.text
            assert following.levels[-1] <= HARD_LEVEL, chunk.text


def test_pages_are_those_of_the_blocks(document: Document) -> None:
    for chunk in chunks_of(document):
        pages = [block.page for block in blocks_in(document, chunk) if block.page is not None]
        assert (chunk.page_first, chunk.page_last) == (min(pages), max(pages))
        assert chunk.pages == tuple(range(min(pages), max(pages) + 1))


def test_the_section_holds_for_every_block_of_the_chunk(document: Document) -> None:
    for chunk in chunks_of(document):
        held = [block for block in blocks_in(document, chunk) if block.kind is not BlockKind.HEADING]
        for block in held:
            assert block.section[: len(chunk.section)] == chunk.section
        following = [block.section[len(chunk.section) : len(chunk.section) + 1] for block in held]
        assert len(held) == 0 or () in following or len(set(following)) > 1, "the longest common path"


def test_chunks_are_in_order_and_go_forward(document: Document) -> None:
    for one, following in pairwise(chunks_of(document)):
        assert one.start < following.start
        assert one.end < following.end


def test_consecutive_chunks_of_a_section_overlap(script_document: Callable[..., Document]) -> None:
    sentences = [f"Sentence number {number} says something." for number in range(60)]
    document = script_document("a.md", [("heading", "Use", 1), ("paragraph", " ".join(sentences))])
    chunks = chunks_of(document)
    assert len(chunks) > 4
    for one, following in pairwise(chunks):
        shared = document.text[following.start : one.end]
        assert 0 < count_words([shared])[0] <= SETTINGS.chunk_overlap, (one.text, following.text)


def test_overlap_is_made_of_whole_blocks(script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("list", *(f"Step {number} takes five words." for number in range(40)))])
    starts = {block.start for block in document.blocks}
    chunks = chunks_of(document)
    assert all(chunk.start in starts for chunk in chunks)
    assert all(following.start < one.end for one, following in pairwise(chunks))


def test_no_overlap_when_none_is_asked_for(script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("list", *(f"Step {number} takes five words." for number in range(40)))])
    settings = IngestSettings(chunk_tokens=50, chunk_overlap=0, heading_tokens=12)
    assert all(one.end <= following.start for one, following in pairwise(chunks_of(document, settings)))


def test_a_long_paragraph_is_cut_after_sentences(script_document: Callable[..., Document]) -> None:
    sentences = [f"Sentence number {number} says something." for number in range(60)]
    document = script_document("a.md", [("paragraph", " ".join(sentences))])
    assert all(chunk.text.endswith(".") and chunk.text.startswith("Sentence") for chunk in chunks_of(document))


def test_text_before_the_first_heading_is_kept(script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("paragraph", "Read this first."), ("heading", "Use", 1), ("paragraph", "Push it.")])
    assert [(chunk.text, chunk.section) for chunk in chunks_of(document)] == [
        ("Read this first.", ()),
        ("Use\n\nPush it.", ("Use",)),
    ]


def test_headings_in_a_row_stay_with_their_text(script_document: Callable[..., Document]) -> None:
    steps = [("heading", "Lamp", 1), ("heading", "Use", 2), ("heading", "Switch on", 3), ("paragraph", "Push it.")]
    (chunk,) = chunks_of(script_document("a.md", steps))
    assert chunk.text == "Lamp\n\nUse\n\nSwitch on\n\nPush it."


def test_two_sections_of_one_name_are_two_chunks(script_document: Callable[..., Document]) -> None:
    steps = [("heading", "Note", 2), ("paragraph", "One."), ("heading", "Note", 2), ("paragraph", "Two.")]
    assert [chunk.text for chunk in chunks_of(script_document("a.md", steps))] == ["Note\n\nOne.", "Note\n\nTwo."]


def test_small_deep_sections_share_a_chunk(script_document: Callable[..., Document]) -> None:
    steps: list[tuple[object, ...]] = [("heading", "Parts", 2)]
    for name in ("Lid", "Base"):
        steps += [("heading", name, 3), ("paragraph", f"The {name} is made of steel.")]
    (chunk,) = chunks_of(script_document("a.md", steps))
    assert chunk.section == ("Parts",)


def test_a_chunk_that_begins_with_its_headings_has_the_path_of_its_text(script_document: Callable[..., Document]) -> None:
    steps = [("heading", "Lamp", 1), ("heading", "Use", 2), ("heading", "Switch on", 3), ("paragraph", "Push it.")]
    (chunk,) = chunks_of(script_document("a.md", steps))
    assert chunk.section == ("Lamp", "Use", "Switch on")


def test_a_chunk_over_two_deep_sections_has_their_common_path(script_document: Callable[..., Document]) -> None:
    steps = [
        ("heading", "A", 1), ("heading", "B", 2), ("heading", "C", 3), ("paragraph", "One."),
        ("heading", "D", 3), ("paragraph", "Two."),
    ]  # fmt: skip
    (chunk,) = chunks_of(script_document("a.md", steps))
    assert "One." in chunk.text and "Two." in chunk.text
    assert chunk.section == ("A", "B")


@pytest.mark.parametrize("text", ["x" * 10_000, "x" * 10_000 + " word " + "y" * 5_000, "-" * 10_000])
def test_a_word_of_ten_thousand_characters_is_bounded(text: str, script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("paragraph", text), ("paragraph", "After it.")])
    chunks = chunk_document(document, SETTINGS, lambda texts: [1] * len(texts))
    limit = (SETTINGS.chunk_tokens + 1) * CHARACTERS_PER_TOKEN_AT_MOST
    assert max(len(chunk.text) for chunk in chunks) <= limit
    covered = {place for chunk in chunks for place in range(chunk.start, chunk.end)}
    assert all(place in covered for place, letter in enumerate(document.text) if not letter.isspace())


def test_a_document_of_headings_only_is_one_chunk_with_them(script_document: Callable[..., Document]) -> None:
    chunks = chunks_of(script_document("a.md", [("heading", "Lamp", 1), ("heading", "Use", 2)]))
    assert [chunk.text for chunk in chunks] == ["Lamp\n\nUse"]


def test_headings_do_not_push_a_chunk_over_the_limit(script_document: Callable[..., Document]) -> None:
    text = " ".join(f"Sentence number {number} has six words." for number in range(8))  # 48 of the 50 tokens
    document = script_document("a.md", [("heading", "How to use the lamp", 1), ("paragraph", text)])
    for settings in (SETTINGS, IngestSettings(chunk_tokens=50, chunk_overlap=0, heading_tokens=12)):
        chunks = chunks_of(document, settings)
        assert len(chunks) == 2 and chunks[0].text.startswith("How to use the lamp\n\nSentence number 0")
        assert max(count_words([chunk.text for chunk in chunks])) <= 50


def test_a_long_row_of_headings_is_cut_too(script_document: Callable[..., Document]) -> None:
    headings = [("heading", f"Heading {number} of a contents page", 3) for number in range(100)]
    only = chunks_of(script_document("a.md", headings))
    assert "".join(chunk.text for chunk in only).count("Heading") == 100
    followed = chunks_of(script_document("a.md", [*headings, ("paragraph", "The end.")]))
    assert followed[-1].text.endswith("The end.")
    assert max(count_words([chunk.text for chunk in [*only, *followed]])) <= SETTINGS.chunk_tokens


def test_a_document_without_pages_has_chunks_without_pages(script_document: Callable[..., Document]) -> None:
    (chunk,) = chunks_of(script_document("a.md", [("paragraph", "Push it.")]))
    assert (chunk.page_first, chunk.page_last, chunk.pages) == (None, None, ())


def test_an_empty_document_has_no_chunks() -> None:
    assert chunks_of(Document("a.md", "A", "", ())) == []


def test_embedded_text_begins_with_title_and_headings_each_once() -> None:
    text = embedded_text("Lamp L2", ("Lamp L2", "Use"), "Push it.", SETTINGS, count_words)
    assert text == "Lamp L2 > Use\nPush it."


def test_embedded_text_without_any_heading_is_the_text() -> None:
    assert embedded_text("", (), "Push it.", SETTINGS, count_words) == "Push it."


def test_embedded_headings_give_up_the_middle_first() -> None:
    section = ("one two three four five", "six seven eight nine ten", "Switch on")
    line = embedded_text("Lamp L2", section, "Push it.", SETTINGS, count_words).split("\n")[0]
    assert line.startswith("Lamp L2 > ") and line.endswith(" > Switch on")
    assert count_words([line])[0] <= SETTINGS.heading_tokens


def test_one_endless_heading_is_cut() -> None:
    line = embedded_text("word " * 500, (), "Push it.", SETTINGS, count_words).split("\n")[0]
    assert len(line) <= SETTINGS.heading_tokens * 4


def count_characters(texts: Sequence[str]) -> list[int]:
    """As embedders do that know no words of a script without spaces."""
    return [len(text) for text in texts]


@pytest.mark.parametrize("ending", ["。", "！", "？"])
def test_a_long_paragraph_without_spaces_is_cut_at_sentences(ending: str, script_document: Callable[..., Document]) -> None:
    sentences = [f"{'電源を入れる前に、' * (number % 3)}第{number}の蓋を閉めて{ending}" for number in range(60)]
    document = script_document("a.md", [("paragraph", "".join(sentences))])
    chunks = chunk_document(document, replace(SETTINGS, chunk_overlap=30), count_characters)
    assert len(chunks) > 10
    assert all(len(chunk.text) <= SETTINGS.chunk_tokens and chunk.text.endswith(ending) for chunk in chunks)
    assert all(any(sentence in chunk.text for chunk in chunks) for sentence in sentences)


def test_a_longer_sentence_without_spaces_is_cut_at_its_commas(script_document: Callable[..., Document]) -> None:
    document = script_document("a.md", [("paragraph", "请先关闭电源并等待十分钟，" * 40)])
    assert all(chunk.text.endswith("，") for chunk in chunk_document(document, SETTINGS, count_characters))
