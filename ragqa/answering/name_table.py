"""Where the names of an index's documents are looked up: in its database, or in memory where another version wrote the index."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from ragqa.files import storage_errors
from ragqa.indexing.database import meta
from ragqa.indexing.index import Index
from ragqa.indexing.keys import NAMED_BY, following_term, holders, words_with
from ragqa.text.names import names_of


class NameTable(Protocol):
    """The terms and words that name documents. To be asked within a snapshot of the generation it was made for.

    Safe for threads.
    """

    def holders(self, index: Index, term: str) -> tuple[int, ...]:
        """The ids, ascending, of the documents that a term may name."""
        ...

    def following(self, index: Index, term: str) -> str | None:
        """The first term, in the order of their letters, that is this one or comes after it."""
        ...

    def words_with(self, index: Index, first: str) -> Sequence[str]:
        """The words of names that begin with a letter, sorted."""
        ...


class StoredNames:
    """The names that the index itself keeps: a question reads only those it asks for, however many documents there are."""

    def holders(self, index: Index, term: str) -> tuple[int, ...]:
        with index.connection() as connection, storage_errors(index.folder):
            return holders(connection, term)

    def following(self, index: Index, term: str) -> str | None:
        with index.connection() as connection, storage_errors(index.folder):
            return following_term(connection, term)

    def words_with(self, index: Index, first: str) -> Sequence[str]:
        with index.connection() as connection, storage_errors(index.folder):
            return words_with(connection, first)


class GatheredNames:
    """The names gathered from titles and paths of all documents; never changed."""

    def __init__(self, documents: Iterable[tuple[int, str, str, str]]) -> None:
        """`documents` are id, path, title and language of each, by id."""
        held: dict[str, list[int]] = defaultdict(list)
        spelt: dict[str, set[str]] = defaultdict(set)
        for document, path, title, code in documents:
            terms, words = names_of(path, title, code)
            for term in terms:
                held[term].append(document)
            for word in words:
                spelt[word[0]].add(word)
        self._holders = {term: tuple(found) for term, found in held.items()}
        self._terms = sorted(held)
        self._spelt = {letter: sorted(words) for letter, words in spelt.items()}

    def holders(self, index: Index, term: str) -> tuple[int, ...]:
        return self._holders.get(term, ())

    def following(self, index: Index, term: str) -> str | None:
        at = bisect_left(self._terms, term)
        return self._terms[at] if at < len(self._terms) else None

    def words_with(self, index: Index, first: str) -> Sequence[str]:
        return self._spelt.get(first, ())


def name_table(index: Index) -> NameTable:
    """The names of the calling thread's snapshot."""
    with index.connection() as connection, storage_errors(index.folder):
        stored = meta(connection, "named_by", "") == NAMED_BY
    return StoredNames() if stored else GatheredNames(index.names())
