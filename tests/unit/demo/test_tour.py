from __future__ import annotations

from ragqa.demo.tour import TAUGHT, lesson_and_test, manuals_folder, sample_pairs
from ragqa.parsing.registry import supported_suffixes


def test_the_sample_manuals_come_as_a_folder_of_readable_files() -> None:
    with manuals_folder() as folder:
        suffixes = {path.suffix for path in folder.iterdir()}
    assert suffixes == {".pdf", ".html", ".md", ".docx", ".txt"} <= set(supported_suffixes())


def test_the_sample_pairs_are_read() -> None:
    assert len(sample_pairs()) >= 120


def test_lesson_and_test_share_no_section() -> None:
    pairs = sample_pairs()
    lesson, test = lesson_and_test(pairs)
    assert {pair.id for pair in lesson} | {pair.id for pair in test} == {pair.id for pair in pairs}
    assert len(lesson) + len(test) == len(pairs) and abs(len(lesson) - TAUGHT * len(pairs)) < 10
    places = [{(pair.document, pair.section) for pair in part if pair.document} for part in (lesson, test)]
    assert not places[0] & places[1]
    assert all(any(not pair.answers for pair in part) for part in (lesson, test))
