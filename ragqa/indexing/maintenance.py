"""Looking after indexes: describe, verify, rebuild, remove, export and import."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ragqa.errors import IndexDamaged, IndexMissing, RagqaError, UsageError
from ragqa.files import storage_errors, sync_path
from ragqa.indexing.index import Index
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.schema import SCHEMA_VERSION
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE, JOURNAL, checked_name, index_folder, index_names
from ragqa.text.analysis import ANALYSER_VERSION
from ragqa.types import IndexInfo

QUANTISED_COSINE = 0.99
"""The least cosine between a stored vector and its quantised form in FAISS."""


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
            schema=SCHEMA_VERSION,
            updated=index.updated,
            settings=asdict(index.manifest),
        )


def describe_indexes(home: str | Path) -> Iterator[IndexInfo]:
    """What every index under a home folder holds, by name; of a damaged one, what is wrong with it."""
    for name in index_names(home):
        folder = index_folder(home, name)
        try:
            yield describe_index(folder)
        except RagqaError as error:
            yield IndexInfo(name, str(folder), 0, 0, 0, 0, 0, 0, 0, 0, "", {"problem": error.message})


def verify_index(folder: Path) -> list[str]:
    """Every disagreement of an index with itself, as a sentence; an empty list means that it is sound.

    Raises IndexMissing when there is none, IndexMismatch when this version cannot read it.
    """
    problems: list[str] = []
    try:
        with Index(folder) as index:
            verified = -1
            while verified != index.generation and (problems or verified < 0):  # again if a writer went on meanwhile
                with index.snapshot():
                    verified, problems = index.generation, []
                    problems += _database_problems(index)
                    problems += _derived_problems(index)
    except IndexDamaged as error:
        problems.append(error.message)
    return problems


def rebuild_index(folder: Path) -> IndexInfo:
    """Make FAISS and the lexical index anew from what SQLite holds, without embedding."""
    with Index(folder) as index:
        manifest = index.manifest
    with IndexWriter(folder, manifest) as writer:
        writer.rebuild()
    return describe_index(folder)


def remove_index(folder: Path) -> None:
    """Delete an index; the journal of questions and verdicts stays, for an index made anew under the name.

    Raises IndexMissing, or IndexBusy while something writes it.
    """
    if not (folder / DATABASE).is_file():
        raise IndexMissing(f"there is no index '{folder.name}' in {folder.parent}")
    with WriteLock(folder):
        (folder / DATABASE).unlink()  # first, so that what is left after a kill is no index
    _clear(folder)


def remove_documents(folder: Path, paths: Collection[str]) -> int:
    """Take documents, by their paths in the index, out of it; their files are not touched. Returns how many there were.

    Raises IndexMissing or IndexBusy.
    """
    with Index(folder) as index:
        manifest = index.manifest
    with IndexWriter(folder, manifest) as writer:
        with Index(folder) as index:
            found = [one.id for one in index.documents() if one.path in paths]
        for document_id in found:
            writer.remove_document(document_id)
        if found:
            writer.commit()
    return len(found)


def export_index(folder: Path, target: Path) -> Path:
    """Write an index's last commit to one file that `import_index` takes elsewhere; FAISS is made anew there.

    Raises IndexMissing, UsageError where `target` cannot be a file, or StorageError.
    """
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError(f"{target} cannot be a file: " + ("it is a folder" if target.is_dir() else "its folder is not there"))
    with Index(folder) as index, storage_errors(target):
        copy = target.with_name(target.name + ".sqlite.tmp")
        temporary = target.with_name(target.name + ".tmp")
        try:
            index.back_up(copy)
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                archive.writestr("ragqa-index.json", json.dumps({"name": index.name, "schema": SCHEMA_VERSION}))
                archive.write(copy, DATABASE)
            temporary.replace(target)
        finally:
            copy.unlink(missing_ok=True)
            temporary.unlink(missing_ok=True)
    return target


def import_index(archive_path: Path, indexes: Path, name: str | None = None) -> IndexInfo:
    """Make an index from an exported file, under its own or another name. Raises UsageError, IndexDamaged or StorageError."""
    if not archive_path.is_file():
        raise UsageError(f"there is no file {archive_path}")
    made: Path | None = None
    try:
        with storage_errors(indexes), zipfile.ZipFile(archive_path) as archive:
            described = json.loads(archive.read("ragqa-index.json"))
            folder = indexes / checked_name(name or str(described["name"]))
            if folder.exists() and {path.name for path in folder.iterdir()} != {JOURNAL}:
                raise UsageError(f"there is an index '{folder.name}' already", hint="Import it under another --name.")
            folder.mkdir(parents=True, exist_ok=True)
            made = folder
            temporary = folder / f"{DATABASE}.new"
            with archive.open(DATABASE) as source, open(temporary, "wb") as target:
                shutil.copyfileobj(source, target)
            temporary.replace(folder / DATABASE)
            sync_path(folder)
        return rebuild_index(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError) as error:
        _clear(made)
        raise UsageError(f"{archive_path} is no exported index", hint="Make one with: ragqa index export NAME FILE") from error
    except RagqaError:
        _clear(made)
        raise


def _clear(folder: Path | None) -> None:
    """Delete an index's folder, or all but the journal that it holds."""
    if folder is None:
        return
    if not (folder / JOURNAL).is_file():
        shutil.rmtree(folder)
        return
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != JOURNAL:
            path.unlink()


