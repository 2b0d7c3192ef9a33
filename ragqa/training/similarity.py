"""How much of an answer a span holds, word by word, and the span that holds it best.

Similarity is the F1 of the words that answer and span share in order (their longest common subsequence):
2 · shared / (answer + span), so that a span is neither too short nor too long for its answer. Words weigh what they tell; a word
with a typo shares `TYPO_SHARE` of itself. A number or a negation that says otherwise on the other side ("5 bar" for "9 bar",
"do not open" for "open") adds `CONFLICT` words that nothing shares: about the sentence that it makes false. The words that the
answer ends with and the span lacks add `MISSING_END` times themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

TYPO_SHARE, CONFLICT = 0.9, 12.0
MISSING_END = 3.0
"""How many times more the words of an answer's end count against a span that lacks them. Answers go from the general to the
point: a span without the introduction still answers, a span that is nothing but the introduction does not."""
CLOSE_BY = 4
"""Unmatched words at one place, at most, for a number or negation among them to contradict the other side."""
LONG_WORD, VERY_LONG_WORD = 5, 10
"""Letters of a word in which one, and two, may be typed wrong. In shorter words a letter makes another word."""
_NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        "not no never without cannot nor neither none dont doesnt didnt cant couldnt wont wouldnt shouldnt isnt arent wasnt "
        "werent mustnt hasnt havent nicht kein keine keinen keinem keiner nie niemals ohne pas jamais sans aucun aucune ne "
        "nunca sin non niet geen nooit 不 没 勿 未",
    )
)


@dataclass(frozen=True, slots=True)
class SharedSpan:
    """A span of words, `first` to `last` both included, its similarity to the answer in 0..1, how many words they share."""

    first: int
    last: int
    similarity: float
    shared: int


def best_span(
    answer: Sequence[str],
    words: Sequence[str],
    low: int,
    high: int,
    weight: Callable[[str], float],
    missing_end: float = MISSING_END,
) -> SharedSpan | None:
    """The span within words[low:high] most similar to `answer`; it begins and ends with a shared word. None: they share none.

    `weight` gives how much each word tells. The words of the answer's end that the span lacks count `missing_end` times more.
    """
    region = words[low:high]
    answer, share = _with_typos_mended(answer, region)
    ours, theirs = list(map(weight, answer)), list(map(weight, region))
    gains = [own * part for own, part in zip(ours, share, strict=True)]
    # What an answer costs whose span ends with each of its words.
    costs = [sum(ours) + missing_end * rest for rest in accumulate(reversed([*ours[1:], 0.0]))][::-1]
    pairs: list[tuple[int, int]] = []
    first, last = 0, len(region)
    # The longest common subsequence of a wide region may take in stray words; once more within the span it closes up.
    for _ in range(2):
        pairs = _common(answer, region, first, last)
        if not pairs:
            return None
        pairs = _grown(_densest(pairs, gains, theirs, costs), answer, region)
        first, last = pairs[0][1], pairs[-1][1] + 1
    conflicts = sum(_conflict(*gap) for gap in _gaps(pairs, answer, words, low))
    both = costs[pairs[-1][0]] + sum(theirs[first:last]) + CONFLICT * conflicts
    return SharedSpan(low + first, low + last - 1, 2 * sum(gains[i] for i, _ in pairs) / both, len(pairs))


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
    pairs: Sequence[tuple[int, int]], gains: Sequence[float], weights: Sequence[float], costs: Sequence[float]
) -> Sequence[tuple[int, int]]:
    """The run of successive pairs whose similarity is largest.

    `gains` is what each word of the answer shares, `costs` what the answer costs if it ends there, `weights` those of the region.
    Similarity is a ratio, shared words to words; Dinkelbach's method (1967) maximises it by maximising shared - ratio · words, a
    largest sum of a run (Kadane), with the last run's ratio until it grows no more.
    """
    up_to = [0.0, *accumulate(weights)]
    ratio, best = 0.0, (0, len(pairs))
    while True:
        first, last = best
        shared = 2 * sum(gains[i] for i, _ in pairs[first:last])
        new = shared / (costs[pairs[last - 1][0]] + up_to[pairs[last - 1][1] + 1] - up_to[pairs[first][1]])
        if new <= ratio + 1e-9:
            return pairs[first:last]
        ratio, run, top, begin, before = new, 0.0, float("-inf"), 0, 0
        for k, (i, j) in enumerate(pairs):
            run -= ratio * (up_to[j] - up_to[before])
            if run <= 0:
                run, begin = 0.0, k
            run += 2 * gains[i] - ratio * weights[j]
            before = j + 1
            if run - ratio * costs[i] > top:
                top, best = run - ratio * costs[i], (begin, k + 1)


def _grown(pairs: Sequence[tuple[int, int]], answer: Sequence[str], region: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs, and the shared words right before and after them that the subsequence found elsewhere."""
    (i, j), (m, n) = pairs[0], pairs[-1]
    before, after = [], []
    while i and j and answer[i - 1] == region[j - 1]:
        i, j = i - 1, j - 1
        before.append((i, j))
    while m + 1 < len(answer) and n + 1 < len(region) and answer[m + 1] == region[n + 1]:
        m, n = m + 1, n + 1
        after.append((m, n))
    return [*reversed(before), *pairs, *after]


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
    numbers, others = (frozenset(filter(is_number, side)) for side in (ours, theirs))
    if numbers and others and numbers != others:
        return True
    return _NEGATIONS.isdisjoint(ours) != _NEGATIONS.isdisjoint(theirs)


def is_number(word: str) -> bool:
    """Whether `word` is a number or has one in it, as codes do."""
    return any(map(str.isdigit, word))
