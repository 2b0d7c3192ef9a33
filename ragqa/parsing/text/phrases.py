"""Tells a line that names a topic from a piece of a sentence that was broken over lines."""

from __future__ import annotations

import re

_OPENS_SENTENCE = re.compile(
    r"(?:if|when|to|you|your|the|this|these|that|it|for|in|on|at|after|before|while|once|some|an?|and|or|but|only|every"
    r"|press|use|select|enter|move|go|tap|click|open|make|do|not)\b",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"\b(?:the|an?|to|of|in|on|at|and|or|for|with|from|by|is|are|your|via|as|into|than|its|that)$", re.IGNORECASE
)
_PUNCTUATION = re.compile(r"[,.:;]")
_FEWEST_WORDS = 3


def is_phrase(line: str) -> bool:
    """Whether a line names a topic, as "Updating through the Internet" does."""
    words = line.split()
    if len(words) < _FEWEST_WORDS or not any(word.islower() and len(word) >= 4 for word in words):
        return False
    return not (_PUNCTUATION.search(line) or _OPENS_SENTENCE.match(line) or _UNFINISHED.search(line))
