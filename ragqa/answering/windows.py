"""Question and passage to token windows, the same for reading and for training.

A passage longer than a window is covered by several that overlap by the stride. What stands before the passage's own text (its
title and heading path) is seen by the reader but can never be part of a span.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUESTION_TOKENS = 64
"""Room for a question; a longer one is cut, so that the passage keeps most of the window."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to read, with the line of headings to read before it (empty: none).

    A span lies whole within one of the `segments`, character offsets into the text in order; none given means the whole text.
    """

    text: str
    headings: str = ""
    segments: tuple[tuple[int, int], ...] = ()

    @property
    def context(self) -> str:
        return f"{self.headings}\n{self.text}" if self.headings else self.text

    @property
    def offset(self) -> int:
        """Where the passage's own text begins in `context`."""
        return len(self.headings) + 1 if self.headings else 0

    def joined(self) -> Passage:
        """The passage with neighbouring paragraphs and list items made one segment; table cells stay apart, and so does what a
        heading divides."""
        merged: list[tuple[int, int]] = []
        for start, end in self.segments:
            apart = not merged or self.text[merged[-1][1] : start].strip()
            if not apart and self._fills_lines(start, end) and self._fills_lines(*merged[-1]):
                start = merged.pop()[0]
            merged.append((start, end))
        return replace(self, segments=tuple(merged))

    def _fills_lines(self, start: int, end: int) -> bool:
        """Whether nothing else stands on the lines of start..end: so for paragraphs, not for one cell of a row."""
        return (start == 0 or self.text[start - 1] == "\n") and (end >= len(self.text) or self.text[end] == "\n")


@dataclass(frozen=True, slots=True)
class Windows:
    """Token windows over some passages of one question.

    `inputs` are the model's arrays, shape (windows, tokens). `passage` gives each window's passage, shape (windows,).
    `starts` and `ends` are each token's character offsets into its passage's own text, shape (windows, tokens): negative in its
    headings, -1 for tokens of the question and special ones. `in_passage`, of the same shape, tells which tokens a span may use,
    and `segment` which ones it may join. `null` is the position of the token that stands for "no answer", shape (windows,).
    """

    inputs: dict[str, NDArray[np.int64]]
    passage: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    in_passage: NDArray[np.bool_]
    segment: NDArray[np.int64]
    null: NDArray[np.int64]


def make_windows(tokenizer: Any, question: str, passages: Sequence[Passage], window_tokens: int, stride: int) -> Windows:
    """Windows over every passage, padded to the longest. `tokenizer` is a fast Hugging Face tokenizer."""
    import numpy as np

    question = _cut(tokenizer, question)
    encoded = tokenizer(
        [question] * len(passages),
        [passage.context for passage in passages],
        truncation="only_second",
        max_length=window_tokens,
        stride=stride,
        padding=True,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    owner = np.array(encoded["overflow_to_sample_mapping"], dtype=np.int64)
    offsets = np.array(encoded["offset_mapping"], dtype=np.int64)
    first = np.array([passage.offset for passage in passages], dtype=np.int64)[owner][:, None]
    from_context = np.array([[part == 1 for part in encoded.sequence_ids(row)] for row in range(len(owner))], dtype=bool)
    starts, ends = (np.where(from_context, offsets[:, :, side] - first, -1) for side in (0, 1))
    starts = np.stack([_past_white_space(passages[one].text, starts[row], ends[row]) for row, one in enumerate(owner)])
    inputs = {name: np.array(encoded[name], dtype=np.int64) for name in tokenizer.model_input_names if name in encoded}
    null = np.zeros(len(owner), dtype=np.int64)
    if tokenizer.cls_token_id is not None:
        null = (inputs["input_ids"] == tokenizer.cls_token_id).argmax(axis=1)
    segment = np.stack([_segment_of(passages[one], starts[row], ends[row]) for row, one in enumerate(owner)])
    return Windows(inputs, owner, starts, ends, (starts >= 0) & (segment >= 0), segment, null)


def _past_white_space(text: str, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The tokens' starts, moved past the space that SentencePiece-like tokenizers count to the word after it."""
    import numpy as np

    led = [start >= 0 and text[start : min(start + 1, end)].isspace() for start, end in zip(starts, ends, strict=True)]
    return starts + np.array(led, dtype=np.int64)


def _segment_of(passage: Passage, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of the passage's segments holds each token, shape (tokens,); -1 where none does."""
    import numpy as np

    segments = np.array(passage.segments or ((0, len(passage.text)),), dtype=np.int64)
    found = np.searchsorted(segments[:, 0], starts, side="right") - 1
    inside = (found >= 0) & (ends <= segments[found, 1]) & (ends > starts)
    return np.where(inside, found, -1)


def _cut(tokenizer: Any, question: str) -> str:
    encoded = tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)
    offsets = encoded["offset_mapping"]
    return question if len(offsets) <= QUESTION_TOKENS else question[: offsets[QUESTION_TOKENS - 1][1]]
