"""Which chunks may be found, and where they stand in the arrays that are searched: as runs of neighbours, and as a mask."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Places:
    """Some places of an array of `size` items: `numbers`, ascending. Never changed: threads may share one."""

    def __init__(self, numbers: NDArray[np.int64], size: int) -> None:
        self.numbers, self.size = numbers, size

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def runs(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where each run of neighbouring places begins, and where it has ended. A document's chunks are one."""
        import numpy as np

        last = np.flatnonzero(np.diff(self.numbers) != 1)
        starts = self.numbers[np.concatenate(([0], last + 1))] if len(self) else self.numbers
        ends = self.numbers[np.concatenate((last, [len(self) - 1]))] + 1 if len(self) else self.numbers
        return starts, ends

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """Of shape (size,): whether each item's place is among them."""
        import numpy as np

        mask = np.zeros(self.size, dtype=bool)
        mask[self.numbers] = True
        return mask

    @cached_property
    def bits(self) -> NDArray[np.uint8]:
        """The mask in bits, the lowest first."""
        import numpy as np

        return np.packbits(self.mask, bitorder="little")


class Selection:
    """Chunks by ascending id. Where they are in an array of ids is worked out once for each array: threads may share one."""

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self.ids = ids
        self._lock = Lock()  # around the cache only
        self._known: dict[int, tuple[NDArray[np.int64], Places]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def within(self, held: NDArray[np.int64], order: NDArray[np.int64] | None = None) -> Places:
        """Their places in an array of ids; those that it does not hold have none. `order` sorts it where it does not ascend."""
        with self._lock:
            known = self._known.get(id(held))
        if known is not None:
            return known[1]
        found = Places(places_of(self.ids, held, order), len(held))
        with self._lock:
            self._known[id(held)] = held, found  # the array is kept, so that no other one gets its number
        return found


def places_of(ids: NDArray[np.integer], held: NDArray[np.integer], order: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Where those of some ascending ids are that an array of ids, which ascends or is sorted by `order`, holds; ascending."""
    import numpy as np

    if not len(held) or not len(ids):
        return np.empty(0, dtype=np.int64)
    places = np.searchsorted(held, ids, sorter=order)
    places[places == len(held)] = 0
    if order is not None:
        places = order[places]
    places = places[held[places] == ids]
    return places if order is None else np.sort(places)
