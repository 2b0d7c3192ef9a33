"""The macros of BSD's pages that mark words within a line: options, arguments, names, quotes."""

from __future__ import annotations

from collections.abc import Sequence

_CLOSING = frozenset(".,:;)]?!")
_OPENING = frozenset("([")
_PAIRS = {
    "Op": "[]", "Oo": "[]", "Dq": "\u201c\u201d", "Do": "\u201c\u201d", "Sq": "\u2018\u2019", "So": "\u2018\u2019",
    "Qq": '""', "Qo": '""', "Pq": "()", "Po": "()", "Bq": "[]", "Bo": "[]", "Brq": "{}", "Bro": "{}", "Aq": "<>",
    "Ao": "<>", "Ql": "\u2018\u2019",
}  # fmt: skip
_OPENS_ONLY = frozenset({"Oo", "Do", "So", "Qo", "Po", "Bo", "Bro", "Ao"})
_CLOSES = {"Oc": "]", "Dc": "\u201d", "Sc": "\u2019", "Qc": '"', "Pc": ")", "Bc": "]", "Brc": "}", "Ac": ">"}
_PLAIN = frozenset(
    [
        "Ar",
        "Cm",
        "Ic",
        "Pa",
        "Em",
        "Sy",
        "Li",
        "Ev",
        "Va",
        "Vt",
        "Fa",
        "Ft",
        "Er",
        "Dv",
        "An",
        "Ad",
        "No",
        "Tn",
        "Ms",
        "Cd",
        "Fd",
        "St",
        "Lb",
        "In",
        "Mt",
        "Lk",
        "Nd",
        "Xo",
        "Xc",
        "Eo",
        "Ec",
        "Bk",
        "Ek",
        "Os",
        "Us",
        "Fr",
        "Ot",
        "Bf",
        "Ef",
        "Hf",
        "Lp",
        "%A",
        "%T",
        "%J",
        "%B",
        "%R",
        "%D",
        "%V",
        "%N",
        "%P",
        "%I",
        "%O",
        "%Q",
        "%U",
        "%C",
    ]
)
_SYSTEMS = {
    "Ux": "UNIX",
    "Bx": "BSD",
    "Fx": "FreeBSD",
    "Nx": "NetBSD",
    "Ox": "OpenBSD",
    "Dx": "DragonFly",
    "At": "AT&T UNIX",
    "Bsx": "BSD/OS",
}
INLINE = (
    _PLAIN | frozenset(_PAIRS) | frozenset(_CLOSES) | frozenset(_SYSTEMS) | {"Fl", "Nm", "Xr", "Fn", "Fo", "Fc", "Ns", "Ap", "Pf"}
)


class MdocWords:
    """Writes the words of macro lines. The page's name is known once it was given."""

    def __init__(self) -> None:
        self.name = ""

    def text(self, words: Sequence[str]) -> str:
        """A line of macros and words as text."""
        last = len(words)
        while last > 1 and words[last - 1] in _CLOSING:
            last -= 1
        words, after = words[:last], "".join(words[last:])
        pieces: list[str] = []
        closing: list[str] = []
        glued, macro, used = False, "", True
        for word in words:
            if word in INLINE and not (macro == "Xr" and not used):
                if macro == "Ar" and not used:
                    pieces.append("file ...")
                if macro == "Fl" and not used:
                    _put(pieces, "-", glued)
                    glued = word not in ("Op", "Oo", "Ar")
                glued = self._open(word, pieces, closing, glued)
                macro, used = word, word not in ("Ar", "Fl", "Nm", "Xr", "Pf")
                continue
            if word in _CLOSING and len(word) == 1:
                self._finish(macro, used, pieces)
                _put(pieces, word, True)
                used = True
                continue
            shown = f"-{word}" if macro == "Fl" and word not in ("|",) else word
            if macro == "Xr" and used and pieces and word.isalnum():
                pieces[-1] += f"({word})"
                macro = ""
                continue
            _put(pieces, shown, glued)
            if macro == "Nm" and not self.name:
                self.name = word
            glued = macro == "Pf" or word in _OPENING
            macro, used = ("" if macro == "Pf" else macro), True
        self._finish(macro, used, pieces)
        return " ".join(pieces).replace("\u0000 ", "").replace("\u0000", "") + "".join(reversed(closing)) + after

    def _finish(self, macro: str, used: bool, pieces: list[str]) -> None:
        """What a macro without words of its own stands for."""
        if used:
            return
        if macro == "Ar":
            pieces.append("file ...")
        elif macro == "Fl":
            pieces.append("-")
        elif macro == "Nm" and self.name:
            pieces.append(self.name)

    def _open(self, word: str, pieces: list[str], closing: list[str], glued: bool) -> bool:
        """Begin what a macro does; whether the next word follows without a space."""
        if word in _PAIRS:
            _put(pieces, _PAIRS[word][0] + "\u0000", glued)
            if word not in _OPENS_ONLY:
                closing.append(_PAIRS[word][1])
            return False
        if word in _CLOSES:
            _put(pieces, _CLOSES[word], True)
            return False
        if word in _SYSTEMS:
            _put(pieces, _SYSTEMS[word], glued)
            return False
        return glued or word in ("Ns", "Ap")


def _put(pieces: list[str], text: str, glued: bool) -> None:
    if pieces and glued:
        pieces[-1] += text
    else:
        pieces.append(text)
