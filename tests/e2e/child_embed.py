"""An index taken over to another embedder in a process of its own, for tests that kill it: says on stdout what it embeds.

python child_embed.py INDEX [--pause SECONDS] [--kill before|after --commit N]
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from ragqa.indexing import embedding, reembed
from ragqa.indexing.reembed import Reembedder
from tests.conftest import FakeEmbedder


class Taught(FakeEmbedder):
    """Other vectors than the stand-in's; tells of every text before it embeds, and takes its time."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__(seed="taught")
        self.pause = pause

    def embed_passages(self, texts: Sequence[str]) -> Any:
        print(*["text"] * len(texts), sep="\n", flush=True)
        time.sleep(self.pause)
        return np.roll(super().embed_passages(texts), 1, axis=1)


class Watched:
    """A connection that kills this process before or after its n-th commit."""

    def __init__(self, connection: Any, kill: str, commit: int) -> None:
        self._connection, self._kill, self._left = connection, kill, commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        self._left -= 1
        if self._kill == "before" and not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._connection.commit()
        if self._kill == "after" and not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--kill", default="")
    parser.add_argument("--commit", type=int, default=0)
    options = parser.parse_args()
    embedding.TEXTS_AT_ONCE = 4
    plain: Any = reembed.open_for_writing
    reembed.open_for_writing = lambda folder: Watched(plain(folder), options.kill, options.commit)
    taught = Taught(options.pause)
    with Reembedder(options.index) as work:
        if work.manifest.fingerprint != taught.fingerprint:
            work.aim(taught, "taught")
            work.embed(taught)
            work.switch()


if __name__ == "__main__":
    main()
