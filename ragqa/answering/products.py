"""Which product a question means: the words of it that name some manuals of an index rather than others.

Nobody says of a word that it is a name. It names a manual when it stands in the manual's title, file name or folder, and the
better, the fewer manuals have it at all, and the more of those that have it have it there: "display" stands in most manuals and
names none, though it be in a title. What stands in titles and paths is kept with the index (see name_table.py); where else a word
stands is asked of the lexical search, when a question has it, and remembered.
"""

from __future__ import annotations

import math
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from weakref import WeakKeyDictionary

from ragqa.answering.name_table import NameTable, name_table
from ragqa.indexing.index import Index
from ragqa.text.analysis import fold, index_terms, query_terms
from ragqa.text.names import (
    KIND,
    NameWord,
    can_be_misspelt,
    is_model,
    is_numbered,
    is_part,
    looks_like_a_name,
    numbered_names,
    question_words,
)
from ragqa.types import Meant

COMMON = 1 / 20
"""Share of an index's documents from which on a word becomes less of a name; in small libraries one document is as good."""

LOOKED_AT = 1000
"""Best chunks by which it is told in which documents a word stands."""

BY_BEGINNING, BY_SPELLING, BY_KIND, BY_FRONT = 0.8, 0.7, 0.5, 0.5
"""What a model number counts that is known by its beginning, a word that is spelt nearly as a name, a kind of product, and a word
that stands on the first page only, where a name counts 1."""

FRONT = 2000
"""Characters of a document that count as its first page: some 300 words."""

LEAST = 0.05
"""Strength under which a word is no name."""

SURE, NEAR = 0.5, 0.6
"""Strength from which it is said that a manual is meant; share of the best one's strength from which another fits as well."""

MOST_MEANT = 20
"""Documents that a question may mean; more are a kind of thing, not a product."""

MOST_NUMBERED = 500
"""Documents with a word in their names that are looked at for the number behind it ("iPhone 12"); where more have it, none is."""

MOST_REMEMBERED = 20_000
"""Words of questions whose meaning is remembered; then it is begun anew, since most of them never come again."""

GENERATIONS_KEPT = 2
"""States of an index whose names are remembered: the newest, and one that a thread may still be reading."""


@dataclass(frozen=True, slots=True)
class Named:
    """A document that a question's words name: how strongly, 0 to 1 for the best one, and the words, as they were typed.

    `titles` are those of the words that stand in its title or path.
    """

    strength: float
    words: tuple[str, ...]
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Term:
    """A term of names: the documents that it names, what it counts there, and whether it stands in their titles or paths."""

    documents: tuple[int, ...]
    strength: float
    titles: bool = True


NOTHING = _Term((), 0.0, titles=False)


