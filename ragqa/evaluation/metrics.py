"""Exact match and F1 as SQuAD defines them (Rajpurkar et al. 2016): over normalised words, the best of the accepted answers."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, accepted: Sequence[str]) -> float:
    """1.0 when the normalised prediction equals an accepted answer, otherwise 0.0. No accepted answer: it must be empty."""
    return float(normalise(prediction) in [normalise(answer) for answer in accepted or [""]])


def f1(prediction: str, accepted: Sequence[str]) -> float:
    """The best harmonic mean of word precision and recall over the accepted answers, in 0..1."""
    return max(_f1(prediction, answer) for answer in accepted or [""])


def _f1(prediction: str, answer: str) -> float:
    predicted, expected = normalise(prediction).split(), normalise(answer).split()
    if not predicted or not expected:
        return float(predicted == expected)
    shared = sum((Counter(predicted) & Counter(expected)).values())
    return 2 * shared / (len(predicted) + len(expected))
