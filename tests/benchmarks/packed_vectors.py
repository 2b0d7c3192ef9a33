"""Vectors by packed eight-bit products beside those of full precision: speed, nearness, recall; and beside Haystack's embedder.

    python tests/benchmarks/packed_vectors.py HOME --index NAME [QUESTIONS.jsonl …] [--squad FOLDER]
        [--reference-python PATH] [--rounds 3] [--sample 40] [--only speed|recall]

Speed is in chunks a second of CPU time, of one thread, all taking turns on the same chunks, so that other work on the machine
falls on all of them; the best round of each counts. Recall is that of `retrieval_recall.py`, with the weight of BM25 that is
shipped: by vectors of full precision, by packed ones, and by every other of either kind, as an index that two machines wrote.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from retrieval_recall import WEIGHTS, Asked, ranks, read_asked, squad_asked

from ragqa.chunking import embedded_text
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.index import Index
from ragqa.inference.embedder import GraphEmbedder, _default_folder, load_embedder

REFERENCE = """
import json, os, sys, time
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HAYSTACK_TELEMETRY_ENABLED="False", OMP_NUM_THREADS="1")
import torch
torch.set_num_threads(1)
from haystack import Document
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder
embedder = SentenceTransformersDocumentEmbedder(model=sys.argv[1], device=ComponentDevice.from_str("cpu"), progress_bar=False)
embedder.warm_up()
texts = json.loads(sys.stdin.readline())
embedder.run(documents=[Document(content=text) for text in texts[:2]])
print("ready", flush=True)
for _ in sys.stdin:
    documents = [Document(content=text) for text in texts]
    began = time.process_time()
    embedder.run(documents=documents)
    print(time.process_time() - began, flush=True)
"""
"""Haystack's embedder with its own defaults, which embeds all chunks each time it is told to."""


class Haystack:
    """Another process that embeds when it is told to, and tells the CPU time it took."""

    def __init__(self, python: Path, texts: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [python, "-c", REFERENCE, _default_folder()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell(json.dumps(texts))

    def seconds(self) -> float:
        return float(self._tell("go"))

    def _tell(self, line: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def end(self) -> None:
        self._process.communicate()


def timed(run: Callable[[], Any]) -> Callable[[], float]:
    def seconds() -> float:
        began = time.process_time()
        run()
        return time.process_time() - began

    return seconds


def measure_speed(texts: list[str], rounds: int, python: Path | None) -> None:
    embedder = packing()
    ways = {
        "full precision": timed(lambda: embedder._embed(texts, "")),
        "packed": timed(lambda: embedder._embed(texts, "", embedder._packed)),
    }
    haystack = Haystack(python, texts) if python is not None else None
    if haystack is not None:
        ways["Haystack"] = haystack.seconds
    for run in ways.values():
        run()
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, run in ways.items():
            taken[name].append(run())
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    if haystack is not None:
        haystack.end()
    tokens = sum(embedder.count_tokens(texts))
    slowest = min(taken.get("Haystack", taken["full precision"]))
    for name, seconds in taken.items():
        best = min(seconds)
        print(
            f"{name}: {len(texts) / best:.1f} chunks, {tokens / best:,.0f} tokens a CPU second, {slowest / best:.2f} times",
            flush=True,
        )


def packing() -> GraphEmbedder:
    """The default embedder, on one thread, which packs whether it pays or not."""
    embedder = load_embedder(threads=1)
    assert isinstance(embedder, GraphEmbedder) and embedder._packed is not None
    embedder._packed.pays = True
    return embedder


def measure_recall(index: Index, asked: list[Asked], stored: bool) -> None:
    chunks = {one.id: one for document in index.documents() for one in index.document_chunks(document.id)}
    ids, vectors = index.stored_vectors()
    embedder, held = packing(), {one.document for one in chunks.values()}
    asked = [one for one in asked if any(name.startswith(one.document) or name.endswith(f"/{one.document}") for name in held)]
    texts = texts_of(index, [chunks[number] for number in ids], embedder)
    full = vectors if stored else embedder._embed(texts, "")
    packed = embedder._embed(texts, "", embedder._packed)
    cosines = (full * packed).sum(axis=1)
    print(f"{len(ids)} chunks, {len(asked)} questions; cosine {cosines.mean():.4f}, least {cosines.min():.4f}", flush=True)
    mixed = np.where(np.arange(len(ids))[:, None] % 2, full, packed)
    at = WEIGHTS.index(AskSettings().lexical_weight)
    for name, vectors in (("full precision", full), ("packed", packed), ("half of each", mixed)):
        found = ranks(index, chunks, ids, vectors, asked, embedder)
        told = [f"{kind}: @1 {(row < 1).mean():.3f} @8 {(row < 8).mean():.3f} MRR {(1 / (row + 1)).mean():.3f}"
                for kind, row in (("vectors alone", found[0]), ("with BM25", found[at]))]  # fmt: skip
        print(f"{name}: {'; '.join(told)}", flush=True)


def texts_of(index: Index, chunks: Sequence[Any], embedder: GraphEmbedder) -> list[str]:
    """What an ingest embeds for them."""
    return [
        embedded_text(one.title, one.chunk.section, one.chunk.text, IngestSettings(), embedder.count_tokens) for one in chunks
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("questions", type=Path, nargs="*")
    parser.add_argument("--index", default="manuals")
    parser.add_argument("--squad", type=Path)
    parser.add_argument("--reference-python", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=40, help="chunks that the speed is measured on, taken evenly")
    parser.add_argument("--stored", action="store_true", help="the index's own vectors are of full precision")
    parser.add_argument("--only", choices=("speed", "recall"))
    options = parser.parse_args()
    with Index(options.home.absolute() / "indexes" / options.index) as index:
        if options.only != "recall":
            chunks = [one for document in index.documents() for one in index.document_chunks(document.id)]
            texts = texts_of(index, chunks[:: max(1, len(chunks) // options.sample)], packing())
            measure_speed(texts, options.rounds, options.reference_python)
        if options.only != "speed":
            asked = [one for path in options.questions for one in read_asked(path)]
            asked += squad_asked(options.squad, 1500) if options.squad else []
            measure_recall(index, asked, options.stored)


if __name__ == "__main__":
    main()
