"""Questions that a passage almost answers: one detail changed, so that the honest reply is "it does not say".

Retrieved negatives teach a reader to pass over texts about something else. What people ask of manuals fails more narrowly: the
right section, the wrong model, unit, direction or number. Such questions are made from answerable ones by a swap that the passage
does not support.
"""

from __future__ import annotations

import random
import re

_OPPOSITES = (
    ("first", "last"), ("before", "after"), ("more", "less"), ("most", "least"), ("highest", "lowest"),
    ("largest", "smallest"), ("biggest", "smallest"), ("longest", "shortest"), ("maximum", "minimum"), ("greater", "smaller"),
    ("higher", "lower"), ("larger", "smaller"), ("earliest", "latest"), ("oldest", "newest"), ("increase", "decrease"),
    ("increased", "decreased"), ("upper", "lower"), ("northern", "southern"), ("north", "south"), ("eastern", "western"),
    ("east", "west"), ("left", "right"), ("front", "rear"), ("inside", "outside"), ("begin", "end"), ("start", "stop"),
    ("open", "close"), ("enable", "disable"), ("turn on", "turn off"), ("switch on", "switch off"), ("best", "worst"),
    ("win", "lose"), ("won", "lost"), ("male", "female"), ("hot", "cold"), ("full", "empty"), ("fast", "slow"),
    ("early", "late"), ("major", "minor"), ("public", "private"), ("add", "remove"), ("install", "uninstall"),
    ("indoor", "outdoor"), ("red", "green"), ("white", "black"), ("top", "bottom"), ("summer", "winter"), ("lock", "unlock"),
    ("connect", "disconnect"), ("import", "export"), ("receive", "send"), ("always", "never"), ("same", "different"),
)  # fmt: skip
_SWAPS = {one: other for pair in _OPPOSITES for one, other in (pair, pair[::-1])}
_OPPOSITE = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _SWAPS), key=len, reverse=True)) + r")\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:[.,]\d+)*(?![\w-]|[.,]\d)")
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:of\s+|the\s+)?[A-Z][\w’'-]*)*")
_VERB = re.compile(r"\b(?:is|are|was|were|does|did|do|can|could|will|would|should|has|have|had)\b", re.IGNORECASE)


def near_miss(question: str, context: str, answer: str, chance: random.Random) -> str | None:
    """The question with a detail swapped so that `context` no longer answers it, None where nothing can be swapped.

    A number or a name becomes another of the passage that is neither in the question nor in the answer; a word becomes its
    opposite, unless the passage has that too; or the question is negated.
    """
    ways = [_swap_name, _swap_number, _swap_opposite]
    chance.shuffle(ways)
    for way in (*ways, _negate):
        changed = way(question, context, answer, chance)
        if changed is not None and changed != question:
            return changed
    return None


def _swap_number(question: str, context: str, answer: str, chance: random.Random) -> str | None:
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    match = chance.choice(found)
    taken = {*_NUMBER.findall(question), *_NUMBER.findall(answer)}
    shape = re.sub(r"\d", "0", match.group())
    alike = sorted(other for other in set(_NUMBER.findall(context)) - taken if re.sub(r"\d", "0", other) == shape)
    others = alike or [other for other in _digit_changed(match.group()) if other not in taken]
    return _replaced(question, match, chance.choice(others)) if others else None


def _digit_changed(number: str) -> list[str]:
    """The numbers that differ from this one in one digit."""
    return [
        number[:place] + digit + number[place + 1 :]
        for place, old in enumerate(number)
        for digit in "123456789"
        if old.isdigit() and digit != old
    ]


def _swap_name(question: str, context: str, answer: str, chance: random.Random) -> str | None:
    found = [match for match in _NAME.finditer(question) if match.start() > 0]
    asked = question.lower()
    others = sorted({name for name in _names(context) if name.lower() not in asked and not _share_words(name, answer)})
    if not found or not others:
        return None
    return _replaced(question, chance.choice(found), chance.choice(others))


def _names(text: str) -> set[str]:
    """Capitalised words that do not begin a sentence."""
    return {match.group() for match in _NAME.finditer(text) if re.search(r"[\w,;]\s$", text[: match.start()][-2:])}


def _share_words(one: str, other: str) -> bool:
    return bool(set(re.findall(r"\w+", one.lower())) & set(re.findall(r"\w+", other.lower())))


def _swap_opposite(question: str, context: str, answer: str, chance: random.Random) -> str | None:
    held = context.lower()
    found = [
        match for match in _OPPOSITE.finditer(question) if not re.search(rf"\b{re.escape(_SWAPS[match.group().lower()])}\b", held)
    ]
    if not found:
        return None
    match = chance.choice(found)
    return _replaced(question, match, _SWAPS[match.group().lower()])


def _negate(question: str, context: str, answer: str, chance: random.Random) -> str | None:
    """The question with "not" after its first verb; seldom, because it is the least natural of the changes."""
    match = _VERB.search(question)
    if match is None or re.search(r"\b(?:not|never|no)\b|n't", question, re.IGNORECASE) or chance.random() < 0.7:
        return None
    return question[: match.end()] + " not" + question[match.end() :]


def _replaced(text: str, match: re.Match[str], other: str) -> str:
    return text[: match.start()] + other + text[match.end() :]
