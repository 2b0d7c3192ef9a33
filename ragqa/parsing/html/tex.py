"""TeX as far as it is simple, and how the parts of a formula are written in one line."""

from __future__ import annotations

import re

from ragqa.parsing.html.nodes import SUBSCRIPTS, SUPERSCRIPTS

_LONGEST = 5000
_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "omicron",
    "pi",
    "rho",
    "-",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]
_SIGN_NAMES = (
    "times cdot div pm mp leq le geq ge neq ne approx equiv sim propto to rightarrow leftarrow Rightarrow infty sum prod int "
    "partial nabla circ degree ell ldots dots cdots in varepsilon varphi"
)
_SIGNS = "× · ÷ ± ∓ ≤ ≤ ≥ ≥ ≠ ≠ ≈ ≡ ∼ ∝ → → ← ⇒ ∞ ∑ ∏ ∫ ∂ ∇ ° ° ℓ … … … ∈ ε φ"
_TEX_SIGNS = dict(zip(_SIGN_NAMES.split(), _SIGNS.split(), strict=True)) | dict.fromkeys(
    ("left", "right", "displaystyle", "textstyle", "limits", "big", "Big", "quad", "qquad"), " "
)
_TEX_WORDS = frozenset({"sin", "cos", "tan", "log", "ln", "exp", "max", "min", "lim", "det"})


def tex_text(source: str) -> str:
    r"""TeX as a reader would say it, as far as that is simple: "\frac{a}{b} \times 2" is "a/b × 2"."""
    text = re.sub(r"\^\s*(?:\{\s*\\(?:circ|degree)\s*\}|\\(?:circ|degree)\b)", "\u00b0", source[:_LONGEST])
    text = re.sub(r"\\(?:text|mathrm|mathbf|mathit|textbf|mathsf|operatorname|rm|mbox)\s*\{([^{}]*)\}", r"\1", text)
    for _ in range(4):
        text = re.sub(r"\\d?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", lambda m: f"{grouped(m[1])}/{grouped(m[2])}", text)
        text = re.sub(r"\\sqrt\s*\{([^{}]*)\}", lambda m: f"\u221a{grouped(m[1])}", text)
        text = re.sub(r"([\^_])\{([^{}]*)\}", lambda m: raised(m[2]) if m[1] == "^" else lowered(m[2]), text)
    text = re.sub(r"\^(\d)", lambda m: raised(m[1]), text)
    text = re.sub(r"_(\d)", lambda m: lowered(m[1]), text)
    text = re.sub(r"\\([A-Za-z]+)", _tex_sign, text)
    text = re.sub(r"\\[,;:! ]|~", " ", text)
    return " ".join(text.replace("\\%", "%").replace("{", "").replace("}", "").split())


def _tex_sign(match: re.Match[str]) -> str:
    name = match[1]
    if name.lower() in _GREEK:
        first = 0x3B1 if name[0].islower() else 0x391
        return chr(first + _GREEK.index(name.lower()))
    if name in _TEX_WORDS:
        return f"{name} "
    return _TEX_SIGNS.get(name, match[0])


def raised(text: str) -> str:
    """An exponent."""
    text = text.strip()
    if re.fullmatch(r"[0-9+\u2212-]+", text):
        return text.translate(SUPERSCRIPTS)
    return text if text in ("\u00b0", "\u2032", "\u2033", "'") else f"^{grouped(text)}"


def lowered(text: str) -> str:
    """An index."""
    text = text.strip()
    return text.translate(SUBSCRIPTS) if re.fullmatch(r"[0-9]+", text) else f"_{grouped(text)}"


def is_atom(text: str) -> bool:
    """Whether a part of a formula needs no brackets to be one operand."""
    return not re.search(r"[\s/^]", text) or (text[:1] in "([{|" and text[-1:] in ")]}|")


def grouped(text: str) -> str:
    """A part of more than one sign in brackets, where it would otherwise run into its neighbours."""
    text = text.strip()
    return text if is_atom(text) else f"({text})"
