"""The ingest itself: carry out a plan, some files at a time, committing as it goes."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ragqa.chunking import chunk_document, embedded_text
from ragqa.config import IngestSettings
from ragqa.errors import IndexBusy, ParseError, RagqaError, SkippedFile
from ragqa.indexing.index import StoredDocument
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.stamps import keep_stamps
from ragqa.indexing.writer import IndexWriter
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.discover import discover
from ragqa.ingestion.plan import TO_AUDIT, TO_READ, Plan, PlannedFile, describe, make_plan, parser_label
from ragqa.ingestion.read_ahead import Fetch, read_ahead
from ragqa.ingestion.reports import MISSING_NOTE, report_of, report_of_error, report_of_known
from ragqa.ingestion.standing import count_contents, manifest_asked, stored_state
from ragqa.ingestion.waiting import Prepared, Waiting
from ragqa.paths import DATABASE
from ragqa.types import FileAudit, FileReport, FileState, IngestReport, PagesRecognised, Progress

EMBEDDED_TOGETHER = 256
"""Chunks from which the files that wait are embedded: many small ones together, as fast as few large ones."""

COMMIT_EVERY_SECONDS = 5.0
COMMIT_SHARE = 0.1
"""Some commits write new derived files, of all that the index holds: their time stays under this share of the work between."""


class _Stopped(Exception):
    """The user asked to stop; what is not finished is dropped."""


def ingest(
    folder: Path,
    paths: Sequence[str | Path],
    embedder: Embedder,
    settings: IngestSettings,
    *,
    prune: bool = False,
    dry_run: bool = False,
    audit: bool = False,
    check: bool = False,
    processes: int = 1,
    progress: Callable[[Progress], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
) -> IngestReport:
    """Bring the index in `folder` up to the files that `paths` name. What is committed stays, whatever happens later.

    `audit` adds to each file's report what of it no block holds; for that, files that are known are parsed too. `check` hashes
    also the files that look as they did when they were last hashed. Up to `processes` other processes parse. `stop` is asked
    often; once it is true, what is finished is committed and the report says so.
    Raises UsageError, IndexBusy, IndexMismatch, IndexDamaged, StorageError or ModelError; a bad file is only reported.
    """
    began = time.monotonic()
    discovery = discover(paths, settings.include, settings.exclude)
    standing = stored_state(folder)
    manifest, total = standing.manifest, len(discovery.files)
    plan = make_plan(
        discovery, standing.documents, settings, lambda done, path: progress(Progress("scan", done, total, path, done, total)),
        stamps={} if check else standing.stamps,
    )  # fmt: skip
    reports = [FileReport(path, FileState.FAILED, note=note) for path, note in discovery.problems]
    reports += [FileReport(path, FileState.SKIPPED, note=note) for path, note in discovery.left_out]
    work = _Work(folder, embedder, settings, manifest, standing.documents, processes, progress, stop, audit)
    if dry_run:
        reports += work.rehearse(plan, prune)
    elif _is_needed(plan, prune):
        reports += work.carry_out(plan, prune, standing.generation)
    else:
        if manifest is not None:
            manifest.refuse_mismatch(manifest_asked(manifest, embedder, settings), folder.name)
        reports += [FileReport(document.path, FileState.MISSING, note=MISSING_NOTE) for document in plan.missing]
    reports += work.report_known([planned for planned in plan.files if planned.state not in TO_READ])
    if not dry_run and (folder / DATABASE).is_file():
        keep_stamps(folder, plan.seen)
    count_documents, count_chunks = count_contents(folder)
    return IngestReport(
        index=folder.name,
        files=tuple(sorted(reports, key=lambda report: report.path)),
        chunks_embedded=work.embedded,
        seconds=time.monotonic() - began,
        documents=count_documents,
        chunks=count_chunks,
        interrupted=work.interrupted,
        dry_run=dry_run,
        audited=audit,
    )


class _Work:
    """One run over a plan, with what it has counted so far."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        settings: IngestSettings,
        manifest: Manifest | None,
        documents: Sequence[StoredDocument],
        processes: int,
        progress: Callable[[Progress], None],
        stop: Callable[[], bool],
        audit: bool,
    ) -> None:
        self.folder, self.embedder, self.settings, self.manifest = folder, embedder, settings, manifest
        self.processes = processes
        self.progress, self.stop = progress, stop
        self.audit = audit
        self.embedded = 0
        self.interrupted = False
        self._path_of_source = {document.source: document.path for document in documents}
        self._taken = set(self._path_of_source.values())
        self._began = time.monotonic()

    def rehearse(self, plan: Plan, prune: bool) -> list[FileReport]:
        """What an ingest would do: files are parsed and chunked, nothing is embedded or written."""
        reports = []
        for planned, fetch in read_ahead(plan.to_read, self.settings, self.processes, audited=self.audit):
            try:
                parsed = fetch(self.stop)
                if parsed is None:
                    self.interrupted = True
                    break
                chunks = chunk_document(parsed.document, self.settings, self.embedder.count_tokens)
                reports.append(report_of(planned, parsed, len(chunks)))
            except RagqaError as error:
                reports.append(report_of_error(planned, error))
        gone = FileState.REMOVED if prune else FileState.MISSING
        return reports + [FileReport(document.path, gone, note="no longer on disk") for document in plan.missing]

    def carry_out(self, plan: Plan, prune: bool, generation: int) -> list[FileReport]:
        """Do all that the plan asks, committing on the way. Raises IndexBusy when the plan's generation is no longer the last."""
        asked = manifest_asked(self.manifest, self.embedder, self.settings)
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
                reports.append(FileReport(document.path, state, note="" if prune else MISSING_NOTE))
            for planned in plan.files:
                if planned.state is FileState.RENAMED:
                    self._rename(writer, planned)
            writer.commit(settle=False)
            reports += self._read_all(writer, plan.to_read)
            writer.commit()
        return reports

    def report_known(self, files: list[PlannedFile]) -> list[FileReport]:
        """What is said of files that are not read into the index; an audit parses those that can be."""
        readable = [planned for planned in files if planned.state in TO_AUDIT] if self.audit else []
        audits = {}
        with closing(read_ahead(readable, self.settings, self.processes, audited=True)) as coming:
            for number, (planned, fetch) in enumerate(coming):
                self.progress(Progress("audit", number, len(readable), planned.file.path, number, len(readable)))
                try:
                    parsed = None if self.stop() else fetch(self.stop)
                    if parsed is None:
                        self.interrupted = True
                        break
                    audits[planned.file] = parsed.audit
                except RagqaError as error:
                    audits[planned.file] = FileAudit(unmeasured=describe(error))
        return [report_of_known(planned, audits.get(planned.file)) for planned in files]

    def _read_all(self, writer: IndexWriter, to_read: list[PlannedFile]) -> list[FileReport]:
        reports: list[FileReport] = []
        done = _Done(sum(planned.size for planned in to_read), len(to_read))
        committed, wait = time.monotonic(), COMMIT_EVERY_SECONDS
        waiting = Waiting()

        def finish() -> None:
            self._embed(waiting, done)
            for prepared in waiting.files:
                reports.append(self._put(writer, prepared))
                done.add(prepared.planned)
            waiting.clear()

        try:
            told = partial(self._tell_pages, done)
            with closing(read_ahead(to_read, self.settings, self.processes, told, self.audit)) as coming:
                for planned, fetch in coming:
                    done.reading = planned
                    self._tell(done, planned.file.path)
                    try:
                        self._prepare(writer, planned, fetch, waiting)
                    except (SkippedFile, ParseError) as error:
                        reports.append(report_of_error(planned, error))
                        done.add(planned)
                    if waiting.chunks < EMBEDDED_TOGETHER:
                        continue
                    finish()
                    if time.monotonic() - committed > wait:
                        before = time.monotonic()
                        writer.commit(settle=False)
                        committed = time.monotonic()
                        wait = max(COMMIT_EVERY_SECONDS, (committed - before) / COMMIT_SHARE)
            finish()
            self._tell(done, "")
        except _Stopped:
            self.interrupted = True
        return reports

    def _prepare(self, writer: IndexWriter, planned: PlannedFile, fetch: Fetch, waiting: Waiting) -> None:
        """Read and chunk a file. Of its texts those wait to be embedded that neither the index nor a waiting file has."""
        parsed = None if self.stop() else fetch(self.stop)
        if parsed is None:
            raise _Stopped
        document = replace(parsed.document, path=self._free_path(planned))
        chunks = chunk_document(document, self.settings, self.embedder.count_tokens)
        texts = {}
        hashes = []
        for chunk in chunks:
            text = embedded_text(document.title, chunk.section, chunk.text, self.settings, self.embedder.count_tokens)
            key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            hashes.append(key)
            texts[key] = text
        known = writer.known_embeddings(list(texts))
        new = {key: text for key, text in texts.items() if key not in known}
        waiting.add(Prepared(planned, replace(parsed, document=document), chunks, hashes), new)

    def _embed(self, waiting: Waiting, done: _Done) -> None:
        """Make the vectors of all that waits, in slices of similar length."""
        size, embedded = sum(prepared.planned.size for prepared in waiting.files), 0
        for part in waiting.slices():
            if self.stop():
                raise _Stopped
            for key, vector in zip(part, self.embedder.embed_passages([waiting.texts[key] for key in part]), strict=True):
                waiting.first[key].vectors[key] = vector
            self.embedded += len(part)
            embedded += len(part)
            self._tell(done, waiting.files[-1].planned.file.path, size * embedded // len(waiting.texts))

    def _put(self, writer: IndexWriter, prepared: Prepared) -> FileReport:
        planned, parsed = prepared.planned, prepared.parsed
        if planned.known is not None and planned.known.is_foreign:
            writer.remove_document(planned.known.id)
        writer.put_document(
            parsed.document, os.fsencode(planned.file.source), parsed.sha256, parsed.size, parsed.mtime_ns,
            parser_label(planned.file.path, parsed.document.recognised_by), prepared.chunks, prepared.hashes, prepared.vectors,
        )  # fmt: skip
        return report_of(planned, parsed, len(prepared.chunks), len(prepared.vectors))

    def _rename(self, writer: IndexWriter, planned: PlannedFile) -> None:
        assert planned.known is not None
        self._taken.discard(self._path_of_source.pop(planned.known.source))
        source, path = os.fsencode(planned.file.source), self._free_path(planned)
        writer.rename_document(planned.known.id, source, path, planned.mtime_ns)

    def _free_path(self, planned: PlannedFile) -> str:
        """The path to show for a file: relative to its root, with the root's name before it where two would look the same."""
        source = os.fsencode(planned.file.source)
        if planned.known is not None and planned.known.is_foreign:
            self._taken.discard(self._path_of_source.pop(planned.known.source, ""))
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

    def _tell(self, done: _Done, path: str, more: int = 0, pages: PagesRecognised | None = None) -> None:
        seconds = time.monotonic() - self._began
        at, total = done.bytes + more, done.bytes_total
        self.progress(Progress("ingest", at, total, path, done.files, done.files_total, self.embedded, seconds, pages))

    def _tell_pages(self, done: _Done, pages: PagesRecognised) -> None:
        """Recognition takes by far the longest of all: its share of the pages is the file's."""
        if done.reading is not None:
            self._tell(done, done.reading.file.path, done.reading.size * pages.done // max(pages.total, 1), pages)


@dataclass(slots=True)
class _Done:
    """How far a run is."""

    bytes_total: int
    files_total: int
    bytes: int = 0
    files: int = 0
    reading: PlannedFile | None = None

    def add(self, planned: PlannedFile) -> None:
        self.bytes += planned.size
        self.files += 1


def _is_needed(plan: Plan, prune: bool) -> bool:
    renamed = any(planned.state is FileState.RENAMED for planned in plan.files)
    return bool(plan.to_read) or renamed or bool(prune and plan.missing)
