"""Exact match, F1 and ROUGE-L of a predicted answer against the accepted ones; the best accepted answer counts.

Exact match and F1 are those of SQuAD's official script for version 2.0 (Rajpurkar et al. 2016, 2018), which gives what version
1.1's gives wherever neither side is empty. ROUGE-L is Lin's (2004) as the reference scorer computes it without stemming.

Writing without spaces between words, of which they make one word or none, is counted by characters, as MLQA (Lewis et al. 2020)
does: where prediction or answer has any, both are the words of `ragqa.text.words`. So it is in ROUGE-L where an answer has no
Latin letter. All other figures stay comparable with published ones, with what those pass over: signs, decimal points, quotes. So
they do not say whether an answer is right; `ragqa.text.agreement` does.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ragqa.text.words import forms_of, is_unspaced

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ROUGE_TOKEN = re.compile(r"[a-z0-9]+")
_LETTER, _LATIN = re.compile(r"[^\W\d_]"), re.compile(r"[A-Za-z]")


class Rouge(NamedTuple):
    """ROUGE-L: the longest common subsequence of words as a share of the prediction, of the answer, and their harmonic mean."""

    precision: float
    recall: float
    f1: float


def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation and English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(prediction: str, accepted: Sequence[str]) -> float:
    """1.0 when the normalised prediction equals an accepted answer, otherwise 0.0. No accepted answer: it must be empty."""
    return float(any(predicted == expected for predicted, expected in (_words(prediction, answer) for answer in _gold(accepted))))


def f1(prediction: str, accepted: Sequence[str]) -> float:
    """The best harmonic mean of word precision and recall over the accepted answers, in 0..1."""
    return max(_f1(prediction, answer) for answer in _gold(accepted))


def rouge_l(prediction: str, accepted: Sequence[str]) -> Rouge:
    """The ROUGE-L of the accepted answer that gives the best F1; zeros when either side has no word.

    Lin (2004): with LCS the longest common subsequence of words, precision = LCS / words of the prediction, recall = LCS / words
    of the answer, F1 = 2·P·R / (P + R). Words are lower-case runs of a-z and 0-9, in Latin script.
    """
    scores = (_rouge_l(prediction, answer) for answer in accepted)
    return max(scores, key=lambda score: score.f1, default=Rouge(0.0, 0.0, 0.0))


def _gold(accepted: Sequence[str]) -> Sequence[str]:
    """The accepted answers that keep a word when normalised; none left means that only silence is right (SQuAD 2.0)."""
    return [answer for answer in accepted if normalise(answer)] or [""]


def _f1(prediction: str, answer: str) -> float:
    predicted, expected = _words(prediction, answer)
    if not predicted or not expected:
        return float(predicted == expected)
    shared = sum((Counter(predicted) & Counter(expected)).values())
    return 2 * shared / (len(predicted) + len(expected))


def _words(prediction: str, answer: str) -> tuple[list[str], list[str]]:
    """The words of both, as they are compared."""
    if is_unspaced(prediction) or is_unspaced(answer):
        return forms_of(prediction), forms_of(answer)
    return normalise(prediction).split(), normalise(answer).split()


def _rouge_words(prediction: str, answer: str) -> tuple[list[str], list[str]]:
    foreign = _LETTER.search(answer) and not _LATIN.search(answer)
    if foreign or is_unspaced(prediction) or is_unspaced(answer):
        return forms_of(prediction), forms_of(answer)
    return _ROUGE_TOKEN.findall(prediction.lower()), _ROUGE_TOKEN.findall(answer.lower())


def _rouge_l(prediction: str, answer: str) -> Rouge:
    from rapidfuzz.distance import LCSseq

    predicted, expected = _rouge_words(prediction, answer)
    common = LCSseq.similarity(predicted, expected)
    if not common:
        return Rouge(0.0, 0.0, 0.0)
    return Rouge(common / len(predicted), common / len(expected), 2 * common / (len(predicted) + len(expected)))
