"""What all readers of a Word file share: its styles, lists and notes, and how its blocks follow each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from lxml import etree

from ragqa.errors import RagqaError
from ragqa.parsing.docx import embedded, styles, stylesheet
from ragqa.parsing.docx.drawings import drawn_lines
from ragqa.parsing.docx.embedded import Budget
from ragqa.parsing.docx.inline import Inline, InlineReader, Reference
from ragqa.parsing.docx.names import TEXTS, children, m, switch, w
from ragqa.parsing.docx.numbering import BULLET, ListPlace, Numbering
from ragqa.parsing.docx.omissions import Omissions
from ragqa.parsing.docx.package import WordPackage, reference
from ragqa.parsing.docx.settle import is_contents, is_removed, settle
from ragqa.parsing.docx.stylesheet import Style, Stylesheet
from ragqa.types import Document

_BLOCKS = (w("p"), w("tbl"), w("altChunk"), w("subDoc"))
_STRAY = (w("r"), w("hyperlink"), w("fldSimple"), m("oMath"), m("oMathPara"))
_MOST_MEASURED = 2000
Attached: TypeAlias = etree._Element | Reference


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of the text: a paragraph with what stands in it, or anything else, such as a table, with none."""

    element: etree._Element
    inline: Inline | None = None


class Story:
    """One Word file while it is read. `part` is the part that is being read; not for use by several threads."""

    def __init__(self, package: WordPackage, budget: Budget, read_word: Callable[[bytes, str, Budget], Document]) -> None:
        self.package = package
        self.omissions = Omissions()
        self.part = package.main
        self.waiting: list[tuple[str, Attached]] = []
        self.styles = Stylesheet(self._root("styles"))
        self.numbering = Numbering(self._root("numbering"), self.styles)
        self.used: set[Reference] = set()
        self._budget = budget
        self._read_word = read_word
        self._inline = InlineReader(self.styles, self.omissions)
        self._notes: dict[str, dict[str, etree._Element]] = {}
        self._typescript: bool | None = None

    def root(self, part: str | None) -> etree._Element | None:
        """A part as its reader sees it; None where there is nothing to read."""
        root = self.package.xml(part) if part is not None else None
        return None if root is None else settle(root, self.omissions)

    def _root(self, kind: str) -> etree._Element | None:
        return self.root(self.package.related(kind))

    @contextmanager
    def within(self, part: str) -> Iterator[None]:
        """While what is read stands in another part."""
        outer, self.part = self.part, part
        try:
            yield
        finally:
            self.part = outer

    def pieces(self, parent: etree._Element) -> Iterator[Piece]:
        """The blocks below `parent`. One whose end is deleted or hidden goes on in the next, so does a large initial."""
        carried = stray = Piece(parent, Inline())
        for block in _blocks(parent):
            if block.tag in _STRAY:
                stray = Piece(block, self._inline.read(block).after(stray.inline or Inline()))
                continue
            yield from _kept(stray)
            stray = Piece(parent, Inline())
            if block.tag != w("p"):
                yield from _kept(carried)
                carried = Piece(parent, Inline())
                yield Piece(block)
                continue
            piece = Piece(block, self._inline.read(block).after(carried.inline or Inline()))
            is_open = _goes_on(block)
            carried = piece if is_open else Piece(parent, Inline())
            if not is_open:
                yield piece
        yield from _kept(stray)
        yield from _kept(carried)

    def place(self, paragraph: etree._Element, chain: tuple[Style, ...], text: str) -> ListPlace | None:
        """The place of a paragraph in a list. An empty one counts too, but not one that is hidden."""
        if not text.strip() and switch(paragraph.find(f"{w('pPr')}/{w('rPr')}"), "vanish"):
            return None
        return self.numbering.place(paragraph, chain)

    def marked(self, piece: Piece) -> str:
        """A paragraph's text with its marker, for where lists are no blocks of their own: in cells and boxes."""
        chain = self.styles.of_paragraph(piece.element)
        text = piece.inline.text if piece.inline is not None else ""
        if stylesheet.is_contents(chain):
            return ""
        place = self.place(piece.element, chain, text)
        listed = stylesheet.list_style(chain)
        marker = place.marker if place is not None else BULLET if listed is not None and not listed[0] else ""
        return f"{marker} {text}".strip() if text.strip() or marker != BULLET else ""

    def is_typewritten(self, paragraph: etree._Element, within_code: bool) -> bool:
        """Whether all letters of a paragraph are of a typewriter's font, in a text that is not all written in one; an empty one
        counts `within_code`, if those are the letters it would have."""
        fonts = [self._font(text, paragraph) for text in paragraph.iter(w("t")) if (text.text or "").strip()]
        if not fonts and within_code and next(paragraph.iter(*TEXTS), None) is None:
            mark = paragraph.find(f"{w('pPr')}/{w('rPr')}")
            return styles.is_typewriter(self.styles.font(mark.getparent() if mark is not None else None, paragraph))
        return bool(fonts) and all(map(styles.is_typewriter, fonts)) and not self._is_a_typescript()

    def _font(self, text: etree._Element, paragraph: etree._Element) -> str:
        return self.styles.font(next(text.iterancestors(w("r")), None), paragraph)

    def _is_a_typescript(self) -> bool:
        """Whether most of the text is in a typewriter's font, which then says nothing."""
        if self._typescript is None:
            root = self.package.xml(self.package.main)
            letters: Counter[bool] = Counter()
            for paragraph in islice(root.iter(w("p")) if root is not None else (), _MOST_MEASURED):
                for text in paragraph.iterfind(f"{w('r')}/{w('t')}"):
                    letters[styles.is_typewriter(self._font(text, paragraph))] += len((text.text or "").strip())
            self._typescript = letters[True] > letters[False]
        return self._typescript

    def wait(self, attached: Attached) -> None:
        """Keep what hangs on a block until the block's list or table is at its end."""
        self.waiting.append((self.part, attached))

    def note(self, found: Reference) -> tuple[str, etree._Element] | None:
        """A foot- or endnote and the part it stands in, once; None where there is none or it was read before."""
        notes = self.notes(found.kind)
        part = self.package.related(found.kind)
        if found in self.used or part is None or found.id not in notes:
            return None
        self.used.add(found)
        return part, notes[found.id]

    def notes(self, kind: str) -> dict[str, etree._Element]:
        """The notes of a kind by their number, without the lines that set them apart."""
        if kind not in self._notes:
            root = self._root(kind)
            own = [note for note in children(root) if note.get(w("type"), "normal") == "normal"] if root is not None else []
            self._notes[kind] = {note.get(w("id")) or "": note for note in own}
        return self._notes[kind]

    def referred(self, found: Reference) -> etree._Element | None:
        """The root of the part that a drawing shows; None, and said, where it cannot be read."""
        relation = self.package.relations(self.part).get(found.id)
        root = self.root(relation.target) if relation is not None and not relation.external else None
        if root is None:
            self.omissions.add(f"a {found.kind} whose part is missing")
        return root

    def taken_in(self, element: etree._Element) -> Document | None:
        """The document that an `altChunk` takes in; None, and said, where it cannot be read."""
        relation = self.package.relations(self.part).get(reference(element))
        if element.tag == w("subDoc") or relation is None or relation.external:
            self.omissions.add("a document that is kept in another file", relation.target if relation is not None else "")
            return None
        data = self.package.read(relation.target)
        if data is None:
            self.omissions.add("a document that is taken in and missing", relation.target)
            return None
        suffix = embedded.suffix_of(relation.target, self.package.content_type(relation.target), data)
        try:
            self._budget.take(len(data))
            if suffix in (".docx", ".docm", ".dotx", ".dotm"):
                return self._read_word(data, relation.target, self._budget.deeper())
            return embedded.read_text_format(data, relation.target, suffix)
        except RagqaError as error:
            self.omissions.add(f"a document that is taken in ({error.message})", relation.target)
            return None


