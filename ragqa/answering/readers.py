"""The reader's seam, its settings file, and two kinds of it: a fast one for architectures that have a graph, and torch's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from ragqa.answering.reader_settings import HINT, ReaderSettings
from ragqa.answering.spans import SPANS_PER_WINDOW, Reading, decode
from ragqa.answering.whole import whole
from ragqa.answering.windows import Passage, Windows, WindowTokenizer, make_windows
from ragqa.config import DEFAULT_READER
from ragqa.errors import ModelError
from ragqa.inference.encoder import Encoder, load_encoder
from ragqa.inference.foreign_models import NO_CODE, model_errors, read_tokenizer, refuse_code
from ragqa.inference.once import once
from ragqa.inference.openvino_runtime import MANY_BATCHES
from ragqa.inference.torch_runtime import fast_inference, quiet_libraries, set_threads
from ragqa.inference.weights import WEIGHTS_FILE, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragqa.inference.openvino_runtime import Batch

WINDOWS_AT_ONCE = 16
TOKENIZER_FILE = "tokenizer.json"
SPECIAL_TOKENS = {"cls_token": "[CLS]", "pad_token": "[PAD]"}
"""The tokens that stand first and that fill rows up, as BERT calls them, for folders that do not say."""

INPUTS = ("input_ids", "token_type_ids", "attention_mask")

LONG_SPANS_PER_WINDOW = 20
"""Best spans that are kept of a window where the probability of long answers is spread over many of them."""


class Reader(Protocol):
    """Finds candidate spans for a question in passages.

    Threads: any number may read with one reader at the same time, and find what they would find alone.
    """

    name: str
    settings: ReaderSettings

    def read(self, question: str, passages: Sequence[Passage]) -> Reading: ...


class WindowReader:
    """Reads passages as token windows; its kinds differ in what computes the logits. Threads: as for `Reader`."""

    name: str
    settings: ReaderSettings
    tokenizer: Any

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        """The best spans of every passage. Raises ModelError where the reader's files do not fit together."""
        import numpy as np

        if not passages:
            return Reading((), 0.0)
        if not self.settings.read_headings:
            passages = [replace(passage, headings="") for passage in passages]
        if self.settings.join_blocks:
            passages = [passage.joined() for passage in passages]
        with model_errors(f"the reader '{self.name}' cannot be used", HINT):
            windows = make_windows(self.tokenizer, question, passages, self.settings.window_tokens, self.settings.stride)
            start_logits, end_logits = self._logits(windows)
            if not (np.isfinite(start_logits).all() and np.isfinite(end_logits).all()):
                raise ValueError("it gives numbers that are none")
        count = LONG_SPANS_PER_WINDOW if self.settings.join_blocks else SPANS_PER_WINDOW
        return whole(decode(windows, start_logits, end_logits, self.settings.max_answer_tokens, count), passages)

    def _logits(self, windows: Windows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Start and end logits, each of shape (windows, tokens)."""
        raise NotImplementedError


class GraphReader(WindowReader):
    """A reader from a folder, on an encoder with a head for spans, without torch and transformers; loaded at the first question.

    Each window is computed by itself, so that none is filled up to the length of another, and what is read in a window is the
    same to the last bit whatever else is read: a quarter of the time went into padding, and larger batches are no faster.

    Threads: any number may read at the same time; they share the encoder and the tokenizers, which do not change.
    """

    def __init__(self, name: str, folder: Path, settings: ReaderSettings, encoder: Encoder) -> None:
        self.name, self.settings = name, settings
        self._folder, self._encoder = folder, encoder

    def _logits(self, windows: Windows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import numpy as np

        ids, mask, types = (windows.inputs.get(name) for name in ("input_ids", "attention_mask", "token_type_ids"))
        assert ids is not None and mask is not None
        widths = mask.sum(axis=1).tolist()
        order = sorted(range(len(widths)), key=lambda row: -widths[row])  # the longest last would be waited for alone

        def alone(row: int) -> Batch:
            one = slice(row, row + 1), slice(widths[row])
            return ids[one], mask[one], None if types is None else types[one]

        starts = np.zeros(windows.starts.shape, dtype=np.float32)
        ends = np.zeros_like(starts)
        for row, logits in zip(order, self._encoder.run_each([alone(row) for row in order]), strict=True):
            starts[row, : widths[row]], ends[row, : widths[row]] = logits[0, :, 0], logits[0, :, 1]
        return starts, ends

    @once
    def tokenizer(self) -> WindowTokenizer:
        """The tokenizer of the folder."""
        with model_errors(f"the reader '{self.name}' has a tokenizer that cannot be read", HINT):
            tokenizer = read_tokenizer(self._folder / TOKENIZER_FILE)
            config = json.loads((self._folder / "tokenizer_config.json").read_text(encoding="utf-8"))
            inputs = [name for name in config.get("model_input_names", INPUTS) if name in INPUTS]
            ids = {role: tokenizer.token_to_id(_token(config.get(role)) or default) for role, default in SPECIAL_TOKENS.items()}
        return WindowTokenizer(tokenizer, inputs, ids["cls_token"], ids["pad_token"])


def _token(stored: Any) -> str | None:
    """A special token as a tokenizer_config.json holds it: a text, or an object with one."""
    text = stored.get("content") if isinstance(stored, dict) else stored
    return text if isinstance(text, str) else None


class TransformerReader(WindowReader):
    """Any Hugging Face question-answering model, on torch; loaded at the first question.

    Threads: any number may read at the same time; the model computes for one after another, for torch promises no more.
    """

    def __init__(self, name: str, location: str, settings: ReaderSettings, threads: int = 0) -> None:
        self.name = name
        self.settings = settings
        self._location = location
        self._threads = threads
        self._one_at_a_time = Lock()

    @classmethod
    def of(cls, name: str, model: Any, tokenizer: Any, settings: ReaderSettings) -> TransformerReader:
        """A reader of a model that is loaded already."""
        reader = cls(name, "", settings)
        reader.model, reader.tokenizer = model, tokenizer
        return reader

    def _logits(self, windows: Windows) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import numpy as np
        import torch

        starts, ends = [], []
        with self._one_at_a_time, fast_inference(self.model.device):
            for first in range(0, len(windows.passage), WINDOWS_AT_ONCE):
                part = {
                    name: torch.from_numpy(values[first : first + WINDOWS_AT_ONCE]).to(self.model.device)
                    for name, values in windows.inputs.items()
                }
                output = self.model(**part)
                starts.append(output.start_logits.float().cpu().numpy())
                ends.append(output.end_logits.float().cpu().numpy())
        return np.concatenate(starts), np.concatenate(ends)

    @once
    def model(self) -> Any:
        """The model, in evaluation mode."""
        set_threads(self._threads)
        return self.load_model().eval()

    def load_model(self, **options: Any) -> Any:
        """A new copy of the model in fp32. Raises ModelError when it cannot be loaded or has no head for spans."""
        from transformers import AutoModelForQuestionAnswering

        if (file := Path(self._location) / WEIGHTS_FILE).is_file() and (weights := Weights(file)).has_int8:
            model, missing = self._of_floats(weights, **options)
        else:
            asked = {"use_safetensors": True, "dtype": "float32", "output_loading_info": True}
            model, loading = self._loaded(AutoModelForQuestionAnswering, **asked, **options)
            missing = loading["missing_keys"]
        if missing:
            raise ModelError(f"the reader '{self.name}' has no question-answering head", hint="Choose a model fine-tuned for it.")
        return model

    def _of_floats(self, weights: Weights, **options: Any) -> tuple[Any, list[str]]:
        """A model of weights some of which are eight-bit numbers, as transformers does not know them, and what they lack."""
        import numpy as np
        import torch
        from transformers import AutoConfig, AutoModelForQuestionAnswering

        config = self._loaded(AutoConfig)
        with model_errors(f"the reader '{self.name}' cannot be loaded from {self._location}", HINT):
            model = AutoModelForQuestionAnswering.from_config(config, dtype=torch.float32, **NO_CODE, **options)
            floats = {name: torch.from_numpy(np.array(weights[name], dtype=np.float32)) for name in weights}
            return model, model.load_state_dict(floats, strict=False).missing_keys

    @once
    def tokenizer(self) -> Any:
        """The fast tokenizer."""
        from transformers import AutoTokenizer

        tokenizer = self._loaded(AutoTokenizer)
        if not tokenizer.is_fast:
            raise ModelError(f"the reader '{self.name}' has no fast tokenizer", hint="Choose a model with a tokenizer.json.")
        tokenizer.padding_side = "right"  # windows are read from the left
        return tokenizer

    def _loaded(self, kind: Any, **options: Any) -> Any:
        is_folder = Path(self._location).is_dir()
        if is_folder:
            refuse_code(Path(self._location))
        quiet_libraries(hub=not is_folder)
        hint = "Give a question-answering model with safetensors weights: a local folder, or a hub name with network."
        with model_errors(f"the reader '{self.name}' cannot be loaded from {self._location}", hint):
            return kind.from_pretrained(self._location, local_files_only=is_folder, **NO_CODE, **options)


def default_reader_folder(name: str = DEFAULT_READER) -> Path:
    """The folder of a reader that comes with ragqa."""
    return Path(str(files("ragqa.models") / name))


def load_reader(name: str = DEFAULT_READER, threads: int = 0) -> Reader:
    """The default reader, that of a local folder, or that of a hub name; nothing heavy happens yet. Raises ModelError.

    A reader from a folder has the folder's name. `ragqa.readers.registry` knows the folders of trained readers.
    """
    folder = default_reader_folder() if name == DEFAULT_READER else Path(name)
    if (folder / TOKENIZER_FILE).is_file():
        encoder = load_encoder(folder, threads, None, **MANY_BATCHES)
        if encoder is not None and encoder.has_head:
            return GraphReader(folder.absolute().name, folder, ReaderSettings.load(folder), encoder)
    return load_trainable(name, threads)


def load_trainable(name: str = DEFAULT_READER, threads: int = 0) -> TransformerReader:
    """Like `load_reader`, but on torch, as training needs it."""
    folder = default_reader_folder() if name == DEFAULT_READER else Path(name)
    if folder.is_dir():
        return TransformerReader(folder.absolute().name, str(folder), ReaderSettings.load(folder), threads)
    if name.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {name}", hint="--reader takes a reader's name, a local folder or a hub name.")
    return TransformerReader(name, name, ReaderSettings(), threads)
