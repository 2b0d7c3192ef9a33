"""An index as a library: what manuals are in it, what stands in them, how it is kept, and what people said of its answers.

Everything that an engine can do without asking a question, and so without a reader.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.loaded import Loaded
from ragqa.metadata import Given, metadata_of, wanted
from ragqa.paths import uploads_folder
from ragqa.types import (
    Answer,
    Block,
    Cluster,
    Coverage,
    DocumentInfo,
    Extract,
    Feedback,
    FileReport,
    Gone,
    IndexInfo,
    IngestReport,
    PagePicture,
    QAPair,
    Response,
    Spot,
    Stop,
    Tell,
    Verdict,
    never,
    silent,
)

if TYPE_CHECKING:
    from ragqa.indexing.index import Index
    from ragqa.intake import Intake
    from ragqa.journal import Journal
    from ragqa.readers.retrievers import Embedded


class Library:
    """One index of manuals. Safe for threads: what it opens is opened once; a second writer is told who writes (IndexBusy)."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self.folder = loaded.shelf.folder

    @property
    def server(self) -> str | None:
        """The URL of the server that the index is on; None where it is on this machine."""
        return None

    @property
    def opened(self) -> Index:
        """The index, open for reading. Raises IndexMissing, IndexMismatch or IndexDamaged."""
        return self._loaded.shelf.index()

    def ingest(
        self,
        *paths: str | Path,
        prune: bool = False,
        dry_run: bool = False,
        audit: bool = False,
        check: bool = False,
        embed: bool = True,
        progress: Tell = silent,
        stop: Stop = never,
        cluster: Cluster | None = None,
    ) -> IngestReport:
        """Bring the index up to these files, folders or globs; unchanged files are not read.

        `prune` takes documents out whose files are gone from the folders given. `audit` has every file's report say what of the
        file no block of its document holds: known files are parsed for it, too. `check` hashes also the files that look unchanged
        by size, times and inode. What is read can be asked by its words at once, while the vectors follow; without `embed` they
        are left to `embed()`. `progress` is told of every step, `stop` is asked often and ends the ingest after what is finished.
        The workers of a `cluster` read and embed at the same time, and what they made is committed here. Raises RagqaError; a bad
        file is only reported.
        """
        return self._intake.ingest(
            paths, cluster=cluster, prune=prune, dry_run=dry_run, audit=audit, check=check, embed=embed, progress=progress,
            stop=stop,
        )  # fmt: skip

    def follow(
        self,
        *folders: Path,
        prune: Callable[[Gone], bool],
        leave: Callable[[Path], bool],
        heard: Callable[[Path, FileReport], None],
        only: Collection[Path] | None = None,
        progress: Tell = silent,
        stop: Stop = never,
    ) -> IngestReport:
        """Bring the index up to folders, for who keeps it in step with them; vectors are left to `embed()`.

        Of each folder that lost files `prune` decides whether their documents are taken out. Files that `leave` names, by their
        absolute paths, stay as the index has them; `heard` is told what became of each other one. With `only` the folders are not
        searched: these files of them are taken in, and nothing is taken out. The rest is as for `ingest`.
        """
        return self._intake.ingest(
            folders, prune=prune, embed=False, leave=leave, heard=heard, only=only, progress=progress, stop=stop
        )

    def documents(self, document: str | None = None, metadata: Given | None = None) -> list[DocumentInfo]:
        """What the index knows of every document, or of those whose paths match the glob `document` and that have the metadata,
        by path."""
        from ragqa.indexing.browse import list_documents

        return list_documents(self.opened, document, wanted(metadata))

    def metadata(self) -> dict[str, dict[str, int]]:
        """How many documents are labelled with each value, by key."""
        return self.opened.labels.counts()

    def label(self, labels: Sequence[tuple[str | int, Given]], dry_run: bool = False) -> int:
        """Label documents: those of some paths, globs or ids, each with the metadata that comes with it, which takes the place of
        what they have of the same keys; of a key without values they have none then. Returns how many documents have other
        metadata now, or would have, of a `dry_run`; nothing is read or embedded for it. Where one names no document, nothing is
        changed. Raises UsageError, IndexMissing, IndexBusy or StorageError."""
        from ragqa.indexing.backends import settle
        from ragqa.indexing.maintenance import label_documents

        changed = label_documents(self.folder, [(named, metadata_of(given)) for named, given in labels], dry_run)
        if not dry_run:
            settle(self.folder)
        return changed

    def document_named(self, name: str) -> DocumentInfo:
        """The one document that a path, or a glob, names. Raises UsageError where it names none, or several."""
        from ragqa.indexing.browse import document_named

        return document_named(self.opened, name)

    def headings(self, document_id: int) -> list[Block]:
        """A document's headings, in order; none of an id that there is not."""
        from ragqa.indexing.browse import headings

        return headings(self.opened, document_id)

    def remove_documents(self, *paths: str) -> int:
        """Take documents, by their paths in the index, out of it, and return how many there were; no file is touched but those
        that were uploaded to a server, which are deleted. Raises IndexMissing, IndexBusy or StorageError."""
        from ragqa.indexing.backends import settle
        from ragqa.indexing.maintenance import remove_documents

        removed = remove_documents(self.folder, paths, self._uploads)
        settle(self.folder)
        return removed

    def extract(self, document_id: int, start: int, end: int) -> Extract:
        """The stretch of a document that holds the character offsets start..end, in whole blocks."""
        from ragqa.indexing.browse import extract

        return extract(self.opened, document_id, start, end)

    def find(self, document_id: int, wanted: str, start: int = 0, backwards: bool = False) -> tuple[int, int] | None:
        """Where some words stand next in a document, without regard to case; past its end the search begins anew."""
        from ragqa.indexing.browse import find_text

        return find_text(self.opened, document_id, wanted, start, backwards)

    def keep_answers(self, answers: Sequence[Answer]) -> None:
        """Keep the answers to a question, best first, for `spot_of_answer`."""
        from ragqa.last_answers import keep_answers

        keep_answers(self.folder, answers)

    def spot_of_answer(self, number: int) -> Spot:
        """Where the answer of this number, from 1, to the last question stands. Raises UsageError where there is none."""
        from ragqa.showing import spot_of_answer

        return spot_of_answer(self.opened, number)

    def spot_of_page(self, document: str, page: int, words: str = "") -> Spot:
        """A page of the document that a path or a glob names, and words on it. Raises UsageError where it does not name one."""
        from ragqa.showing import spot_of_page

        return spot_of_page(self.opened, document, page, words)

    def picture(self, spot: Spot) -> PagePicture:
        """The page of a PDF as a picture, with what the spot marks there. Raises UsageError, StorageError or ParseError."""
        from ragqa.showing import draw_spot

        return draw_spot(self.opened, spot)

    def judge(
        self, response: Response, verdict: Verdict, answer: Answer | None = None, span: tuple[int, int, int] | None = None
    ) -> Feedback:
        """Keep what a person says of a response: of an `answer` that it is right or wrong, that the manuals do not say, or that
        `span` (document id, start, end) is the answer. Returns it as it is kept. Raises StorageError."""
        from ragqa.journal import judged, placed, right_span

        made, right = judged(response, verdict, answer, self._loaded.reader_name), right_span(verdict, answer, span)
        return self.journal.add(made if right is None else placed(made, self.opened, right))

    def feedback_pairs(self) -> list[QAPair]:
        """The question/answer pairs that people's verdicts make, each with the passage it was found in."""
        from ragqa.journal import pairs_to_learn

        return [pair for one in pairs_to_learn(self.journal.verdicts()) if (pair := one.pair) is not None]

    def indexes(self) -> list[IndexInfo]:
        """What every index of the same home, or server, holds, by name; damaged ones are left to `verify`."""
        from ragqa.indexing.maintenance import describe_indexes

        return list(describe_indexes(self._loaded.settings.home))

    def info(self) -> IndexInfo:
        """What the index holds."""
        from ragqa.indexing.maintenance import describe_index

        return describe_index(self.folder)

    def verify(self, *, progress: Tell = silent) -> list[str]:
        """Every disagreement of the index with itself; empty when it is sound."""
        from ragqa.indexing.verify import verify_index

        return verify_index(self.folder, progress)

    def retriever_names(self) -> list[str]:
        """The retrievers that there are to use, the default one first. Raises StorageError."""
        from ragqa.readers.retrievers import retriever_names

        return retriever_names(self._loaded.settings.home)

    def use_retriever(self, name: str, *, embed: bool = True, progress: Tell = silent, stop: Stop = never) -> Embedded | None:
        """Let a trained retriever, by name, find for this index from now on, "default" for the plain embedder.

        The index is asked with its old vectors until the new ones are there; without `embed`, which gives None, they are still to
        be made. Raises ModelError, IndexMissing, IndexBusy or StorageError.
        """
        from ragqa.readers.retrievers import choose_retriever

        settings = self._loaded.settings
        choose_retriever(settings.home, settings.index, name, settings.threads)
        return self.embed(progress=progress, stop=stop) if embed else None

    def embed(self, *, progress: Tell = silent, stop: Stop = never) -> Embedded:
        """Make the vectors that an ingest left to be made, or those of the retriever that was chosen, or of the index's own where
        that has changed; goes on where it was stopped. `stop` may keep it waiting. Raises IndexMissing, IndexBusy, IndexMismatch,
        ModelError or StorageError."""
        return self._intake.embed(progress, stop)

    def embedded(self) -> Coverage:
        """How many passages have vectors; the others are found by their words until `embed` or an ingest has made theirs."""
        return self.opened.embedded()

    def rebuild(self, *, progress: Tell = silent) -> IndexInfo:
        """Make the derived parts of the index anew, without embedding."""
        from ragqa.indexing.maintenance import rebuild_index

        return rebuild_index(self.folder, progress)

    def move(self, backend: str, uri: str = "") -> str:
        """Let the index be searched by something else: "embedded", or "milvus" at `uri`; nothing is embedded for it.

        Returns a sentence about what could not be taken away where it was; empty: nothing. Raises UsageError, IndexMissing,
        IndexBusy or BackendUnavailable.
        """
        from ragqa.indexing.backends import move
        from ragqa.indexing.search.choice import chosen

        return move(self.folder, chosen(backend, uri))

    def refill(self) -> IndexInfo:
        """Fill what the index is searched by elsewhere from nothing, without embedding. Raises UsageError where that is its own
        folder, IndexMissing or BackendUnavailable."""
        from ragqa.indexing.backends import refill

        refill(self.folder)
        return self.info()

    def uploaded(self) -> list[str]:
        """The names of the files that were uploaded to a server for this index, and go with it. Raises StorageError."""
        from ragqa.files import storage_errors

        with storage_errors(self._uploads):
            return sorted(path.name for path in self._uploads.iterdir()) if self._uploads.is_dir() else []

    def remove(self, *, keep_uploads: bool = False) -> str:
        """Delete the index; no manuals are touched but those that were uploaded to a server, which are deleted with it, unless
        they are to be kept. Returns a sentence about what it has elsewhere and could not be taken away; empty: nothing. Raises
        IndexMissing, IndexBusy or StorageError."""
        from ragqa.indexing.maintenance import remove_index

        self.close()
        return remove_index(self.folder, None if keep_uploads else self._uploads)

    def export(self, target: Path) -> Path:
        """Write the index's last commit to one file, and return its path."""
        from ragqa.indexing.transfer import export_index

        return export_index(self.folder, target)

    def close(self) -> None:
        """Let go of the index's files; what is asked next opens them again."""
        self._loaded.close()

    @property
    def _uploads(self) -> Path:
        return uploads_folder(self._loaded.settings.home) / self.folder.name

    @property
    def _intake(self) -> Intake:
        from ragqa.intake import Intake

        return Intake(self._loaded.settings)

    @property
    def journal(self) -> Journal:
        """What was asked of the index and said of its answers."""
        from ragqa.journal import Journal

        return Journal(self.folder)
