"""What recognises text in a picture: one of two programs, whichever is there."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from ragqa.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    """Shades of grey, 0 is black; rows from the top."""

RAPIDOCR, TESSERACT = "rapidocr", "tesseract"

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in pixels from the picture's upper left corner."""


@dataclass(frozen=True, slots=True)
class Line:
    """Text on one line, or the part of one that stands apart, with how sure it is (0 to 1).

    `centres` are the places of its characters but spaces, in pixels from the picture's left edge, where the recogniser tells.
    """

    text: str
    box: Box
    confidence: float
    centres: tuple[float, ...] = ()


class Recognizer(Protocol):
    """Reads the lines of an upright picture. `version` moves on when what it reads may change."""

    name: str
    version: str

    def recognise(self, picture: Picture) -> Sequence[Line]:
        """The lines, in any order. Raises any exception for a picture that it cannot read."""
        ...


@cache
def engine_name() -> str:
    """The name of what would recognise, empty where there is nothing; nothing is loaded to tell."""
    if find_spec("rapidocr") is not None and find_spec("openvino") is not None:
        return RAPIDOCR
    return TESSERACT if shutil.which("tesseract") else ""


@cache
def load_recognizer(threads: int) -> Recognizer | None:
    """What recognises, loaded once; None where there is nothing. Raises ModelError where it is there but does not work."""
    name = engine_name()
    if not name:
        return None
    try:
        if name == RAPIDOCR:
            from ragqa.parsing.ocr.rapid import RapidRecognizer

            return RapidRecognizer(threads)
        from ragqa.parsing.ocr.tesseract import TesseractRecognizer

        return TesseractRecognizer(threads)
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise ModelError(f"{name} is installed but does not work: {reason}", hint="Install it again.") from error
