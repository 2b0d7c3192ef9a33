"""An index on a server as a library: what is in it, its pages, sending manuals to it, and what people said of its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Any

from ragqa.client.jobs import job_there
from ragqa.client.journal import RemoteJournal
from ragqa.client.labels import label_there
from ragqa.client.lists import all_pages
from ragqa.client.pages import LastAnswers, draw, named_document
from ragqa.client.refusals import NotThere, refused
from ragqa.client.uploads import choose, ingest_files
from ragqa.client.wire import Wire
from ragqa.config import Settings
from ragqa.metadata import Given, metadata_of, parsed, wanted
from ragqa.metadata import told as as_texts
from ragqa.readers.retrievers import Embedded
from ragqa.schema_reading import (
    Fields,
    Misread,
    read_document,
    read_embedded,
    read_extract,
    read_headings,
    read_index,
    read_ingest,
    read_span,
)
from ragqa.schema_reading.fields import Kind, Value, count, listed, maybe, named, text
from ragqa.types import (
    Answer,
    Block,
    Cluster,
    Coverage,
    DocumentInfo,
    Extract,
    IndexInfo,
    IngestReport,
    PagePicture,
    Spot,
    Stop,
    Tell,
    never,
    silent,
    well_formed,
)

UNKNOWN = "…"
"""The name of the server's own index before the server has told it."""


TEXT_AT_ONCE = 200_000
"""Characters of a document that a server gives at once."""


