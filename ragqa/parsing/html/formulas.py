"""Formulas as one line of readable text: MathML, and what KaTeX, MathJax and MediaWiki make of a formula, each once."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import TEXT, to_elements, walk
from ragqa.parsing.html.tex import grouped, is_atom, lowered, raised, tex_text

_MATH = "math, m\\:math, mml\\:math"
_DRAWN_TWICE = (
    ".katex-html, .MathJax_Preview, .MathJax_SVG, .MathJax_CHTML, .MathJax:not(mjx-container), mjx-math, "
    ".mwe-math-fallback-image-inline, .mwe-math-fallback-image-display"
)
_HOLDERS = (
    ".katex, .katex-mathml, mjx-container, mjx-assistive-mml, .MJX_Assistive_MathML, .mwe-math-element, "
    ".mwe-math-mathml-inline, .mwe-math-mathml-display, .mwe-math-mathml-a11y"
)
# Formulas that only a script in the reader's browser would set: their source stands between signs.
_TEX_TEXTS = ".math, .arithmatex, .stemblock .content, .tex, .latex"
_TEX_READER = "script[src*='mathjax' i], script[src*='katex' i], script[type^='text/x-mathjax'], .math, .arithmatex, .stemblock"
_TEX_SOURCE = re.compile(r"\\\((.{1,2000}?)\\\)|\\\[(.{1,5000}?)\\\]|\\\$(.{1,2000}?)\\\$", re.DOTALL)
_WHOLE_SOURCE = re.compile(r"\s*(\${1,2})(.{1,5000}?)\1\s*", re.DOTALL)
_CODE = frozenset({"pre", "code", "samp", "kbd", "script", "style", "textarea"})
_TEX_SCRIPT = "script[type^='math/tex']"
_DEEPEST = 40
_LARGEST = 5000
_SPACED = frozenset(
    "=<>+-*/|:\u2212\u00b1\u2213\u00d7\u00b7\u22c5\u00f7\u2264\u2265\u2260\u2248\u2261\u223c\u221d"
    "\u2192\u21d2\u21d4\u2190\u2208\u2209\u2282\u222a\u2229\u2227\u2228"
)
_NOT_WRITTEN = {"\u2061": "", "\u2062": " ", "\u2063": ", ", "\u2064": "+", "&#8289;": ""}
_ACCENTS = {
    "\u00af": "\u0304",
    "\u203e": "\u0304",
    "\u02d9": "\u0307",
    "~": "\u0303",
    "^": "\u0302",
    "\u2192": "\u20d7",
    "\u20d7": "\u20d7",
    "_": "\u0304",
}
_UNSAID = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts", "maligngroup", "malignmark"})


def write_formulas(tree: LexborHTMLParser) -> None:
    """Put the text of every formula in its place."""
    for script in reversed(to_elements(tree, _TEX_SCRIPT)):
        _write_tex_script(script)
    if tree.css_first(_TEX_READER) is not None and tree.body is not None:
        _write_tex_texts(tree, tree.body)
    formulas = to_elements(tree, _MATH)
    if not formulas and tree.css_first(_DRAWN_TWICE) is None:
        return
    for drawing in reversed(to_elements(tree, _DRAWN_TWICE)):
        source = drawing.css_first(_MATH)
        if source is not None:
            drawing.replace_with(_spaced(formula_text(source), drawing))
        elif _has_source(drawing):
            drawing.remove()
    for holder in to_elements(tree, _HOLDERS):
        for name in ("aria-hidden", "style", "hidden"):
            if name in holder.attributes:
                del holder.attrs[name]
    for formula in reversed(to_elements(tree, _MATH)):
        formula.replace_with(_spaced(formula_text(formula), formula))


def formula_text(math: LexborNode) -> str:
    """What a MathML formula says, in one line: "p = 4.2 q". Its TeX source where it has nothing else."""
    if len(math.text(deep=True)) > _LARGEST:
        return " ".join(math.text(deep=True).split())
    said = _tidy(_row(math, 0))
    if said:
        return said
    note = math.css_first("annotation")
    source = math.attributes.get("alttext") or (note.text() if note is not None else "")
    return tex_text(source or "")


def _write_tex_texts(tree: LexborHTMLParser, body: LexborNode) -> None:
    """Formulas in the text of a page, between the signs that its script looks for; code is not looked through by it."""
    for holder in reversed(to_elements(tree, _TEX_TEXTS)):
        whole = _WHOLE_SOURCE.fullmatch(holder.text()) if holder.css_first(_MATH) is None else None
        if whole is not None:
            holder.inner_html = ""
            holder.insert_child(tex_text(whole[2]))
    inside, found = 0, []
    for node, entering in walk(body):
        if node.tag in _CODE and node.child is not None:
            inside += 1 if entering else -1
        elif node.tag == TEXT and entering and not inside and "\\" in (node.text_content or ""):
            found.append(node)
    for node in found:
        said = _TEX_SOURCE.sub(lambda match: tex_text(match[1] or match[2] or match[3]), node.text_content or "")
        if said != node.text_content:
            node.replace_with(said)


def _write_tex_script(script: LexborNode) -> None:
    """MathJax keeps a formula's source in a script behind what it has drawn; if that is MathML, it speaks for itself."""
    before = script.prev
    while before is not None and before.tag == TEXT and not (before.text_content or "").strip():
        before = before.prev
    drawn = before is not None and before.tag != TEXT
    if drawn and before is not None and (before.css_first(_MATH) is not None or before.attributes.get("data-mathml")):
        if before.css_first(_MATH) is not None:
            script.remove()
            return
        before.remove()
    elif drawn and before is not None and "MathJax" in (before.attributes.get("class") or ""):
        before.remove()
    script.replace_with(f" {tex_text(script.text())} ")