class Names:
    """The names of the documents of one generation. Never changed, but for what it remembers; threads may share it."""

    def __init__(self, table: NameTable, count: int, codes: Sequence[str]) -> None:
        """`table` holds the names of `count` documents, which are written in the languages `codes`."""
        self._table, self.count, self._codes = table, count, tuple(codes)
        self._known: dict[NameWord, _Term] = {}

    def named(self, index: Index, question: str) -> dict[int, Named]:
        """The documents that the question's words name, by id, each with its strength; to be called within a snapshot of this
        generation."""
        found: dict[int, dict[str, float]] = defaultdict(dict)
        titles: set[str] = set()
        terms = [(word, self._term(index, word)) for word in question_words(question, self._codes)]
        models = [word.words for word, term in terms if term.documents and term.titles and is_numbered(word)]
        for word, term in terms:
            if any(word.words != model and is_part(word.words, model) for model in models):
                continue  # the "iPhone" of "iPhone 12" names no other iPhone
            if term.titles:
                titles.add(word.words)
            for document in term.documents:
                words = found[document]
                words[word.words] = max(term.strength, words.get(word.words, 0.0))
        distinct = {document: _without_parts(words) for document, words in found.items()}
        best = max((sum(words.values()) for words in distinct.values()), default=1.0)
        scale = min(best, 1.0) / best
        return {
            document: Named(sum(words.values()) * scale, tuple(words), tuple(word for word in words if word in titles))
            for document, words in distinct.items()
        }

    def _term(self, index: Index, word: NameWord) -> _Term:
        known = self._known.get(word)
        if known is None:
            known = self._weighed(index, word)
            if len(self._known) >= MOST_REMEMBERED:
                self._known = {}
            self._known[word] = known
        return known

    def _weighed(self, index: Index, word: NameWord) -> _Term:
        """What a word of a question counts, by the best way in which it can be a name."""
        if self.count < 2:  # whatever the one title says is said of all there is
            held = self._table.holders(index, word.term)
            return _Term(held, 1.0) if held else NOTHING
        documents = self._table.holders(index, word.term)
        if word.numbered:
            documents = self._numbered(index, word, documents)
            return self._in_names(index, documents, [word.term], 1.0) if documents else NOTHING
        if word.term.startswith(KIND):
            return self._rare(documents, frozenset(documents), BY_KIND)
        if documents:
            return self._in_names(index, documents, [word.term], 1.0)
        model = self._by_beginning(index, word)
        if model is not None:
            return self._in_names(index, self._table.holders(index, model), [model], BY_BEGINNING)
        if " " in word.words:
            return NOTHING
        name = self._by_spelling(index, word) if can_be_misspelt(fold(word.words)) else None
        if name is None and not looks_like_a_name(word):  # an ordinary word: the search is spared
            return NOTHING
        places = _places(index, [word.term])
        if not places and name is not None:
            stems = self._stems(name)
            near = {document for stem in stems for document in self._table.holders(index, stem)}
            return self._in_names(index, tuple(sorted(near)), stems, BY_SPELLING)
        if not looks_like_a_name(word):
            return NOTHING
        front = tuple(document for document, start in places.items() if start < FRONT)
        return replace(self._rare(front, frozenset(places), BY_FRONT), titles=False)

    def _in_names(self, index: Index, documents: tuple[int, ...], terms: Sequence[str], share: float) -> _Term:
        if not documents or share * self._rarity(len(documents)) < LEAST:  # whatever the texts say: the search is spared
            return NOTHING
        return self._rare(documents, _places(index, terms).keys() | frozenset(documents), share)

    def _rare(self, documents: tuple[int, ...], everywhere: Set[int], share: float) -> _Term:
        """A term that names some of the documents in which it stands: the better, the fewer they are and the more of them."""
        if not documents:
            return NOTHING
        strength = share * self._rarity(len(everywhere)) * len(documents) / len(everywhere)
        return _Term(documents, strength) if strength >= LEAST else NOTHING

    def _numbered(self, index: Index, word: NameWord, held: tuple[int, ...]) -> tuple[int, ...]:
        """The documents that are known by a word and its number, typed in one (those held) or apart."""
        like = {document for term in self._stems(word.numbered) for document in self._table.holders(index, term)}
        stored = map(index.document, like if len(like) <= MOST_NUMBERED else ())
        return tuple(sorted({*held, *(one.id for one in stored if one and word.term in numbered_names(one.path, one.title))}))

    def _stems(self, word: str) -> list[str]:
        return [term for code in self._codes for term in index_terms(word, code)]

    def _rarity(self, documents: int) -> float:
        """How rare something is that so many documents have: 1 for what few have, 0 for what all have."""
        few = min(self.count, 1 / COMMON)
        return min(1.0, math.log(self.count / documents) / math.log(few))

    def _by_beginning(self, index: Index, word: NameWord) -> str | None:
        """A model number that begins with this one, or the longest with which this one begins; of what was typed in one."""
        term = word.term
        if not is_model(term) or term.isdigit() or " " in word.words:
            return None
        following = self._table.following(index, term)
        if following is not None and following.startswith(term):
            return following
        beginnings = (term[:length] for length in range(len(term) - 1, 0, -1))
        known = (one for one in beginnings if is_model(one) and not one.isdigit())  # 1500 W is not the Sentry 1500
        return next((one for one in known if self._table.holders(index, one)), None)

    def _by_spelling(self, index: Index, word: NameWord) -> str | None:
        """The name that is spelt nearly as a word which no manual has: one slip, of eight letters or more two."""
        from rapidfuzz.distance import OSA

        typed = fold(word.words)
        slips = 1 if len(typed) < 8 else 2
        near = (
            (OSA.distance(typed, one, score_cutoff=slips), one)
            for one in self._table.words_with(index, typed[:1])
            if abs(len(one) - len(typed)) <= slips
        )
        return min(((distance, one) for distance, one in near if distance <= slips), default=(0, None))[1]


