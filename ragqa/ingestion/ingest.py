"""The ingest itself: carry out a plan, committing as it goes: first what files say, to be found by its words, then vectors."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from ragqa.config import IngestSettings
from ragqa.errors import ClusterError, IndexBusy, ParseError, SkippedFile
from ragqa.indexing.embedding import Following, Pace, Wanted, embed_lacking
from ragqa.indexing.index import StoredDocument
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.metadata import differing
from ragqa.indexing.stamps import keep_stamps
from ragqa.indexing.writer import IndexWriter
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.discover import discover, named_below
from ragqa.ingestion.gone import Prune, to_remove
from ragqa.ingestion.plan import TO_AUDIT, TO_READ, Plan, PlannedFile, describe, make_plan, parser_label
from ragqa.ingestion.prepare import prepared
from ragqa.ingestion.progress import ReadingProgress
from ragqa.ingestion.read_ahead import read_ahead
from ragqa.ingestion.reports import MISSING_NOTE, report_of, report_of_error, report_of_known
from ragqa.ingestion.shown_paths import ShownPaths
from ragqa.ingestion.standing import Standing, count_contents, manifest_asked, stored_state
from ragqa.ingestion.workers import Errand, Fetch, ParsedFile, Told, Workers, in_order
from ragqa.metadata import parsed
from ragqa.paths import DATABASE
from ragqa.types import FileAudit, FileReport, FileState, IngestReport, Metadata, Progress

MANY_CORES = 6
"""Cores from which some are idle while files are parsed: they embed meanwhile. With fewer, words would come later by it."""


Heard = Callable[[Path, FileReport], None]
"""Is told of every file, by its absolute path, what became of it."""


class _Stopped(Exception):
    """The user asked to stop; what is not finished is dropped."""


def ingest(
    folder: Path,
    paths: Sequence[str | Path],
    embedder: Embedder,
    settings: IngestSettings,
    *,
    prune: Prune = False,
    dry_run: bool = False,
    audit: bool = False,
    check: bool = False,
    embed: bool = True,
    wanted: Wanted = lambda: (),
    processes: int = 1,
    progress: Callable[[Progress], None] = lambda step: None,
    stop: Callable[[], bool] = lambda: False,
    leave: Callable[[Path], bool] = lambda source: False,
    only: Collection[Path] | None = None,
    heard: Heard = lambda source, report: None,
    elsewhere: Callable[[], Workers] | None = None,
) -> IngestReport:
    """Bring the index in `folder` up to the files that `paths` name. What is committed stays, whatever happens later.

    `audit` adds to each file's report what of it no block holds; for that, files that are known are parsed too. `check` hashes
    also the files that look as they did when they were last hashed. What files say can be asked by its words as soon as they are
    read; the vectors follow, also those that a run before this one left: first of the documents that are `wanted`, and not at all
    without `embed`. Up to `processes` other processes parse. `stop` is asked often; once it is true, what is finished is
    committed and the report says so. Files that `leave` names stay as the index has them; `heard` is told what became of each
    other one. With `only`, the folders that `paths` name are not searched: these files of them are taken in, and nothing is
    missing. Workers from `elsewhere`, which are called in where there is something to read, take the place of the processes.
    Raises UsageError, IndexBusy, IndexMismatch, IndexDamaged, StorageError, ModelError or ClusterError; a bad file is only
    reported.
    """
    began = time.monotonic()
    labels = parsed(settings.metadata)  # before anything is looked at
    if only is None:
        discovery = discover(paths, settings.include, settings.exclude)
    else:
        discovery = named_below([Path(path) for path in paths], only)
    discovery = replace(discovery, files=tuple(file for file in discovery.files if not leave(file.source)))
    standing = stored_state(folder, labels=bool(labels))
    manifest, total = standing.manifest, len(discovery.files)
    plan = make_plan(
        discovery, standing.documents, settings, lambda done, path: progress(Progress("scan", done, total, path, done, total)),
        stamps={} if check else standing.stamps,
    )  # fmt: skip
    reports = [FileReport(path, FileState.FAILED, note=note) for path, note in discovery.problems]
    reports += [FileReport(path, FileState.SKIPPED, note=note) for path, note in discovery.left_out]
    removed = to_remove(plan, discovery, standing.documents, prune)
    with ExitStack() as stack:
        has_work = plan.to_read or (audit and plan.files)
        workers = None
        if elsewhere is not None and has_work:
            progress(Progress("workers", 0, 1))
            workers = stack.enter_context(elsewhere())
        work = _Work(
            folder, embedder, settings, manifest, standing.documents, processes, progress, stop, audit, embed, wanted, heard,
            workers, labels,
        )  # fmt: skip
        reports += work.rehearse(plan, removed) if dry_run else work.do(plan, removed, standing)
        reports += work.report_known([planned for planned in plan.files if planned.state not in TO_READ])
    if not dry_run and (folder / DATABASE).is_file():
        keep_stamps(folder, plan.seen)
    contents = count_contents(folder)
    made = Counter({contents.paths[document]: count for document, count in work.made.items()})
    return IngestReport(
        index=folder.name,
        files=tuple(replace(one, embedded=made[one.path]) for one in sorted(reports, key=lambda report: report.path)),
        chunks_embedded=work.made.total(),
        seconds=time.monotonic() - began,
        documents=len(contents.paths),
        chunks=contents.embedded.total,
        interrupted=work.interrupted,
        dry_run=dry_run,
        audited=audit,
        embedded=contents.embedded,
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
        embed: bool,
        wanted: Wanted,
        heard: Heard,
        workers: Workers | None,
        labels: Metadata,
    ) -> None:
        self.folder, self.embedder, self.settings, self.manifest = folder, embedder, settings, manifest
        self.processes, self.workers = processes, workers
        self.progress, self.stop = progress, stop
        self.audit = audit
        self.embed, self.wanted, self.heard = embed, wanted, heard
        self.made: Counter[int] = Counter()
        self.interrupted = False
        self._shown = ShownPaths(documents)
        self._labels = labels
        self._began = time.monotonic()

    def rehearse(self, plan: Plan, removed: frozenset[int]) -> list[FileReport]:
        """What an ingest would do: files are parsed and chunked, nothing is embedded or written."""
        reports = []
        for planned, fetch in self._read(plan.to_read):
            try:
                parsed = fetch(self.stop)
                if parsed is None:
                    self.interrupted = True
                    break
                reports.append(report_of(planned, parsed, len(prepared(parsed, self.settings, self.embedder).chunks)))
            except (SkippedFile, ParseError) as error:
                reports.append(report_of_error(planned, error))
        gone = {True: FileState.REMOVED, False: FileState.MISSING}
        note = "no longer on disk"
        return reports + [FileReport(document.path, gone[document.id in removed], note=note) for document in plan.missing]

    def do(self, plan: Plan, removed: frozenset[int], standing: Standing) -> list[FileReport]:
        """Do what the plan asks, if anything. Raises IndexBusy and IndexMismatch."""
        if plan.is_needed or removed or self._labels_differ(plan, standing) or (self.embed and standing.lacking):
            return self.carry_out(plan, removed, standing.generation)
        if self.manifest is not None:
            self.manifest.refuse_mismatch(manifest_asked(self.manifest, self.embedder, self.settings), self.folder.name)
        return [FileReport(document.path, FileState.MISSING, note=MISSING_NOTE) for document in plan.missing]

    def _labels_differ(self, plan: Plan, standing: Standing) -> bool:
        """Whether a document that is not read again is to be labelled otherwise."""
        kept = (planned.known.id for planned in plan.files if planned.state in TO_AUDIT and planned.known is not None)
        return any(differing(standing.labels.get(document, {}), self._labels) for document in kept)

    def carry_out(self, plan: Plan, removed: frozenset[int], generation: int) -> list[FileReport]:
        """Do all that the plan asks, committing on the way. Raises IndexBusy when the plan's generation is no longer the last."""
        asked = manifest_asked(self.manifest, self.embedder, self.settings)
        reports: list[FileReport] = []
        with IndexWriter(self.folder, asked) as writer:
            if writer.generation != generation:
                message = f"index '{self.folder.name}' was written by another process meanwhile"
                raise IndexBusy(message, hint="Run the same command again.")
            for document in plan.missing:
                leaves = document.id in removed
                if leaves:
                    writer.remove_document(document.id)
                    self._shown.release(document.source)
                state = FileState.REMOVED if leaves else FileState.MISSING
                reports.append(FileReport(document.path, state, note="" if leaves else MISSING_NOTE))
            for planned in plan.files:
                if planned.state is FileState.RENAMED:
                    self._rename(writer, planned)
                if planned.state in TO_AUDIT and planned.known is not None:
                    writer.put_metadata(planned.known.id, self._labels)
            writer.commit(settle=False)
            following = Following(writer, self.embedder, self.wanted)
            reports += self._read_all(writer, plan.to_read, following)
            if self.embed and not self.interrupted:
                writer.commit()  # the words may be asked for long before the vectors are there
                self.interrupted = not embed_lacking(writer, following, writer.count_texts(), self.progress, self.stop)
            self.made += following.made
            writer.commit()
        return reports

    def report_known(self, files: list[PlannedFile]) -> list[FileReport]:
        """What is said of files that are not read into the index; an audit parses those that can be."""
        readable = [planned for planned in files if planned.state in TO_AUDIT] if self.audit else []
        audits = {}
        with closing(self._read(readable)) as coming:
            for number, (planned, fetch) in enumerate(coming):
                self.progress(Progress("audit", number, len(readable), planned.file.path, number, len(readable)))
                try:
                    parsed = None if self.stop() else fetch(self.stop)
                    if parsed is None:
                        self.interrupted = True
                        break
                    audits[planned.file] = parsed.audit
                except (SkippedFile, ParseError) as error:
                    audits[planned.file] = FileAudit(unmeasured=describe(error))
        reports = [report_of_known(planned, audits.get(planned.file)) for planned in files]
        for planned, report in zip(files, reports, strict=True):
            self.heard(planned.file.source, report)
        return reports

    def _read(
        self,
        files: list[PlannedFile],
        told: Told = lambda pages: None,
        embed: bool = False,
        known: Callable[[PlannedFile], frozenset[bytes]] = lambda planned: frozenset(),
    ) -> Generator[tuple[PlannedFile, Fetch]]:
        """Every file, in order, with what waits for its document: processes of this machine parse, workers elsewhere do more."""
        if self.workers is None:
            return read_ahead(files, self.settings, self.processes, told, self.audit)
        return in_order(
            self.workers, files, lambda planned: Errand(planned, self.settings, self.audit, embed, known(planned)), told
        )

    def _read_all(self, writer: IndexWriter, to_read: list[PlannedFile], following: Following) -> list[FileReport]:
        """Put what the files say into the index, to be found by its words; commits on the way."""
        reports: list[FileReport] = []
        done, pace = ReadingProgress(to_read, self.progress, self._began), Pace()
        try:
            with closing(self._read(to_read, done.hear, self.embed, partial(_vectors_known, writer))) as coming:
                for planned, fetch in coming:
                    done.begin(planned)
                    try:
                        reports.append(self._put(writer, planned, self._awaited(fetch, done, writer, following)))
                    except (SkippedFile, ParseError) as error:
                        reports.append(report_of_error(planned, error))
                    self.heard(planned.file.source, reports[-1])
                    done.add(planned, reports[-1].chunks)
                    pace.commit(writer)
            done.end()
        except _Stopped:
            self.interrupted = True
        except ClusterError:
            writer.commit()  # what came in time
            raise
        return reports

    def _awaited(self, fetch: Fetch, done: ReadingProgress, writer: IndexWriter, following: Following) -> ParsedFile:
        """A file's document. While others work on it and there is nothing else to do here, what is there already is embedded."""
        pace = Pace()
        while not self.stop():
            looks = iter((False,))  # at a stop, which is none yet; at the next one the wait is broken off
            parsed = fetch(lambda looks=looks: self.stop() or next(looks, True))  # type: ignore[misc]
            if parsed is not None:
                return parsed
            if self.embed and (self.processes >= MANY_CORES or done.is_recognising) and following.step():
                pace.commit(writer)
        raise _Stopped

    def _put(self, writer: IndexWriter, planned: PlannedFile, parsed: ParsedFile) -> FileReport:
        document = replace(parsed.document, path=self._shown.claim(planned))
        held = prepared(parsed, self.settings, self.embedder)
        labels = dict(self._labels)
        if planned.known is not None and planned.known.is_foreign:
            labels = {**writer.remove_document(planned.known.id), **labels}
        made = held.vectors.keys() - writer.known_embeddings(list(held.vectors))
        number = writer.put_document(
            document, os.fsencode(planned.file.source), parsed.sha256, parsed.size, parsed.mtime_ns,
            parser_label(planned.file.path, document.recognised_by), held.chunks, held.hashes, held.vectors,
        )  # fmt: skip
        writer.put_metadata(number, labels)
        self.made[number] += len(made)
        return report_of(planned, replace(parsed, document=document), len(held.chunks))

    def _rename(self, writer: IndexWriter, planned: PlannedFile) -> None:
        assert planned.known is not None
        self._shown.release(planned.known.source)
        source, path = os.fsencode(planned.file.source), self._shown.claim(planned)
        writer.rename_document(planned.known.id, source, path, planned.mtime_ns)


def _vectors_known(writer: IndexWriter, planned: PlannedFile) -> frozenset[bytes]:
    """Of a file that has changed: which texts of its document have vectors already."""
    return frozenset() if planned.known is None else writer.vectors_of(planned.known.id)
