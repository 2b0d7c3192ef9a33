"""A real Milvus Lite for the tests: a file beside the index's folder."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ragqa.indexing.connections import Connections
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.choice import Choice, chosen, put_choice
from ragqa.indexing.search.milvus import Milvus
from ragqa.indexing.search.milvus_server import MilvusServer
from ragqa.paths import DATABASE


def file_of(folder: Path) -> Choice:
    return chosen("milvus", str(folder.with_name(f"{folder.name}.db")))


def milvus_is_chosen(folder: Path) -> Choice:
    """Let an index be searched by the file beside it."""
    choice = file_of(folder)
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        put_choice(connection, choice)
    return choice


def milvus_beside(connections: Connections, manifest: Manifest) -> Milvus:
    return Milvus.stored(connections, manifest, MilvusServer(file_of(connections.folder)))
