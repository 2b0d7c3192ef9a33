"""An index whose documents are all of one version, which each commit moves on; also to be run as a process of its own.

python versions.py FOLDER LAST   moves the index on until it holds the version LAST, beside whoever else does.
"""

from __future__ import annotations

import hashlib
import sys
import time
from pathlib import Path

import numpy as np

from ragqa.errors import IndexBusy
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search import derived
from ragqa.indexing.writer import IndexWriter
from ragqa.types import Block, BlockKind, Chunk, Document

MANUALS, DIMENSION = 6, 16
MANIFEST = Manifest("hashed", "f" * 32, DIMENSION, 40, 8, 12)
WORDS = ["pump", "valve", "filter", "hose", "lamp", "switch"]


def vector_of(text: str) -> np.ndarray:
    """A direction of its own for every text."""
    drawn = np.random.default_rng(list(hashlib.sha256(text.encode()).digest())).standard_normal(DIMENSION).astype(np.float32)
    return drawn / np.linalg.norm(drawn)


def document_of(number: int, version: int) -> tuple[Document, list[Chunk]]:
    """One manual in a version; its passages are its lines."""
    lines = [f"Version {version} manual {number} {word} {'turns ' * (number + 1)}{version * number}." for word in WORDS]
    text, section, blocks, chunks = "\n".join(lines), (f"Part {number}",), [], []
    for line in lines:
        start = text.index(line)
        blocks.append(Block(BlockKind.PARAGRAPH, start, start + len(line), section, (1,), None, 0))
        chunks.append(Chunk(line, start, start + len(line), section, None, None))
    return Document(f"manual-{number}.md", f"Manual {number}", text, tuple(blocks), None), chunks


def put_version(writer: IndexWriter, version: int) -> None:
    """Every manual in this version; there is one more of them every other version."""
    for number in range(MANUALS + version % 2):
        document, chunks = document_of(number, version)
        keys = [hashlib.sha256(chunk.text.encode()).digest()[:16] for chunk in chunks]
        vectors = {key: vector_of(chunk.text) for key, chunk in zip(keys, chunks, strict=True)}
        writer.put_document(document, document.path.encode(), f"{number} {version}", 1, 1, "test 1", chunks, keys, vectors)


def version_of(index: Index) -> int:
    """The one version that all documents of a snapshot are of."""
    with index.snapshot():
        (version,) = {int(index.text(one.id).split()[1]) for one in index.documents()}
        return version


def move_on(folder: Path, last: int) -> None:
    """Put the next version into the index, in turns with other writers, until it holds the last one."""
    derived.SETTLED_CHUNKS = 120  # new derived files at every other commit
    while True:
        try:
            with IndexWriter(folder, MANIFEST) as writer:
                with Index(folder) as index:
                    documents, version = index.documents(), version_of(index) if index.generation else -1
                if version >= last:
                    return
                if len(documents) > MANUALS:
                    writer.remove_document(max(one.id for one in documents if one.path == f"manual-{MANUALS}.md"))
                put_version(writer, version + 1)
                writer.commit()
        except IndexBusy:
            pass
        time.sleep(0.01)  # the others' turn


if __name__ == "__main__":
    move_on(Path(sys.argv[1]), int(sys.argv[2]))
