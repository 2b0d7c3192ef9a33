"""JSON values, taken for what they are said to be or refused with their place: nothing is converted, guessed or left as it is."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from enum import Enum
from typing import Any, NoReturn, TypeVar, overload

from ragqa.types import well_formed

Value = TypeVar("Value")
Member = TypeVar("Member", bound=Enum)
Kind = Callable[[object, str], Value]
"""Gives the value that a JSON value stands for, or raises Misread with the place it is told."""

MOST = 2**53
"""Whole numbers beyond it are no count or offset of anything, and other readers of JSON would round them."""


class Misread(ValueError):
    """A JSON value is not what it should be; the message says where it stands and what it should be."""


_NONE = object()


class Fields:
    """The fields of one JSON object, each asked for by its name and kind. Raises Misread where the value is no object."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            _refuse(value, place, "an object")
        self._values: dict[str, object] = value
        self.place = place

    @overload
    def __call__(self, name: str, kind: Kind[Value]) -> Value: ...
    @overload
    def __call__(self, name: str, kind: Kind[Value], default: Value) -> Value: ...
    def __call__(self, name: str, kind: Kind[Any], default: Any = _NONE) -> Any:
        """The field of that name; `default` where it is missing, without one that is refused."""
        where = f"{self.place}.{name}"
        if name in self._values:
            return kind(self._values[name], where)
        if default is _NONE:
            raise Misread(f"{where} is missing")
        return default


def parsed(data: bytes) -> object:
    """The value that some bytes of JSON hold. Raises Misread for anything else, also for numbers that JSON does not have."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Misread(f"it is no JSON: {error}") from error


def text(value: object, place: str) -> str:
    """A text, with what is no character replaced."""
    return well_formed(value) if isinstance(value, str) else _refuse(value, place, "a text")


def truth(value: object, place: str) -> bool:
    """true or false."""
    return value if isinstance(value, bool) else _refuse(value, place, "true or false")


def whole(value: object, place: str) -> int:
    """A whole number."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MOST:
        _refuse(value, place, "a whole number")
    return value


def count(value: object, place: str) -> int:
    """A whole number that is not below 0."""
    number = whole(value, place)
    return number if number >= 0 else _refuse(value, place, "a number from 0 on")


def number(value: object, place: str) -> float:
    """A finite number; one that came whole stays whole, since counts are told as such."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300 or not math.isfinite(value):
        _refuse(value, place, "a number")
    return value


def share(value: object, place: str) -> float:
    """A number between 0 and 1."""
    found = number(value, place)
    return found if 0 <= found <= 1 else _refuse(value, place, "a number between 0 and 1")


def maybe(kind: Kind[Value]) -> Kind[Value | None]:
    """A value of that kind, or null."""
    return lambda value, place: None if value is None else kind(value, place)


def listed(kind: Kind[Value]) -> Kind[tuple[Value, ...]]:
    """A list of values of that kind."""

    def read(value: object, place: str) -> tuple[Value, ...]:
        if not isinstance(value, list):
            _refuse(value, place, "a list")
        return tuple(kind(one, f"{place}[{number}]") for number, one in enumerate(value))

    return read


def named(kind: Kind[Value]) -> Kind[dict[str, Value]]:
    """An object whose fields are all of that kind, by their names."""

    def read(value: object, place: str) -> dict[str, Value]:
        if not isinstance(value, dict):
            _refuse(value, place, "an object")
        return {well_formed(name): kind(one, f"{place}.{name:.40}") for name, one in value.items()}

    return read


def one_of(members: type[Member]) -> Kind[Member]:
    """The member of an enumeration that has that value."""

    def read(value: object, place: str) -> Member:
        try:
            return members(value)
        except ValueError:
            _refuse(value, place, f"one of {', '.join(str(one.value) for one in members)}")

    return read


def anything(value: object, place: str) -> object:
    """Any value, for what is only shown."""
    return value


def _refuse(value: object, place: str, wanted: str) -> NoReturn:
    raise Misread(f"{place} is {_told(value)}, not {wanted}")


def _told(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    told = json.dumps(value)
    return told if len(told) <= 40 else f"{told[:40]}…"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
