"""Looking after indexes: describe, rebuild, remove."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ragqa.errors import DocumentMissing, IndexMissing, RagqaError
from ragqa.files import storage_errors
from ragqa.indexing.backends import choice_for, take_away
from ragqa.indexing.index import Index
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.metadata import differing
from ragqa.indexing.reembed import reembedding
from ragqa.indexing.remains import clear_folder, sweep, take_link
from ragqa.indexing.search.choice import EMBEDDED, Choice
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE, index_folder, index_names
from ragqa.types import IndexInfo, Metadata, Progress


def describe_index(folder: Path) -> IndexInfo:
    """What an index holds. Raises IndexMissing, IndexDamaged or IndexMismatch."""
    with Index(folder) as index, index.snapshot():
        documents = index.documents()
        return IndexInfo(
            name=index.name,
            path=str(folder),
            documents=len(documents),
            chunks=index.count_chunks(),
            pages=sum(document.pages or 0 for document in documents),
            characters=sum(document.characters for document in documents),
            vectors=index.count_vectors(),
            bytes=_size(folder),
            generation=index.generation,
            schema=index.notes.schema,
            updated=index.notes.updated,
            settings=asdict(index.manifest) | _searched_by(choice_for(index)),
            languages=dict(Counter(document.language for document in documents).most_common()),
            reembedding=reembedding(index),
            embedded=index.embedded(),
            warnings={document.path: document.warnings for document in documents if document.warnings},
            metadata={key: len(values) for key, values in index.labels.counts().items()},
        )


def describe_indexes(home: str | Path) -> Iterator[IndexInfo]:
    """What every index under a home folder holds, by name; of a damaged one, what is wrong with it."""
    for name in index_names(home):
        folder = index_folder(home, name)
        try:
            yield describe_index(folder)
        except RagqaError as error:
            yield IndexInfo(name, str(folder), 0, 0, 0, 0, 0, 0, 0, 0, "", {"problem": error.message})


def rebuild_index(folder: Path, progress: Callable[[Progress], None] = lambda step: None) -> IndexInfo:
    """Make FAISS and the lexical index anew from what SQLite holds, without embedding."""
    with Index(folder) as index:
        manifest = index.manifest
    with IndexWriter(folder, manifest) as writer:
        writer.rebuild(progress)
    return describe_index(folder)


def remove_index(folder: Path, owned: Path | None = None) -> str:
    """Delete an index, and before it the files of the folder `owned`; the journal of questions and verdicts stays, for an index
    made anew under the name. Of an index whose folder somebody has deleted by hand, the files go all the same. Where either
    folder is a link, the link goes, and what it leads to stays: that may hold anything, or be another home's.

    Returns a sentence about what it has elsewhere and is left there; empty: nothing. Killed at any moment it has
    removed the index whole, or not at all; the next removal of any takes away what was left.
    Raises IndexMissing, IndexBusy while something writes it, or StorageError.
    """
    sweep(folder.parent)
    if not (folder / DATABASE).is_file() and not (owned is not None and _holds_files(owned)):
        raise IndexMissing(f"there is no index '{folder.name}' in {folder.parent}")
    choice, identity = EMBEDDED, ""
    if not folder.is_symlink():
        with suppress(RagqaError), Index(folder) as index:  # one that cannot be read is removed, too
            choice, identity = choice_for(index), index.notes.identity
    with WriteLock(folder.resolve()), storage_errors(folder):
        left = [] if owned is None else _clear_files(owned)  # first: of an index that is gone nobody would look for them
        if folder.is_symlink():
            left += take_link(folder)
        else:
            clear_folder(folder)
    return " ".join(filter(None, (*left, take_away(choice, identity))))


def remove_documents(folder: Path, paths: Collection[str], owned: Path | None = None) -> int:
    """Take documents, by their paths in the index, out of it; no files are touched but those right in the folder `owned`, which
    are deleted with their documents. Returns how many documents there were.

    Raises IndexMissing, IndexBusy or StorageError.
    """
    with Index(folder) as index:
        manifest = index.manifest
    with IndexWriter(folder, manifest) as writer:
        with Index(folder) as index:
            found = [one for one in index.documents() if one.path in paths]
        for one in found:
            writer.remove_document(one.id)
        if found:
            writer.commit()
        for file in [Path(one.told_source) for one in found if not one.is_foreign]:
            if file.parent == owned:
                with storage_errors(file.parent):
                    file.unlink(missing_ok=True)
    return len(found)


def label_documents(folder: Path, labels: Sequence[tuple[str | int, Metadata]], dry_run: bool = False) -> int:
    """Give documents metadata, each of some paths, globs or ids what comes with it, in their order: see `put_metadata`. Returns
    how many documents have other metadata now; of a `dry_run`, how many would have.

    Raises DocumentMissing, and changes nothing, where one of them names none; IndexMissing, IndexBusy or StorageError.
    """
    with Index(folder) as index, index.snapshot():
        manifest = index.manifest
        if dry_run:
            return len(_would_change(index, labels))
    with IndexWriter(folder, manifest) as writer:
        changed: set[int] = set()
        with Index(folder) as index, index.snapshot():
            for documents, metadata in _named(index, labels):
                changed.update(document for document in documents if writer.put_metadata(document, metadata))
        writer.commit()
    return len(changed)


def _would_change(index: Index, labels: Sequence[tuple[str | int, Metadata]]) -> set[int]:
    """The documents that would have other metadata. Raises DocumentMissing."""
    changed: set[int] = set()
    known: dict[int, Metadata] = {}
    for documents, metadata in _named(index, labels):
        for document in documents:
            now = known[document] if document in known else index.labels.of(document)
            if differing(now, metadata):
                changed.add(document)
            known[document] = {**now, **metadata}
    return changed


def _named(index: Index, labels: Sequence[tuple[str | int, Metadata]]) -> Iterator[tuple[list[int], Metadata]]:
    """The documents that each label names, and what they are to have. Raises DocumentMissing where one names none."""
    for named, metadata in labels:
        found = index.where(named).documents if isinstance(named, str) else _with_id(index, named)
        if not found:
            hint = f"See those there are: ragqa index info {index.folder.name}"
            raise DocumentMissing(f"there is no document called '{named}'", hint=hint)
        yield sorted(found), metadata


def _with_id(index: Index, number: int) -> frozenset[int]:
    """The document of an id, if there is one."""
    return frozenset() if index.document(number) is None else frozenset({number})


def _holds_files(folder: Path) -> bool:
    with storage_errors(folder):
        return folder.is_dir() and any(path.is_symlink() or not path.is_dir() for path in folder.iterdir())


def _clear_files(folder: Path) -> list[str]:
    """Delete the files of a folder, and the folder where it is then empty; of a link only itself. Returns a sentence about what
    is left, if anything is. Raises OSError."""
    if folder.is_symlink():
        return take_link(folder)
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.is_symlink() or not path.is_dir():
                path.unlink()
    with suppress(OSError):
        folder.rmdir()
    return []


def _searched_by(choice: Choice) -> dict[str, str]:
    """What is told of a backend elsewhere; of the files in the index's folder nothing."""
    return {} if choice == EMBEDDED else {"backend": choice.kind, "backend_uri": choice.uri}


def _size(folder: Path) -> int:
    """The bytes of a folder's files; one that a writer takes away meanwhile counts nothing."""
    total = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total
