"""Files between their reading and their vectors: the texts of some are embedded together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragqa.ingestion.plan import PlannedFile
from ragqa.ingestion.read_ahead import ParsedFile
from ragqa.types import Chunk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLICE_CHARACTERS = 32_000
"""Characters, some 8,000 tokens, embedded between two looks at the clock and at a wish to stop."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that waits for its vectors; `vectors` are those that it is the first to need."""

    planned: PlannedFile
    parsed: ParsedFile
    chunks: list[Chunk]
    hashes: list[bytes]
    vectors: dict[bytes, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(slots=True)
class Waiting:
    """Files that are embedded together: their texts, and the first file that needs each, by key."""

    files: list[Prepared] = field(default_factory=list)
    texts: dict[bytes, str] = field(default_factory=dict)
    first: dict[bytes, Prepared] = field(default_factory=dict)
    chunks: int = 0

    def add(self, prepared: Prepared, texts: dict[bytes, str]) -> None:
        self.files.append(prepared)
        self.chunks += len(prepared.chunks)
        for key, text in texts.items():
            if key not in self.texts:
                self.texts[key], self.first[key] = text, prepared

    def slices(self) -> Iterator[list[bytes]]:
        """The keys of all texts, shortest texts first, in runs of up to SLICE_CHARACTERS."""
        run: list[bytes] = []
        held = 0
        for key in sorted(self.texts, key=lambda key: len(self.texts[key])):
            length = len(self.texts[key])
            if run and held + length > SLICE_CHARACTERS:
                yield run
                run, held = [], 0
            run.append(key)
            held += length
        if run:
            yield run

    def clear(self) -> None:
        self.files.clear()
        self.texts.clear()
        self.first.clear()
        self.chunks = 0
