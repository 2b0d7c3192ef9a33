"""The engine: the only place that wires the stages together. The command line and the terminal UI are its two faces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.config import AskSettings, Settings, override
from ragqa.errors import IndexMismatch
from ragqa.paths import index_folder, index_names, indexes_folder
from ragqa.settings import load_settings
from ragqa.types import Abstention, Hit, IndexInfo, IngestReport, Progress, Response

if TYPE_CHECKING:
    from ragqa.answering.reader import Reader
    from ragqa.indexing.embedder import Embedder
    from ragqa.indexing.index import Index

Tell = Callable[[Progress], None]


def _silent(step: Progress) -> None:
    pass


class RagQA:
    """One index of manuals: ingest into it, ask it.

    >>> qa = RagQA("manuals")
    >>> qa.ingest("manuals/")
    >>> answer = qa.ask("What does E-24 mean?")[0]
    >>> print(answer.text, answer.document, answer.page)

    `settings` default to ragqa.toml and RAGQA_* variables; `options` override single ones of them: home, threads, and those of
    IngestSettings and AskSettings (embedder, reader, top_k, answers, threshold, …). Models are loaded when first needed.
    """

    def __init__(self, index: str | None = None, *, settings: Settings | None = None, **options: Any) -> None:
        self.settings = apply_options(settings or load_settings(), index=index, **options)
        self.folder = index_folder(self.settings.home, self.settings.index)
        self._embedder_asked = options.get("embedder") is not None

    def ingest(
        self,
        *paths: str | Path,
        prune: bool = False,
        dry_run: bool = False,
        progress: Tell = _silent,
        stop: Callable[[], bool] = lambda: False,
    ) -> IngestReport:
        """Bring the index up to these files, folders or globs; unchanged files cost nothing.

        `prune` takes documents out whose files are gone from the folders given. `progress` is told of every step, `stop` is asked
        often and ends the ingest after what is finished. Raises RagqaError; a bad file is only reported.
        """
        from ragqa.indexing.embedder import load_embedder
        from ragqa.ingestion.ingest import ingest

        embedder = load_embedder(self.settings.ingest.embedder, self.settings.threads)
        return ingest(
            self.folder, paths, embedder, self.settings.ingest, prune=prune, dry_run=dry_run, progress=progress, stop=stop
        )

    def search(
        self, question: str, *, document: str | None = None, section: str | None = None, top_k: int | None = None
    ) -> list[Hit]:
        """The passages that fit a question best, best first. `document` is a glob, `section` a part of the heading path."""
        from ragqa.answering.retrieve import Filters, retrieve

        settings = override(self.settings.ask, top_k=top_k)
        return retrieve(self.opened, self.embedder, well_formed(question), settings, Filters(document, section))

    def ask(self, question: str, *, document: str | None = None, section: str | None = None) -> Response:
        """The best answers to a question, best first, or why there is none. Raises RagqaError."""
        from ragqa.answering.read import answer

        settings: AskSettings = self.settings.ask
        question = well_formed(question)
        threshold = self.reader.settings.threshold if settings.threshold is None else settings.threshold
        if not any(character.isalnum() for character in question):
            return Response(question, False, Abstention.NO_QUESTION, (), (), threshold)
        with self.opened.snapshot():
            hits = self.search(question, document=document, section=section)
            return answer(self.opened, self.reader, question, hits, settings.answers, threshold)

    def warm_up(self) -> None:
        """Load index, embedder and reader now, so that the first question does not wait for them."""
        self.ask("warm up")

    def info(self) -> IndexInfo:
        """What the index holds."""
        from ragqa.indexing.maintenance import describe_index

        return describe_index(self.folder)

    def verify(self) -> list[str]:
        """Every disagreement of the index with itself; empty when it is sound."""
        from ragqa.indexing.maintenance import verify_index

        return verify_index(self.folder)

    def rebuild(self) -> IndexInfo:
        """Make the derived parts of the index anew, without embedding."""
        from ragqa.indexing.maintenance import rebuild_index

        return rebuild_index(self.folder)

    def remove(self) -> None:
        """Delete the index; the manuals are not touched. Raises IndexMissing or IndexBusy."""
        from ragqa.indexing.maintenance import remove_index

        self.close()
        remove_index(self.folder)

    def export(self, target: Path) -> Path:
        """Write the index's last commit to one file, and return its path."""
        from ragqa.indexing.maintenance import export_index

        return export_index(self.folder, target)

    def close(self) -> None:
        """Let go of the index's files."""
        if "opened" in self.__dict__:
            self.opened.close()
            del self.opened

    @cached_property
    def opened(self) -> Index:
        """The index, open for reading."""
        from ragqa.indexing.index import Index

        return Index(self.folder)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that the index was made with. Raises IndexMismatch when it is not the one asked for, or has changed."""
        from ragqa.indexing.embedder import load_embedder

        manifest = self.opened.manifest
        name = self.settings.ingest.embedder if self._embedder_asked else manifest.embedder
        embedder = load_embedder(name, self.settings.threads)
        if embedder.fingerprint != manifest.fingerprint:
            raise IndexMismatch(
                f"index '{self.opened.name}' was made with embedder {manifest.embedder} ({manifest.fingerprint[:8]}), "
                f"not {name} ({embedder.fingerprint[:8]})",
                hint=f"Leave --embedder out, or make it anew: ragqa index rm {self.opened.name} and ingest again.",
            )
        return embedder

    @cached_property
    def reader(self) -> Reader:
        """The reader of the settings."""
        from ragqa.answering.reader import load_reader

        return load_reader(self.settings.ask.reader, self.settings.threads)


def well_formed(text: str) -> str:
    """The text with lone surrogates (bytes that were no UTF-8) replaced: neither the models nor the index take them."""
    return text.encode("utf-8", "replace").decode("utf-8")


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


def all_indexes(home: str | Path) -> Iterator[IndexInfo]:
    """What every index under the home folder holds, by name; damaged ones are left to `verify`."""
    from ragqa.errors import RagqaError
    from ragqa.indexing.maintenance import describe_index

    for name in index_names(home):
        folder = index_folder(home, name)
        try:
            yield describe_index(folder)
        except RagqaError as error:
            yield IndexInfo(name, str(folder), 0, 0, 0, 0, 0, 0, 0, 0, "", {"problem": error.message})


def import_index(home: str | Path, archive: Path, name: str | None = None) -> IndexInfo:
    """Make an index under the home folder from an exported file. Raises UsageError, IndexDamaged or IndexMismatch."""
    from ragqa.indexing.maintenance import import_index

    return import_index(archive, indexes_folder(home), name)
