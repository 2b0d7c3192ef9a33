"""The reader's seam, its settings file, and its implementation on a Hugging Face question-answering model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragqa.answering.windows import Passage, Windows, make_windows
from ragqa.config import DEFAULT_READER
from ragqa.errors import ModelError
from ragqa.indexing.torch_runtime import fast_inference, quiet_libraries, set_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READER_FILE = "ragqa.json"
WINDOWS_AT_ONCE = 16

SPANS_PER_WINDOW, LONG_SPANS_PER_WINDOW = 5, 20
"""Best spans that are kept of a window; more where the probability of long answers is spread over many of them."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the candidate spans of a question are ranked, and how likely the first one is right.

    A span's score = margin, dense, lexical and near · its features (see `ragqa.answering.read.Candidate`); exp(score) is its odds
    against the other spans of its question. The probability of being right = sigmoid(bias + slope · score + null, best and lead
    · the question's features): what tells spans of one question apart is not what tells questions with an answer from others.
    """

    margin: float = 0.3
    dense: float = 0.0
    lexical: float = 0.0
    near: float = 0.0
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
            stored = json.loads(path.read_text(encoding="utf-8"))
            calibration = Calibration(**stored.pop("calibration", {}))
            return cls(**{item.name: stored[item.name] for item in fields(cls) if item.name in stored}, calibration=calibration)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ModelError(f"{path} cannot be read: {error}", hint="Restore the reader's folder.") from error

    def save(self, folder: Path) -> None:
        (folder / READER_FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A candidate span of a passage: character offsets into the passage's text, and how much it beats "no answer" there.

    `margin` = start logit + end logit − those of the null token of the same window. A window's logits are only defined up to a
    constant, their differences are not: margins compare across passages, where probabilities after a per-passage softmax do not.
    """

    passage: int
    start: int
    end: int
    margin: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: the best spans of every passage, and `null`, the log-probability that no passage answers.

    The null score is one for the question: windows are taken as independent, so their null log-probabilities add up.
    """

    spans: tuple[SpanScore, ...]
    null: float


class Reader(Protocol):
    """Finds candidate spans for a question in passages."""

    name: str
    settings: ReaderSettings

    def read(self, question: str, passages: Sequence[Passage]) -> Reading: ...


class TransformerReader:
    """Any Hugging Face question-answering model; loaded at the first question."""

    def __init__(self, name: str, location: str, settings: ReaderSettings, threads: int = 0) -> None:
        self.name = name
        self.settings = settings
        self._location = location
        self._threads = threads

    @classmethod
    def of(cls, name: str, model: Any, tokenizer: Any, settings: ReaderSettings) -> TransformerReader:
        """A reader of a model that is loaded already."""
        reader = cls(name, "", settings)
        reader.model, reader.tokenizer = model, tokenizer
        return reader

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        if not passages:
            return Reading((), 0.0)
        if not self.settings.read_headings:
            passages = [replace(passage, headings="") for passage in passages]
        if self.settings.join_blocks:
            passages = [passage.joined() for passage in passages]
        windows = make_windows(self.tokenizer, question, passages, self.settings.window_tokens, self.settings.stride)
        start_logits, end_logits = self._logits(windows)
        count = LONG_SPANS_PER_WINDOW if self.settings.join_blocks else SPANS_PER_WINDOW
        return decode(windows, start_logits, end_logits, self.settings.max_answer_tokens, count)

    def _logits(self, windows: Windows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Start and end logits, each of shape (windows, tokens)."""
        import numpy as np
        import torch

        starts, ends = [], []
        with fast_inference(self.model.device):
            for first in range(0, len(windows.passage), WINDOWS_AT_ONCE):
                part = {
                    name: torch.from_numpy(values[first : first + WINDOWS_AT_ONCE]).to(self.model.device)
                    for name, values in windows.inputs.items()
                }
                output = self.model(**part)
                starts.append(output.start_logits.float().cpu().numpy())
                ends.append(output.end_logits.float().cpu().numpy())
        return np.concatenate(starts), np.concatenate(ends)

    @cached_property
    def model(self) -> Any:
        """The model, in evaluation mode."""
        set_threads(self._threads)
        return self.load_model().eval()

    def load_model(self, **options: Any) -> Any:
        """A new copy of the model in fp32. Raises ModelError when it cannot be loaded or has no head for spans."""
        from transformers import AutoModelForQuestionAnswering

        loading_options = {"use_safetensors": True, "dtype": "float32", "output_loading_info": True}
        model, loading = self._loaded(AutoModelForQuestionAnswering, **loading_options, **options)
        if loading["missing_keys"]:
            raise ModelError(f"the reader '{self.name}' has no question-answering head", hint="Choose a model fine-tuned for it.")
        return model

    @cached_property
    def tokenizer(self) -> Any:
        """The fast tokenizer."""
        from transformers import AutoTokenizer

        tokenizer = self._loaded(AutoTokenizer)
        if not tokenizer.is_fast:
            raise ModelError(f"the reader '{self.name}' has no fast tokenizer", hint="Choose a model with a tokenizer.json.")
        tokenizer.padding_side = "right"  # windows are read from the left
        return tokenizer

    def _loaded(self, kind: Any, **options: Any) -> Any:
        quiet_libraries()
        try:
            return kind.from_pretrained(self._location, local_files_only=Path(self._location).is_dir(), **options)
        except Exception as error:  # the hub and the loaders raise many kinds; all mean that the model cannot be used
            raise ModelError(
                f"the reader '{self.name}' cannot be loaded from {self._location}: {error}",
                hint="Give a question-answering model with safetensors weights: a local folder, or a hub name with network.",
            ) from error


def default_reader_folder() -> Path:
    """The folder of the reader that comes with ragqa."""
    return Path(str(files("ragqa.models") / DEFAULT_READER))


def load_reader(name: str = DEFAULT_READER, threads: int = 0) -> Reader:
    """The default reader, that of a local folder, or that of a hub name; nothing heavy happens yet. Raises ModelError.

    A reader from a folder has the folder's name. `ragqa.registry` knows the folders of trained readers.
    """
    folder = default_reader_folder() if name == DEFAULT_READER else Path(name)
    if folder.is_dir():
        return TransformerReader(folder.absolute().name, str(folder), ReaderSettings.load(folder), threads)
    if name.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {name}", hint="--reader takes a reader's name, a local folder or a hub name.")
    return TransformerReader(name, name, ReaderSettings(), threads)


def decode(
    windows: Windows,
    start_logits: NDArray[np.float32],
    end_logits: NDArray[np.float32],
    max_answer_tokens: int,
    spans_per_window: int = SPANS_PER_WINDOW,
) -> Reading:
    """The best spans of every window, none longer than `max_answer_tokens`, and the question's null score."""
    import numpy as np

    rows = np.arange(len(windows.passage))
    null = start_logits[rows, windows.null] + end_logits[rows, windows.null]
    start = np.where(windows.in_passage, start_logits, -np.inf)
    end = np.where(windows.in_passage, end_logits, -np.inf)
    tokens = start.shape[1]
    ordered = np.triu(np.tril(np.ones((tokens, tokens), dtype=bool), max_answer_tokens - 1))
    spans: list[SpanScore] = []
    null_log_probability = 0.0
    for row in rows:
        allowed = ordered & (windows.segment[row][:, None] == windows.segment[row][None, :])
        scores = np.where(allowed, start[row][:, None] + end[row][None, :], -np.inf) - null[row]
        finite = np.isfinite(scores)
        if not finite.any():
            continue
        null_log_probability -= float(np.logaddexp(0.0, _log_sum(scores[finite])))
        flat = scores.ravel()
        count = min(spans_per_window, int(finite.sum()))
        for position in np.argpartition(-flat, count - 1)[:count]:
            first, last = divmod(int(position), tokens)
            spans.append(
                SpanScore(
                    int(windows.passage[row]),
                    int(windows.starts[row, first]),
                    int(windows.ends[row, last]),
                    float(flat[position]),
                )
            )
    return Reading(tuple(sorted(spans, key=lambda span: -span.margin)), null_log_probability)


def _log_sum(values: NDArray[np.float32]) -> float:
    import numpy as np

    largest = float(values.max())
    return largest + float(np.log(np.exp(values - largest).sum()))
