"""Pages shown as pictures."""

from __future__ import annotations

from dataclasses import dataclass

from ragqa.types.documents import Box


@dataclass(frozen=True, slots=True)
class Spot:
    """What is to be seen of a document: a page, the words to be boxed there, and the place they stand in, as far as known."""

    document: str
    page: int
    words: str = ""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as a PNG of `width` × `height` pixels. `words` are the boxes of the words that were looked for, line by line, as far
    as they were found there, `box` is the place that is framed."""

    document: str
    page: int
    png: bytes
    width: int
    height: int
    words: tuple[Box, ...] = ()
    box: Box | None = None
