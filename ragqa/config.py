"""Every setting of ragqa, declared once with its default and the reason for it. Frozen: a run never changes its own settings.

Values come from command-line options, then RAGQA_* environment variables, then ragqa.toml, then the defaults here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from ragqa.errors import UsageError

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
DEFAULT_READER = "default"
ACCURATE_READER = "accurate"
DEFAULT_RETRIEVER = "default"
"""The embedder as it comes, not taught on anybody's questions."""


LONGEST_ANSWER = 256
"""Tokens that a reader learns to answer with at most; a longer span hardly fits a chunk."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a setting's value may be: from `least` to `most`, both included, more than `above`, one of `choices`; None: any."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()

    def breach(self, value: Any) -> str:
        """What the value must be and is not, empty where it may be so."""
        if isinstance(value, float) and not math.isfinite(value):
            return "be a finite number"
        if self.choices:
            return "" if value in self.choices else f"be {', '.join(self.choices[:-1])} or {self.choices[-1]}"
        if self.above is not None and not value > self.above:  # not `<=`: nan is no number to compare
            return f"be more than {self.above:g}"
        if (self.least is None or value >= self.least) and (self.most is None or value <= self.most):
            return ""
        return f"be at least {self.least:g}" if self.most is None else f"lie between {self.least:.10g} and {self.most:.10g}"


ANY = Bounds()


def setting(default: Any, told: str = "", bounds: Bounds = ANY) -> Any:
    """A setting with its default, what the help of its option says, and what it may be."""
    return field(default=default, metadata={"told": told, "bounds": bounds})


COUNT, SHARE, POSITIVE = Bounds(least=1), Bounds(0, 1), Bounds(above=0)
NOT_NEGATIVE = Bounds(least=0)
SEED = Bounds(0, 2**32 - 1)
"""What numpy takes."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How documents become an index."""

    embedder: str = setting(DEFAULT_EMBEDDER, "A name, folder or hub name.")
    """A name, a local folder or a hub name."""
    chunk_tokens: int = setting(220, bounds=Bounds(least=16))
    """Leaves room for title and heading path under the default embedder's 256 tokens."""
    chunk_overlap: int = setting(40, bounds=Bounds(least=0))
    """About two sentences, so that an answer cut by one chunk's end is whole in the next."""
    heading_tokens: int = setting(32, bounds=Bounds(least=0))
    """How much of the embedder's input title and heading path may take."""
    max_text_mb: int = setting(32, bounds=COUNT)
    """A larger text file is hardly a manual: 32 MB are some 10,000 pages."""
    max_file_mb: int = setting(512, bounds=COUNT)
    """Files are read whole; manuals with many pictures stay under this."""
    parse_seconds: float = setting(60.0, "Seconds of computing that a file may take; large ones get more.", POSITIVE)
    """What computes longer, or takes five times as long, is given up. A tenth is added for each MB, a fiftieth for each page of a
    PDF that has been read, as much again for each page that has been recognised: see confined/ask.py."""
    parse_memory_mb: int = setting(4000, bounds=Bounds(least=300))
    """What the process that reads a file may take for itself: PDFs of 500 MB and recognition need less than half of it."""
    backend: str = setting("", "What a new index is searched by.", Bounds(choices=("", "embedded", "milvus")))
    """embedded or milvus, kept in the index; empty: embedded for a new one, and as it is for others."""
    backend_uri: str = setting("", "Where the Milvus is: FILE.db, kept by Milvus Lite, or http(s)://HOST:PORT.")
    """Without a user or a password: the variable RAGQA_BACKEND_TOKEN takes these."""
    vector_index: str = setting("auto", bounds=Bounds(choices=("auto", "flat", "ivf")))
    """auto, flat or ivf: see indexing/search/vector_kinds.py."""
    ocr: str = setting("auto", "Recognise scanned pages, none, or every page.", Bounds(choices=("auto", "off", "always")))
    """auto recognises pages whose own text is missing or worse than none, always every page of PDFs: see parsing/ocr/."""
    include: tuple[str, ...] = setting((), "Only files that match (may be repeated).")
    exclude: tuple[str, ...] = setting((), "No files that match (may be repeated).")
    metadata: tuple[str, ...] = setting((), "Label the documents: brand=Aqua (may be repeated).")
    """Instead of what they had of the same keys: see metadata.py."""


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How questions are answered."""

    reader: str | None = setting(None, "A trained reader's name, a folder or a hub name.")
    """A name, a local folder or a hub name; None takes the index's own, else the default one."""
    effort: str = setting(
        "auto",
        "What reads: the small reader (fast), the large one (accurate), or both (auto).",
        Bounds(choices=("fast", "auto", "accurate")),
    )
    """fast, auto or accurate: see answering/effort.py. It concerns the default reader, which is two."""
    top_k: int = setting(12, "Passages to find and read.", COUNT)
    """Passages that the reader reads."""
    answers: int = setting(3, "Answers to give.", COUNT)
    """Answers to return."""
    candidates: int = setting(200, bounds=COUNT)
    """Chunks that each of the two searches hands to the fusion; 100 cost recall@20 half a point."""
    lexical_weight: float = 0.02
    """BM25 against cosine, chosen for the embedder as ragqa has taught it, on held-out manuals and on SQuAD: see "Teaching the
    retriever" in tests/benchmarks/README.md."""
    product_weight: float = setting(0.4, bounds=Bounds(least=0))
    """What a chunk of a manual that the question names gains, as cosine; 0: nothing. See tests/benchmarks/README.md."""
    decisive: float = setting(0.6, bounds=SHARE)
    """Confidence of the best answer in the first passages from which the others are not read, 1: never. On 700 questions of SQuAD
    and the 222 of the sample manuals that costs no F1 and spares half and a fifth of the reading (tests/benchmarks/README.md)."""
    fallback: str = setting(
        "none",
        "What finds passages while the index's Milvus is out of reach: nothing, or their words alone.",
        Bounds(choices=("none", "lexical")),
    )
    """none raises what is wrong; lexical takes BM25 from the index's own folder, and says so with each answer."""
    threshold: float | None = setting(None, "Confidence (0-1) under which to abstain.", SHARE)
    """Confidence under which the system abstains; None takes the reader's own."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a reader is trained."""

    epochs: float = setting(3.0, "Passes over the questions at most.", POSITIVE)
    learning_rate: float = setting(1e-4, "Highest learning rate; 3e-5 suits a base of BERT's size.", POSITIVE)
    """On the sample manuals 1e-4 gained more than 3e-5, and 4e-4 made readers forget (tests/benchmarks/README.md). A reader of
    BERT's size wants about 3e-5."""
    batch_size: int = setting(8, "Questions a step.", COUNT)
    """Questions; each brings its positive and its negatives."""
    negatives: int = setting(2, "Wrong passages beside each right one.", Bounds(least=0))
    """Passages without the answer that a question is read with, drawn anew in each epoch."""
    answerless: float = setting(0.1, bounds=SHARE)
    """Share of questions read with their negatives alone, so that "no answer" is learnt over all passages at once."""
    near_misses: float = setting(0.2, bounds=SHARE)
    """Share of questions that are also read with a detail changed: see training/near_miss.py."""
    objective: str = setting("both", "What passages compete over.", Bounds(choices=("both", "shared", "window")))
    """shared, window or both: see training/objective.py."""
    validation: float = setting(0.2, "Share of questions kept for validation.", Bounds(0.01, 0.9))
    """Share of the questions kept for validation."""
    patience: int = setting(3, "Evaluations without gain before it ends.", COUNT)
    """Evaluations without a better F1 after which training ends."""
    evaluations: int = setting(8, bounds=COUNT)
    """Evaluations over the whole training."""
    evaluate_steps: int = setting(0, bounds=NOT_NEGATIVE)
    """Steps between evaluations, at most all of them; 0 takes `evaluations`."""
    warmup: float = setting(0.06, bounds=Bounds(0, 0.9))
    """Share of the steps over which the learning rate rises."""
    layer_decay: float = setting(1.0, bounds=SHARE)
    """Factor on the learning rate from each layer to the one below."""
    weight_decay: float = setting(0.01, bounds=NOT_NEGATIVE)
    max_answer_tokens: int = setting(0, "Longest answer, in tokens.", Bounds(0, LONGEST_ANSWER))
    """Longest answer; 0 takes it from the training answers."""
    passage_characters: int | None = setting(None, bounds=NOT_NEGATIVE)
    """Length to which chunks are grown for this reader, 0: not at all; None grows them where the answers are long."""
    max_steps: int = setting(0, bounds=NOT_NEGATIVE)
    """Steps after which to end in any case; 0 means none."""
    device: str = setting("auto", "Where to compute.", Bounds(choices=("auto", "cpu", "cuda", "mps")))
    """auto, cpu, cuda or mps."""
    seed: int = setting(13, "Seed of split, order and sampling.", SEED)


