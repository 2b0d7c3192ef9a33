"""What long work tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PagesRecognised:
    """How far the recognition of a file's scanned pages is, and the seconds that it will still take."""

    done: int
    total: int
    left: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a long job, handed to a callback.

    `done` of `total` is the measure that time runs with (bytes of an ingest, questions of a batch); `items` of `items_total` is
    what a person counts (files, questions). `chunks` were embedded so far, in `seconds`. `detail` names what is at work,
    `recognised` how many of its pages were, while they are.
    """

    stage: str
    done: int
    total: int
    detail: str = ""
    items: int = 0
    items_total: int = 0
    chunks: int = 0
    seconds: float = 0.0
    recognised: PagesRecognised | None = None


Tell = Callable[[Progress], None]
"""Who is told of the steps of a long job."""

Stop = Callable[[], bool]
"""Whether a long job is to end after what it holds; asked often."""


def silent(step: Progress) -> None:
    """Tells nobody."""


def never() -> bool:
    """Never stops."""
    return False


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Dask cluster that reads and embeds files: that of the scheduler at `address` (tcp://host:port or tls://host:port), or
    one of `workers` processes that is started here where `address` is empty.

    With `shared_storage` workers open files by their paths; else they are sent. The `tls_` files prove who is who; those that are
    not named are taken from Dask's own configuration.
    """

    address: str = ""
    workers: int = 0
    shared_storage: bool = False
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None


class FileState(StrEnum):
    """What an ingest did with one file."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    RENAMED = "renamed"
    REMOVED = "removed"
    MISSING = "missing"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Gone:
    """The documents of one searched folder whose files are no longer on disk: their `paths` in the index, and their `sources`.

    `held` is how many documents of the folder the index has, `found` how many files are there now.
    """

    root: Path
    paths: tuple[str, ...]
    sources: tuple[Path, ...]
    held: int
    found: int

    @property
    def share(self) -> float:
        """How much of the folder's documents is gone (0 to 1)."""
        return len(self.paths) / max(self.held, 1)


@dataclass(frozen=True, slots=True)
class Unread:
    """A text of a file that its document does not hold, and the place where it stands."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class FileAudit:
    """What of a file its document holds, and what it does not.

    `warnings` are the document's: what was left out, and where. `unread` are the texts that no block holds; they have
    `unread_characters` beside the `characters` that blocks hold, spaces not counted. `unmeasured` says why nobody looked for
    such texts, and is empty where somebody did.
    """

    warnings: tuple[str, ...] = ()
    characters: int = 0
    unread_characters: int = 0
    unread: tuple[Unread, ...] = ()
    unmeasured: str = ""

    @property
    def unread_share(self) -> float:
        """How much of the file's text (0 to 1) no block holds."""
        return unread_share(self.characters, self.unread_characters)


def unread_share(held: int, unread: int) -> float:
    """The share (0 to 1) of characters that are unread."""
    return unread / (held + unread) if unread else 0.0


@dataclass(frozen=True, slots=True)
class FileReport:
    """One line of an ingest's summary. `note` says what was lost, or why the file was skipped or failed; `audit` is None where
    none was asked for, or the file was not read."""

    path: str
    state: FileState
    pages: int | None = None
    characters: int = 0
    chunks: int = 0
    embedded: int = 0
    note: str = ""
    audit: FileAudit | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """All that one ingest did. `interrupted` is True when it was stopped; what `files` names is committed.

    `audited`: files were compared with what was read of them. `embedded` says how many of the index's chunks have vectors by now.
    `notes` say of workers elsewhere why they were not used, and of what the index is searched by elsewhere why it is behind.
    """

    index: str
    files: tuple[FileReport, ...]
    chunks_embedded: int
    seconds: float
    documents: int
    chunks: int
    interrupted: bool = False
    dry_run: bool = False
    audited: bool = False
    embedded: Coverage | None = None
    notes: tuple[str, ...] = ()

    def count(self, *states: FileState) -> int:
        """How many files ended in one of these states."""
        return sum(file.state in states for file in self.files)

    @property
    def failed(self) -> bool:
        """Whether any file could not be ingested."""
        return self.count(FileState.FAILED) > 0

    @property
    def audits(self) -> list[FileAudit]:
        """What an audit found, a file each; of those that could not be read there is none."""
        return [file.audit for file in self.files if file.audit is not None]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of an index's passages have vectors, `done` of `total`; the others are found by their words so far."""

    done: int
    total: int

    @property
    def lacking(self) -> int:
        """How many have none yet."""
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Reembedding:
    """How far an index is on its way to another retriever, empty for the embedder as it comes: texts that have its vector."""

    retriever: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TrainStep:
    """Where a training stands: the running loss, and the validation scores where it has just been evaluated. Times in seconds."""

    step: int
    steps: int
    loss: float
    scores: dict[str, float]
    seconds: float
    left: float
