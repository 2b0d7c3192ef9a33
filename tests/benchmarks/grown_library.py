"""How an index grows: add rate, search, recall, memory, disk and opening at 10,000 to 1,000,000 chunks, and one manual changed.

    python tests/benchmarks/grown_library.py HOME --index phones QUESTIONS.jsonl [--sizes 10000 100000 1000000] [--json FILE]

The library is grown from an index of real manuals: each copy is another product's manual, in which two words in five are
replaced by others of the same length and frequency, and whose vectors are jittered. It stays in HOME as `grown`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ragqa import RagQA
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import index_folder
from ragqa.text.analysis import query_terms
from ragqa.types import Chunk, Document

SIZES = (10_000, 100_000, 1_000_000)
JITTER = 0.03
REPLACED = 0.4
QUESTIONS = 300
CHECKED = 100
"""Questions whose ten nearest are also looked for exactly."""

GROWN = "grown"
_WORD = re.compile(r"[a-z]{4,}")


class Manuals:
    """The documents of an index, to be written again as those of other products."""

    def __init__(self, index: Index) -> None:
        self.documents = []
        words: Counter[str] = Counter()
        for stored in index.documents():
            text = index.text(stored.id)
            blocks = tuple(index.blocks(stored.id, 0, len(text)))
            chunks = [one.chunk for one in index.document_chunks(stored.id)]
            vectors = index.embeddings(one.id for one in index.document_chunks(stored.id))
            document = Document(stored.path, stored.title, text, blocks, stored.pages)
            self.documents.append((document, chunks, np.array([vectors[one] for one in sorted(vectors)])))
            words.update(_WORD.findall(text))
        self._by_length: dict[int, tuple[list[str], list[int]]] = {}
        for length in {len(word) for word in words}:
            same = [word for word in words if len(word) == length]
            self._by_length[length] = same, [words[word] for word in same]

    def copy(self, number: int, seed: int) -> tuple[Document, list[Chunk], np.ndarray]:
        """A document as another product's manual; seed 0 gives it as it is, but for its name."""
        document, chunks, vectors = self.documents[number]
        path = f"{seed:03}/{document.path}"
        if seed == 0:
            return replace(document, path=path), chunks, vectors
        dice = random.Random(1000 * seed + number)
        others: dict[str, str] = {}

        def other(match: re.Match[str]) -> str:
            word = match.group()
            if word not in others:
                replaced = dice.random() < REPLACED
                others[word] = dice.choices(*self._by_length[len(word)])[0] if replaced else word
            return others[word]

        text = _WORD.sub(other, document.text)
        noise = np.random.default_rng(1000 * seed + number).standard_normal(vectors.shape, dtype=np.float32)
        moved = vectors + JITTER * noise
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        return replace(document, path=path, text=text), [replace(one, text=text[one.start : one.end]) for one in chunks], moved


def put(writer: IndexWriter, document: Document, chunks: list[Chunk], vectors: np.ndarray, version: int = 0) -> None:
    keys = [f"{document.path} {number} {version}".encode() for number in range(len(chunks))]
    writer.put_document(
        document, document.path.encode(), f"{document.path} {version}", len(document.text), 0, "grown 1", chunks, keys,
        dict(zip(keys, vectors, strict=True)),
    )  # fmt: skip


def grow(folder: Path, manifest: Manifest, manuals: Manuals, size: int) -> float:
    """Add manuals until the index has `size` chunks; how many came a second, the making of the copies not counted."""
    with IndexWriter(folder, manifest), Index(folder) as index:
        held, number = index.count_chunks(), len(index.documents())
    seconds, before, committed = 1e-9, held, held
    with IndexWriter(folder, manifest) as writer:
        while held < size:
            document, chunks, vectors = manuals.copy(number % len(manuals.documents), number // len(manuals.documents))
            began = time.perf_counter()
            put(writer, document, chunks, vectors)
            held, number = held + len(chunks), number + 1
            if held - committed > 20_000:
                writer.commit(settle=False)
                committed = held
            seconds += time.perf_counter() - began
        began = time.perf_counter()
        writer.commit()
        seconds += time.perf_counter() - began
    return (held - before) / seconds


def change_one(folder: Path, manifest: Manifest, manuals: Manuals) -> float:
    """Seconds until one manual of the index is replaced by another version of it, from opening to the end of its commit."""
    document, chunks, vectors = manuals.copy(0, 0)
    version = time.time_ns()
    began = time.perf_counter()
    with IndexWriter(folder, manifest) as writer:
        put(writer, document, chunks, vectors, version)
        writer.commit()
    return time.perf_counter() - began


def search(home: Path, questions: Path) -> dict[str, Any]:
    """Opening and searching the grown index, in a process of its own."""
    asked = [json.loads(line)["question"] for line in questions.read_text(encoding="utf-8").splitlines()]
    asked = random.Random(5).sample(asked, min(QUESTIONS, len(asked)))
    qa = RagQA(GROWN, home=str(home))
    vectors = qa.embedder.embed_queries(asked)
    before = resident()
    began = time.perf_counter()
    index = qa.opened
    index.backend()
    opened = time.perf_counter() - began
    qa.search(asked[0])
    seconds: dict[str, list[float]] = {"search": [], "dense": [], "lexical": []}
    for question, vector in zip(asked, vectors, strict=True):
        for name, look in (
            ("search", lambda question=question: qa.search(question)),
            ("dense", lambda vector=vector: index.search_dense(vector, 200)),
            ("lexical", lambda question=question: index.search_lexical(query_terms(question), 200)),
        ):
            began = time.perf_counter()
            look()
            seconds[name].append(time.perf_counter() - began)
    memory = resident() - before
    ids, stored = index.stored_vectors()
    exact = [set(ids[np.argpartition(-(stored @ vector), 10)[:10]].tolist()) for vector in vectors[:CHECKED]]
    found = [{chunk for chunk, _ in index.search_dense(vector, 200)[:10]} for vector in vectors[:CHECKED]]
    times = {f"{name} p{part} ms": 1000 * np.percentile(taken, part) for name, taken in seconds.items() for part in (50, 95)}
    return {
        "chunks": len(ids),
        "kind": index.notes.vector_kind,
        "open s": opened,
        **times,
        "recall@10": float(np.mean([len(one & other) / 10 for one, other in zip(exact, found, strict=True)])),
        "RAM KB/chunk": memory / len(ids),
        "disk KB/chunk": sum(path.stat().st_size for path in qa.folder.iterdir()) / 1024 / len(ids),
    }


def resident() -> float:
    """KB of this process in memory, mapped files that were read included."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", default="phones")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--search", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        print(json.dumps(search(options.home, options.questions)))
        return
    source = RagQA(options.index, home=str(options.home)).opened
    manuals, folder = Manuals(source), index_folder(str(options.home), GROWN)
    rows: list[dict[str, Any]] = []
    for size in options.sizes:
        rate = grow(folder, source.manifest, manuals, size)
        command = [sys.executable, __file__, str(options.home), str(options.questions), "--search"]
        searched = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        changed = change_one(folder, source.manifest, manuals)
        row = {"chunks": searched.pop("chunks"), "added/s": rate, **searched, "change one manual s": changed}
        rows.append(row)
        print(
            "  ".join(f"{name} {value:,.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()),
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
