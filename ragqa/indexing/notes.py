"""What an index notes about itself: its version, which index it is, its last commit and the files that this is searched by."""

from __future__ import annotations

from pathlib import Path

from ragqa.errors import IndexDamaged
from ragqa.indexing.connections import Connections
from ragqa.indexing.schema import KEYS_SINCE, METADATA_SINCE
from ragqa.indexing.search.choice import KEY as CHOICE
from ragqa.indexing.search.derived import terms_file, vectors_file


class Notes:
    """The notes of an index, each read when it is asked for, as the calling thread's snapshot has it.

    Threads may share it. Everything raises what `Connections.use` raises, and IndexDamaged where a note is not there.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def get(self, key: str, default: str | None = None) -> str:
        """A note by its key; without a default, one that every index has."""
        rows = self._connections.rows("SELECT value FROM meta WHERE key = ?", (key,))
        if not rows and default is None:
            name = self._connections.folder.name
            raise IndexDamaged(f"index '{name}' has no {key}", hint=f"ragqa index rm {name}, then ingest again.")
        return str(rows[0][0]) if rows else str(default)

    @property
    def generation(self) -> int:
        """The number of the last commit."""
        return int(self.get("generation"))

    @property
    def updated(self) -> str:
        """When the last commit was made, in UTC."""
        return self.get("updated")

    @property
    def schema(self) -> int:
        """The version of the database's tables."""
        return int(self.get("schema"))

    @property
    def has_keys(self) -> bool:
        """Whether documents are looked up by noted names, and their texts are in pieces; an older schema has neither."""
        return self.schema >= KEYS_SINCE

    @property
    def has_metadata(self) -> bool:
        """Whether documents may have metadata; those of an older schema have none."""
        return self.schema >= METADATA_SINCE

    @property
    def identity(self) -> str:
        """What tells this index from every other that was ever made under its name; empty for one of an older schema."""
        return self.get("identity", "")

    @property
    def vector_kind(self) -> str:
        """flat or ivf; empty before the first commit."""
        return self.get("vector_kind", "")

    @property
    def derived(self) -> dict[Path, str]:
        """The files that are searched, and the SHA-256 that each was committed with; none before they were first made."""
        made = int(self.get("derived", "0"))
        checksums = {vectors_file(made): self.get("vector_checksum", ""), terms_file(made): self.get("terms_checksum", "")}
        return {self._connections.folder / name: checksum for name, checksum in checksums.items()} if made else {}

    @property
    def descriptions(self) -> tuple[str, str, str]:
        """What the index was made with, as JSON, what it is searched by, and which index it is: one that is made anew where no
        thread reads the old one may get its very file number."""
        query = "SELECT key, value FROM meta WHERE key IN ('manifest', 'identity', ?)"
        rows = dict(self._connections.rows(query, (CHOICE,)))
        return str(rows.get("manifest") or self.get("manifest")), str(rows.get(CHOICE, "")), str(rows.get("identity", ""))
