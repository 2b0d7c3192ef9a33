"""The ingest itself: carry out a plan, file by file, committing as it goes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.chunking import chunk_document, embedded_text
from ragqa.config import IngestSettings
from ragqa.errors import IndexBusy, ParseError, RagqaError, SkippedFile, UsageError
from ragqa.indexing.embedder import Embedder
from ragqa.indexing.index import Index, StoredDocument
from ragqa.indexing.store import Manifest
from ragqa.indexing.writer import IndexWriter
from ragqa.ingestion.discover import discover
from ragqa.ingestion.plan import Plan, PlannedFile, describe, make_plan, parser_label, read_file
from ragqa.parsing.registry import parse
from ragqa.paths import DATABASE
from ragqa.types import Document, FileReport, FileState, IngestReport, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLICE = 64
"""Chunks embedded between two looks at the clock and at a wish to stop."""

COMMIT_EVERY_SECONDS = 5.0
COMMIT_SHARE = 0.1
"""A commit writes the whole FAISS file: its time stays under this share of the work between commits."""


class _Stopped(Exception):
    """The user asked to stop while a file was being embedded."""


def ingest(
    folder: Path,
    paths: Sequence[str | Path],
    embedder: Embedder,
    settings: IngestSettings,
    *,
    prune: bool = False,
    dry_run: bool = False,
    progress: Callable[[Progress], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> IngestReport:
    """Bring the index in `folder` up to the files that `paths` name. What is committed stays, whatever happens later.

    `stop` is asked often; once it is true, what is finished is committed and the report says so.
    Raises UsageError, IndexBusy, IndexMismatch, IndexDamaged, StorageError or ModelError; a bad file is only reported.
    """
    began = time.monotonic()
    discovery = discover(paths, settings.include, settings.exclude)
    manifest, documents, generation = _stored(folder)
    total = len(discovery.files)
    plan = make_plan(
        discovery, documents, settings, lambda done, path: progress(Progress("scan", done, total, path, done, total))
    )
    reports = [FileReport(path, FileState.FAILED, note=note) for path, note in discovery.problems]
    work = _Work(folder, embedder, settings, manifest, documents, progress, stop)
    if dry_run:
        reports += work.rehearse(plan, prune)
    elif _is_needed(plan, prune):
        reports += work.carry_out(plan, prune, generation)
    else:
        if manifest is not None:
            manifest.refuse_mismatch(_asked(manifest, embedder, settings), folder.name)
        reports += [_report_of_known(planned) for planned in plan.files]
        reports += [FileReport(document.path, FileState.MISSING, note=_MISSING_NOTE) for document in plan.missing]
    count_documents, count_chunks = _counts(folder)
    return IngestReport(
        index=folder.name,
        files=tuple(sorted(reports, key=lambda report: report.path)),
        chunks_embedded=work.embedded,
        seconds=time.monotonic() - began,
        documents=count_documents,
        chunks=count_chunks,
        interrupted=work.interrupted,
        dry_run=dry_run,
    )


_MISSING_NOTE = "no longer on disk; --prune takes it out of the index"


class _Work:
    """One run over a plan, with what it has counted so far."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        settings: IngestSettings,
        manifest: Manifest | None,
        documents: Sequence[StoredDocument],
        progress: Callable[[Progress], None],
        stop: Callable[[], bool],
    ) -> None:
        self.folder, self.embedder, self.settings, self.manifest = folder, embedder, settings, manifest
        self.progress, self.stop = progress, stop
        self.embedded = 0
        self.interrupted = False
        self._path_of_source = {document.source: document.path for document in documents}
        self._taken = set(self._path_of_source.values())
        self._began = time.monotonic()

    def rehearse(self, plan: Plan, prune: bool) -> list[FileReport]:
        """What an ingest would do: files are parsed and chunked, nothing is embedded or written."""
        reports = []
        for planned in plan.files:
            if planned.state not in (FileState.ADDED, FileState.CHANGED):
                reports.append(_report_of_known(planned))
                continue
            try:
                content = read_file(planned.file, self.settings)
                document = parse(content.data, planned.file.path)
                chunks = chunk_document(document, self.settings, self.embedder.count_tokens)
                reports.append(_report(planned, document, len(chunks)))
            except RagqaError as error:
                reports.append(_report_of_error(planned, error))
        gone = FileState.REMOVED if prune else FileState.MISSING
        return reports + [FileReport(document.path, gone, note="no longer on disk") for document in plan.missing]

    def carry_out(self, plan: Plan, prune: bool, generation: int) -> list[FileReport]:
        """Do all that the plan asks, committing on the way. Raises IndexBusy when the plan's generation is no longer the last."""
        asked = _asked(self.manifest, self.embedder, self.settings)
        reports: list[FileReport] = []
        with IndexWriter(self.folder, asked) as writer:
            if writer.generation != generation:
                message = f"index '{self.folder.name}' was written by another process meanwhile"
                raise IndexBusy(message, hint="Run the same command again.")
            for document in plan.missing:
                if prune:
                    writer.remove_document(document.id)
                    self._taken.discard(self._path_of_source.pop(document.source))
                state = FileState.REMOVED if prune else FileState.MISSING
                reports.append(FileReport(document.path, state, note="" if prune else _MISSING_NOTE))
            for planned in plan.files:
                if planned.state is FileState.RENAMED:
                    self._rename(writer, planned)
                if planned.state not in (FileState.ADDED, FileState.CHANGED):
                    reports.append(_report_of_known(planned))
            writer.commit(settle=False)
            reports += self._read_all(writer, plan.to_read)
            writer.commit()
        return reports

    def _read_all(self, writer: IndexWriter, to_read: list[PlannedFile]) -> list[FileReport]:
        reports: list[FileReport] = []
        total, done, committed, wait = sum(planned.size for planned in to_read), 0, time.monotonic(), COMMIT_EVERY_SECONDS
        for number, planned in enumerate(to_read):

            def tell(share: float, done: int = done, planned: PlannedFile = planned, number: int = number) -> None:
                self._tell(done + int(share * planned.size), total, planned.file.path, number, len(to_read))

            try:
                tell(0.0)
                reports.append(self._read_one(writer, planned, tell))
            except _Stopped:
                self.interrupted = True
                break
            except (SkippedFile, ParseError) as error:
                reports.append(_report_of_error(planned, error))
            done += planned.size
            if time.monotonic() - committed > wait:
                before = time.monotonic()
                writer.commit(settle=False)
                committed = time.monotonic()
                wait = max(COMMIT_EVERY_SECONDS, (committed - before) / COMMIT_SHARE)
        if not self.interrupted:
            self._tell(total, total, "", len(to_read), len(to_read))
        return reports

    def _read_one(self, writer: IndexWriter, planned: PlannedFile, tell: Callable[[float], None]) -> FileReport:
        if self.stop():
            raise _Stopped
        content = read_file(planned.file, self.settings)
        document = replace(parse(content.data, planned.file.path), path=self._free_path(planned))
        chunks = chunk_document(document, self.settings, self.embedder.count_tokens)
        texts = {}
        hashes = []
        for chunk in chunks:
            text = embedded_text(document.title, chunk.section, chunk.text, self.settings, self.embedder.count_tokens)
            key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            hashes.append(key)
            texts[key] = text
        known = writer.known_embeddings(list(texts))
        vectors = self._embed({key: text for key, text in texts.items() if key not in known}, tell)
        source = os.fsencode(planned.file.source)
        writer.put_document(
            document, source, content.sha256, len(content.data), content.mtime_ns, parser_label(planned.file.path),
            chunks, hashes, vectors,
        )  # fmt: skip
        return _report(planned, document, len(chunks), len(vectors))

    def _embed(self, texts: dict[bytes, str], tell: Callable[[float], None]) -> dict[bytes, NDArray[np.float32]]:
        """The vectors of these texts, by key, in slices of similar length."""
        keys = sorted(texts, key=lambda key: len(texts[key]))
        vectors: dict[bytes, NDArray[np.float32]] = {}
        for first in range(0, len(keys), SLICE):
            if self.stop():
                raise _Stopped
            part = keys[first : first + SLICE]
            vectors.update(zip(part, self.embedder.embed([texts[key] for key in part]), strict=True))
            self.embedded += len(part)
            tell((first + len(part)) / len(keys))
        return vectors

    def _rename(self, writer: IndexWriter, planned: PlannedFile) -> None:
        assert planned.known is not None
        self._taken.discard(self._path_of_source.pop(planned.known.source))
        source, path = os.fsencode(planned.file.source), self._free_path(planned)
        writer.rename_document(planned.known.id, source, path, planned.mtime_ns)

    def _free_path(self, planned: PlannedFile) -> str:
        """The path to show for a file: relative to its root, with the root's name before it where two would look the same."""
        source = os.fsencode(planned.file.source)
        if source in self._path_of_source:
            return self._path_of_source[source]
        path, number = planned.file.path, 1
        if path in self._taken:
            path = f"{planned.file.root.name}/{path}"
        while path in self._taken:
            number += 1
            path = f"{planned.file.root.name} ({number})/{planned.file.path}"
        self._path_of_source[source] = path
        self._taken.add(path)
        return path

    def _tell(self, done: int, total: int, path: str, files: int, files_total: int) -> None:
        seconds = time.monotonic() - self._began
        self.progress(Progress("ingest", done, total, path, files, files_total, self.embedded, seconds))