class RemoteLibrary(NotThere):
    """One index of a server, with the interface of Library. Safe for threads."""

    _wire: Wire
    _index: str | None
    _settings: Settings
    _asked: list[str]
    _last: LastAnswers
    _lock: threading.Lock

    @property
    def server(self) -> str | None:
        """The base URL of the server."""
        return self._wire.address.base

    @property
    def is_overheard(self) -> bool:
        """Whether the token goes to another machine unencrypted."""
        return self._wire.is_overheard

    @property
    def journal(self) -> RemoteJournal:
        """What was said of the index's answers, and asked in this session."""
        return RemoteJournal(self._wire, lambda: self._index, self._asked)

    # What there is

    def indexes(self) -> list[IndexInfo]:
        """What every index of the server holds, by name. Raises RagqaError."""
        return list(self._field(self._get("indexes"), "indexes", listed(read_index)))

    def info(self) -> IndexInfo:
        """What the index holds. Raises IndexMissing or ServerError."""
        name = self._index or self._default_name()
        info = self._read(read_index, self._get("indexes", name))
        self._learn_name({"index": info.name})
        return info

    def embedded(self) -> Coverage:
        """How many passages have vectors. Raises RagqaError."""
        info = self.info()
        return info.embedded or Coverage(info.chunks, info.chunks)

    def documents(self, document: str | None = None, metadata: Given | None = None) -> list[DocumentInfo]:
        """What the index knows of every document, or of those whose paths match a glob and that have the metadata, by path.
        Raises RagqaError."""
        return self._documents(document, metadata)

    def metadata(self) -> dict[str, dict[str, int]]:
        """How many documents are labelled with each value, by key. Raises RagqaError."""
        return self._field(self._get("metadata", index=self._index), "metadata", named(named(count)))

    def label(self, labels: Sequence[tuple[str | int, Given]], dry_run: bool = False) -> int:
        """Label documents of the server: see `RagQA.label`. Where one names no document, nothing is changed, also where there are
        more than a server takes at once, which go in parts; only what goes wrong between two of them, such as an ingest that
        begins, leaves those before it in place, and the same again does the rest. Raises RagqaError."""
        checked = [(document, metadata_of(given)) for document, given in labels]
        return label_there(self._wire, self._index, checked, dry_run, self._learn_name)

    def document_named(self, name: str) -> DocumentInfo:
        """The one document that a path, or a glob, names. Raises UsageError where it names none, or several."""
        return self._named(name)

    def headings(self, document_id: int) -> list[Block]:
        """A document's headings, in order. Raises RagqaError, also for an id that there is not."""
        return self._read(read_headings, self._get("documents", document_id, "headings", index=self._index))

    def remove_documents(self, *paths: str) -> int:
        """Take documents, by their paths in the index, out of it; what was uploaded is deleted. Raises RagqaError."""
        wanted = set(paths)
        chosen = [one for one in self.documents() if one.path in wanted]
        for one in chosen:
            self._wire.reply("DELETE", "v1", "documents", one.id, query={"index": self._index})
        return len(chosen)

    def extract(self, document_id: int, start: int, end: int) -> Extract:
        """The stretch of a document that holds the character offsets start..end, in whole blocks. Raises RagqaError."""
        start, end = max(0, start), max(0, end)
        read = self._part(document_id, start, end)
        while read.end < min(end, read.length):
            more = self._part(document_id, read.end, end)
            if more.start != read.end or more.end <= read.end:
                raise self._wire.strange(Misread("the parts of a text do not follow each other"))
            read = replace(read, text=read.text + more.text, blocks=(*read.blocks, *more.blocks))
        return read

    def _part(self, document_id: int, start: int, end: int) -> Extract:
        """What the server gives at once of such a stretch, from its beginning."""
        end = min(end, start + TEXT_AT_ONCE)
        given = self._get("documents", document_id, "text", index=self._index, start=start, end=end)
        return self._read(lambda value: read_extract(value, document_id), given)

    def find(self, document_id: int, wanted: str, start: int = 0, backwards: bool = False) -> tuple[int, int] | None:
        """Where some words stand next in a document, without regard to case. Raises RagqaError."""
        how = {"q": well_formed(wanted), "start": max(0, start), "backwards": backwards, "index": self._index}
        given = self._get("documents", document_id, "find", **how)
        return self._read(lambda value: maybe(read_span)(value, "found"), given)

    # Pages

    def keep_answers(self, answers: Sequence[Answer]) -> None:
        """Keep the answers to a question, best first, for `spot_of_answer`, in the user's cache folder."""
        self._last.keep(answers)

    def spot_of_answer(self, number: int) -> Spot:
        """Where the answer of this number, from 1, to the last question stands. Raises UsageError where there is none."""
        return self._last.spot(number)

    def spot_of_page(self, document: str, page: int, words: str = "") -> Spot:
        """A page of the document that a path or a glob names, and words on it. Raises UsageError where it does not name one."""
        return Spot(self._named(document).path, page, words)

    def picture(self, spot: Spot) -> PagePicture:
        """The page of a PDF as a picture, with what the spot marks there. Raises RagqaError."""
        return draw(self._wire, self._index, self._named(spot.document).id, spot)

    # Sending manuals

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
        """Send these files, those of these folders or globs, to the server, and have it ingest them: see `RagQA.ingest`.

        Every file is sent, and takes the place of one of the same name, so that `check` changes nothing; what has not changed is
        not read again. `prune`, `dry_run` and a `cluster` are refused. `stop` ends it after what is finished. Raises RagqaError.
        """
        for given, told in ((prune, "prune"), (dry_run, "dry_run"), (cluster, "a cluster of workers")):
            if given:
                raise refused(f"what is sent to it goes without {told}")
        fields = {"index": self._index, "audit": audit, "embed": embed, "metadata": self._labels}
        return ingest_files(self._wire, choose(paths, self._settings.ingest), fields, progress, stop)

    def ingest_on_server(
        self,
        *paths: str,
        prune: bool = False,
        audit: bool = False,
        check: bool = False,
        embed: bool = True,
        progress: Tell = silent,
        stop: Stop = never,
    ) -> IngestReport:
        """Have the server ingest files of its own machine, below the folders that it was started with as roots."""
        options = {
            "paths": list(paths), "index": self._index, "prune": prune, "audit": audit, "check": check, "embed": embed,
            "metadata": self._labels,
        }  # fmt: skip
        return job_there(self._wire, "ingest", options, read_ingest, progress, stop)

    def embed(self, *, progress: Tell = silent, stop: Stop = never) -> Embedded:
        """Have the server make the vectors that the index lacks. Raises RagqaError."""
        return job_there(self._wire, "embed", {"index": self._index}, read_embedded, progress, stop)

    # What is said and read

    def _get(self, *parts: str | int, **query: Any) -> object:
        return self._wire.json("GET", "v1", *parts, query=query)

    def _read(self, kind: Callable[[object], Value], given: object) -> Value:
        """A value of what the server said. Raises ServerError where it is none."""
        try:
            return kind(given)
        except Misread as error:
            raise self._wire.strange(error) from error

    def _field(self, given: object, name: str, kind: Kind[Value]) -> Value:
        return self._read(lambda value: Fields(value, "answer")(name, kind), given)

    @property
    def _labels(self) -> dict[str, tuple[str, ...]] | None:
        """What manuals are labelled with that are sent; None where nothing was given here. Raises UsageError."""
        return dict(parsed(self._settings.ingest.metadata)) or None

    def _documents(self, glob: str | None, metadata: Given | None = None) -> list[DocumentInfo]:
        """The documents whose paths match a glob and that have the metadata."""
        query = {"index": self._index, "document": glob, "meta": list(as_texts(dict(wanted(metadata)))) or None}
        return list(all_pages(self._wire, "documents", read_document, query))

    def _named(self, name: str) -> DocumentInfo:
        """The document of that very path, or else the one that it matches as a glob. Raises UsageError."""
        return named_document(name, self._documents(name) or self._documents(escape(name)))

    def _default_name(self) -> str:
        """The name of the server's own index, which may not exist yet."""
        return self._field(self._get("indexes"), "default", text)

    def _learn_name(self, given: object) -> None:
        with suppress(Misread):
            name = Fields(given, "answer")("index", text)
            if self._settings.index == UNKNOWN:
                with self._lock:
                    self._settings = replace(self._settings, index=name)
