"""Brings a part of a Word file into the state that its reader sees: changes accepted, one form of each content, fields done.

All of it happens in the tree itself, so that whoever reads it afterwards meets plain content only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from ragqa.parsing.docx.names import TEXTS, drawn, integer, mc, value, w
from ragqa.parsing.docx.omissions import Omissions
from ragqa.parsing.symbols import sign_of

_GONE = (w("del"), w("moveFrom"))
_REFERS = (drawn("relIds", "diagram"), drawn("chart", "chart"))
LISTS = ("TOC", "INDEX")
"""The fields whose result only says on which page something else stands."""

_DEEPEST_FIELD = 40
_PAGE_NUMBER = re.compile(r"(?:\d|\b[ivxlc]+)\s*$", re.IGNORECASE)
_SYMBOL_FIELD = re.compile(r"\s*SYMBOL\s+(0x[0-9a-f]+|\d+)(?=\s)(?:.*?\\f\s+\"?([^\"\\]+))?", re.IGNORECASE)


def settle(root: etree._Element, omissions: Omissions) -> etree._Element:
    """Settle everything below `root`, which is given back; what cannot be read on the way is added to `omissions`."""
    _accept_changes(root)
    _choose_forms(root)
    _finish_fields(root, omissions)
    return root


def is_removed(properties: etree._Element | None) -> bool:
    """Whether the properties of a row, a cell or the mark that ends a paragraph say that it is deleted or moved away."""
    return properties is not None and any(properties.find(w(name)) is not None for name in ("del", "moveFrom", "cellDel"))


def _accept_changes(root: etree._Element) -> None:
    for element in list(root.iter(*_GONE)):
        if len(element):
            _remove(element)
    for element in list(root.iter(w("trPr"), w("tcPr"))):
        owner = element.getparent()
        if is_removed(element) and owner is not None:
            _remove(owner)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _choose_forms(root: etree._Element) -> None:
    """Of each content that is there in several forms keep the first that says something, else the first."""
    for offered in reversed(list(root.iter(mc("AlternateContent")))):
        parent = offered.getparent()
        if parent is None:
            continue
        forms = [*offered.iterfind(mc("Choice")), *offered.iterfind(mc("Fallback"))]
        chosen = next(filter(_says_something, forms), forms[0] if forms else None)
        for child in reversed(list(chosen) if chosen is not None else []):
            offered.addnext(child)
        parent.remove(offered)


def _says_something(form: etree._Element) -> bool:
    if any(text.text for text in form.iter(*TEXTS)):
        return True
    return next(form.iter(*_REFERS), None) is not None


@dataclass(slots=True)
class _Field:
    begin: etree._Element
    start: int
    instruction: str = ""
    result: int | None = None


def _finish_fields(root: etree._Element, omissions: Omissions) -> None:
    """Make the texts within instructions unreadable. Fields that do not end are left alone, so that nothing is lost by them."""
    texts: list[etree._Element] = []
    fields: list[_Field] = []
    for element in list(root.iter(w("fldChar"), w("instrText"), w("sym"), *TEXTS)):
        if element.tag in TEXTS or element.tag == w("sym"):
            texts.append(element)
        elif element.tag == w("instrText"):
            if fields and fields[-1].result is None:
                fields[-1].instruction += element.text or ""
        elif element.get(w("fldCharType")) == "begin":
            fields.append(_Field(element, len(texts)))
            del fields[:-_DEEPEST_FIELD]
        elif element.get(w("fldCharType")) == "separate" and fields:
            fields[-1].result = len(texts)
        elif element.get(w("fldCharType")) == "end" and fields:
            _finish(fields.pop(), element, texts, omissions)


def _finish(field: _Field, end: etree._Element, texts: list[etree._Element], omissions: Omissions) -> None:
    result = len(texts) if field.result is None else field.result
    kind, shown = (field.instruction.split() or [""])[0].upper(), texts[result:]
    for text in texts[field.start : result]:
        text.tag = w("instrText")
    del texts[field.start : result]
    if kind in LISTS:
        _drop_contents(shown)
    elif not any(text.text or text.tag == w("sym") for text in shown):
        computed = _computed(field)
        if computed:
            text = etree.SubElement(_run_before(end), w("t"))
            text.text = computed
        elif kind == "EQ":
            omissions.add("an equation in an old field", field.instruction)


def _run_before(end: etree._Element) -> etree._Element:
    """A new run before the one that a field ends in."""
    run = end.getparent()
    if run is None:
        return etree.Element(w("r"))
    new = etree.Element(w("r"))
    run.addprevious(new)
    return new


def _computed(field: _Field) -> str:
    """What a field shows that stores no result: the state of a box to tick, the choice of a list, a sign."""
    data = field.begin.find(w("ffData"))
    box = data.find(w("checkBox")) if data is not None else None
    if box is not None:
        state = box.find(w("checked"))
        state = box.find(w("default")) if state is None else state
        ticked = state is not None and state.get(w("val"), "1") not in ("0", "false", "off")
        return "\u2612" if ticked else "\u2610"
    choices = data.find(w("ddList")) if data is not None else None
    if choices is not None:
        entries = [entry.get(w("val")) or "" for entry in choices.iterfind(w("listEntry"))]
        chosen = integer(value(choices, "result") or value(choices, "default"), 0)
        return entries[chosen] if 0 <= chosen < len(entries) else ""
    symbol = _SYMBOL_FIELD.match(field.instruction)
    return sign_of(f"{int(symbol.group(1), 0):X}", (symbol.group(2) or "").strip()) if symbol is not None else ""


def _drop_contents(texts: list[etree._Element]) -> None:
    """Drop the lines of a table of contents: those that end with a number of a page."""
    lines: dict[etree._Element, list[etree._Element]] = {}
    for text in texts:
        paragraph = next(text.iterancestors(w("p")), None)
        if paragraph is not None:
            lines.setdefault(paragraph, []).append(text)
    for line in lines.values():
        if _PAGE_NUMBER.search("".join(text.text or "" for text in line)):
            for text in line:
                text.tag = w("instrText")


def is_contents(control: etree._Element) -> bool:
    """Whether a content control holds the table of contents."""
    return (value(control, "sdtPr", "docPartObj", "docPartGallery") or "").casefold() == "table of contents"