def _is_needed(plan: Plan, prune: bool) -> bool:
    renamed = any(planned.state is FileState.RENAMED for planned in plan.files)
    return bool(plan.to_read) or renamed or bool(prune and plan.missing)


def _asked(stored: Manifest | None, embedder: Embedder, settings: IngestSettings) -> Manifest:
    """The manifest these settings ask for. Only a new index, or another embedder, needs the model to be loaded for it."""
    same = stored is not None and stored.fingerprint == embedder.fingerprint
    dimension = stored.dimension if stored is not None and same else embedder.dimension
    if not same and settings.chunk_tokens + settings.heading_tokens > embedder.max_tokens:
        raise UsageError(
            f"chunk_tokens {settings.chunk_tokens} and heading_tokens {settings.heading_tokens} exceed the "
            f"{embedder.max_tokens} tokens that the embedder '{embedder.name}' sees",
            hint="Lower chunk_tokens in ragqa.toml or with RAGQA_INGEST_CHUNK_TOKENS.",
        )
    return Manifest(
        embedder=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=dimension,
        chunk_tokens=settings.chunk_tokens,
        chunk_overlap=settings.chunk_overlap,
        heading_tokens=settings.heading_tokens,
        vector_index=settings.vector_index if stored is None else stored.vector_index,
    )


