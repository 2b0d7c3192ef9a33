from __future__ import annotations

import pytest

from ragqa.answering.evidence import Evidence
from ragqa.types import Block, BlockKind, Chunk, Hit


def a_hit(text: str, title: str = "Kettle", start: int = 0) -> Hit:
    return Hit(1, 1, "kettle.md", title, Chunk(text, start, start + len(text)), 0.0, 0.0, 0.0)


def rows(text: str, start: int = 0, section: tuple[str, ...] = ()) -> list[Block]:
    """One table row for each line of a text that begins at `start` of its document."""
    blocks = []
    for line in text.split("\n"):
        blocks.append(Block(BlockKind.TABLE_ROW, start, start + len(line), section, tuple(range(1, len(section) + 1))))
        start += len(line) + 1
    return blocks


TABLE = "E-24 | The lid is open\nE-25 | The base is wet"


def test_the_row_with_the_code_is_nearer_than_its_neighbour() -> None:
    evidence = Evidence("What does E-24 mean?", [a_hit(TABLE)], [rows(TABLE)])
    assert evidence.near(0, 7, 22) > evidence.near(0, 30, 45)


def test_all_of_the_question_is_one_and_none_is_zero() -> None:
    evidence = Evidence("lid open", [a_hit(TABLE)], [rows(TABLE)])
    assert evidence.near(0, 7, 22) == pytest.approx(1.0)
    assert evidence.near(0, 30, 45) == 0.0


def test_rare_words_weigh_more_than_words_of_every_passage() -> None:
    texts = ["kettle lid", "kettle base", "kettle spout"]
    evidence = Evidence("kettle lid", [a_hit(text, "") for text in texts], [rows(text) for text in texts])
    assert evidence.near(1, 0, 3) < 0.25 < 0.75 < 1 - evidence.near(1, 0, 3)
    assert evidence.near(0, 0, 3) == pytest.approx(1.0)


def test_headings_and_title_count() -> None:
    evidence = Evidence("Kettle errors", [a_hit(TABLE, "Kettle")], [rows(TABLE, section=("Errors",))])
    assert evidence.near(0, 30, 45) == pytest.approx(1.0)


def test_a_span_over_two_blocks_has_the_words_of_both() -> None:
    evidence = Evidence("lid base", [a_hit(TABLE)], [rows(TABLE)])
    both = evidence.near(0, 7, 45)
    assert both == pytest.approx(1.0)
    assert evidence.near(0, 7, 22) + evidence.near(0, 30, 45) == pytest.approx(both)


def test_offsets_are_those_of_the_document() -> None:
    evidence = Evidence("lid open", [a_hit(TABLE, start=1000)], [rows(TABLE, start=1000)])
    assert evidence.near(0, 1007, 1022) == pytest.approx(1.0)
    assert evidence.near(0, 7, 22) == 0.0


def test_only_what_the_passage_holds_of_a_block_counts() -> None:
    begins_before = [Block(BlockKind.PARAGRAPH, 0, 60)]
    evidence = Evidence("lid wet", [a_hit("the lid is open", start=30)], [begins_before])
    assert 0 < evidence.near(0, 34, 37) < 1


@pytest.mark.parametrize("question", ["", "?!", "—"])
def test_a_question_without_words_has_no_evidence(question: str) -> None:
    assert Evidence(question, [a_hit(TABLE)], [rows(TABLE)]).near(0, 7, 22) == 0.0


def test_each_passage_is_judged_by_its_own_blocks() -> None:
    evidence = Evidence("lid", [a_hit("the base"), a_hit("the lid")], [rows("the base"), rows("the lid")])
    assert (evidence.near(0, 0, 3), evidence.near(1, 0, 3)) == (0.0, pytest.approx(1.0))