def named_documents(index: Index, question: str) -> dict[int, Named]:
    """The documents of the index, by id, that the question's words name; most questions name none. Raises StorageError."""
    with index.snapshot():
        return _names(index).named(index, question)


def best_named(named: Mapping[int, Named]) -> frozenset[int]:
    """The documents that are clearly named, and about equally well; none where they are so many that it is no product."""
    best = max((one.strength for one in named.values()), default=0.0)
    fit = frozenset(document for document, one in named.items() if one.strength >= NEAR * best)
    return fit if best >= SURE and len(fit) <= MOST_MEANT else frozenset()


def without_names(question: str, named: Iterable[Named], codes: Sequence[str]) -> str:
    """The question without the words of these documents' titles and paths; itself where nothing to look for would be left.

    `codes` are the languages of the index. In the manual of the RTH2, "RTH2" stands on the title page and says nothing. What is
    known from a first page alone stays: it may be a part or a code.
    """
    words = {word for one in named for word in one.titles}
    told = question
    for word in sorted(words, key=len, reverse=True):
        told = re.sub(rf"(?<!\w)(?<!\w-){re.escape(word)}(?!-?\w)(?:['’]s(?!\w))?", " ", told)
    told = " ".join(told.split())
    sought = frozenset(query_terms(question, codes))
    return question if sought.isdisjoint(query_terms(told, codes)) else told  # of stop words alone, they are the terms


def meant(index: Index, question: str, within: Mapping[int, tuple[str, str]]) -> tuple[Meant, ...]:
    """The manuals that a question is taken to mean, best first: of those in `within`, path and title by id, the ones that its
    words clearly name. More than one: they fit about equally. None where there is but one manual. Raises StorageError."""
    if _names(index).count < 2:
        return ()
    named = named_documents(index, question)
    fit = best_named(named) & within.keys()
    order = sorted(fit, key=lambda document: (-named[document].strength, within[document]))
    return tuple(Meant(document, *within[document], named[document].words) for document in order)


def _without_parts(words: Mapping[str, float]) -> dict[str, float]:
    """The words, without those that are parts of others: UV-K5 is one name, not three."""
    kept: dict[str, float] = {}
    for one in sorted(words, key=len, reverse=True):
        if not any(is_part(one, other) for other in kept):
            kept[one] = words[one]
    return kept


def _places(index: Index, terms: Sequence[str]) -> dict[int, int]:
    """The documents that hold one of the terms, and where the first chunk of each begins that does, as the best ones tell."""
    return index.first_places(chunk for chunk, _ in index.search_lexical(terms, LOOKED_AT))


@dataclass(slots=True)
class _Shelf:
    """The names of the latest generations of each open index. Safe for threads: they wait for each other while names are read."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    held: WeakKeyDictionary[Index, dict[int, Names]] = field(default_factory=WeakKeyDictionary)

    def names(self, index: Index) -> Names:
        generation = index.generation
        with self.lock:
            known = self.held.setdefault(index, {})
            if generation not in known:
                known[generation] = _names_now(index)
                for old in sorted(known)[:-GENERATIONS_KEPT]:
                    del known[old]
            return known[generation] if generation in known else _names_now(index)


def _names_now(index: Index) -> Names:
    return Names(name_table(index), index.count_documents(), index.languages())


_SHELF = _Shelf()


def _names(index: Index) -> Names:
    return _SHELF.names(index)
