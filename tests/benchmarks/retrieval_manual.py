"""Recall of the gold page on the e-manual questions: the same fusions as retrieval_squad.py, on a real manual.

    python tests/benchmarks/retrieval_manual.py EMANUAL_FOLDER --home HOME --index phones [--document "Samsung*"]

The index is made by `ragqa ingest EMANUAL_FOLDER/manuals --index phones`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from retrieval_squad import CANDIDATES, METHODS

from ragqa import RagQA
from ragqa.text.analysis import query_terms

CUTOFFS = (1, 5, 8, 20)
PARTS = ("smart_tv_normal", "smart_tv_compound")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emanual", type=Path)
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="phones")
    parser.add_argument("--document")
    options = parser.parse_args()
    index = (qa := RagQA(options.index, home=options.home)).opened
    place = {
        chunk.id: (chunk.document, chunk.chunk.pages)
        for document in index.documents()
        for chunk in index.document_chunks(document.id)
    }
    files = [options.emanual / "qa" / f"{part}.jsonl" for part in PARTS]
    asked = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    vectors = qa.embedder.embed_queries([pair["question"] for pair in asked])
    where = index.where(options.document)
    ranks: dict[str, list[int]] = {name: [] for name in METHODS}
    for pair, vector in zip(asked, vectors, strict=True):
        dense = dict(index.search_dense(vector, CANDIDATES, where))
        lexical = dict(index.search_lexical(query_terms(pair["question"]), CANDIDATES, where))
        stored = index.embeddings(lexical.keys() - dense.keys())
        cosines = dense | {chunk: float(values @ vector) for chunk, values in stored.items()}
        for name, fuse in METHODS.items():
            fused = fuse(dense, lexical, cosines)
            order = (place[chunk] for chunk in sorted(fused, key=fused.__getitem__, reverse=True))
            gold = (n for n, (document, pages) in enumerate(order) if document == pair["document"] and pair["page"] in pages)
            ranks[name].append(next(gold, 10**6))
    print(f"{len(asked)} questions, document filter: {options.document}")
    for name, found in ranks.items():
        print(f"{name:32}" + "".join(f"  @{cut} {sum(rank < cut for rank in found) / len(found):.3f}" for cut in CUTOFFS))


if __name__ == "__main__":
    main()
