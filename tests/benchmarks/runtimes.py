"""What computes a BERT fastest on this CPU, how near it stays to full precision, and how near it comes to what the CPU can.

    python tests/benchmarks/runtimes.py [--threads 2] [--quick] [--json FILE]

The default embedder's encoder: tokens/s at several batch sizes (rows x tokens), and the cosine of 100 texts' vectors to those of
torch in fp32. Below: the multiplications and additions that makes a second, as a share of what bare products of matrices reach,
both large ones and such as the model has.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from ragqa.demo.tour import sample_pairs
from ragqa.inference.embedder import GraphEmbedder, _default_folder, load_embedder
from ragqa.inference.encoder import Encoder, load_encoder
from ragqa.inference.prefixes import Prefixes
from ragqa.inference.sentence_model import read_sentence_model

SHAPES = tuple((rows, tokens) for tokens in (32, 128, 256) for rows in (1, 8, 32))
QUICK = ((1, 32), (8, 128), (8, 256))
SQUARE, SLIM = (2048, 2048, 2048), (4096, 384, 1536)
"""Products of matrices: large ones, and those of the model's widest layer over 4,096 tokens."""

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


def graph_run(encoder: Encoder) -> Run:
    return lambda ids: encoder.run(ids, np.ones_like(ids))


def operations_per_token(config: Any, tokens: int) -> int:
    """Multiplications and additions of an encoder for one token of a row of so many."""
    width, inner = config.hidden_size, config.intermediate_size
    return 2 * config.num_hidden_layers * (4 * width * width + 2 * width * inner + 2 * tokens * width)


def product_speed(shape: tuple[int, int, int], kind: torch.dtype) -> float:
    """Multiplications and additions a second of a product of matrices, by oneDNN."""
    rows, inner, columns = shape
    one, other = torch.randn(rows, inner).to(kind), torch.randn(inner, columns).to(kind)
    seconds = []
    with torch.inference_mode():
        for _ in range(20):
            began = time.perf_counter()
            one @ other
            seconds.append(time.perf_counter() - began)
    return 2 * rows * inner * columns / statistics.median(seconds[3:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    threads, shapes = options.threads, QUICK if options.quick else SHAPES
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
    for name, chosen in (("OpenVINO fp32", {"INFERENCE_PRECISION_HINT": "f32"}), ("OpenVINO, its choice", {})):
        graph, model = load_encoder(folder, threads, **chosen), read_sentence_model(folder)
        assert graph is not None and model is not None
        ways[name] = graph_run(graph), GraphEmbedder(name, folder, "", model, graph, Prefixes()).embed_passages(texts)
    assert isinstance(load_embedder(), GraphEmbedder)
    heads = " | ".join(f"{rows} x {tokens}" for rows, tokens in shapes)
    print(f"| tokens/s | {heads} | cosine |\n|{'---|' * (len(shapes) + 2)}")
    measured: dict[str, dict[str, float]] = {}
    for name, (run, vectors) in ways.items():
        speeds = {f"{rows} x {tokens}": tokens_per_second(run, rows, tokens) for rows, tokens in shapes}
        cosine = float((vectors * reference).sum(axis=1).mean())
        print(f"| {name} | {' | '.join(f'{speed:,.0f}' for speed in speeds.values())} | {cosine:.5f} |", flush=True)
        measured[name] = speeds | {"cosine": cosine}
    limits = {kind: [product_speed(shape, kind) for shape in (SQUARE, SLIM)] for kind in (torch.float32, torch.bfloat16)}
    for kind, (square, slim) in limits.items():
        print(f"products of matrices, {kind}: {square / 1e9:,.0f} billion/s large, {slim / 1e9:,.0f} the model's")
    name = "OpenVINO, its choice"
    for rows, tokens in shapes[-2:]:
        reached = operations_per_token(encoder.config, tokens) * measured[name][f"{rows} x {tokens}"]
        shares = " and ".join(f"{reached / limit:.0%}" for limit in limits[torch.bfloat16])
        print(f"{name}, {rows} x {tokens}: {reached / 1e9:,.0f} billion/s, {shares} of those in bf16")
    if options.json is not None:
        measured["limits"] = {f"{kind}": square for kind, (square, _) in limits.items()}
        options.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