def _size(folder: Path) -> int:
    """The bytes of a folder's files; one that a writer takes away meanwhile counts nothing."""
    total = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _database_problems(index: Index) -> list[str]:
    problems = []
    try:
        problems += [f"SQLite: {row}" for row in index.integrity()]
    except sqlite3.DatabaseError as error:
        problems.append(f"SQLite: {error}")
    problems += [f"{count} {what}" for what, count in index.orphans().items() if count]
    for document in index.documents():
        text = index.text(document.id)
        chunks = (stored.chunk for stored in index.document_chunks(document.id))
        wrong = sum(chunk.text != text[chunk.start : chunk.end] for chunk in chunks)
        if wrong or len(text) != document.characters:
            problems.append(f"{document.path}: {wrong} chunks are not what its text says at their place")
    if index.manifest.analyser != ANALYSER_VERSION:
        problems.append(f"the lexical index was made by text analysis {index.manifest.analyser}, not {ANALYSER_VERSION}")
    return problems


def _derived_problems(index: Index) -> list[str]:
    if index.generation == 0 and index.count_chunks() == 0:
        return []  # made, and nothing committed yet
    problems = [problem for path, checksum in index.derived.items() if (problem := _file_problem(path, checksum, index.name))]
    if problems:
        return problems
    ids, stored = index.stored_vectors()
    vectors = index.vectors()
    for what, held in (("FAISS", vectors.ids), ("the lexical index", index.terms().ids)):
        if held.tolist() != ids.tolist():
            return [f"{what} holds {len(held)} chunks, SQLite {len(ids)}: their ids differ"]
    for first in range(0, len(ids), 50_000):
        part = slice(first, first + 50_000)
        cosines = (vectors.vectors(ids[part]) * stored[part]).sum(axis=1)
        wrong = ids[part][cosines < QUANTISED_COSINE]
        if len(wrong):
            problems.append(f"{len(wrong)} vectors in FAISS differ from those in SQLite, e.g. of chunk {wrong[0]}")
    return problems


def _file_problem(path: Path, checksum: str, name: str) -> str | None:
    try:
        with open(path, "rb") as file:
            sound = hashlib.file_digest(file, "sha256").hexdigest() == checksum
    except FileNotFoundError:
        return f"{path.name} is missing (ragqa index rebuild {name} makes it again)"
    return None if sound else f"{path.name} does not have the checksum it was committed with"
