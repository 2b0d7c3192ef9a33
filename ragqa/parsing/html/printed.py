"""What the pages of a book keep of its printed edition: the numbers of pages between the words, and notes by bare numbers."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import remove, to_elements
from ragqa.parsing.raised import raised

_PAGE_BREAK = (
    r"[epub\:type~='pagebreak'], [role='doc-pagebreak'], [class~='pagenum' i], [class~='pageno' i], [class~='pagebreak' i]"
)
_PAGE_NUMBER = re.compile(r"[\[({]?\s*(?:(?:p|pg|page|seite)\b\.?\s*)?(?:\d{1,5}|[ivxlc]{1,9})\s*[\])}]?", re.IGNORECASE)
_NOTE = r"[epub\:type~='noteref'], [role='doc-noteref']"
_NOTE_NUMBER = re.compile(r"\d{1,4}")
_SWITCH, _CASE, _OTHERWISE = r"epub\:switch", r"epub\:case", r"epub\:default"


def read_as_printed(tree: LexborHTMLParser) -> None:
    """Take out the numbers of printed pages, which may stand within a word, and raise those of notes; of what is there in several
    forms keep one."""
    for offered in reversed(to_elements(tree, _SWITCH)):
        _choose(offered)
    remove([mark for mark in to_elements(tree, _PAGE_BREAK) if _PAGE_NUMBER.fullmatch(" ".join(mark.text().split()))])
    for note in to_elements(tree, _NOTE):
        number = note.text().strip()
        if _NOTE_NUMBER.fullmatch(number) and note.css_first("sup") is None and not _is_raised(note):
            note.replace_with(raised(number))


def _choose(offered: LexborNode) -> None:
    """Of several forms of one thing keep the first that says something: a case's, or else the one for all others."""
    forms = [*offered.css(_CASE), *offered.css(_OTHERWISE)]
    chosen = next((form for form in forms if form.text().strip()), None)
    remove([form for form in forms if chosen is None or form.mem_id != chosen.mem_id])
    if chosen is not None:
        chosen.unwrap()


def _is_raised(note: LexborNode) -> bool:
    return note.parent is not None and note.parent.tag == "sup"
