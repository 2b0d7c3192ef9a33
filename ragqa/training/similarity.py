"""How much of an answer a span holds, word by word, and the span that holds it best.

Similarity is the F1 of the words that answer and span share in order (their longest common subsequence):
2 · shared / (answer + span), so that a span is neither too short nor too long for its answer. A number weighs two words; a word
with a typo shares `TYPO_SHARE` of itself. A number or a negation that says otherwise on the other side ("5 bar" for "9 bar",
"do not open" for "open") adds `CONFLICT` words that nothing shares: about the sentence that it makes false.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

NUMBER_WEIGHT, TYPO_SHARE, CONFLICT = 2.0, 0.9, 12.0
CLOSE_BY = 4
"""Unmatched words at one place, at most, for a number or negation among them to contradict the other side."""
LONG_WORD, VERY_LONG_WORD = 5, 10
"""Letters of a word in which one, and two, may be typed wrong. In shorter words a letter makes another word."""
_NEGATIONS = frozenset(
    {
        *(
            "not",
            "no",
            "never",
            "without",
            "cannot",
            "nor",
            "neither",
            "none",
            "dont",
            "doesnt",
            "didnt",
            "cant",
            "couldnt",
            "wont",
        ),
        *("wouldnt", "shouldnt", "isnt", "arent", "wasnt", "werent", "mustnt", "hasnt", "havent"),
        *("nicht", "kein", "keine", "keinen", "keinem", "keiner", "nie", "niemals", "ohne"),
        *(
            "pas",
            "jamais",
            "sans",
            "aucun",
            "aucune",
            "ne",
            "nunca",
            "sin",
            "non",
            "niet",
            "geen",
            "nooit",
            "不",
            "没",
            "勿",
            "未",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class SharedSpan:
    """A span of words, `first` to `last` both included, its similarity to the answer in 0..1, how many words they share."""

    first: int
    last: int
    similarity: float
    shared: int


def best_span(answer: Sequence[str], words: Sequence[str], low: int, high: int) -> SharedSpan | None:
    """The span within words[low:high] most similar to `answer`; it begins and ends with a shared word. None: they share none."""
    region = words[low:high]
    answer, share = _with_typos_mended(answer, region)
    first, last = 0, len(region)
    pairs: Sequence[tuple[int, int]] = ()
    # The longest common subsequence of a wide region may take in stray words; once more within the span it closes up.
    for _ in range(2):
        pairs = _common(answer, region, first, last)
        if not pairs:
            return None
        pairs = _densest(pairs, answer, region, share)
        first, last = pairs[0][1], pairs[-1][1] + 1
    shared = sum(_weight(answer[i]) * share[i] for i, _ in pairs)
    both = sum(map(_weight, answer)) + sum(map(_weight, region[first:last]))
    conflicts = sum(_conflict(ours, theirs) for ours, theirs in _gaps(pairs, answer, words, low))
    return SharedSpan(low + first, low + last - 1, 2 * shared / (both + CONFLICT * conflicts), len(pairs))


def typo_of(word: str, others: Iterable[str]) -> str | None:
    """The one of `others` that `word` may be a mistyping of: same first letter, no digits, long enough; None where none is."""
    from rapidfuzz.distance import Levenshtein

    if len(word) < LONG_WORD or not word.isalpha():
        return None
    most = 1 if len(word) < VERY_LONG_WORD else 2
    close = (
        (Levenshtein.distance(word, other, score_cutoff=most), other)
        for other in others
        if other[0] == word[0] and len(other) >= LONG_WORD and other.isalpha()
    )
    distance, best = min(close, default=(most + 1, None))
    return best if distance <= most else None


def _with_typos_mended(answer: Sequence[str], region: Sequence[str]) -> tuple[list[str], list[float]]:
    """The answer in the region's spelling, and the share of itself that each of its words then has."""
    there, ours = frozenset(region), frozenset(answer)
    others = there - ours
    mended = [word if word in there else typo_of(word, others) for word in answer]
    share = [1.0 if word == new else TYPO_SHARE for word, new in zip(answer, mended, strict=True)]
    return [new or word for word, new in zip(answer, mended, strict=True)], share


def _common(answer: Sequence[str], region: Sequence[str], first: int, last: int) -> list[tuple[int, int]]:
    """The pairs (place in answer, place in region) of a longest common subsequence with region[first:last]."""
    from rapidfuzz.distance import LCSseq

    blocks = LCSseq.opcodes(answer, region[first:last])
    return [
        (block.src_start + step, first + block.dest_start + step)
        for block in blocks
        if block.tag == "equal"
        for step in range(block.src_end - block.src_start)
    ]


def _densest(
    pairs: Sequence[tuple[int, int]], answer: Sequence[str], region: Sequence[str], share: Sequence[float]
) -> Sequence[tuple[int, int]]:
    """The run of successive pairs whose F1 is largest.

    F1 is a ratio, shared words to words; Dinkelbach's method (1967) maximises it by maximising shared - ratio · words, a largest
    sum of a run (Kadane), with the last run's ratio until it grows no more.
    """
    whole = sum(map(_weight, answer))
    length = [0.0, *accumulate(map(_weight, region))]
    gain = [2 * _weight(answer[i]) * share[i] for i, _ in pairs]
    ratio, best = 0.0, (0, len(pairs))
    while True:
        first, last = best
        new = sum(gain[first:last]) / (whole + length[pairs[last - 1][1] + 1] - length[pairs[first][1]])
        if new <= ratio + 1e-9:
            return pairs[first:last]
        ratio, run, begin = new, float("-inf"), 0
        top = run
        for k, (_, place) in enumerate(pairs):
            cost = length[place + 1] - length[pairs[k - 1][1] + 1] if k else 0.0
            joined, alone = run + gain[k] - ratio * cost, gain[k] - ratio * _weight(region[place])
            run, begin = (joined, begin) if k and joined > alone else (alone, k)
            if run > top:
                top, best = run, (begin, k + 1)


def _gaps(
    pairs: Sequence[tuple[int, int]], answer: Sequence[str], words: Sequence[str], low: int
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """The unmatched words of answer and text that face each other; at the ends, the text's one word outside the span."""
    (i, j), (m, n) = pairs[0], pairs[-1]
    yield answer[:i], words[max(0, low + j - 1) : low + j]
    for (i, j), (m, n) in pairwise(pairs):
        yield answer[i + 1 : m], words[low + j + 1 : low + n]
    yield answer[m + 1 :], words[low + n + 1 : low + n + 2] if len(answer) > m + 1 else ()


def _conflict(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether one side negates what the other does not, or both give numbers and not the same."""
    if len(ours) > CLOSE_BY or len(theirs) > CLOSE_BY or not (ours or theirs):
        return False
    numbers, others = (frozenset(filter(_is_number, side)) for side in (ours, theirs))
    if numbers and others and numbers != others:
        return True
    return _NEGATIONS.isdisjoint(ours) != _NEGATIONS.isdisjoint(theirs)


def _is_number(word: str) -> bool:
    return any(map(str.isdigit, word))


def _weight(word: str) -> float:
    return NUMBER_WEIGHT if _is_number(word) else 1.0
