"""Recall of a passage with the answer, in the right document, for weights of BM25 and for adapters, on any index.

    python tests/benchmarks/manual_library.py MANUAL_QA_FOLDER OUT && ragqa ingest OUT/held-out --index manuals
    python tests/benchmarks/retrieval_recall.py OUT/held-out-fit.jsonl OUT/held-out-test.jsonl --index manuals [--adapter FOLDER]

Without --adapter the index's own vectors count; with it, or with `--adapter none`, the chunks are embedded anew by the default
embedder's base with that change of its weights, and nothing is written. `--squad FOLDER` asks the questions of dev-v1.1 of an
index made by squad_library.py. Near-duplicates are not collapsed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from lessons import plain
from squad_library import questions

from ragqa.chunking import embedded_text
from ragqa.config import IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.rows import StoredChunk
from ragqa.inference.embedder import Embedder, _default_folder, load_embedder
from ragqa.text.analysis import query_terms

CUTOFFS = (1, 3, 8, 12, 16, 20)
CANDIDATES = 200
WEIGHTS = (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, its accepted answers, and what the path of the document that answers it begins with."""

    question: str
    answers: tuple[str, ...]
    document: str


def read_asked(path: Path) -> list[Asked]:
    """The answerable questions of a QA file, whose records name a `document` or a `manual`, a folder."""
    raws = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Asked(raw["question"], tuple(raw["answers"]), raw.get("document") or f"{raw['manual']}/")
        for raw in raws
        if raw.get("answers")
    ]


def squad_asked(squad: Path, count: int) -> list[Asked]:
    return [Asked(one.text, one.answers, one.document) for one in questions(squad, "dev-v1.1", count)]


def is_gold(chunk: StoredChunk, asked: Asked, words: str) -> bool:
    """Whether a chunk, of these words, holds an answer, in the document that was asked about."""
    if not (chunk.document.startswith(asked.document) or chunk.document.endswith(f"/{asked.document}")):
        return False
    return any(plain(answer) in words if plain(answer).strip() else answer in chunk.chunk.text for answer in asked.answers)


def embedded(index: Index, chunks: Sequence[StoredChunk], embedder: Embedder) -> np.ndarray:
    """The chunks' vectors by another embedder, shape (chunks, dimension)."""
    manifest = index.manifest
    settings = IngestSettings(
        chunk_tokens=manifest.chunk_tokens, chunk_overlap=manifest.chunk_overlap, heading_tokens=manifest.heading_tokens
    )
    texts = [embedded_text(one.title, one.chunk.section, one.chunk.text, settings, embedder.count_tokens) for one in chunks]
    return embedder.embed_passages(texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*")
    parser.add_argument("--squad", type=Path)
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--index", default="manuals")
    parser.add_argument("--adapter", help="a folder, or none")
    parser.add_argument("--questions", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    asked = [one for path in options.files for one in read_asked(path)]
    asked += squad_asked(options.squad, options.questions) if options.squad else []
    adapter = Path(options.adapter) if options.adapter not in (None, "none") else None
    with Index(options.home.absolute() / "indexes" / options.index) as index:
        chunks = {one.id: one for document in index.documents() for one in index.document_chunks(document.id)}
        ids, vectors = index.stored_vectors()
        if options.adapter is None:
            embedder = load_embedder(threads=options.threads)
        else:
            embedder = load_embedder(str(_default_folder()), options.threads, adapter)
            vectors = embedded(index, [chunks[number] for number in ids], embedder)
        report(ranks(index, chunks, ids, vectors, asked, embedder), len(chunks))


def ranks(
    index: Index, chunks: dict[int, StoredChunk], ids: Any, vectors: Any, asked: Sequence[Asked], embedder: Embedder
) -> Any:
    """The rank of the first gold chunk of each question, for each weight: shape (weights, questions)."""
    words = [plain(chunks[number].chunk.text) for number in ids]
    place = {int(number): at for at, number in enumerate(ids)}
    found: list[list[int]] = [[] for _ in WEIGHTS]
    cosines = embedder.embed_queries([one.question for one in asked]) @ vectors.T
    for one, cosine in zip(asked, cosines, strict=True):
        lexical = dict(index.search_lexical(query_terms(one.question, index.languages()), CANDIDATES))
        at = [place[number] for number in lexical]
        gold = [at for at, number in enumerate(ids) if is_gold(chunks[number], one, words[at])]
        for weight, row in zip(WEIGHTS, found, strict=True):
            fused = cosine.copy()
            fused[at] += weight * np.fromiter(lexical.values(), dtype=np.float32, count=len(at))
            row.append(int((fused > fused[gold].max()).sum()) if gold else 10**6)
    return np.array(found)


def report(found: Any, chunks: int) -> None:
    print(f"{found.shape[1]} questions, {chunks} chunks")
    for weight, row in zip(WEIGHTS, found, strict=True):
        recalls = "".join(f"  @{cut} {(row < cut).mean():.4f}" for cut in CUTOFFS)
        print(f"cosine + {weight:5} BM25{recalls}  MRR {(1 / (row + 1)).mean():.4f}", flush=True)


if __name__ == "__main__":
    main()
