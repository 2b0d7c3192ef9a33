"""Opens what an index is searched by."""

from __future__ import annotations

from ragqa.indexing.connections import Connections
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import SearchBackend
from ragqa.indexing.search.choice import EMBEDDED, choice_of
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.search.milvus import Milvus
from ragqa.indexing.search.milvus_server import MilvusServer


def open_chosen(connections: Connections, manifest: Manifest) -> SearchBackend:
    """What searches an index, as the snapshot of the calling thread says, at whatever generation that lasted.

    Raises BackendUnavailable, IndexMismatch or IndexDamaged.
    """
    with connections.use() as connection:
        choice = choice_of(connection)
    if choice == EMBEDDED:
        return Embedded.stored(connections, manifest)
    return Milvus.stored(connections, manifest, MilvusServer(choice))
