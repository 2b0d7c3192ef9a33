"""A BERT-like graph whose linear layers multiply eight-bit numbers, over texts that stand one after another without padding.

For CPUs that multiply no bf16. OpenVINO multiplies eight-bit matrices slowly without VNNI, but has fast convolutions of width
one, which are the same; and only shapes that are known beforehand spare it to put every value in another order and back. Hence
one row of a fixed number of tokens, in which only the attention sees texts: there, and only there, they are rows of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.inference.graphs.parts import EMBEDDINGS, GraphParts, PostNorm, Shape
from ragqa.inference.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST = 100
"""What the largest weight of a row becomes. Without VNNI sums of two products are cut at sixteen bits: 63 is always safe and has
a cosine of .9957 to full precision, 127 of .9959; here it is .9978."""

SMOOTHING = 0.85
"""How much of an input's uneven reach is moved into the weights (SmoothQuant, arXiv:2211.10438): with .5 a cosine of .981, with 1
of .990."""

_STEPS = 255
_KINDS = ("least", "most", "mean")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the channels of a linear layer's input reach, and their means, over sample texts; each of shape (channels,)."""

    least: NDArray[np.float32]
    most: NDArray[np.float32]
    mean: NDArray[np.float32]


def read_reaches(path: Path) -> dict[str, Reach]:
    """By the name of the first linear layer that takes the input. Raises ModelError or KeyError for a file that is none."""
    import numpy as np

    stored = Weights(path)
    names = dict.fromkeys(name.rpartition(".")[0] for name in stored)
    return {
        name: Reach(*(np.asarray(stored[f"{name}.{kind}"], dtype=np.float32).reshape(-1) for kind in _KINDS)) for name in names
    }


def packed_graph(
    make: PostNorm, weights: Mapping[str, NDArray[Any]], shape: Shape, reaches: Mapping[str, Reach], tokens: int
) -> Any:
    """An openvino.Model.

    Inputs: `embedded`, float (1, tokens, width), all texts in a row; `places`, int32 (texts, longest), where in that row the
    tokens of each text stand, and int32 `mask` of the same shape, 1 for tokens that count; `back`, int32 (tokens,), where each
    token of the row stands in `places`. Output: the hidden states, (1, tokens, width). Raises KeyError where a reach is missing.
    """
    return _Packed(make, GraphParts(weights, shape), reaches, tokens).graph()


