"""What stands in a paragraph: its text as a reader sees it, and what hangs on it: boxes, notes, drawings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ragqa.parsing.docx import equations
from ragqa.parsing.docx.names import TEXTS, children, drawn, m, switch, value, w
from ragqa.parsing.docx.omissions import Omissions
from ragqa.parsing.docx.package import reference
from ragqa.parsing.docx.settle import is_contents
from ragqa.parsing.docx.stylesheet import Stylesheet
from ragqa.parsing.raised import LEAST_LIFT, raised
from ragqa.parsing.symbols import is_symbol_font, shown, sign_of

_SILENT = frozenset(
    w(name) for name in ("instrText", "delText", "delInstrText", "fldChar", "fldData", "del", "moveFrom", "commentReference")
)
_FIXED = {
    w("tab"): "\t", w("ptab"): "\t", w("br"): "\n", w("cr"): "\n", w("noBreakHyphen"): "\u2011", w("softHyphen"): "\u00ad",
}  # fmt: skip
_NOTES = {w("footnoteReference"): "footnotes", w("endnoteReference"): "endnotes"}
_DRAWN = (w("drawing"), w("pict"), w("object"))
_EQUATIONS = (m("oMath"), m("oMathPara"))
_REFERRING = {drawn("relIds", "diagram"): "diagram", drawn("chart", "chart"): "chart"}


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in another part: a note of "footnotes" or "endnotes" by its number, a "chart" or "diagram" by its relation."""

    kind: str
    id: str


@dataclass(slots=True)
class Inline:
    """The text of a paragraph, the text boxes that hang on it, and what it refers to, in order."""

    text: str = ""
    boxes: list[etree._Element] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)

    def after(self, other: Inline) -> Inline:
        """Both as one, `other` first."""
        return Inline(other.text + self.text, [*other.boxes, *self.boxes], [*other.references, *self.references])


class InlineReader:
    """Reads the insides of paragraphs."""

    def __init__(self, stylesheet: Stylesheet, omissions: Omissions) -> None:
        self._stylesheet = stylesheet
        self._omissions = omissions

    def read(self, paragraph: etree._Element) -> Inline:
        """What stands in a paragraph, or in a run or an equation that stands by itself."""
        found = _Found(self._stylesheet, self._stylesheet.hides(self._stylesheet.of_paragraph(paragraph)))
        if paragraph.tag == w("p"):
            found.within(paragraph)
        else:
            found.element(paragraph)
        hidden = "".join(found.hidden)
        if hidden.strip():
            self._omissions.add("hidden text", hidden)
        for objects in found.objects:
            self._omissions.add("an embedded object", objects)
        return Inline("".join(found.pieces), found.boxes, found.references)


