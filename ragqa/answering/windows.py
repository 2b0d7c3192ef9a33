"""Question and passage to token windows, the same for reading and for training.

A passage longer than a window is covered by several that overlap by the stride. What stands before the passage's own text (its
title and heading path) is seen by the reader but can never be part of a span.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ragqa.errors import ModelError
from ragqa.text.scripts import UNSPACED_RUN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

QUESTION_TOKENS = 64
"""Room for a question; a longer one is cut, so that the passage keeps most of the window."""

_ASKS = re.compile(r"\?(?!\w)|[？؟]")
"""The end of a sentence that asks; not the mark within an address."""

_FIELDS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
"""A model's inputs by the names that the tokenizers library has for them."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to read, with the line of headings to read before it (empty: none).

    A span lies whole within one of the `segments`, character offsets into the text in order; none given means the whole text.
    `dense` and `lexical` say how well it was retrieved (see `ragqa.types.Hit`): a reader may choose by them what to read.
    """

    text: str
    headings: str = ""
    segments: tuple[tuple[int, int], ...] = ()
    dense: float = 0.0
    lexical: float = 0.0

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


class WindowTokenizer:
    """Cuts a question and passages into windows, with a tokenizer that becomes its own.

    `inputs` are the names of the model's inputs, `first` and `padding` the ids of the token that stands first and of the one that
    fills a row up, where there are such.

    Threads: any number may cut at the same time: each length of windows has a tokenizer of its own, which is never set otherwise.
    """

    def __init__(self, tokenizer: Tokenizer, inputs: Sequence[str], first: int | None = None, padding: int | None = None) -> None:
        self.inputs, self.first, self.padding = tuple(inputs), first, padding or 0
        self._tokenizer, self._lock = tokenizer, Lock()
        self._cutters: dict[tuple[int, int], Tokenizer] = {}

    @classmethod
    def of(cls, tokenizer: Any) -> WindowTokenizer:
        """That of a fast tokenizer of transformers, which itself is left as it is; the same one each time."""
        with _MADE_LOCK:
            if tokenizer not in _MADE:
                copy = _copy(tokenizer.backend_tokenizer)
                _MADE[tokenizer] = cls(copy, tokenizer.model_input_names, tokenizer.cls_token_id, tokenizer.pad_token_id)
            return _MADE[tokenizer]

    def cutter(self, window_tokens: int, stride: int) -> Tokenizer:
        """The tokenizer that cuts pairs of a question and a passage into windows of so many tokens.

        Raises ModelError where windows that overlap so far leave no room for a question.
        """
        if _question_room(self._tokenizer, window_tokens, stride) < 1:
            raise ModelError(
                f"windows of {window_tokens} tokens cannot overlap by {stride}", hint="Restore ragqa.json in the reader's folder."
            )
        with self._lock:
            found = self._cutters.get((window_tokens, stride))
            if found is None:
                found = _copy(self._tokenizer) if self._cutters else self._tokenizer
                found.no_padding()
                found.enable_truncation(window_tokens, stride=stride, strategy="only_second")
                self._cutters[window_tokens, stride] = found
            return found


def _copy(tokenizer: Tokenizer) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(tokenizer.to_str())


_MADE: WeakKeyDictionary[Any, WindowTokenizer] = WeakKeyDictionary()
_MADE_LOCK = Lock()


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
    """Windows over every passage, padded to the longest. `tokenizer` is a fast one of transformers or a WindowTokenizer.

    Threads: any number at the same time, also with one tokenizer.
    """
    import numpy as np

    if not isinstance(tokenizer, WindowTokenizer):
        tokenizer = WindowTokenizer.of(tokenizer)
    cutter = tokenizer.cutter(window_tokens, stride)
    room = _question_room(cutter, window_tokens, stride)
    owner, encodings = _encoded(cutter, _cut(cutter, question, room), passages)
    offsets = _table([encoding.offsets for encoding in encodings], (0, 0))
    first = np.array([passage.offset for passage in passages], dtype=np.int64)[owner][:, None]
    from_context = _table([[part == 1 for part in encoding.sequence_ids] for encoding in encodings], 0).astype(bool)
    starts, ends = (np.where(from_context, offsets[:, :, side] - first, -1) for side in (0, 1))
    starts = np.stack([_past_white_space(passages[one].text, starts[row], ends[row]) for row, one in enumerate(owner)])
    padding = {"input_ids": tokenizer.padding}
    inputs = {
        name: _table([getattr(encoding, _FIELDS[name]) for encoding in encodings], padding.get(name, 0))
        for name in tokenizer.inputs
        if name in _FIELDS
    }
    null = np.zeros(len(owner), dtype=np.int64)
    if tokenizer.first is not None:
        null = (inputs["input_ids"] == tokenizer.first).argmax(axis=1)
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


def _encoded(cutter: Tokenizer, question: str, passages: Sequence[Passage]) -> tuple[NDArray[np.int64], list[Encoding]]:
    """The windows as the tokenizer cuts them, and the number of each one's passage."""
    import numpy as np

    encodings, owner = [], []
    for number, first in enumerate(cutter.encode_batch([(question, passage.context) for passage in passages])):
        windows = [first, *first.overflowing]
        encodings += windows
        owner += [number] * len(windows)
    return np.array(owner, dtype=np.int64), encodings


def _table(rows: Sequence[Sequence[Any]], fill: Any) -> NDArray[np.int64]:
    """Rows of different length as one array, filled up at their ends."""
    import numpy as np

    width = max(map(len, rows))
    return np.array([[*row, *[fill] * (width - len(row))] for row in rows], dtype=np.int64)


def _question_room(tokenizer: Tokenizer, window_tokens: int, stride: int) -> int:
    """The most tokens of a question: what it leaves of a window must be more than the stride, or no window would get further."""
    return min(QUESTION_TOKENS, window_tokens - stride - 1 - tokenizer.num_special_tokens_to_add(True))


def _cut(cutter: Tokenizer, question: str, room: int) -> str:
    """The question, or so much of it as there is room for: up to the end of the last sentence that asks, where one does.

    It is cut as a passage is, so that no tokenizer has to be set.
    """
    encoding = cutter.encode("", question)
    if len(_spots(encoding)) <= room:
        return question
    asked = list(_ASKS.finditer(question))
    end = asked[-1].end() if asked else len(question)
    spots = sorted({spot for part in (encoding, *encoding.overflowing) for spot in _spots(part) if spot[1] <= end})
    starts = [start for start, _ in spots[-room:]]
    words = [start for start in starts if _begins_word(question, start)]
    tails = (question[start:end].strip() for start in (*words, *starts))  # a part of a word may be cut into more than the whole
    return next((tail for tail in tails if len(_spots(cutter.encode("", tail))) <= room), "")


def _begins_word(text: str, at: int) -> bool:
    """Whether no word is torn where a token begins; with some tokenizers it begins with the blank before its word."""
    return not text[at - 1 : at].strip() or text[at : at + 1].isspace() or UNSPACED_RUN.match(text, at) is not None


def _spots(encoding: Encoding) -> list[tuple[int, int]]:
    """The character offsets of the tokens of what was encoded second."""
    return [spot for spot, part in zip(encoding.offsets, encoding.sequence_ids, strict=True) if part == 1]
