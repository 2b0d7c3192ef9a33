"""What an index is searched by: chosen, moved, brought up to date, filled again, and taken away.

SQLite and the files beside it hold everything whatever is chosen: nothing here can lose what was committed, and nothing embeds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ragqa.errors import BackendUnavailable, BackendUnusable, IndexDamaged, RagqaError, UsageError
from ragqa.files import storage_errors
from ragqa.indexing.connections import Connections
from ragqa.indexing.database import close_writing, meta, open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.lineage import put_mark
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.changes import generation_of
from ragqa.indexing.search.choice import EMBEDDED, Choice, choice_of, put_choice
from ragqa.indexing.search.local_words import LocalWords
from ragqa.indexing.search.milvus import FILLING_SECONDS, Milvus, filling
from ragqa.indexing.search.milvus_server import MilvusServer
from ragqa.indexing.search.milvus_state import PREFIX, prefix_of
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE


def choice_for(index: Index) -> Choice:
    """What an open index is searched by. Raises IndexDamaged."""
    with index.connection() as connection, storage_errors(index.folder):
        return choice_of(connection)


def begin_on(folder: Path, choice: Choice, manifest: Callable[[], Manifest]) -> None:
    """See that an index that is about to be written is searched by this: one that is not there yet, or is empty, is made so.

    Raises UsageError for an index that is searched by something else, and BackendUnavailable before anything is made.
    """
    if (folder / DATABASE).is_file():
        with Index(folder) as index:
            has, is_empty = choice_for(index), index.generation == 0
        if has.is_same(choice):
            return
        if not is_empty:
            where = f" --backend-uri {choice.uri}" if choice.uri else ""
            hint = f"Move it: ragqa index move {folder.name} --backend {choice.kind}{where}"
            raise UsageError(f"index '{folder.name}' is searched by {has}, not {choice}", hint=hint)
    _refuse_unreachable(choice)
    with IndexWriter(folder, manifest()):
        pass  # which makes it
    with _writing(folder) as connection:
        put_choice(connection, choice)
        connection.commit()


def move(folder: Path, choice: Choice) -> str:
    """Let an index be searched by something else, which is filled before, and take away what it was searched by until then.

    Returns a sentence about what could not be taken away; empty: nothing. Killed at any moment it leaves an index that is
    searched by the one or the other. Raises IndexMissing, IndexBusy, IndexMismatch, UsageError or BackendUnavailable.
    """
    with Index(folder) as index:
        before, identity = EMBEDDED, index.notes.identity
        with suppress(IndexDamaged):  # a note that cannot be read gives way to this one
            before = choice_for(index)
    _refuse_unreachable(choice)
    with _writing(folder) as connection:
        put_mark(connection, int(meta(connection, "generation", "0")))
        connection.commit()
        filled = _fill(folder, choice)
        connection.execute("BEGIN IMMEDIATE")
        put_choice(connection, choice)
        connection.commit()
    # the same Milvus may be known by two addresses that nobody can tell to be one
    return "" if before.is_same(choice) else take_away(before, identity, keep=filled)


def settle(folder: Path) -> str:
    """Bring what an index is searched by elsewhere up to its last commit.

    Returns why that cannot be done now, and what is to be done about it, as people are told; empty: it is there. Raises
    IndexDamaged.
    """
    if not (folder / DATABASE).is_file():
        return ""
    with Index(folder) as index:
        choice = choice_for(index)
    try:
        _fill(folder, choice)
    except BackendUnusable as error:
        return f"{error.message}. {error.hint}"
    except BackendUnavailable as error:
        return f"{error.message}. The next question tries again."
    return ""


def refill(folder: Path) -> None:
    """Fill a new collection from what SQLite holds, and take all others of the index away, also such as cannot be read.

    Raises UsageError for an index that is searched by its own files, IndexMissing or BackendUnavailable.
    """
    with Index(folder) as index, index.snapshot(), index.connection() as connection:
        choice = choice_of(connection)
        if choice == EMBEDDED:
            raise UsageError(f"index '{index.name}' is searched by its own files", hint=f"ragqa index rebuild {index.name}")
        connections = index.connections
        server, words = MilvusServer(choice), LocalWords(connections, index.manifest.dimension)
        with filling(connections):
            Milvus(connections, index.manifest, server, words).refilled(generation_of(connection))


def take_away(choice: Choice, identity: str, keep: str = "") -> str:
    """Take away what an index, by its identity, has elsewhere, but for the collection `keep`; returns a sentence where that
    cannot be, else nothing."""
    if choice == EMBEDDED or not identity or (choice.is_file and not Path(choice.uri).exists()):
        return ""
    try:
        server = MilvusServer(choice)
        for name in server.names(prefix_of(identity)):
            if name != keep:
                server.drop(name)
    except RagqaError as error:
        return f"What the Milvus at {choice.uri} holds of it is left there ({error.message})."
    return ""


def _fill(folder: Path, choice: Choice) -> str:
    """Bring what an index may be searched by up to its last commit; returns the name of the collection, where it has one."""
    if choice == EMBEDDED:
        return ""

    def opened(connections: Connections, manifest: Manifest) -> Milvus:
        return Milvus.stored(connections, manifest, MilvusServer(choice), FILLING_SECONDS)

    with Index(folder, opened) as index:
        backend = index.backend()
    return backend.found.name if isinstance(backend, Milvus) and backend.found is not None else ""


def _refuse_unreachable(choice: Choice) -> None:
    if choice != EMBEDDED:
        MilvusServer(choice).names(PREFIX)


@contextmanager
def _writing(folder: Path) -> Iterator[sqlite3.Connection]:
    """The one writer's connection, in a transaction."""
    with WriteLock(folder):
        connection = open_for_writing(folder)
        try:
            with storage_errors(folder):
                connection.execute("BEGIN IMMEDIATE")
                yield connection
        finally:
            close_writing(connection)
