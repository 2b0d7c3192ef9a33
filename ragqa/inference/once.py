"""Values of an object that are made at their first use, once, also when several threads ask for them at the same time."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

Value = TypeVar("Value")


class once(Generic[Value]):
    """Like functools.cached_property, which lets two threads compute the same value from Python 3.12 on.

    The threads that come while one computes wait for it, and all get the same object; later ones wait for nothing. Where it
    raises, nothing is kept: the next one tries again. A value may be assigned instead.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...
    def __get__(self, instance: object | None, owner: type) -> Self | Value:
        if instance is None:
            return self
        values = vars(instance)
        with values.setdefault(f"{self._name}: lock", RLock()):  # one step for the interpreter: all threads get the same lock
            if self._name not in values:
                values[self._name] = self._compute(instance)
            return values[self._name]

    if TYPE_CHECKING:  # at run time there is none: what is assigned goes where the computed value would

        def __set__(self, instance: object, value: Value) -> None: ...
