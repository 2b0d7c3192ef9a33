"""Numbers as a spreadsheet shows them: 0.5 under "0%" is "50%", 45000 under a date's format is a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne

from ragqa.parsing.xlsx.dates import shown_date

GENERAL = "General"
_DAY = "yyyy-mm-dd"
BUILT_IN: dict[int, str] = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: _DAY, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: f"{_DAY} h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: "#,##0;-#,##0", 42: "#,##0;-#,##0", 43: "#,##0.00;-#,##0.00", 44: "#,##0.00;-#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss",
    47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
} | dict.fromkeys((*range(27, 37), *range(50, 59)), _DAY)  # fmt: skip
"""The formats that a number alone names. Short dates differ from country to country: they are written year first."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>General)|(?P<ampm>AM/PM|A/P)'
    r"|(?P<exponent>E[+-]0+)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?)|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARED = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
_ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
_MOST_DECIMALS = 30
_LONGEST_FORMAT = 255
_WIDE = Context(prec=340, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class _Section:
    """One of the parts of a format between semicolons, as tokens of a kind and a text."""

    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None = None

    @property
    def is_date(self) -> bool:
        return any(kind in ("date", "elapsed") for kind, _ in self.tokens)

    @property
    def is_general(self) -> bool:
        return any(kind == "general" for kind, _ in self.tokens)


def shown(value: float, code: str, since_1904: bool = False) -> str:
    """The number as its format shows it; plainly where the format is beyond what is understood here."""
    sections = _sections(code[:_LONGEST_FORMAT])
    section = _section_for(value, sections)
    if section is None:
        return plain(value)
    if section.is_date:
        return shown_date(value, section.tokens, since_1904) or plain(value)
    if section.is_general or any(text == "@" for _, text in section.tokens):
        literals = [text for kind, text in section.tokens if kind == "literal"]
        return plain(value) if not literals else _general(value, section)
    own_sign = section is not sections[0] and section.condition is None
    return _number(abs(value) if own_sign else value, section.tokens)


def shown_text(text: str, code: str) -> str:
    """A text as its cell's format shows it, with the words that the format puts around it: "Art. "@."""
    sections = _sections(code[:_LONGEST_FORMAT])
    section = sections[3] if len(sections) > 3 else next((one for one in sections if ("sign", "@") in one.tokens), None)
    if section is None or section.is_general:
        return text
    return "".join(text if token == ("sign", "@") else token[1] for token in section.tokens)


def plain(value: float) -> str:
    """A number without a format: no more digits than say something."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = format(value, ".10g")
    return format(Decimal(text), "f") if "e" in text and 1e-9 < abs(value) < 1e15 else text


def _general(value: float, section: _Section) -> str:
    texts = [plain(value) if kind == "general" else text for kind, text in section.tokens if kind in ("general", "literal")]
    return "".join(texts)


@lru_cache(maxsize=1000)
def _sections(code: str) -> tuple[_Section, ...]:
    sections: list[_Section] = []
    tokens: list[tuple[str, str]] = []
    condition: tuple[str, float] | None = None
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "", match.group(match.lastgroup) if match.lastgroup else ""
        if kind == "other" and text == ";":
            sections.append(_Section(tuple(tokens), condition))
            tokens, condition = [], None
        elif kind == "bracket":
            found = _CONDITION.fullmatch(text.strip())
            if found:
                condition = (found[1], float(found[2]))
            elif _ELAPSED.fullmatch(text):
                tokens.append(("elapsed", text.lower()))
            elif text.startswith("$"):
                tokens.append(("literal", text[1:].partition("-")[0]))
        elif kind in ("quoted", "escaped"):
            tokens.append(("literal", text))
        elif kind == "other":
            tokens.append(("sign" if text in ".,%/@" else "literal", text))
        elif kind:
            tokens.append((kind, text.lower() if kind == "date" else text))
    sections.append(_Section(tuple(tokens), condition))
    return tuple(sections)


def _section_for(value: float, sections: tuple[_Section, ...]) -> _Section | None:
    if any(section.condition for section in sections):
        return next((one for one in sections if one.condition is None or _meets(value, one.condition)), None)
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2:
        return sections[2]
    return sections[0]


def _meets(value: float, condition: tuple[str, float]) -> bool:
    sign, bound = condition
    return _COMPARED[sign](value, bound)


def _number(value: float, tokens: tuple[tuple[str, str], ...]) -> str:
    if not any(kind == "digit" for kind, _ in tokens):
        return "".join(text for kind, text in tokens if kind == "literal" or text == "%").strip()
    kinds = [kind if kind == "digit" else text for kind, text in tokens]
    if "/" in kinds:
        return _fraction(value, tokens)
    exponent = next((text for kind, text in tokens if kind == "exponent"), None)
    point = kinds.index(".") if "." in kinds else len(kinds)
    last = max(index for index, kind in enumerate(kinds) if kind == "digit")
    scale = sum(kind == "," for kind in kinds[last + 1 :])
    grouped = "," in kinds[: min(last, point)]
    after = [text for kind, text in tokens[point:] if kind == "digit"][:_MOST_DECIMALS]
    number = Decimal(repr(value)) * (Decimal(100) ** min(kinds.count("%"), 5)) / (Decimal(1000) ** scale)
    power = 0
    if exponent is not None and number:
        power = number.adjusted()
        number = number.scaleb(-power)
    digits = str(
        abs(_WIDE.quantize(number, Decimal(1).scaleb(-len(after)))).quantize(Decimal(1).scaleb(-len(after)), context=_WIDE)
    )
    whole, _, decimals = digits.partition(".")
    decimals = _without_optional_zeros(decimals, after)
    negative = number < 0 and any(map("123456789".__contains__, whole + decimals))
    written = _written(tokens, point, whole, decimals, grouped, power)
    return ("-" if negative else "") + " ".join(written.split())


def _without_optional_zeros(decimals: str, places: list[str]) -> str:
    while decimals and decimals[-1] == "0" and places[len(decimals) - 1] != "0":
        decimals = decimals[:-1]
    return decimals


def _written(tokens: tuple[tuple[str, str], ...], point: int, whole: str, decimals: str, grouped: bool, power: int) -> str:
    """The format's tokens with the digits in their places: those before the point from the right."""
    places = sum(kind == "digit" for kind, _ in tokens[:point])
    needed = sum(kind == "digit" and text == "0" for kind, text in tokens[:point])
    whole = whole.lstrip("0").rjust(needed, "0")
    if grouped:
        whole = f"{int(whole):,}".rjust(needed, "0") if whole else ""
        places = min(places, 1)
    pieces: list[str] = []
    seen = 0
    for index, (kind, text) in enumerate(tokens):
        if kind == "digit" and index < point:
            seen += 1
            if grouped:
                pieces.append(whole if seen == 1 else "")
            else:
                first, end = len(whole) - places + seen - 1, len(whole) - places + seen
                pieces.append(whole[0 if seen == 1 else max(first, 0) : max(end, 0)])
        elif text == "." and index == point:
            pieces.append(f".{decimals}" if decimals else "")
        elif kind == "exponent":
            pieces.append(f"E{'-' if power < 0 else '+' if '+' in text else ''}{abs(power):0{len(text) - 2}d}")
        elif kind == "literal" or text == "%":
            pieces.append(text)
    return "".join(pieces)


def _fraction(value: float, tokens: tuple[tuple[str, str], ...]) -> str:
    """A number as wholes and a fraction: "1 1/2"."""
    slash = next(index for index, (_, text) in enumerate(tokens) if text == "/")
    fixed = "".join(text for _, text in tokens[slash + 1 :] if text.isdecimal() and text != "0")
    places = sum(kind == "digit" for kind, _ in tokens[slash + 1 :]) or 1
    exact = Fraction(abs(value))
    near = Fraction(round(exact * int(fixed)), int(fixed)) if fixed else exact.limit_denominator(10 ** min(places, 4) - 1)
    whole, rest = divmod(near.numerator, near.denominator)
    parts = [str(whole)] if whole or not rest else []
    parts += [f"{rest}/{near.denominator}"] if rest else []
    return ("-" if value < 0 else "") + " ".join(parts)
