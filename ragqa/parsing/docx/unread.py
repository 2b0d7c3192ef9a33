"""What a Word file says that its document does not hold: looked for in the file as it is stored, apart from how it is read.

Not missed are deleted and moved text, the instructions of fields, tables of contents, indexes, headers, footers and comments.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lxml import etree

from ragqa.parsing.docx.names import TEXTS, drawn, value, w
from ragqa.parsing.docx.package import WordPackage
from ragqa.parsing.docx.settle import LISTS
from ragqa.parsing.docx.stylesheet import Stylesheet, is_contents
from ragqa.parsing.unread import Unread
from ragqa.types import Document

_PARTS = ("footnotes", "endnotes")
_DRAWINGS = ("chart", "diagramData")
_PARAGRAPHS = (w("p"), drawn("p"))
_QUOTED = 40


def unread(data: bytes, document: Document) -> list[Unread]:
    """The texts of a Word file that no block of `document` holds and no warning names, in the order of the file."""
    package = WordPackage(data)
    held = _Held(document)
    styles = Stylesheet(package.xml(package.related("styles") or ""))
    found: list[Unread] = []
    for part in _parts(package):
        root = package.xml(part)
        for number, texts in enumerate(_paragraphs(root, styles) if root is not None else (), start=1):
            missing = held.missing([text for text in texts if text])
            if missing:
                found.append(Unread(f"{part}, paragraph {number}", "".join(missing)))
    return found


class _Held:
    """The letters and figures of a document, looked through in order, so that a long one takes no long time."""

    def __init__(self, document: Document) -> None:
        self._text = _letters(document.text)
        self._said = _letters(" ".join(document.warnings))
        self._place = 0

    def missing(self, texts: list[str]) -> list[str]:
        """Those texts of a paragraph that are nowhere, or none if a warning quotes them."""
        if self._holds(_letters("".join(texts))):
            return []
        missing = [text for text in texts if not self._holds(_letters(text))]
        return [] if _letters("".join(missing))[:_QUOTED] in self._said else missing

    def _holds(self, letters: str) -> bool:
        place = self._text.find(letters, self._place)
        if place < 0:
            return letters in self._text
        self._place = place
        return True


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _parts(package: WordPackage) -> Iterator[str]:
    """The parts that hold text of the document itself."""
    own = [package.main, *filter(None, map(package.related, _PARTS))]
    yield from own
    for part in own:
        for relation in package.relations(part).values():
            if relation.kind in _DRAWINGS and not relation.external:
                yield relation.target


def _paragraphs(root: etree._Element, styles: Stylesheet) -> Iterator[list[str]]:
    """The texts of each paragraph that its reader sees."""
    silent = _silent(root)
    paragraphs: dict[etree._Element, list[str]] = {}
    for text in root.iter(*TEXTS):
        paragraph = next(text.iterancestors(*_PARAGRAPHS), root)
        texts = paragraphs.setdefault(paragraph, [])
        if text not in silent and not _is_gone(text):
            texts.append(text.text or "")
    for paragraph, texts in paragraphs.items():
        yield [] if is_contents(styles.of_paragraph(paragraph)) else texts


def _silent(root: etree._Element) -> set[etree._Element]:
    """The texts within the instructions of fields, and all of a field that is a table of contents or an index."""
    silent: set[etree._Element] = set()
    fields: list[tuple[list[etree._Element], list[str]]] = []
    for element in root.iter(w("fldChar"), w("instrText"), *TEXTS):
        kind = element.get(w("fldCharType"))
        if kind == "begin":
            fields.append(([], []))
        elif not fields:
            continue
        elif kind == "separate" and "".join(fields[-1][1]).split()[:1] not in [[name] for name in LISTS]:
            silent.update(fields[-1][0])
            fields[-1] = ([], ["result"])
        elif kind == "end":
            texts, instruction = fields.pop()
            silent.update(texts if instruction != ["result"] else ())
        elif element.tag == w("instrText"):
            fields[-1][1].append(element.text or "")
        else:
            fields[-1][0].append(element)
    return silent


def _is_gone(text: etree._Element) -> bool:
    """Whether a text is deleted, moved away, or a line of a control that is a table of contents."""
    for outer in text.iterancestors(w("del"), w("moveFrom"), w("tr"), w("tc"), w("sdt")):
        tag = outer.tag
        if tag in (w("del"), w("moveFrom")):
            return True
        if tag == w("sdt") and value(outer, "sdtPr", "docPartObj", "docPartGallery") == "Table of Contents":
            return True
        marks = outer.find(w("trPr")) if tag == w("tr") else outer.find(w("tcPr")) if tag == w("tc") else None
        if marks is not None and any(marks.find(w(name)) is not None for name in ("del", "cellDel")):
            return True
    return False
