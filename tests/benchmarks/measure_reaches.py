"""How far the inputs of the default embedder's linear layers reach on sample texts: what its eight-bit products are fitted to.

    python tests/benchmarks/measure_reaches.py [--passages 96] [--seed 0] [--out ragqa/models/retriever/reaches.safetensors]

The texts are passages of manual_qa, the project's own. Which they are hardly matters, that there are some dozens does.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np
from manual_library import MANUAL_QA, lines
from safetensors.numpy import save_file

from ragqa.inference.embedder import REACHES_FILE, GraphEmbedder, default_adapter, load_embedder
from ragqa.inference.graphs.parts import GraphParts

CHARACTERS = 1_200


def sample(count: int, seed: int) -> list[str]:
    """Passages of all sets, under the heading that they stand under."""
    draw = random.Random(seed)
    held = [one for path in sorted(MANUAL_QA.glob("*.passages.jsonl.gz")) for one in lines(path)]
    chosen = draw.sample(held, count)
    return ["\n".join([*one["section"][-1:], one["text"]])[:CHARACTERS] for one in chosen]


def recording(embedder: GraphEmbedder) -> tuple[list[str], Any]:
    """The names of the linear layers that take an input first, and a request that gives these inputs after the hidden states."""
    taken: dict[int, tuple[str, Any]] = {}
    linear = GraphParts.linear

    def recorded(self: GraphParts, name: str, value: Any) -> Any:
        taken.setdefault(id(value), (name, value))
        return linear(self, name, value)

    def graph(weights: Any, shape: Any) -> Any:
        model = embedder._encoder.architecture.graph(weights, shape)
        model.add_outputs([value.output(0) for _, value in taken.values()])
        return model

    GraphParts.linear = recorded  # type: ignore[method-assign]
    compiled = embedder._encoder.compiled(graph)
    GraphParts.linear = linear  # type: ignore[method-assign]
    return [name for name, _ in taken.values()], compiled.create_infer_request()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=96)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=default_adapter() / REACHES_FILE)
    options = parser.parse_args()
    embedder = load_embedder()
    assert isinstance(embedder, GraphEmbedder)
    names, request = recording(embedder)
    seen: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for text in sample(options.passages, options.seed):
        ids = np.array([embedder._cutter.encode(text).ids])
        mask = np.ones_like(ids)
        found = request.infer([embedder._encoder.embed(ids, mask), mask.astype("int32")])
        for number, name in enumerate(names, start=1):
            values = found[number][0]
            seen[name].append(np.stack([values.min(axis=0), values.max(axis=0), values.mean(axis=0)]))
    tensors = {}
    for name, rows in seen.items():
        least, most, mean = np.stack(rows, axis=1)
        tensors |= {f"{name}.least": least.min(axis=0), f"{name}.most": most.max(axis=0), f"{name}.mean": mean.mean(axis=0)}
    save_file({name: values.astype("float16") for name, values in tensors.items()}, options.out)


if __name__ == "__main__":
    main()
