"""The fast way through an encoder on a CPU: OpenVINO on a graph made from the model's weights, no torch.

tests/benchmarks/README.md compares it with the other runtimes.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ragqa.errors import ModelError
from ragqa.inference.adapter import AdaptedWeights, Adapter
from ragqa.inference.foreign_models import one_line
from ragqa.inference.graphs.parts import HEAD, Architecture, Shape, TokenVectors
from ragqa.inference.once import once
from ragqa.inference.weights import EncoderWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Batch = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64] | None]
    """Ids, mask and types of tokens, each of shape (rows, tokens); without types all are of the first one."""

WIDTHS = 16
"""Rows are filled up to a multiple of so many tokens: the library keeps memory, a megabyte or two, and compiles anew for every
width that it meets."""

MANY_BATCHES = {"PERFORMANCE_HINT": "THROUGHPUT", "PERFORMANCE_HINT_NUM_REQUESTS": "4"}
"""Options of an encoder that is given several batches together (see `OpenVinoEncoder.run_each`): they are computed side by side,
up to four, with as much of the CPU for each as that leaves. Threads that share one batch wait for each other at every layer."""


class OpenVinoEncoder:
    """The encoder of a model folder, with its span head where it has one (see `Encoder`). Loaded at the first batch.

    Threads: any number may run batches at the same time. They share the compiled graph and the tables of tokens, which never
    change; each has an inference request of its own, which goes when the thread does. Only loading makes them wait.
    """

    def __init__(
        self,
        folder: Path,
        architecture: Architecture,
        shape: Shape,
        threads: int = 0,
        adapter: Adapter | None = None,
        **options: str,
    ) -> None:
        self._folder, self.architecture, self._shape, self._adapter = folder, architecture, shape, adapter
        self._threads, self._options = threads, options
        self._requests = Requests()

    def run(self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Span logits (rows, tokens, 2), or hidden states (rows, tokens, width), of a batch of shape (rows, tokens)."""
        found: NDArray[np.float32] = self._request().infer(self._inputs(ids, mask, types))[0][:, : ids.shape[1]]
        return found

    def run_each(self, batches: Sequence[Batch]) -> list[NDArray[np.float32]]:
        """What `run` gives for each of several batches, computed side by side where the encoder's options say so."""
        requests = self._requests.several(self._compiled, len(batches))
        if len(requests) == 1:  # without going over to another thread
            return [self.run(*batch) for batch in batches]
        found: list[NDArray[np.float32]] = []
        under_way: deque[tuple[Any, int]] = deque()
        try:
            for number, batch in enumerate(batches):
                if len(under_way) == len(requests):
                    found.append(_taken(*under_way.popleft()))
                request = requests[number % len(requests)]
                request.start_async(self._inputs(*batch))
                under_way.append((request, batch[0].shape[1]))
            while under_way:
                found.append(_taken(*under_way.popleft()))
        finally:
            for request, _ in under_way:  # after an error: they are this thread's next time too
                with suppress(RuntimeError):
                    request.wait()
        return found

    def _inputs(
        self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """A batch as the graph takes it, filled up to one of the few widths that it is given."""
        import numpy as np

        more = -ids.shape[1] % WIDTHS
        embedded = np.pad(self.embed(ids, mask, types), ((0, 0), (0, more), (0, 0)))
        return embedded, np.pad(mask, ((0, 0), (0, more))).astype(np.int32)

    def embed(
        self, ids: NDArray[np.int64], mask: NDArray[np.int64], types: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """What a batch's tokens are before the first layer, (rows, tokens, width). Raises ModelError."""
        try:
            return self._vectors.embed(ids, mask, types)
        except IndexError as error:
            raise self._unusable(error) from error

    def check_adapter(self, base_sha256: str) -> None:
        """Raise ModelError where it has an adapter that was not taught on these weights, whose file has this sha256."""
        if self._adapter is not None:
            self._adapter.check(base_sha256, EncoderWeights(self._folder, self.architecture.prefix))

    @property
    def has_head(self) -> bool:
        """Whether the model has a head for spans."""
        return f"{HEAD}.weight" in self._weights

    @property
    def width(self) -> int:
        """The length of a hidden state."""
        return self._vectors.width

    @property
    def longest(self) -> int:
        """Tokens of the longest row that the model takes."""
        return self._vectors.longest

    @once
    def _weights(self) -> EncoderWeights | AdaptedWeights:
        weights = EncoderWeights(self._folder, self.architecture.prefix)
        return weights if self._adapter is None else AdaptedWeights(weights, self._adapter)

    @once
    def _vectors(self) -> TokenVectors:
        try:
            return self.architecture.vectors(self._weights, self._shape)
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise self._unusable(error) from error

    def _request(self) -> Any:
        return self._requests.of_thread(self._compiled)

    @once
    def _compiled(self) -> Any:
        return self.compiled(self.architecture.graph)

    def compiled(self, graph: Callable[[Mapping[str, NDArray[Any]], Shape], Any]) -> Any:
        """What a function makes of the model's weights and shape, an openvino.Model, compiled for this CPU. Raises ModelError."""
        # Left to itself it ties threads to processors, each process its first one to the first: two processes would share that.
        options = {"PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": "NO", **self._options}
        if self._weights.has_int8:  # then what is multiplied with them becomes eight-bit numbers too, a scale for each token
            options.setdefault("DYNAMIC_QUANTIZATION_GROUP_SIZE", str(self.width))
        if self._threads:
            options["INFERENCE_NUM_THREADS"] = str(self._threads)
        with own_signal_stack():
            core = openvino_core()
            try:
                return core.compile_model(graph(self._weights, self._shape), "CPU", options)
            except (KeyError, ValueError, TypeError, IndexError, ZeroDivisionError, RuntimeError, OSError) as error:
                raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> ModelError:
        return ModelError(f"the model in {self._folder} cannot be used: {one_line(error)}", hint="Restore the model's folder.")


def _taken(request: Any, tokens: int) -> NDArray[np.float32]:
    """What came of a batch with rows of so many tokens, when it is there; the caller's own."""
    import numpy as np

    request.wait()
    return np.array(request.get_output_tensor(0).data[:, :tokens])


class Requests(threading.local):
    """The inference requests of a compiled graph, each thread's own: each holds the inputs and outputs of one batch, can compute
    only one at a time, and goes when its thread does."""

    def __init__(self) -> None:
        self._requests: list[Any] = []

    def of_thread(self, compiled: Any) -> Any:
        """This thread's first."""
        return self._of_thread(compiled, 1)[0]

    def several(self, compiled: Any, most: int) -> Sequence[Any]:
        """This thread's: one at least, and otherwise as many as can compute side by side, but no more than `most`."""
        side_by_side: int = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        return self._of_thread(compiled, max(1, min(side_by_side, most)))

    def _of_thread(self, compiled: Any, count: int) -> Sequence[Any]:
        while len(self._requests) < count:
            self._requests.append(compiled.create_infer_request())
        return self._requests[:count]


def quiet_openvino() -> Any:
    """The library, kept from reporting every import to its maker: it does without the module that would."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # how an import is made to fail
    import openvino

    return openvino


class _Library:
    """The library's one entrance in this process, never given up again."""

    @once
    def core(self) -> Any:
        return quiet_openvino().Core()


_LIBRARY = _Library()


def openvino_core() -> Any:
    """The library's entrance; any number of threads may use it."""
    return _LIBRARY.core


@contextmanager
def own_signal_stack() -> Iterator[None]:
    """Give the thread its alternate signal stack back at the end.

    OpenVINO's CPU plugin puts one of its own in place and takes it away when the plugin goes, which may leave the thread one that
    is not there any more. Python handles signals on that stack: Ctrl-C would end the process with a segmentation fault.
    """
    if sys.platform != "linux":
        yield
        return
    libc, before = ctypes.CDLL(None), _SignalStack()
    libc.sigaltstack(None, ctypes.byref(before))
    try:
        yield
    finally:
        libc.sigaltstack(ctypes.byref(before), None)


class _SignalStack(ctypes.Structure):
    """stack_t of sigaltstack(2)."""

    _fields_: ClassVar = [("pointer", ctypes.c_void_p), ("flags", ctypes.c_int), ("size", ctypes.c_size_t)]
