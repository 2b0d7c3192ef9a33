"""What is known while RTF is read: of the open group, of the paragraph that is being set, and of those that are finished."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE_STYLE = re.compile(r"\b(?:code|preformatted|source|listing)\b", re.IGNORECASE)


@dataclass(slots=True)
class Group:
    """What counts until the brace closes; `stand_ins` are how many characters stand in for one of Unicode. What is superscript is
    `raised`, what stands half points above its line `lifted`."""

    goes: str = "text"
    font: int = -1
    stand_ins: int = 1
    hidden: bool = False
    raised: bool = False
    lifted: bool = False
    bold: bool = False
    starred: bool = False


@dataclass(slots=True)
class Paragraph:
    """A finished paragraph: its text and what its setting says of it."""

    text: str
    level: int | None = None
    style: str = ""
    marker: str = ""
    depth: int | None = None

    @property
    def is_code(self) -> bool:
        """Whether its style is one for code."""
        return _CODE_STYLE.search(self.style) is not None


@dataclass(slots=True)
class Setting:
    """How the current paragraph is set. A large `initial` is one by itself that begins the next."""

    style: int | None = None
    level: int | None = None
    in_table: bool = False
    nesting: int = 1
    listed: bool = False
    depth: int = 0
    initial: bool = False


def whole_characters(text: str) -> str:
    """The text with pairs of surrogates as the characters they stand for."""
    if not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", errors="replace")
