"""What documents and chunks are looked up by, beside their ids: paths, the words that name a product, headings, terms.

Written with each document in the same transaction, so that no question reads all documents, or all chunks, to find a few.
"""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import translate
from glob import escape

from ragqa.text.analysis import ANALYSER_VERSION, index_terms
from ragqa.text.names import NAMES_VERSION, names_of

PATH, TERM, WORD = "path", "term", "word"
"""Kinds of names: a document's case-folded path and each end of it after a slash; a term that may name it; a word of its title
or path as it is spelt."""

NAMED_BY = f"{ANALYSER_VERSION}.{NAMES_VERSION}"
"""What made the names, as the database notes it; names that another version made are not looked at."""

BETWEEN = "\x1f"
"""Stands between the headings of a case-folded path."""

_PATHS = "SELECT id, path FROM documents"
_WILD = re.compile(r"[*?[]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(r"\[([*?[])\]")


def chunk_terms(title: str, section: tuple[str, ...], text: str, language: str) -> list[str]:
    """What the lexical search knows of a chunk: the terms of its document's title, its heading path and its text, as that
    document's language makes them."""
    return [*index_terms(" ".join((title, *section)), language), *index_terms(text, language)]


def put_names(connection: sqlite3.Connection, document_id: int, path: str, title: str, language: str) -> None:
    """Note what a document is called; what it was called before is forgotten."""
    terms, words = names_of(path, title, language)
    named = [(PATH, end) for end in _ends(path.casefold())] + [(TERM, term) for term in terms] + [(WORD, word) for word in words]
    connection.execute("DELETE FROM names WHERE document_id = ?", (document_id,))
    connection.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", ((*name, document_id) for name in named))


def put_sections(connection: sqlite3.Connection, sections: Iterable[str]) -> None:
    """Note the heading paths of chunks, each as the chunks have it: a JSON list."""
    rows = ((section, BETWEEN.join(json.loads(section)).casefold()) for section in sorted(set(sections)))
    connection.executemany("INSERT OR IGNORE INTO sections VALUES (?, ?)", rows)


def drop_sections(connection: sqlite3.Connection, sections: Iterable[str]) -> None:
    """Forget those of the heading paths that no chunk has any more."""
    connection.executemany(
        "DELETE FROM sections WHERE section = ?1 AND NOT EXISTS (SELECT 1 FROM chunks WHERE chunks.section = ?1)",
        ((section,) for section in sections),
    )


def sections_with(connection: sqlite3.Connection, parts: Sequence[str]) -> list[str]:
    """The heading paths, as the chunks have them, in whose headings case-folded parts occur, in any order."""
    if any(BETWEEN in part or not _is_storable(part) for part in parts):
        return []
    condition = " AND ".join(["instr(folded, ?)"] * len(parts))
    return [row[0] for row in connection.execute(f"SELECT section FROM sections WHERE {condition}", parts)]


def documents_called(connection: sqlite3.Connection, name: str, noted: bool = True) -> list[int]:
    """The ids, ascending, of the documents with this path, or whose path ends with it after a slash.

    Neither case matters nor whether accents are characters of their own, as some file systems write them. An index of an older
    schema has not `noted` what its documents are called: every path is looked at.
    """
    if not noted:
        return sorted(matching(connection.execute(_PATHS), escape(name)))
    forms = {unicodedata.normalize(form, name).casefold() for form in ("NFC", "NFD")} | {name.casefold()}
    return sorted({document for form in forms for document in _holding(connection, PATH, form)})


def documents_like(connection: sqlite3.Connection, glob: str, noted: bool = True) -> frozenset[int]:
    """The ids of the documents with this very path, also after a slash; else of those whose paths match a glob, also at any
    folder depth. Case and the way accents are written do not matter. `noted` is as for `documents_called`."""
    if not noted:
        return matching(connection.execute(_PATHS), glob)
    named = documents_called(connection, glob)  # first: "Kettle [EN].pdf" is a name that would not match itself
    if named:
        return frozenset(named)
    plain = _ESCAPED.sub("", glob)
    if not _WILD.search(plain):
        return frozenset(documents_called(connection, _ESCAPED.sub(r"\1", glob)))
    return matching(connection.execute(_PATHS), glob)


def matching(paths: Iterable[tuple[int, str]], glob: str) -> frozenset[int]:
    """The ids of the paths, given with them, that match a glob as `documents_like` says."""
    folded = _folded(glob)
    matches = re.compile(f"{translate(folded)}|{translate(f'*/{folded}')}").match
    named, like = set(), set()
    for document, path in ((document, _folded(path)) for document, path in paths):
        if f"/{path}".endswith(f"/{folded}"):
            named.add(document)
        elif matches(path):
            like.add(document)
    return frozenset(named or like)


def languages(connection: sqlite3.Connection) -> list[str]:
    """The codes of the languages that the documents are written in, each found by the one before: there are few, and may be many
    documents."""
    query = (
        "WITH RECURSIVE found (code) AS (SELECT min(language) FROM documents"
        " UNION ALL SELECT (SELECT min(language) FROM documents WHERE language > code) FROM found WHERE code IS NOT NULL)"
        " SELECT code FROM found WHERE code IS NOT NULL"
    )
    return [row[0] for row in connection.execute(query)]


def holders(connection: sqlite3.Connection, term: str) -> tuple[int, ...]:
    """The ids, ascending, of the documents that a term may name."""
    return tuple(_holding(connection, TERM, term))


def following_term(connection: sqlite3.Connection, term: str) -> str | None:
    """The first term of a name, in the order of their letters, that is this one or comes after it."""
    query = "SELECT name FROM names WHERE kind = ? AND name >= ? ORDER BY name LIMIT 1"
    row = connection.execute(query, (TERM, term)).fetchone()
    return row[0] if row else None


def words_with(connection: sqlite3.Connection, first: str) -> list[str]:
    """The distinct words of titles and paths that begin with a letter, sorted; each costs a look-up, whoever many have it."""
    following = "SELECT min(name) FROM names WHERE kind = ?1 AND name > {}"
    query = (
        f"WITH RECURSIVE found (word) AS (SELECT min(name) FROM names WHERE kind = ?1 AND name >= ?2"
        f" UNION ALL SELECT ({following.format('word')}) FROM found WHERE word >= ?2 AND word < ?3)"
        " SELECT word FROM found WHERE word < ?3"
    )
    if not first or ord(first[0]) >= 0x10FFFF:
        return []
    return [row[0] for row in connection.execute(query, (WORD, first[0], chr(ord(first[0]) + 1)))]


def _folded(path: str) -> str:
    """A path without regard to case, and with its accents composed: some file systems write them apart from their letters."""
    return unicodedata.normalize("NFC", path.casefold())


def _is_storable(text: str) -> bool:
    """Whether a text can stand in the database: half a surrogate, as undecodable bytes of a command line become, cannot."""
    return text.isascii() or not _SURROGATE.search(text)


def _holding(connection: sqlite3.Connection, kind: str, name: str) -> list[int]:
    if not _is_storable(name):
        return []
    query = "SELECT document_id FROM names WHERE kind = ? AND name = ? ORDER BY document_id"
    return [row[0] for row in connection.execute(query, (kind, name))]


def _ends(path: str) -> Iterator[str]:
    parts: Sequence[str] = path.split("/")
    return ("/".join(parts[first:]) for first in range(len(parts)))