def _has_source(drawing: LexborNode) -> bool:
    """Whether what is drawn stands beside its MathML."""
    around = drawing.parent
    for _ in range(2):
        if around is None or around.tag in ("body", "html"):
            return False
        if around.css_first(_MATH) is not None:
            return True
        around = around.parent
    return False


def _spaced(text: str, formula: LexborNode) -> str:
    """The formula set apart from a word that touches it."""
    before, after = formula.prev, formula.next
    left = before is not None and before.tag == TEXT and (before.text_content or "")[-1:].isalnum()
    right = after is not None and after.tag == TEXT and (after.text_content or "")[:1].isalnum()
    return f"{' ' if left else ''}{text}{' ' if right else ''}" or " "


def _name(node: LexborNode) -> str:
    return (node.tag or "").rpartition(":")[2]


def _children(node: LexborNode) -> list[LexborNode]:
    return [child for child in node.iter() if _name(child) not in _UNSAID]


def _row(node: LexborNode, depth: int) -> str:
    """The parts of a row, one after the other: operands apart, operators with space around them."""
    pieces: list[str] = []
    for child in _children(node):
        piece = _said(child, depth + 1)
        if not piece:
            continue
        operand = _name(child) not in ("mo", "mspace")
        if pieces and operand and _ends_operand(pieces[-1]) and not piece.startswith((" ", "(", ",")):
            pieces.append(" ")
        if _name(child) == "mo" and piece.strip() in _SPACED and not pieces:
            piece = piece.strip()
        pieces.append(piece)
    return "".join(pieces)


def _ends_operand(piece: str) -> bool:
    return bool(piece) and (piece[-1].isalnum() or piece[-1] in ")]}\u2032%\u00b0" or piece[-1] in _DIGITS_RAISED)


_DIGITS_RAISED = frozenset(
    "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088\u2089"
)


def _said(node: LexborNode, depth: int) -> str:
    name = _name(node)
    if depth > _DEEPEST:
        return " ".join(node.text(deep=True).split())
    if name in ("mi", "mn", "mtext", "ms"):
        return _token(node)
    if name == "mo":
        return _operator(_token(node))
    if name == "mspace":
        return " "
    parts = _children(node)
    if name in ("mfrac", "msqrt", "mroot", "mfenced", "mtable"):
        return _built(name, node, parts, depth)
    if name in ("msup", "msub", "msubsup", "munder", "mover", "munderover", "mmultiscripts"):
        return _scripted(name, parts, depth)
    if name in ("semantics", "maction"):
        return _said(parts[0], depth + 1) if parts else ""
    return _row(node, depth) or ("" if parts else _token(node))


def _token(node: LexborNode) -> str:
    text = " ".join(node.text(deep=True).split())
    return "".join(_NOT_WRITTEN.get(sign, sign) for sign in text) if not text.isascii() else text


def _operator(sign: str) -> str:
    if sign in (",", ";"):
        return f"{sign} "
    return f" {sign} " if sign in _SPACED or (len(sign) > 1 and sign.isalpha()) else sign


def _built(name: str, node: LexborNode, parts: list[LexborNode], depth: int) -> str:
    if name == "mtable":
        rows = [", ".join(_tidy(_row(cell, depth + 2)) for cell in _children(row)) for row in parts]
        return f"[{'; '.join(rows)}]"
    if name == "msqrt":
        return f"\u221a{grouped(_row(node, depth))}"
    said = [_tidy(_said(part, depth + 1)) for part in parts]
    if name == "mfenced":
        opening, closing = node.attributes.get("open") or "(", node.attributes.get("close") or ")"
        return f"{opening}{', '.join(said)}{closing}"
    if len(said) < 2:
        return "".join(said)
    if name == "mroot":
        return f"{raised(said[1])}\u221a{grouped(said[0])}"
    return f"{grouped(said[0])}/{grouped(said[1])}"


def _scripted(name: str, parts: list[LexborNode], depth: int) -> str:
    said = [_tidy(_said(part, depth + 1)) for part in parts]
    if len(said) < 2:
        return "".join(said)
    base = said[0] if is_atom(said[0]) else grouped(said[0])
    if name == "mover" and said[1] in _ACCENTS:
        return base + _ACCENTS[said[1]]
    if name in ("msup", "mover"):
        return base + raised(said[1])
    if name in ("msub", "munder"):
        return base + lowered(said[1])
    return base + lowered(said[1]) + (raised(said[2]) if len(said) > 2 else "")


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    return re.sub(r"(?<=[(\[])\s+|\s+(?=[)\],;])", "", text)