def _goes_on(paragraph: etree._Element) -> bool:
    """Whether a paragraph has no end that its reader sees. One that is hidden to part a heading from the text on its line has."""
    properties = paragraph.find(w("pPr"))
    if properties is None:
        return False
    frame, mark = properties.find(w("framePr")), properties.find(w("rPr"))
    if frame is not None and frame.get(w("dropCap"), "none") != "none":
        return True
    return is_removed(mark) or (bool(switch(mark, "vanish")) and not switch(mark, "specVanish"))


def _kept(piece: Piece) -> Iterator[Piece]:
    inline = piece.inline
    if inline is not None and (inline.text or inline.boxes or inline.references):
        yield piece


def _blocks(parent: etree._Element) -> Iterator[etree._Element]:
    """The blocks below `parent`, also those in content controls and other wraps; a table of contents in one is left out."""
    for child in children(parent):
        tag = child.tag
        if tag in _BLOCKS or tag in _STRAY:
            yield child
        elif not (tag.endswith("Pr") or (tag == w("sdt") and is_contents(child))):
            yield from _blocks(child)


def shape_lines(shape: etree._Element) -> list[str] | None:
    """The lines of a shape that holds plain text; None where it holds blocks."""
    if shape.tag == w("txbxContent"):
        return None
    words = shape.get("string")
    return [words] if words else drawn_lines(shape)
