"""What documents are labelled with, on pages: what can be chosen of it, what is chosen, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ragqa.display import one_line
from ragqa.engine import RagQA
from ragqa.errors import UsageError
from ragqa.metadata import folded, parsed, wanted

MOST_FACETS, MOST_OPTIONS = 8, 100
"""Keys that are chosen from lists, and values of such a list; of other keys a label is typed."""

MOST_KNOWN = 300
"""Labels that are offered where one is typed."""

BETWEEN = ";"
"""Stands between labels that are typed together."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A label: `text` is brand=Aqua, `address` leads to where it is chosen or, where it is, to where it is not."""

    text: str
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A key with what can be chosen of it: labels, each with its value and how many documents have it. `chosen`: some value is
    chosen already, and another one would widen the search."""

    key: str
    options: tuple[tuple[str, str, int], ...]
    chosen: bool


@dataclass(frozen=True, slots=True)
class Labels:
    """What can be chosen: `facets` from lists, and, where those have not all, one of `known`, or any other that is typed; and the
    `tags` that are chosen."""

    facets: tuple[Facet, ...] = ()
    known: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be chosen."""
        return not self.facets and not self.known


Counts = Mapping[str, Mapping[str, int]]
"""How many documents have each value, by key."""


def choice_of(counts: Counts, chosen: Sequence[str], address: Callable[[Sequence[str]], str]) -> Labels:
    """What can be chosen beside the labels that are; `address` is that of the page with other ones."""
    taken = {(key, folded(value)) for key, _, value in (one.partition("=") for one in chosen)}
    short = [key for key, values in counts.items() if len(values) <= MOST_OPTIONS][:MOST_FACETS]
    facets = [
        Facet(
            one_line(key),
            tuple((f"{key}={one}", one_line(one), n) for one, n in counts[key].items() if (key, folded(one)) not in taken),
            any(key == other for other, _ in taken),
        )
        for key in short
    ]
    rest = {key: values for key, values in counts.items() if key not in short}
    tags = [Tag(one, words_of(one), address([other for other in chosen if other != one])) for one in chosen]
    return Labels(tuple(one for one in facets if one.options), known_of(rest), tuple(tags))


def known_of(counts: Counts) -> tuple[str, ...]:
    """The first labels that there are."""
    texts = (f"{key}={value}" for key, values in counts.items() for value in values)
    return tuple(text for text, _ in zip(texts, range(MOST_KNOWN), strict=False))


def words_of(label: str) -> str:
    """A label as people read it."""
    key, _, value = label.partition("=")
    return one_line(f"{key}: {value}")


def relabel(engine: RagQA, documents: Sequence[int], typed: str, taking: bool) -> int:
    """Label documents with what was typed, as brand=Aqua; model=K1, beside what they have, or take that off them; brand= takes
    all of that key off. Returns how many are labelled otherwise now. Raises UsageError, IndexBusy or StorageError."""
    given = parsed(filter(None, map(str.strip, typed.split(BETWEEN))))
    if not taking:
        given = dict(wanted(given))
    if not documents or not given:
        raise UsageError("nothing was labelled", hint="Choose documents, and type a label such as brand=Aqua.")
    changes = []
    for document in documents:
        known = engine.opened.labels.of(document)
        for key, values in given.items():
            others = {folded(value) for value in values}
            kept = [one for one in known.get(key, ()) if values and folded(one) not in others]
            changes.append((document, {key: kept if taking else [*kept, *values]}))
    return engine.label(changes)
