"""What an engine has loaded: the open index, the models, and the one Asker made of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeGuard, TypeVar

from ragqa.config import AskSettings, Settings
from ragqa.errors import IndexMismatch, IndexOvertaken, IndexReembedded, IndexReplaced
from ragqa.paths import index_folder
from ragqa.readers.registry import index_reader, locate_reader, reader_files, use_reader
from ragqa.readers.retrievers import index_embedder

if TYPE_CHECKING:
    from ragqa.answering.asker import Asker, Retriever
    from ragqa.answering.cache import AnswerCache
    from ragqa.answering.readers import Reader
    from ragqa.indexing.index import Index
    from ragqa.inference.embedder import Embedder

Value = TypeVar("Value")

OVERTAKEN = 3
"""How often work is begun again when the index goes over to other vectors between the look at it and the search."""


class Once(Generic[Value]):
    """A value that is made when it is first asked for, and then kept.

    Safe for threads: whoever asks while it is being made waits for it, so it is made once and never seen half made. What `make`
    raises goes to who asked, and the next one tries again.
    """

    def __init__(self, make: Callable[[], Value]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: list[Value] = []

    def get(self) -> Value:
        """The value, made now where it is not there yet."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    def let_go(self) -> Value | None:
        """Forget the value and return it, None where there was none; the next `get` makes another."""
        with self._lock:
            return self._made.pop() if self._made else None

    def forget(self, value: Value) -> None:
        """Let go of this very value, if it is still the one that is kept."""
        with self._lock:
            if self._made and self._made[0] is value:
                self._made.clear()


@dataclass(frozen=True, slots=True)
class Opened:
    """An open index, and the embedder that its vectors are of. Safe for threads."""

    index: Index
    loading: Once[Embedder]

    def embedder(self) -> Embedder:
        """The index's embedder. Raises IndexMismatch when it is not the one asked for, or has changed; ModelError."""
        return self.loading.get()


class Shelf:
    """An open index and its embedder, which engines with different settings may share. Safe for threads.

    `embedder` is the one asked for; None takes the one that the index was made with. An index that was made anew meanwhile, or
    taken over to another retriever, is opened again for the next question; one under way goes on with what it began with.
    """

    def __init__(self, home: str | Path, index: str, embedder: str | None, threads: int) -> None:
        self.folder = index_folder(home, index)
        self._home, self._asked, self._threads = home, embedder, threads
        self._opened: Once[Opened] = Once(self._open)

    def opened(self) -> Opened:
        """The index, open for reading, with its embedder. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        opened = self._opened.get()
        if not (opened.index.was_made_anew() or opened.index.was_reembedded()):
            return opened
        self._opened.forget(opened)  # and not closed: others may be reading in it
        return self._opened.get()

    def index(self) -> Index:
        """The index, open for reading. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        return self.opened().index

    def embedder(self) -> Embedder:
        """The index's embedder. Raises IndexMismatch when it is not the one asked for, or has changed; ModelError."""
        return self.opened().embedder()

    def close(self) -> None:
        """Let go of the index's files and of the embedder; what is asked next opens them again. Closing twice does no harm."""
        opened = self._opened.let_go()
        if opened is not None:
            opened.index.close()

    def _open(self) -> Opened:
        from ragqa.indexing.index import Index

        index = Index(self.folder)
        return Opened(index, Once(lambda: self._load_embedder(index)))

    def _load_embedder(self, index: Index) -> Embedder:
        manifest = index.manifest
        embedder = index_embedder(self._home, manifest, self._asked, self._threads)
        if embedder.fingerprint != manifest.fingerprint:
            hint = f"Leave --embedder out, or make it anew: ragqa index rm {index.name} and ingest again."
            if embedder.name == manifest.embedder:
                hint = f"It has changed since. Give the index its vectors as they are now: ragqa index embed {index.name}"
            raise IndexMismatch(
                f"index '{index.name}' was made with embedder {manifest.embedder} ({manifest.fingerprint[:8]}), "
                f"not {embedder.name} ({embedder.fingerprint[:8]})",
                hint=hint,
            )
        return embedder


