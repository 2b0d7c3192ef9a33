"""Inverted lists on their way to a FAISS file without ever being in memory together.

FAISS itself can only write lists that it holds. What it writes is simple, so the lists are put there by hand: its own head of an
index without vectors, then each list's codes and numbers, then the ids. That it is the same to the byte is tried on some vectors
before it is relied on; where it is not, by another version of FAISS, `can_be_written` says so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Parts = Iterable[tuple["NDArray[np.int64]", "NDArray[np.float32]"]]

_LISTS = b"ilar"
"""Where, in an index that FAISS wrote, the lists begin."""


def write_lists(index: Any, parts: Parts, gone: NDArray[np.int64], file: BinaryIO, beside: Path) -> None:
    """Write what an IndexIDMap around inverted lists holds, without the numbers `gone`, and then all of the parts.

    The codes of the parts wait in a file `beside` for their lists to be written.
    """
    import numpy as np

    inner = import_module("faiss").downcast_index(index.index)
    kept = np.ones(int(index.ntotal), dtype=bool)
    kept[gone] = False
    renumbered = np.cumsum(kept) - 1
    ids = [import_module("faiss").vector_to_array(index.id_map)[kept]] if len(kept) else []
    try:
        cells, come = _spill(inner, parts, beside)
        ids.append(come)
        order = np.argsort(cells, kind="stable")
        bounds = np.searchsorted(cells[order], np.arange(inner.nlist + 1))
        codes = _codes(beside, len(come), inner.code_size)
        sizes = [int(kept[numbers].sum()) + int(new) for (_, numbers), new in zip(_held(inner), np.diff(bounds), strict=True)]
        total = int(kept.sum()) + len(come)
        file.write(_head(inner, total))
        file.write(_LISTS + struct.pack("<QQ4sQ", inner.nlist, inner.code_size, b"full", inner.nlist))
        file.write(np.array(sizes, dtype="<u8").data)
        for cell, (held, numbers) in enumerate(_held(inner)):
            stays, rows = kept[numbers], order[bounds[cell] : bounds[cell + 1]]
            file.write(held[stays].tobytes() + codes[rows].tobytes())
            file.write(renumbered[numbers[stays]].astype("<i8").tobytes() + (rows + (total - len(come))).astype("<i8").tobytes())
        file.write(struct.pack("<Q", total))
        for some in ids:
            file.write(np.ascontiguousarray(some, dtype="<i8").data)
        del codes
    finally:
        with suppress(FileNotFoundError, PermissionError):
            beside.unlink()


@cache
def can_be_written() -> bool:
    """Whether this FAISS writes lists as it is done here: tried on a few vectors."""
    import numpy as np

    faiss = import_module("faiss")
    vectors = np.random.default_rng(1).standard_normal((96, 4)).astype(np.float32)
    ids = np.arange(96, dtype=np.int64) * 3
    inner = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(4), 4, 2, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    inner.train(vectors)
    index = faiss.IndexIDMap(inner)
    ours = [_in_memory(index, [(ids[:50], vectors[:50]), (ids[50:], vectors[50:])])]
    index.add_with_ids(vectors[:50], ids[:50])
    ours.append(_in_memory(index, [(ids[50:], vectors[50:])]))
    index.add_with_ids(vectors[50:], ids[50:])
    return ours == [faiss.serialize_index(index).tobytes()] * 2


def _in_memory(index: Any, parts: Parts) -> bytes:
    import tempfile

    import numpy as np

    made = BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        write_lists(index, parts, np.empty(0, dtype=np.int64), made, Path(folder, "codes"))
    return made.getvalue()


def _spill(inner: Any, parts: Parts, beside: Path) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Put the parts' codes into a file, as they come; returns each vector's cell and id."""
    import numpy as np

    cells, ids = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int64)]
    with open(beside, "wb") as file:
        for some, vectors in parts:
            coded = inner.sa_encode(np.ascontiguousarray(vectors, dtype=np.float32))
            head = coded.shape[1] - inner.code_size  # the cell's number, in as few bytes as it takes
            cells.append((coded[:, :head].astype(np.int32) << (8 * np.arange(head, dtype=np.int32))).sum(axis=1, dtype=np.int32))
            ids.append(some)
            file.write(np.ascontiguousarray(coded[:, head:]).data)
    return np.concatenate(cells), np.concatenate(ids)


def _codes(path: Path, count: int, size: int) -> NDArray[np.uint8]:
    import numpy as np

    return np.memmap(path, dtype=np.uint8, mode="r", shape=(count, size)) if count else np.empty((0, size), dtype=np.uint8)


def _held(inner: Any) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """The codes, shape (n, size), and numbers, shape (n,), of each list as FAISS has it, perhaps mapped."""
    import numpy as np

    view, lists = import_module("faiss").rev_swig_ptr, inner.invlists
    for cell in range(inner.nlist):
        held = lists.list_size(cell)
        if not held:
            yield np.empty((0, inner.code_size), dtype=np.uint8), np.empty(0, dtype=np.int64)
            continue
        codes = view(lists.get_codes(cell), held * inner.code_size).reshape(held, inner.code_size)
        yield codes, view(lists.get_ids(cell), held)


def _head(inner: Any, total: int) -> bytes:
    """What FAISS writes before the lists of an index with so many vectors."""
    faiss = import_module("faiss")
    empty = faiss.IndexIVFScalarQuantizer(
        inner.quantizer, inner.d, inner.nlist, faiss.ScalarQuantizer.QT_fp16, inner.metric_type, inner.by_residual
    )
    empty.is_trained = True
    around = faiss.IndexIDMap(empty)
    empty.ntotal = around.ntotal = total
    written: bytes = faiss.serialize_index(around).tobytes()
    return written[: written.rindex(_LISTS)]
