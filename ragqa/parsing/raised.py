"""Raised numbers as the signs that mean them, so that they do not run into what stands before them: 10⁻³, not 10-3."""

from __future__ import annotations

import re

DIGITS = str.maketrans("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
MINUS = "\u207b"
_SIGNS = DIGITS | str.maketrans("+-\u2212", f"\u207a{MINUS}{MINUS}")
_RAISABLE = re.compile("\\s*[0-9+\u2212-]{1,4}\\s*")

LEAST_LIFT = 3
"""Half points above the line from which a number counts as raised: fewer only put signs of two fonts at one height."""


def raised(text: str) -> str:
    """A number as an exponent: ², ⁻³. Anything else is left as it is."""
    return text.translate(_SIGNS) if _RAISABLE.fullmatch(text) else text
