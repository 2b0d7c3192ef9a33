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

LABELS_AT_ONCE, BYTES_AT_ONCE = 10_000, 4_000_000
"""Labels, and bytes of them, that are sent in one request: no more than a server takes."""

_Sent = list[dict[str, Any]]


def label_there(
    wire: Wire, index: str | None, labels: Sequence[tuple[str | int, Metadata]], dry_run: bool, hear: Callable[[object], None]
) -> int:
    """Have a server label documents, each named by path, glob or id, and return how many have other metadata then, or would have;
    `hear` is told what it answers. What goes in parts is sent to be tried first: where one of all names no document, nothing is
    changed. Raises RagqaError."""

    def send(part: _Sent, tried: bool) -> int:
        how = {"dry_run": True} if tried else {}
        hear(told := wire.json("PATCH", "v1", "metadata", body={"index": index, "labels": part, **how}))
        try:
            return Fields(told, "answer")("changed", count)
        except Misread as error:
            raise wire.strange(error) from error

    def tried(part: _Sent) -> list[tuple[_Sent, int]]:
        """The parts of a part that the server takes, and how many documents each would change."""
        try:
            return [(part, send(part, True))]
        except TooLargeThere:
            if len(part) == 1:
                raise
            half = len(part) // 2
            return [*tried(part[:half]), *tried(part[half:])]

    parts = list(_parts([{"document": document, "metadata": {**metadata}} for document, metadata in labels]))
    if len(parts) == 1 and not dry_run:
        try:
            return send(parts[0], False)
        except TooLargeThere:  # to what stands before the server
            if len(parts[0]) == 1:
                raise
    taken = [one for part in parts for one in tried(part)]
    return sum(would if dry_run else send(part, False) for part, would in taken)


def _parts(labels: _Sent) -> Iterator[_Sent]:
    part: _Sent = []
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
