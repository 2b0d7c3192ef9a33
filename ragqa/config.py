"""Every setting of ragqa, declared once with its default and the reason for it. Frozen: a run never changes its own settings.

Values come from command-line options, then RAGQA_* environment variables, then ragqa.toml, then the defaults here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from ragqa.errors import UsageError

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
DEFAULT_READER = "default"


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How documents become an index."""

    embedder: str = DEFAULT_EMBEDDER
    """A name, a local folder or a hub name."""
    chunk_tokens: int = 220
    """Leaves room for title and heading path under the default embedder's 256 tokens."""
    chunk_overlap: int = 40
    """About two sentences, so that an answer cut by one chunk's end is whole in the next."""
    heading_tokens: int = 32
    """How much of the embedder's input title and heading path may take."""
    max_text_mb: int = 32
    """A larger text file is hardly a manual: 32 MB are some 10,000 pages."""
    max_file_mb: int = 512
    """Files are read whole; manuals with many pictures stay under this."""
    vector_index: str = "auto"
    """auto, flat or ivf: see indexing/faiss_store.py."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How questions are answered."""

    reader: str | None = None
    """A name, a local folder or a hub name; None takes the index's own, else the default one."""
    top_k: int = 8
    """Passages that the reader reads."""
    answers: int = 3
    """Answers to return."""
    candidates: int = 200
    """Chunks that each of the two searches hands to the fusion; 100 cost recall@20 half a point."""
    lexical_weight: float = 0.04
    """BM25 against cosine: tests/benchmarks/README.md compares weights and fusions, on articles and on manuals."""
    decisive: float = 0.6
    """Confidence of the best answer in the first passages from which the others are not read, 1: never. On 700 questions of SQuAD
    and the 222 of the sample manuals that costs no F1 and spares half and a fifth of the reading (tests/benchmarks/README.md)."""
    threshold: float | None = None
    """Confidence under which the system abstains; None takes the reader's own."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a reader is trained."""

    epochs: float = 3.0
    learning_rate: float = 1e-4
    """On the sample manuals 1e-4 gained more than 3e-5, and 4e-4 made readers forget (tests/benchmarks/README.md). A reader of
    BERT's size wants about 3e-5."""
    batch_size: int = 8
    """Questions; each brings its positive and its negatives."""
    negatives: int = 2
    """Passages without the answer that a question is read with, drawn anew in each epoch."""
    answerless: float = 0.1
    """Share of questions read with their negatives alone, so that "no answer" is learnt over all passages at once."""
    near_misses: float = 0.2
    """Share of questions that are also read with a detail changed: see training/near_miss.py."""
    objective: str = "both"
    """shared, window or both: see training/objective.py."""
    validation: float = 0.2
    """Share of the questions kept for validation."""
    patience: int = 3
    """Evaluations without a better F1 after which training ends."""
    evaluations: int = 8
    """Evaluations over the whole training."""
    evaluate_steps: int = 0
    """Steps between evaluations; 0 takes `evaluations`."""
    warmup: float = 0.06
    """Share of the steps over which the learning rate rises."""
    layer_decay: float = 1.0
    """Factor on the learning rate from each layer to the one below."""
    weight_decay: float = 0.01
    max_answer_tokens: int = 0
    """Longest answer; 0 takes it from the training answers."""
    passage_characters: int | None = None
    """Length to which chunks are grown for this reader, 0: not at all; None grows them where the answers are long."""
    max_steps: int = 0
    """Steps after which to end in any case; 0 means none."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one run."""

    home: str = "."
    """The folder that holds indexes/ and models/."""
    index: str = "manuals"
    threads: int = 0
    """CPU threads; 0 takes every core."""
    ingest: IngestSettings = field(default_factory=IngestSettings)
    ask: AskSettings = field(default_factory=AskSettings)


Section = TypeVar("Section", IngestSettings, AskSettings, TrainSettings, Settings)


def override(section: Section, **values: Any) -> Section:
    """The settings with every value that is not None put in place.

    Raises UsageError for a number outside its range.
    """
    changed = replace(section, **{name: value for name, value in values.items() if value is not None})
    check_ranges(changed)
    return changed


def apply_options(settings: Settings, **options: Any) -> Settings:
    """The settings with every option that is not None put where it belongs. Raises TypeError for an unknown one."""
    parts: dict[str, dict[str, Any]] = {"top": {}, "ingest": {}, "ask": {}}
    for name, value in options.items():
        if name in Settings.__dataclass_fields__:
            parts["top"][name] = value
        elif name in type(settings.ingest).__dataclass_fields__:
            parts["ingest"][name] = value
        elif name in AskSettings.__dataclass_fields__:
            parts["ask"][name] = value
        else:
            raise TypeError(f"ragqa has no setting '{name}'")
    return override(
        settings, **parts["top"], ingest=override(settings.ingest, **parts["ingest"]), ask=override(settings.ask, **parts["ask"])
    )


_MINIMUM = {
    "chunk_tokens": 16,
    "chunk_overlap": 0,
    "heading_tokens": 0,
    "max_text_mb": 1,
    "max_file_mb": 1,
    "top_k": 1,
    "answers": 1,
    "candidates": 1,
    "threads": 0,
}


def check_ranges(section: Any) -> None:
    """Raises UsageError for a setting outside its range, naming it."""
    for item in fields(section):
        value = getattr(section, item.name)
        least = _MINIMUM.get(item.name)
        if least is not None and value < least:
            raise UsageError(f"{item.name} is {value}, but must be at least {least}")
    if isinstance(section, IngestSettings):
        if section.chunk_overlap >= section.chunk_tokens:
            raise UsageError("chunk_overlap must be smaller than chunk_tokens")
        if section.vector_index not in ("auto", "flat", "ivf"):
            raise UsageError(f"vector_index is '{section.vector_index}', but must be auto, flat or ivf")
    if isinstance(section, AskSettings):
        for name, value in (("threshold", section.threshold), ("decisive", section.decisive)):
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"{name} is {value}, but must lie between 0 and 1")
