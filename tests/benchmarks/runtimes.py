"""What computes a BERT fastest on this CPU, and how near it stays to full precision.

    python tests/benchmarks/runtimes.py [--threads 2]

The default embedder's encoder: tokens/s at several batch sizes (rows x tokens), and the cosine of 100 texts' vectors to those of
torch in fp32.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from ragqa.demo.tour import sample_pairs
from ragqa.indexing.embedder import GraphEmbedder, _default_folder, load_embedder
from ragqa.indexing.runtime import bert_runtime

SHAPES = ((1, 16), (1, 128), (8, 128), (16, 128), (8, 256))
Run = Callable[[np.ndarray], Any]


def tokens_per_second(run: Run, rows: int, tokens: int) -> float:
    """The median of some runs, the first one left out."""
    ids = np.random.default_rng(0).integers(1000, 20000, (rows, tokens))
    run(ids)
    seconds = []
    for _ in range(15 if rows * tokens > 200 else 60):
        began = time.perf_counter()
        run(ids)
        seconds.append(time.perf_counter() - began)
    return rows * tokens / statistics.median(seconds)


def torch_run(model: Any, bf16: bool) -> Run:
    def run(ids: np.ndarray) -> Any:
        inputs = torch.from_numpy(ids)
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            return model(input_ids=inputs, attention_mask=torch.ones_like(inputs))

    return run


def graph_run(runtime: Any) -> Run:
    return lambda ids: runtime.run(ids, np.zeros_like(ids), np.ones_like(ids))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    folder = _default_folder()
    texts = [pair.question for pair in sample_pairs()[:100]]
    plain = SentenceTransformer(str(folder), device="cpu")
    with torch.inference_mode():
        reference = plain.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            halved = plain.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    encoder = plain[0].auto_model
    ways: dict[str, tuple[Run, np.ndarray]] = {
        "torch fp32": (torch_run(encoder, False), reference),
        "torch bf16": (torch_run(encoder, True), halved),
    }
    for name, options in (("OpenVINO fp32", {"INFERENCE_PRECISION_HINT": "f32"}), ("OpenVINO, its choice", {})):
        runtime = bert_runtime(folder, threads, **options)
        assert runtime is not None
        ways[name] = graph_run(runtime), GraphEmbedder(name, folder, "", runtime).embed(texts)
    assert isinstance(load_embedder(), GraphEmbedder)
    heads = " | ".join(f"{rows} x {tokens}" for rows, tokens in SHAPES)
    print(f"| tokens/s | {heads} | cosine |\n|{'---|' * (len(SHAPES) + 2)}")
    for name, (run, vectors) in ways.items():
        figures = " | ".join(f"{tokens_per_second(run, *shape):,.0f}" for shape in SHAPES)
        print(f"| {name} | {figures} | {(vectors * reference).sum(axis=1).mean():.5f} |", flush=True)


if __name__ == "__main__":
    main()
