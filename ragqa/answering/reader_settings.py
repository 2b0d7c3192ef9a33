"""What belongs to a reader beside its weights: how it reads, and how its spans are ranked and trusted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ragqa.errors import ModelError

READER_FILE = "ragqa.json"
HINT = "Restore the reader's folder."
LARGEST_SETTINGS = 1 << 20
LARGEST_WEIGHT = 1e6
"""Of a calibration: far more than any that was ever fitted."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the candidate spans of a question are ranked, and how likely the first one is right.

    A span's score = its features · margin, dense, lexical, near, second, alone and length (see `ragqa.answering.rank.Candidate`);
    exp(score) is its odds against the other spans of its question. The probability of being right = sigmoid(bias + slope · score
    + null, best and lead · the question's features): what tells spans of one question apart is not what tells questions with an
    answer from others.
    """

    margin: float = 0.3
    dense: float = 0.0
    lexical: float = 0.0
    near: float = 0.0
    second: float = 0.0
    alone: float = 0.0
    length: float = 0.0
    slope: float = 1.0
    null: float = 0.0
    best: float = 0.0
    lead: float = 0.0
    bias: float = 0.0


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What belongs to a reader beside its weights, kept in its folder's ragqa.json; a plain model has the defaults."""

    max_answer_tokens: int = 30
    window_tokens: int = 384
    stride: int = 128
    read_headings: bool = True
    join_blocks: bool = False
    """Whether an answer may run over several paragraphs or list items: for readers trained on such answers. Such an answer is
    made of whole sentences, and of many spans that nearly agree it is the one with the best expected overlap."""
    passage_characters: int = 0
    """Length to which retrieved chunks are grown before they are read, 0: not at all: for readers of long answers."""
    threshold: float = 0.5
    calibration: Calibration = field(default_factory=Calibration)

    @classmethod
    def load(cls, folder: Path) -> ReaderSettings:
        """Raises ModelError when the file is there but is not such a file."""
        path = folder / READER_FILE
        if not path.is_file():
            return cls()
        try:
            if path.stat().st_size > LARGEST_SETTINGS:
                raise ValueError("it is too large")
            stored = json.loads(path.read_text(encoding="utf-8"))
            calibration = Calibration(**stored.pop("calibration", {}))
            settings = cls(
                **{item.name: stored[item.name] for item in fields(cls) if item.name in stored}, calibration=calibration
            )
            settings.refuse_nonsense()
            return settings
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(f"{path} cannot be read: {error}", hint=HINT) from error

    def refuse_nonsense(self) -> None:
        """Raises ValueError for what no reader can be set to: values of another type, out of range, or no numbers."""
        whole = {"max_answer_tokens": (1, 10_000), "window_tokens": (16, 100_000), "stride": (0, 100_000)}
        whole["passage_characters"] = (0, 1_000_000)
        for name, (least, most) in whole.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise ValueError(f"{name} is {value!r}, but must be a whole number between {least} and {most}")
        for name in ("read_headings", "join_blocks"):
            if type(getattr(self, name)) is not bool:
                raise ValueError(f"{name} is {getattr(self, name)!r}, but must be true or false")
        if not _number(self.threshold) or not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold is {self.threshold!r}, but must lie between 0 and 1")
        wrong = [item.name for item in fields(Calibration) if not _number(getattr(self.calibration, item.name))]
        if wrong:
            raise ValueError(f"calibration.{wrong[0]} is {getattr(self.calibration, wrong[0])!r}, but must be a number")

    def save(self, folder: Path) -> None:
        (folder / READER_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST_WEIGHT
