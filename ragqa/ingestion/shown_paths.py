"""The paths by which users see an index's documents."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ragqa.indexing.index import StoredDocument
from ragqa.ingestion.plan import PlannedFile


class ShownPaths:
    """The paths of an index's documents, each of them once. For one thread."""

    def __init__(self, documents: Iterable[StoredDocument]) -> None:
        self._path_of_source = {document.source: document.path for document in documents}
        self._taken = set(self._path_of_source.values())

    def release(self, source: bytes) -> None:
        """The document that was read from this file is no more, or is shown otherwise."""
        self._taken.discard(self._path_of_source.pop(source, ""))

    def claim(self, planned: PlannedFile) -> str:
        """The path to show for a file: relative to its root, with the root's name before it where two would look the same."""
        source = os.fsencode(planned.file.source)
        if planned.known is not None and planned.known.is_foreign:
            self.release(planned.known.source)
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
