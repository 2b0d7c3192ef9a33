"""How far an ingest is with the files that it reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ragqa.ingestion.plan import PlannedFile
from ragqa.types import PagesRecognised, Progress


class ReadingProgress:
    """Counts the files that are done, by their bytes, and tells `progress`. For one thread. Seconds count from `began`, a time of
    `time.monotonic`.

    While `is_recognising`, pages of the file that is waited for are recognised.
    """

    def __init__(self, files: Sequence[PlannedFile], progress: Callable[[Progress], None], began: float) -> None:
        self._progress, self._began = progress, began
        self._bytes_total, self._files_total = sum(planned.size for planned in files), len(files)
        self._bytes = self._files = self._chunks = 0
        self._reading: PlannedFile | None = None
        self.is_recognising = False

    def begin(self, planned: PlannedFile) -> None:
        """A file is waited for from now on."""
        self._reading = planned
        self._tell(planned.file.path)

    def hear(self, pages: PagesRecognised) -> None:
        """Recognition takes by far the longest of all: its share of the pages is the file's."""
        if self._reading is not None:
            self.is_recognising = True
            self._tell(self._reading.file.path, self._reading.size * pages.done // max(pages.total, 1), pages)

    def add(self, planned: PlannedFile, chunks: int) -> None:
        """A file is done, and gave so many chunks."""
        self._bytes += planned.size
        self._files += 1
        self._chunks += chunks
        self.is_recognising = False

    def end(self) -> None:
        """All are done."""
        self._tell("")

    def _tell(self, path: str, more: int = 0, pages: PagesRecognised | None = None) -> None:
        seconds, at = time.monotonic() - self._began, self._bytes + more
        self._progress(
            Progress("ingest", at, self._bytes_total, path, self._files, self._files_total, self._chunks, seconds, pages)
        )
