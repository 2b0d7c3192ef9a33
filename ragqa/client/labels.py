"""Labelling documents of a server, as many at once as it takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ragqa.client.faults import TooLargeThere
from ragqa.client.wire import Wire
from ragqa.schema_reading import Fields, Misread
from ragqa.schema_reading.fields import count
from ragqa.types import Metadata

LABELS_AT_ONCE, BYTES_AT_ONCE = 250, 200_000
"""Labels, and bytes of them, that are sent in one request: fewer than any server refuses by its defaults."""


def label_there(
    wire: Wire, index: str | None, labels: Sequence[tuple[str | int, Metadata]], hear: Callable[[object], None]
) -> int:
    """Have a server label documents, each named by path, glob or id, and return how many have other metadata then; `hear` is told
    what it answers. Raises RagqaError."""
    sent = [{"document": document, "metadata": {**metadata}} for document, metadata in labels]
    return sum(_labelled(wire, index, part, hear) for part in _parts(sent))


def _labelled(wire: Wire, index: str | None, labels: list[dict[str, Any]], hear: Callable[[object], None]) -> int:
    try:
        told = wire.json("PATCH", "v1", "metadata", body={"index": index, "labels": labels})
    except TooLargeThere:
        if len(labels) == 1:
            raise
        half = len(labels) // 2
        return _labelled(wire, index, labels[:half], hear) + _labelled(wire, index, labels[half:], hear)
    hear(told)
    try:
        return Fields(told, "answer")("changed", count)
    except Misread as error:
        raise wire.strange(error) from error


def _parts(labels: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for one in labels:
        length = len(json.dumps(one))
        if part and (len(part) == LABELS_AT_ONCE or size + length > BYTES_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(one)
        size += length
    if part:
        yield part