class _Packed:
    """One graph in the making. Values are of shape (1, tokens, channels), in convolutions (1, channels, tokens)."""

    def __init__(self, make: PostNorm, parts: GraphParts, reaches: Mapping[str, Reach], tokens: int) -> None:
        self.make, self.parts, self.ops, self.reaches, self.tokens = make, parts, parts.ops, reaches, tokens

    def graph(self) -> Any:
        import numpy as np
        from openvino import Model

        ops, parts = self.ops, self.parts
        width = parts.weights[f"{EMBEDDINGS}.LayerNorm.weight"].shape[0]
        embedded = ops.parameter([1, self.tokens, width], np.float32)
        places, mask = ops.parameter([-1, -1], np.int32), ops.parameter([-1, -1], np.int32)
        back = ops.parameter([self.tokens], np.int32)
        bias = parts.mask_bias(mask)
        hidden = parts.norm(f"{EMBEDDINGS}.LayerNorm", embedded)
        for number in range(parts.shape.layers):
            hidden = self._layer(self.make.layer.format(number), hidden, places, back, bias)
        return Model([ops.result(hidden)], [embedded, places, mask, back], "packed")

    def _layer(self, name: str, hidden: Any, places: Any, back: Any, bias: Any) -> Any:
        names, parts, ops = self.make.names, self.parts, self.ops
        projected = self._linears([f"{name}.{part}" for part in (names.query, names.key, names.value)], hidden)
        query, key, value = (ops.gather(self._flat(self._turned(one)), places, parts.axes(0)) for one in projected)
        attended = ops.gather(self._flat(parts.attention(query, key, value, bias)), back, parts.axes(0))
        attended = ops.unsqueeze(attended, parts.axes(0))
        (added,) = self._linears([f"{name}.{names.attended}"], attended)
        hidden = parts.norm(f"{name}.{names.attended_norm}", ops.add(hidden, self._turned(added)))
        (raised,) = self._linears([f"{name}.{names.raised}"], hidden)
        (lowered,) = self._linears([f"{name}.{names.lowered}"], ops.gelu(raised, "erf"), turned=True)
        return parts.norm(f"{name}.{names.lowered_norm}", ops.add(hidden, self._turned(lowered)))

    def _turned(self, value: Any) -> Any:
        """With channels and tokens exchanged: in memory nothing moves."""
        return self.ops.transpose(value, self.parts.axes(0, 2, 1))

    def _flat(self, value: Any) -> Any:
        """Of shape (all tokens, channels)."""
        return self.ops.reshape(value, self.parts.axes(-1, value.get_output_partial_shape(0)[2].get_length()), special_zero=False)

    def _linears(self, names: Sequence[str], value: Any, turned: bool = False) -> list[Any]:
        """Linear layers that take the same input. What they give is turned, and so may be the input.

        Only where nothing stands between a turn and a convolution does it move nothing: hence the rounding comes first.
        """
        import numpy as np

        matrices = [np.asarray(self.parts.weights[f"{name}.weight"], dtype=np.float32) for name in names]
        reach = self.reaches[names[0]]
        smoothing = smoothing_of(reach, matrices)
        even = self.ops.multiply(value, self._channels(1 / smoothing) if turned else self.ops.constant(1 / smoothing))
        rounded = self._rounded(even, reach.least / smoothing, reach.most / smoothing)
        taken = rounded if turned else self._turned(rounded)
        mean = reach.mean / smoothing
        return [
            self._convolved(taken, matrix * smoothing, np.asarray(self.parts.weights[f"{name}.bias"], dtype=np.float32), mean)
            for name, matrix in zip(names, matrices, strict=True)
        ]

    def _rounded(self, value: Any, least: NDArray[np.float32], most: NDArray[np.float32]) -> Any:
        """In steps of which 0 is one; what reaches farther than the samples is cut."""
        low, high = min(float(least.min()), 0.0), max(float(most.max()), 0.0)
        step = max(high - low, 1e-6) / _STEPS
        below = round(-low / step)
        ends = self.parts.number(-below * step), self.parts.number((_STEPS - below) * step)
        return self.ops.fake_quantize(value, *ends, *ends, _STEPS + 1)

    def _convolved(self, value: Any, matrix: NDArray[np.float32], bias: NDArray[np.float32], mean: NDArray[np.float32]) -> Any:
        """The product with a matrix of eight-bit numbers; what their rounding adds to the mean input is taken from the bias."""
        import numpy as np

        ops = self.ops
        scales = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-12) / LARGEST
        numbers = np.rint(matrix / scales).astype(np.int8)
        kernel = ops.multiply(ops.convert(ops.constant(numbers[:, :, None]), np.float32), ops.constant(scales[:, :, None]))
        product = ops.convolution(value, kernel, [1], [0], [0], [1])
        return ops.add(product, self._channels(bias + (matrix - numbers * scales) @ mean))

    def _channels(self, values: NDArray[np.floating[Any]]) -> Any:
        """A constant with a number for each channel."""
        return self.ops.constant(values.astype("float32")[None, :, None])


def smoothing_of(reach: Reach, matrices: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """What each channel of an input is divided by, and its weights multiplied with, so that all reach about as far."""
    import numpy as np

    far = np.maximum(np.maximum(-reach.least, reach.most), 1e-3)
    heavy = np.maximum(np.max([np.abs(matrix).max(axis=0) for matrix in matrices], axis=0), 1e-4)
    smoothing = far**SMOOTHING / heavy ** (1 - SMOOTHING)
    return (smoothing / np.exp(np.log(smoothing).mean())).astype(np.float32)
