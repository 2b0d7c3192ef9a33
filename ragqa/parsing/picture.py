"""Pictures of pages: a scan or photograph as PNG, JPEG, WebP or TIFF, which may hold many pages. Only recognition reads them."""

from __future__ import annotations

import io
import math
import warnings
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.ocr.document import Scan, recognise_scans
from ragqa.parsing.ocr.spans import spans_of
from ragqa.parsing.ocr.wish import OFF, wish
from ragqa.parsing.pdf.parser import lay_out
from ragqa.types import Document

if TYPE_CHECKING:
    from ragqa.parsing.ocr.engine import Picture

_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
_LEAST_PIXELS = 300_000
"""A page of A4 at 72 dpi has 500,000; pictures of keys and symbols that lie beside a manual are smaller than that."""

_MOST_PIXELS = 8_000_000
_LARGEST = 150_000_000
_MOST_PAGES = 3000
_PAGE_HEIGHT = 842
"""Points: how large the paper was, a picture does not tell; as large as A4 it is as good as any."""


class PictureParser:
    """Reads pictures. One that is small, or on which nothing can be recognised, is left out: it is no page."""

    name = "picture"
    version = 1
    suffixes = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        if wish().mode == OFF:
            raise SkippedFile("only OCR reads a picture, and it is off", hint="--ocr auto turns it on.")
        image = _open(data)
        frames = min(getattr(image, "n_frames", 1) if image.format == "TIFF" else 1, _MOST_PAGES)
        outcome = recognise_scans([Scan(number, partial(_page, image, number)) for number in range(1, frames + 1)])
        if not outcome.pages:
            if outcome.failed:
                raise ParseError(f"the picture cannot be read: {next(iter(outcome.failed.values()))}")
            raise SkippedFile(f"no text was recognised in it{'; ' if outcome.way_out else ''}{outcome.way_out}")
        builder = DocumentBuilder(path)
        builder.recognised_by = outcome.by
        builder.warnings += outcome.warnings()
        lay_out(spans_of(outcome.pages), builder)
        return builder.build((builder.first_heading,), pages=frames)


def _open(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings(action="ignore"):  # what PIL thinks of odd headers concerns nobody
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise ParseError("the picture is too large", hint="Save it with fewer pixels: 300 dpi are enough.") from error
    except Exception as error:  # what is wrong with a forged file, each reader of PIL says with an exception of its own
        raise ParseError("the picture is damaged and cannot be opened", hint="Save or scan it again.") from error
    if image.width * image.height < _LEAST_PIXELS:
        raise SkippedFile(f"a picture of {image.width} × {image.height} pixels, too small for a scanned page")
    return image


def _page(image: Image.Image, number: int) -> tuple[Picture, float]:
    """A page as shades of grey, as large as letters need, and how many points a pixel is."""
    image.seek(number - 1)
    if image.width * image.height > _LARGEST:
        raise ValueError(f"{image.width} × {image.height} pixels are too many")
    share = math.sqrt(_MOST_PIXELS / (image.width * image.height))
    size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    if image.format == "JPEG" and share < 1:
        image.draft("L", size)
    grey = _grey(image)
    if share < 1:
        grey.thumbnail(size, Image.Resampling.LANCZOS)
    grey = ImageOps.exif_transpose(grey)
    return np.asarray(grey, np.uint8).copy(), _PAGE_HEIGHT / max(grey.size)


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # more shades than 256
        shades = np.asarray(image, np.float32)
        low, high = float(shades.min()), float(shades.max())
        return Image.fromarray(np.uint8((shades - low) * (255 / max(high - low, 1e-6))))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        see_through = image.convert("RGBA")
        paper = Image.new("RGBA", see_through.size, "white")
        return Image.alpha_composite(paper, see_through).convert("L")
    return image.convert("L")


PARSER = PictureParser()