@dataclass(frozen=True, slots=True)
class RetrieverSettings:
    """How a retriever is taught."""

    epochs: float = setting(4.0, bounds=POSITIVE)
    """Passes over the questions."""
    learning_rate: float = setting(5e-4, bounds=POSITIVE)
    """Highest learning rate; only the low-rank change learns, which takes more than whole weights would stand."""
    negatives: int = setting(4, bounds=Bounds(least=0))
    """Wrong passages, drawn anew in each epoch from those that retrieval brings up, that a question's right one is told from;
    those of the batch's other questions come on top."""
    passages: int = setting(32, bounds=Bounds(least=2))
    """Passages of a batch."""
    rank: int = setting(16, bounds=Bounds(1, 256))
    """Of the change in each matrix: 16 are 1.2 MB for the default embedder."""
    validation: float = setting(0.2, bounds=Bounds(0.01, 0.9))
    """Share of the questions kept for validation."""
    warmup: float = setting(0.1, bounds=Bounds(0, 0.9))
    """Share of the steps over which the learning rate rises; then it falls to nothing."""
    seed: int = setting(13, bounds=SEED)


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """A source that an index is kept in step with: a table `[[watch]]` of ragqa.toml."""

    source: str = ""
    """A folder, or a list of documents at http(s)://…, or a folder at s3://…, webdav://… or webdavs://…"""
    index: str = ""
    """The index that follows it; empty: that of the settings."""
    name: str = ""
    """The folder under sources/ that a source elsewhere is fetched to; empty: made of its address."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """As for an ingest, whose settings hold where both are empty."""
    metadata: tuple[str, ...] = ()
    """What its documents are labelled with, as for an ingest."""
    every: float = setting(0.0, "Seconds between two whole looks at a source.", Bounds(least=0))
    """What the system tells of changes is followed at once; 0 takes 60 for folders, 600 for what is elsewhere."""
    rest: float = setting(1.5, "Seconds that a file must not have changed before it is read.", Bounds(0.1, 3600))
    max_deletions: float = setting(0.25, "Share of a source's documents that may be taken out without asking.", SHARE)
    """More may be a disk that is not mounted. A few always may, unless nothing is left; 1: all may."""


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """How `ragqa serve` serves."""

    host: str = setting("127.0.0.1", "The address to listen on; any but this machine's own demands a token.")
    port: int = setting(8321, "The port.", Bounds(1, 65535))
    names: tuple[str, ...] = setting((), "Another HOST:PORT that it is reached under, as by a proxy (may be repeated).")
    token_file: str = setting("", "A file of tokens: `role token` a line, the role read, judge or manage.")
    """Besides the variable RAGQA_TOKEN, whose token may manage."""
    roots: tuple[str, ...] = setting((), "A folder that may be ingested from by its path on the server (may be repeated).")
    """None: only uploads are ingested."""
    workers: int = setting(1, "Processes that answer; they share port and indexes.", Bounds(1, 64))
    at_once: int = setting(0, "Questions that a process reads at once.", Bounds(0, 256))
    """0 takes what was measured to be fastest: see serve/service.py."""
    effort_when_busy: str | None = setting(
        None, "What reads while more questions wait than are read.", Bounds(choices=("fast", "auto"))
    )
    """None: the same as always. It holds for requests that name no effort, and their JSON says which effort answered."""
    queue: int = setting(64, "Questions that may wait in line; beyond, clients are told to come again.", Bounds(0, 10_000))
    seconds: float = setting(30.0, "Seconds that a request may take, waiting included.", POSITIVE)
    body_kb: int = setting(256, "Largest request but for uploads.", Bounds(1, 1 << 20))
    """A hundred questions of 2,000 characters are less."""
    upload_mb: int = setting(512, "Largest upload.", COUNT)
    """As large as a file may be: see `IngestSettings.max_file_mb`."""
    upload_files: int = setting(100, "Files of one upload.", Bounds(1, 10_000))
    keep_days: float = setting(30.0, "Days that finished jobs are told of.", POSITIVE)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one run."""

    home: str = setting(".", "Folder that holds indexes/ and models/.")
    """The folder that holds indexes/ and models/."""
    index: str = setting("manuals", "The index to use.")
    threads: int = setting(0, "CPU threads.", Bounds(least=0))
    """CPU threads; 0 takes every core."""
    ingest: IngestSettings = field(default_factory=IngestSettings)
    ask: AskSettings = field(default_factory=AskSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    retriever: RetrieverSettings = field(default_factory=RetrieverSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    watch: tuple[WatchSettings, ...] = ()


Section = TypeVar(
    "Section", IngestSettings, AskSettings, TrainSettings, RetrieverSettings, ServeSettings, WatchSettings, Settings
)


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


def check_ranges(section: Any) -> None:
    """Raises UsageError for a setting outside its bounds, naming it."""
    for item in fields(section):
        value = getattr(section, item.name)
        breach = item.metadata.get("bounds", ANY).breach(value) if value is not None else ""
        if breach:
            told = f"'{value}'" if isinstance(value, str) else value
            raise UsageError(f"{item.name} is {told}, but must {breach}")
    if isinstance(section, IngestSettings) and section.chunk_overlap >= section.chunk_tokens:
        raise UsageError("chunk_overlap must be smaller than chunk_tokens")