class _Found:
    def __init__(self, stylesheet: Stylesheet, hidden_by_style: bool) -> None:
        self._stylesheet = stylesheet
        self._hidden_by_style = hidden_by_style
        self.pieces: list[str] = []
        self.hidden: list[str] = []
        self.objects: list[str] = []
        self.boxes: list[etree._Element] = []
        self.references: list[Reference] = []

    def within(self, parent: etree._Element) -> None:
        for child in children(parent):
            self.element(child)

    def element(self, element: etree._Element) -> None:
        tag = element.tag
        if tag == w("r"):
            self._run(element)
        elif tag == w("t"):
            self.pieces.append(element.text or "")
        elif tag in _FIXED:
            self.pieces.append(_FIXED[tag])
        elif tag == w("sym"):
            self.pieces.append(sign_of(element.get(w("char")), element.get(w("font"))))
        elif tag in _NOTES:
            self.references.append(Reference(_NOTES[tag], element.get(w("id")) or ""))
        elif tag in _DRAWN:
            self._drawing(element)
        elif tag in _EQUATIONS:
            self._equation(element)
        elif tag == w("ruby"):
            self._ruby(element)
        elif not (tag in _SILENT or tag.endswith("Pr") or (tag == w("sdt") and is_contents(element))):
            self.within(element)

    def _run(self, run: etree._Element) -> None:
        properties = run.find(w("rPr"))
        first, boxes, references = len(self.pieces), len(self.boxes), len(self.references)
        self.within(run)
        if properties is None and not self._hidden_by_style:
            return
        if self._is_hidden(properties):
            self.hidden.extend(self.pieces[first:])
            self.hidden.extend(text.text or "" for box in self.boxes[boxes:] for text in box.iter(*TEXTS))
            del self.pieces[first:], self.boxes[boxes:], self.references[references:]
            return
        font = _font(properties)
        if is_symbol_font(font):
            self.pieces[first:] = [shown(piece, font) for piece in self.pieces[first:]]
        if self._is_raised(properties):
            lifted = "".join(self.pieces[first:])
            degrees = lifted.strip() in ("o", "O") and "".join(self.pieces[:first]).rstrip()[-1:].isdecimal()
            self.pieces[first:] = ["\u00b0" if degrees else raised(lifted)]

    def _is_raised(self, properties: etree._Element | None) -> bool:
        """Whether a run is superscript, by itself or by its style, or stands above its line by half points."""
        position = value(properties, "position") or ""
        if position.isdecimal() and int(position[:9]) >= LEAST_LIFT:
            return True
        chain = self._stylesheet.chain(value(properties, "rStyle")) if value(properties, "rStyle") else ()
        said = (value(one, "vertAlign") for one in (properties, *(style.characters for style in chain)))
        return next((align for align in said if align is not None), "") == "superscript"

    def _is_hidden(self, properties: etree._Element | None) -> bool:
        said = switch(properties, "vanish")
        if said is not None:
            return said
        return self._hidden_by_style or self._stylesheet.hides(self._stylesheet.chain(value(properties, "rStyle")))

    def _equation(self, element: etree._Element) -> None:
        """An equation does not run into the words around it; those of a paragraph of equations stand on lines of their own."""
        lines = element.iterfind(m("oMath")) if element.tag == m("oMathPara") else (element,)
        text = "\n".join(filter(None, (equations.linear(line).strip(" ") for line in lines)))
        before = self.pieces[-1][-1:] if self.pieces else ""
        if element.tag == m("oMathPara"):
            text = f"\n{text}\n"
        elif (
            before.isalnum()
            and text[:1].isalnum()
            and text[0] not in "\u00b2\u00b3\u00b9\u2070"
            and not "\u2074" <= text[0] <= "\u2079"
        ):
            text = f" {text}"
        self.pieces.append(text)

    def _ruby(self, element: etree._Element) -> None:
        """Words with their reading, as in print that has no room above the line: the reading in brackets."""
        for name, around in (("rubyBase", "{}"), ("rt", "({})")):
            part = element.find(w(name))
            first = len(self.pieces)
            if part is not None:
                self.within(part)
            self.pieces[first:] = [around.format("".join(self.pieces[first:]))] if self.pieces[first:] else []

    def _drawing(self, drawing: etree._Element) -> None:
        for element in _outermost(drawing):
            tag = element.tag
            if tag in _REFERRING:
                kind = _REFERRING[tag]
                self.references.append(Reference(kind, reference(element, "dm" if kind == "diagram" else "id")))
            elif tag.endswith("}OLEObject"):
                self.objects.append(element.get("ProgID") or "of no name")
            elif tag.endswith("}chart"):
                self.objects.append("a chart of a newer kind")
            else:
                self.boxes.append(element)


def _outermost(drawing: etree._Element) -> Iterator[etree._Element]:
    """The parts of a drawing that have, or refer to, text of their own."""
    for element in children(drawing):
        if _has_text(element):
            yield element
        else:
            yield from _outermost(element)


def _has_text(element: etree._Element) -> bool:
    tag = element.tag
    if tag in (w("txbxContent"), drawn("txBody")) or tag in _REFERRING:
        return True
    name = tag.rpartition("}")[2]
    return name in ("OLEObject", "txBody", "chart") or (name == "textpath" and bool(element.get("string")))


def _font(properties: etree._Element | None) -> str | None:
    """The font of a run's letters, if they all have the same."""
    fonts = properties.find(w("rFonts")) if properties is not None else None
    if fonts is None:
        return None
    first, second = fonts.get(w("ascii")), fonts.get(w("hAnsi"))
    return first if first == second or second is None else second if first is None else None
