"""Texts that are embedded one portion after another."""

from __future__ import annotations

import pytest

from ragqa.inference import portions
from ragqa.inference.portions import by_length


def test_texts_of_like_length_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PORTION_CHARACTERS", 10)
    texts = ["seven77", "a", "a text longer than a portion", "four", "bb", "five5"]
    assert by_length(texts) == [[1, 4, 3], [5], [0], [2]]


def test_no_texts_are_no_portions() -> None:
    assert by_length([]) == []
