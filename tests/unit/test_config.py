from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from ragqa.config import AskSettings, IngestSettings, RetrieverSettings, Settings, TrainSettings, check_ranges, override
from ragqa.errors import UsageError


def test_defaults_are_in_range() -> None:
    for section in (Settings(), IngestSettings(), AskSettings(), TrainSettings(), RetrieverSettings()):
        check_ranges(section)


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        AskSettings().top_k = 3  # type: ignore[misc]


def test_override_leaves_out_none_and_keeps_zero() -> None:
    changed = override(AskSettings(), top_k=None, answers=2, threshold=0.0, lexical_weight=0)
    assert changed == AskSettings(answers=2, threshold=0.0, lexical_weight=0)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        (AskSettings(), "top_k", 0),
        (AskSettings(), "answers", 0),
        (AskSettings(), "candidates", -1),
        (AskSettings(), "threshold", 1.5),
        (AskSettings(), "threshold", -0.1),
        (AskSettings(), "threshold", float("nan")),
        (AskSettings(), "decisive", 1.1),
        (IngestSettings(), "chunk_tokens", 15),
        (IngestSettings(), "chunk_overlap", -1),
        (IngestSettings(), "chunk_overlap", 220),
        (IngestSettings(), "heading_tokens", -1),
        (IngestSettings(), "max_text_mb", 0),
        (IngestSettings(), "max_file_mb", 0),
        (IngestSettings(), "vector_index", "annoy"),
        (Settings(), "threads", -1),
        (TrainSettings(), "epochs", 0.0),
        (TrainSettings(), "learning_rate", -1e-4),
        (TrainSettings(), "validation", 0.95),
        (TrainSettings(), "objective", "all"),
        (TrainSettings(), "device", "tpu"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(section: AskSettings, name: str, value: object) -> None:
    with pytest.raises(UsageError, match=name):
        override(section, **{name: value})


def test_no_name_is_in_two_sections() -> None:
    names = [item.name for section in (Settings, IngestSettings, AskSettings, TrainSettings) for item in fields(section)]
    assert len(names) == len(set(names))
