"""The parts of graphs: what they hold of a model's weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from ragqa.inference.graphs.parts import GraphParts, Shape
from ragqa.inference.weights import Int8Rows, Weights


def test_matrices_are_on_the_mapped_file(tmp_path: Path) -> None:
    """So that the processes of a server share them: 74 MB of the readers' weights were in each one's own memory."""
    rows, single = Int8Rows.of(np.random.default_rng(1).normal(size=(4, 8))), np.ones((3, 2), dtype=np.float32)
    save_file(
        {"wide.weight": rows.numbers, "wide.weight.scale": rows.scales, "single.weight": single}, tmp_path / "m.safetensors"
    )
    stored = Weights(tmp_path / "m.safetensors")
    weights = {name: stored[name] for name in stored}
    parts = GraphParts(weights, Shape(1, 1, 1e-12))
    wide = parts.matrix("wide.weight").input_value(0).get_node().input_value(0).get_node()
    assert np.shares_memory(wide.data, weights["wide.weight"].numbers) and np.array_equal(wide.data, rows.numbers)
    plain = parts.matrix("single.weight")
    assert np.shares_memory(plain.data, weights["single.weight"]) and np.array_equal(plain.data, single)
    assert not weights["single.weight"].flags.writeable and not weights["wide.weight"].numbers.flags.writeable