class ChosenReader:
    """The reader that settings name, else the one that their index names at the time, which engines may share. Safe for threads.

    It is loaded when it is first needed. Where another process chooses another one for the index, or puts another one under the
    same name, that one is loaded for the next question; one under way goes on with what it began with.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._held: tuple[object, Once[Reader]] | None = None

    def get(self) -> Reader:
        """The reader. Raises ModelError."""
        with self._lock:
            name = _reader_name(self._settings)
            known_by = name, reader_files(self._settings.home, name)
            if self._held is None or self._held[0] != known_by:
                self._held = known_by, Once(lambda: self._load(name))
            _, loading = self._held
        return loading.get()  # not while it is locked: who waits for one reader does not keep another from being loaded

    def _load(self, name: str) -> Reader:
        from ragqa.answering.effort import load_reader_for

        settings = self._settings
        return load_reader_for(settings.ask.effort, locate_reader(settings.home, name), settings.threads)


class Loaded:
    """The parts of one engine, each loaded when it is first needed, and the Asker made of them.

    Safe for threads: the Asker stands in a slot and is replaced whole, together with the answers it remembers, when settings,
    reader or index change; a question under way goes on with the one it began with. Nothing is loaded while the slot is locked,
    so a change of settings never waits for a model.
    """

    def __init__(self, settings: Settings, shelf: Shelf, reader: ChosenReader | None = None) -> None:
        self.shelf = shelf
        self._lock = threading.Lock()
        self._settings = settings
        self._reader = reader or ChosenReader(settings)
        self._serving: AnswerCache | None = None

    @classmethod
    def of(cls, settings: Settings, embedder: str | None = None) -> Loaded:
        """The parts of an engine on the settings' index; nothing is opened yet."""
        return cls(settings, Shelf(settings.home, settings.index, embedder, settings.threads))

    @property
    def settings(self) -> Settings:
        """The settings that hold for the next question."""
        return self._settings

    @property
    def reader_name(self) -> str:
        """The reader of the settings, else the index's own, else the default one. Raises ModelError when the index's is gone."""
        return _reader_name(self._settings)

    def change(self, settings: Settings) -> None:
        """Let other settings hold from the next question on. Raises ValueError where more than `ask` changes: that would be
        another engine."""
        with self._lock:
            before = self._settings
            if settings != replace(before, ask=settings.ask):
                raise ValueError("only how questions are answered can change; for another index make another RagQA")
            if settings == before:
                return
            self._settings, self._serving = settings, None
            if not _same_reader(settings.ask, before.ask):
                self._reader = ChosenReader(settings)

    def using(self, ask: AskSettings) -> Loaded:
        """The parts of another engine, with other settings over the same index and embedder, and the same reader where it may."""
        with self._lock:
            before, reader = self._settings, self._reader
        return Loaded(replace(before, ask=ask), self.shelf, reader if _same_reader(ask, before.ask) else None)

    def use_reader(self, name: str) -> None:
        """Let a reader answer for the index from now on. Raises ModelError, IndexMissing or StorageError."""
        use_reader(self._settings.home, self._settings.index, name)
        self.refresh_reader()

    def refresh_reader(self) -> None:
        """Let go of the reader; the next question loads the one that the settings or the index name then."""
        with self._lock:
            self._reader = ChosenReader(self._settings)
            self._serving = None

    def close(self) -> None:
        """Let go of the index's files, for all engines that share them; what is asked next opens them again."""
        with self._lock:
            self._serving = None
        self.shelf.close()

    def reader(self) -> Reader:
        """The reader that answers. Raises ModelError."""
        with self._lock:
            chosen = self._reader
        return chosen.get()

    @property
    def threshold(self) -> float:
        """The confidence under which nothing is answered: that of the settings, else the reader's own. Raises ModelError."""
        given = self._settings.ask.threshold
        return self.reader().settings.threshold if given is None else given

    def retriever(self, ask: AskSettings | None = None) -> Retriever:
        """The way to passages, which needs no reader; `ask` takes the place of the settings."""
        from ragqa.answering.asker import Retriever

        opened = self.shelf.opened()
        return Retriever(opened.index, opened.embedder(), ask or self._settings.ask)

    def lasting(self, work: Callable[[], Value]) -> Value:
        """What some work with the index gives; once more where the index went over to other vectors just as it began,
        was made anew, or was written while it was read without a lock."""
        for _ in range(OVERTAKEN):
            try:
                return work()
            except (IndexReembedded, IndexReplaced, IndexOvertaken):
                continue
        return work()

    def asker(self) -> Asker:
        """The one way to answers. Raises IndexMissing, IndexMismatch, IndexDamaged or ModelError."""
        return self.serving().asker

    def serving(self) -> AnswerCache:
        """The Asker with the answers it remembers."""
        while True:
            with self._lock:
                held, settings, chosen = self._serving, self._settings, self._reader
            opened, reader = self.shelf.opened(), chosen.get()
            if _is_of(held, opened, reader):
                return held
            made = self._made(opened, settings.ask, reader)
            with self._lock:
                if self._settings is settings and self._reader is chosen:  # else they were changed meanwhile: once more
                    if not _is_of(self._serving, opened, reader):
                        self._serving = made
                    return self._serving

    def _made(self, opened: Opened, ask: AskSettings, reader: Reader) -> AnswerCache:
        from ragqa.answering.asker import Asker
        from ragqa.answering.cache import AnswerCache

        threshold = reader.settings.threshold if ask.threshold is None else ask.threshold
        return AnswerCache(Asker(opened.index, opened.embedder(), ask, reader, threshold))


def _reader_name(settings: Settings) -> str:
    given = settings.ask.reader
    return index_reader(settings.home, settings.index) if given is None else given


def _is_of(serving: AnswerCache | None, opened: Opened, reader: Reader) -> TypeGuard[AnswerCache]:
    return serving is not None and serving.asker.index is opened.index and serving.asker.reader is reader


def _same_reader(one: AskSettings, other: AskSettings) -> bool:
    return (one.reader, one.effort) == (other.reader, other.effort)
