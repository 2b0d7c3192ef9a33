from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ragqa.inference.once import once


class Thing:
    def __init__(self) -> None:
        self.computed = 0

    @once
    def value(self) -> object:
        """What it is."""
        self.computed += 1
        time.sleep(0.02)
        return object()

    @once
    def failing(self) -> int:
        self.computed += 1
        if self.computed < 3:
            raise ValueError("not yet")
        return self.computed

    @once
    def twice(self) -> tuple[object, object]:
        return self.value, self.value


def test_threads_that_ask_first_together_get_one_value() -> None:
    thing, together = Thing(), Barrier(8)

    def ask(_: int) -> object:
        together.wait()
        return thing.value

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(ask, range(8)))
    assert thing.computed == 1
    assert all(one is found[0] for one in found)


def test_each_object_has_its_own() -> None:
    one, other = Thing(), Thing()
    assert one.value is one.value and one.value is not other.value


def test_one_value_may_be_made_of_another() -> None:
    first, second = Thing().twice
    assert first is second


def test_what_fails_is_tried_again() -> None:
    thing = Thing()
    for _ in range(2):
        with pytest.raises(ValueError, match="not yet"):
            _ = thing.failing
    assert thing.failing == thing.failing == 3


def test_a_value_may_be_assigned() -> None:
    thing = Thing()
    thing.value = "given"
    assert thing.value == "given" and thing.computed == 0


def test_the_class_keeps_the_description() -> None:
    assert Thing.value.__doc__ == "What it is."
