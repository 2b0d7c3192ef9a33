"""What an index takes in: manuals, and the vectors of their texts. What it is searched by elsewhere, and its journal, follow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.config import Settings
from ragqa.errors import StorageError
from ragqa.indexing.backends import begin_on, settle
from ragqa.indexing.search.choice import chosen
from ragqa.inference.embedder import Embedder
from ragqa.journal import Journal
from ragqa.paths import index_folder
from ragqa.readers.retrievers import Embedded, embed_index, embedder_elsewhere, ingesting_embedder
from ragqa.types import Cluster, FileReport, IngestReport, Stop, Tell

if TYPE_CHECKING:
    from ragqa.ingestion.ingest import Heard


class Intake:
    """Brings the index of some settings up to files, and its vectors up to its texts. Safe for threads; a second writer is told
    who writes (IndexBusy)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = index_folder(settings.home, settings.index)
        self._journal = Journal(self._folder)

    def ingest(self, paths: Sequence[str | Path], *, stop: Stop, cluster: Cluster | None = None, **options: Any) -> IngestReport:
        """Take in files, folders or globs, with the help of a cluster's workers where there is one; `options` are those of
        `ragqa.ingestion.ingest.ingest`. Raises RagqaError; a bad file is only reported."""
        from ragqa.ingestion.ingest import ingest

        settings = self._settings
        embedder = ingesting_embedder(settings.home, self._folder, settings.ingest.embedder, settings.threads)
        if (settings.ingest.backend or settings.ingest.backend_uri) and not options.get("dry_run"):
            self._begin_on_chosen(embedder)
        processes = settings.threads or os.cpu_count() or 1
        notes: list[str] = []
        if cluster is not None:
            from ragqa.ingestion.on_dask import OnDask

            load = embedder_elsewhere(settings.home, self._folder, settings.ingest.embedder)
            options["elsewhere"] = lambda: OnDask(cluster, embedder, load, stop, notes)
        sources: dict[str, Path] = {}
        told: Heard = options.pop("heard", lambda source, report: None)

        def hear(source: Path, report: FileReport) -> None:
            sources[report.path] = source
            told(source, report)

        report = ingest(
            self._folder, paths, embedder, settings.ingest, wanted=self._wanted, processes=processes, stop=stop, heard=hear,
            **options,
        )  # fmt: skip
        if not report.dry_run:
            self._journal.note_losses(report.files, sources)
            lag = settle(self._folder)
            notes += [f"All that is listed is kept, but not searched yet: {lag}"] if lag else []
        if report.embedded is not None and not report.embedded.lacking:
            self._journal.forget_wanted()
        return replace(report, notes=tuple(notes))

    def embed(self, progress: Tell, stop: Stop) -> Embedded:
        """Make the vectors that the index lacks, or those of another retriever: see `ragqa.readers.retrievers.embed_index`."""
        settings = self._settings
        done = embed_index(settings.home, settings.index, settings.threads, progress, stop, self._wanted)
        if not done.embedded.lacking:
            self._journal.forget_wanted()
        settle(self._folder)
        return done

    def _begin_on_chosen(self, embedder: Embedder) -> None:
        """Let a new index be searched by what the settings say, before anything is put into it."""
        from ragqa.ingestion.standing import manifest_asked

        ingesting = self._settings.ingest
        choice = chosen(ingesting.backend, ingesting.backend_uri)
        begin_on(self._folder, choice, lambda: manifest_asked(None, embedder, ingesting))

    def _wanted(self) -> list[str]:
        """The documents to embed first; a journal that cannot be read names none."""
        try:
            return self._journal.wanted()
        except StorageError:
            return []
