"""Many texts at once where the CPU multiplies no bf16: packed without padding, by products of eight-bit numbers."""

from __future__ import annotations

import platform
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.inference.graphs.eight_bit import packed_graph, read_reaches
from ragqa.inference.graphs.parts import PostNorm
from ragqa.inference.once import once
from ragqa.inference.openvino_runtime import OpenVinoEncoder, Requests, openvino_core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACK_TOKENS = 1024
"""Tokens of a pack: their values stay in the caches, and of a call only the last pack is not full."""

PACKS_AT_ONCE = 4
"""Packs of a portion, up to twice as many where there are few: a second's work or so."""

MOST_PADDING = 1.5
"""How many times as many places as tokens a pack's attention may have: short texts beside long ones are padded there."""


class PackedEncoder:
    """Means of the hidden states of an encoder (a BERT), near those of full precision: a cosine of .997 for the default embedder.

    `reaches` is the file of how far its layers' inputs reach, as tests/benchmarks/measure_reaches.py writes it.

    Threads: as for `OpenVinoEncoder`.
    """

    def __init__(self, encoder: OpenVinoEncoder, reaches: Path) -> None:
        self._encoder, self._reaches = encoder, reaches
        self._requests = Requests()

    @once
    def pays(self) -> bool:
        """Whether it is faster than full precision here: on x86 (measured with AVX2) unless the CPU multiplies bf16."""
        if platform.machine().lower() not in ("x86_64", "amd64"):
            return False
        core = openvino_core()
        precision = core.get_property("CPU", "INFERENCE_PRECISION_HINT").get_type_name()
        return precision == "f32" and "INT8" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")

    def means(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The mean of each text's hidden states, shape (texts, width), from its tokens' ids, of which there is one at least.

        Raises ModelError when the model's files do not fit together.
        """
        import numpy as np

        found = np.empty((len(texts), self._encoder.width), dtype=np.float32)
        for pack in packs([len(text) for text in texts], PACK_TOKENS):
            found[pack] = self._run([texts[number] for number in pack])
        return found

    def _run(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        import numpy as np

        lengths = np.array([len(text) for text in texts])
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.zeros(mask.shape, dtype=np.int64)
        ids[mask] = np.concatenate([np.asarray(text, dtype=np.int64) for text in texts])
        total = int(lengths.sum())
        embedded = np.zeros((1, PACK_TOKENS, self._encoder.width), dtype=np.float32)
        embedded[0, :total] = self._encoder.embed(ids, mask.astype(np.int64))[mask]
        places, back = np.zeros(mask.shape, dtype=np.int32), np.zeros(PACK_TOKENS, dtype=np.int32)
        places[mask], back[:total] = np.arange(total), np.flatnonzero(mask)
        inputs = [embedded, places, mask.astype(np.int32), back]
        hidden = self._requests.of_thread(self._compiled).infer(inputs)[0][0]
        return np.add.reduceat(hidden[:total], np.cumsum(lengths) - lengths, axis=0) / lengths[:, None]

    @once
    def _compiled(self) -> Any:
        make = self._encoder.architecture
        assert isinstance(make, PostNorm) and make.position_bias is None
        return self._encoder.compiled(
            lambda weights, shape: packed_graph(make, weights, shape, read_reaches(self._reaches), PACK_TOKENS)
        )


def portions(lengths: Sequence[int]) -> list[list[int]]:
    """The numbers of the texts, each once, in portions of whole packs: to embed them one after another fills as many packs as to
    embed all at once, for those that follow one another are made of these texts alone again."""
    made = list(packs(lengths, PACK_TOKENS))
    count = max(1, len(made) // PACKS_AT_ONCE)
    ends = [len(made) * number // count for number in range(count + 1)]
    parts = (made[first:end] for first, end in pairwise(ends))
    return [[number for pack in part for number in pack] for part in parts if part]


def packs(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """The numbers of the texts to put together, each once: the longest that is left, then always the longest that still fits."""
    left = sorted(range(len(lengths)), key=lambda number: lengths[number])
    sizes = [lengths[number] for number in left]
    while left:
        longest, room = sizes.pop(), tokens
        pack = [left.pop()]
        room -= longest
        while (len(pack) + 1) * longest <= MOST_PADDING * tokens and (fits := bisect_right(sizes, room)):
            room -= sizes.pop(fits - 1)
            pack.append(left.pop(fits - 1))
        yield pack