def _stored(folder: Path) -> tuple[Manifest | None, list[StoredDocument], int]:
    """The index's manifest, documents and generation, from one commit."""
    if not (folder / DATABASE).is_file():
        return None, [], 0
    with Index(folder) as index, index.snapshot():
        return index.manifest, index.documents(), index.generation


def _counts(folder: Path) -> tuple[int, int]:
    if not (folder / DATABASE).is_file():
        return 0, 0
    with Index(folder) as index:
        return len(index.documents()), index.count_chunks()


def _report(planned: PlannedFile, document: Document, chunks: int, embedded: int = 0) -> FileReport:
    note = "; ".join(document.warnings)
    return FileReport(document.path, planned.state, document.pages, len(document.text), chunks, embedded, note)


def _report_of_known(planned: PlannedFile) -> FileReport:
    known = planned.known
    if known is None:
        return FileReport(planned.file.path, planned.state, note=planned.note)
    if planned.state in (FileState.SKIPPED, FileState.FAILED):
        kept = f"{planned.note.removesuffix('.')}. The index keeps what it had of it."
        return FileReport(known.path, planned.state, note=kept)
    note = "; ".join(filter(None, [planned.note, *known.warnings]))
    path = planned.file.path if planned.state is FileState.RENAMED else known.path
    return FileReport(path, planned.state, known.pages, known.characters, note=note)


def _report_of_error(planned: PlannedFile, error: RagqaError) -> FileReport:
    state = FileState.SKIPPED if isinstance(error, SkippedFile) else FileState.FAILED
    return _report_of_known(replace(planned, state=state, note=describe(error)))
