"""Pictures small enough for assistants: most take a megabyte for a whole result, and Base64 makes a third more of it."""

from __future__ import annotations

import io

LARGEST = 600_000
"""Bytes of a PNG."""
_COLOURS, _SMALLEST = 32, 400


def fitting(png: bytes, width: int, height: int, largest: int = LARGEST) -> tuple[bytes, int, int]:
    """The picture with its width and height, with fewer colours and then smaller where it is too large."""
    if len(png) <= largest:
        return png, width, height
    from PIL import Image

    with Image.open(io.BytesIO(png)) as opened:
        image = opened.convert("RGB")
    while True:
        buffer = io.BytesIO()
        image.quantize(_COLOURS).save(buffer, "PNG", optimize=True)
        if buffer.tell() <= largest or max(image.size) <= _SMALLEST:
            return buffer.getvalue(), image.width, image.height
        image = image.resize((max(1, image.width * 3 // 4), max(1, image.height * 3 // 4)))
