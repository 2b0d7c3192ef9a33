"""An ingest in a process of its own, for tests that kill it: says on stdout what it embeds, and can kill itself at one point.

python child_ingest.py INDEX FOLDER [--pause SECONDS] [--wait] [--kill POINT --commit N]
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from ragqa.config import IngestSettings
from ragqa.indexing import database, embedding, writer
from ragqa.indexing.search import derived
from ragqa.indexing.search.faiss_vectors import FaissVectors
from ragqa.ingestion import ingest as ingesting
from tests.conftest import FakeEmbedder


class TalkingEmbedder(FakeEmbedder):
    """Tells of every call before it embeds, and takes its time."""

    def __init__(self, pause: float, wait: bool) -> None:
        super().__init__()
        self.pause, self.wait = pause, wait

    def embed_passages(self, texts: Sequence[str]) -> Any:
        print("embedding", flush=True)
        if self.wait:
            sys.stdin.readline()
        time.sleep(self.pause)
        return super().embed_passages(texts)


class Countdown:
    """Kills this process when it is called for the n-th time."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def __call__(self) -> None:
        self.calls -= 1
        if self.calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedConnection:
    """A connection that calls `before` and `after` around every commit."""

    def __init__(self, connection: Any, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._connection, self._before, self._after = connection, before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._before()
        self._connection.commit()
        self._after()


def calling_first(act: Callable[[], None], plain: Callable[..., Any]) -> Callable[..., Any]:
    """`plain`, with `act` called before it."""

    def call(*arguments: Any) -> Any:
        act()
        return plain(*arguments)

    return call


def arm(point: str, commit: int) -> None:
    """Make this process kill itself at a point of its n-th commit."""
    kill = Countdown(commit)
    opened, nothing = writer.open_for_writing, lambda: None
    plain_save = FaissVectors.save

    def killed_after_save(self: FaissVectors, path: Path) -> str:
        checksum = plain_save(self, path)
        kill()
        return checksum

    def killed_in_save(self: FaissVectors, path: Path) -> str:
        if kill.calls == 1:
            path.with_suffix(".tmp").write_bytes(b"half of a file")
        kill()
        return plain_save(self, path)

    if point == "new database written":
        database.os.replace = calling_first(Countdown(1), os.replace)
    elif point == "new database in place":
        database.sync_path = calling_first(Countdown(1), database.sync_path)
    elif point == "vectors half written":
        FaissVectors.save = killed_in_save
    elif point == "vectors written":
        FaissVectors.save = killed_after_save
    elif point == "before the transaction's commit":
        writer.open_for_writing = lambda folder: WatchedConnection(opened(folder), kill, nothing)
    elif point == "after the transaction's commit":
        writer.open_for_writing = lambda folder: WatchedConnection(opened(folder), nothing, kill)
    else:
        raise SystemExit(f"there is no point '{point}'")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("--kill", default="")
    parser.add_argument("--commit", type=int, default=1)
    options = parser.parse_args()
    embedding.COMMIT_EVERY_SECONDS, embedding.COMMIT_SHARE = 3 * options.pause, 1e9
    embedding.TEXTS_AT_ONCE = 1
    derived.RUNNING_CHUNKS, derived.RUNNING_SHARE, derived.SETTLED_CHUNKS, derived.SETTLED_SHARE = 0, 0.0, 0, 0.0
    if options.kill:
        arm(options.kill, options.commit)
    embedder = TalkingEmbedder(options.pause, options.wait)
    ingesting.ingest(options.index, [options.folder], embedder, IngestSettings(), prune=True)


if __name__ == "__main__":
    main()
