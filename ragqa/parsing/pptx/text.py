"""The paragraphs in a shape: their words, and whether they are items of a list, how deep and with which mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from ragqa.parsing.docx.equations import linear
from ragqa.parsing.numerals import numeral
from ragqa.parsing.raised import raised
from ragqa.parsing.safe_xml import local_name
from ragqa.parsing.symbols import is_symbol_font, shown

BULLET = "\u2022"
_DEEPEST = 8
_NUMERALS = {"arabic": "1", "alphaLc": "a", "alphaUc": "A", "romanLc": "i", "romanUc": "I"}


@dataclass(frozen=True, slots=True)
class SlideParagraph:
    """A paragraph; `marker` is None for one that is no item of a list."""

    text: str
    depth: int
    marker: str | None


def paragraphs(body: etree._Element, models: Sequence[etree._Element], listed: bool) -> Iterator[SlideParagraph]:
    """The paragraphs of a text body. What they do not say themselves the `models` say, then whether it is `listed`."""
    counters: dict[int, tuple[str, int]] = {}
    styles = [element for element in (body, *models) if element is not None]
    for element in body.iterfind("{*}p"):
        text = paragraph_text(element)
        if not text.strip():
            continue
        properties = element.find("{*}pPr")
        level = (properties.get("lvl") or "0") if properties is not None else "0"
        depth = min(int(level), _DEEPEST) if level.isdecimal() else 0
        bullet = _bullet([properties, *(style.find(f".//{{*}}lstStyle/{{*}}lvl{depth + 1}pPr") for style in styles)])
        for deeper in [one for one in counters if one > depth]:
            del counters[deeper]
        marker = _marker(bullet, depth, counters, listed)
        if marker is None or marker == BULLET:
            counters.pop(depth, None)
        yield SlideParagraph(text, depth, marker)


def paragraph_text(element: etree._Element) -> str:
    """The words of a paragraph, a formula's too, without the number of the slide."""
    return "".join(_pieces(element))


def _pieces(element: etree._Element) -> Iterator[str]:
    for child in element:
        name = local_name(child)
        if name == "t":
            yield (child.text or "").replace("\x0b", "\n").replace("_x000B_", "\n")
        elif name == "br":
            yield "\n"
        elif name == "fld" and (child.get("type") or "").startswith("slidenum"):
            continue
        elif name == "AlternateContent":
            yield from _pieces(child[0] if len(child) else child)
        elif name == "oMath":
            yield linear(child)
        elif name in ("r", "fld"):
            yield _run(child)
        elif name not in ("pPr", "rPr", "endParaRPr"):
            yield from _pieces(child)


def _run(run: etree._Element) -> str:
    """The words of a run; letters of a symbol font are the signs that they show: the "à" of an arrow is one."""
    properties = run.find("{*}rPr")
    text = "".join(_pieces(run))
    fonts = [properties.find(f"{{*}}{name}") for name in ("sym", "latin")] if properties is not None else []
    face = next((font.get("typeface") for font in fonts if font is not None and is_symbol_font(font.get("typeface"))), None)
    if face is not None and len(text.strip()) == 1:
        text = shown(text, face)
    return raised(text) if _is_raised(properties) else text


def _is_raised(properties: etree._Element | None) -> bool:
    """Whether the baseline of a run stands above that of its line, by thousandths of a per cent or by "30%"."""
    baseline = (properties.get("baseline") or "") if properties is not None else ""
    return baseline[:1].isdecimal() and baseline.strip("0.%") != ""


def _bullet(properties: Sequence[etree._Element | None]) -> etree._Element | None:
    """The first element that says which bullet there is, from the paragraph outwards."""
    for one in properties:
        for child in one if one is not None else ():
            if local_name(child) in ("buNone", "buChar", "buAutoNum", "buBlip"):
                return child
    return None


def _marker(bullet: etree._Element | None, depth: int, counters: dict[int, tuple[str, int]], listed: bool) -> str | None:
    kind = local_name(bullet) if bullet is not None else ""
    if bullet is None or kind == "buNone":
        return BULLET if bullet is None and listed else None
    if kind != "buAutoNum":
        return BULLET
    scheme = bullet.get("type") or "arabicPeriod"
    start = bullet.get("startAt") or "1"
    last, number = counters.get(depth, ("", 0))
    number = number + 1 if last == scheme + start else int(start) if start.isdecimal() and len(start) < 6 else 1
    counters[depth] = (scheme + start, number)
    kind = next((numerals for name, numerals in _NUMERALS.items() if scheme.startswith(name)), "1")
    shown = numeral(number, kind)
    if scheme.endswith("ParenBoth"):
        return f"({shown})"
    return f"{shown})" if scheme.endswith("ParenR") else f"{shown}." if scheme.endswith("Period") else shown
