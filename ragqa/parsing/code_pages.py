"""Tells which eight-bit code page a text without any declaration is in.

Every byte above 127 is a letter in one code page and a sign in another, so each code page's reading is judged by what stands
around those characters: letters stand in words, in one case and one script, and those of a text are those of one language; a
degree sign follows a number, a fraction stands alone, the lines of a drawn box touch. The reading where most of them stand
well is right.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import islice

_CODE_PAGES = (
    "cp1252", "cp437", "cp850", "mac_roman", "cp1250", "cp1251", "cp1255", "cp866", "koi8_r", "cp852", "iso8859_2",
    "iso8859_15", "cp1253", "cp1254",
    "cp1257", "cp1256", "koi8_u", "iso8859_5", "mac_cyrillic", "cp855", "iso8859_7", "cp737", "cp869", "mac_greek", "cp857",
    "cp865", "cp861", "cp860", "cp863", "cp775", "cp862", "mac_latin2", "mac_turkish", "cp874", "cp1258",
)  # fmt: skip
_RANK_COSTS = 0.004
_ALPHABETS = tuple(
    frozenset(letters + letters.upper().replace("SS", ""))
    for letters in (
        "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "áâãàçéêíóôõúü", "àèéìíîòóùú", "åäöé", "åæøéö", "áðéíóúýþæö", "ëïéèêóöü",
        "àçèéíïòóúü",
        "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "çğıöşüâî", "äöõüšž",
        "āčēģīķļņšūž", "ąčęėįšųūž", "абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
        "абвгдђежзијклљмнњопрстћуфхцчџш", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
    )
)  # fmt: skip
_CYRILLIC_VOWELS = frozenset("аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ")
_LONE_WORDS = frozenset("àáâéèíìóòôùúåöøæÀÁÉÈÍÓÒÔÚÅÖØÆаиоусвкяАИОУСВКЯіїєІЄαηοΑΗΟ")
_GREEK_SIGNS = frozenset("αβγδθλπστφΔΣΦΩ")
_FRACTIONS, _POWERS = "¼½¾⅓⅔⅛", "¹²³ⁿ"
_FRAMES = re.compile("[\u2500-\u259f]")
_UNITS_AFTER_MICRO = "AFHLVWglmsS"
_PLAIN_ENDS = frozenset(" \n\t.,;:!?)]}\"'/-|>")
_PLAIN_BEGINNINGS = frozenset(" \n\t([{\"'/-|<=~")
_QUOTES = frozenset("«»„“”‘’‚‹›…–—\u00a0")
_BESIDE_WORDS = _PLAIN_ENDS | _PLAIN_BEGINNINGS | _QUOTES
_MOST_JUDGED = 1200
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_GOOD_ENOUGH = 0.72


def guess_code_page(sample: bytes) -> tuple[str, bool]:
    """The code page that reads `sample` best, and whether it reads it well, as none does where characters take two bytes."""
    best, best_score = "cp1252", -9.0
    for rank, name in enumerate(_CODE_PAGES):
        score = _score(sample.decode(name, errors="replace")) - _RANK_COSTS * rank
        if score > best_score:
            best, best_score = name, score
    return best, best_score > _GOOD_ENOUGH


def _score(text: str) -> float:
    """How well the characters beyond ASCII stand where they are: 1 for all of them, below 0 for nonsense."""
    letters: list[str] = []
    total = count = 0.0
    quoted = "«" in text and "»" in text
    for match in islice(_NOT_ASCII.finditer(text), _MOST_JUDGED):
        at = match.start()
        sign = match.group()
        before, after = text[at - 1 : at] or "\n", text[at + 1 : at + 2] or "\n"
        count += 1
        if sign in "«»":
            total += 1.0 if quoted else -0.7
        elif unicodedata.category(sign) == "Mn":
            total += 1.0 if before.isalpha() or unicodedata.category(before) == "Mn" else -1.0
        elif sign.isalpha() and sign not in "ªºµ":
            value = _letter(sign, before, after)
            if value > 0:
                letters.append(sign)
            else:
                total += value
        else:
            total += _sign(sign, before, after, text[max(0, at - 2) : at], text[at + 1 : at + 3])
    return (total + _in_one_language(letters)) / count if count else 0.0


def _in_one_language(letters: list[str]) -> float:
    """What the letters are worth: all of it where one language's alphabet has them."""
    if not letters:
        return 0.0
    if _script(letters[0]) == "CYRILLIC" and sum(letter in _CYRILLIC_VOWELS for letter in letters) < 0.2 * len(letters):
        return 0.3 * len(letters)
    if _script(letters[0]) not in ("LATIN", "CYRILLIC", "GREEK"):
        return float(sum(_script(letter) == _script(letters[0]) for letter in letters))
    covered = max(sum(letter in alphabet for letter in letters) for alphabet in _ALPHABETS)
    return covered + 0.3 * (len(letters) - covered)


def _letter(letter: str, before: str, after: str) -> float:
    """1 for a letter that stands in a word as letters do, -1 for one that cannot."""
    if before.isdigit() or after.isdigit():
        return -1.0
    if not before.isalpha() and not after.isalpha():
        alone = before in _PLAIN_BEGINNINGS and after in _PLAIN_ENDS
        return 1.0 if alone and letter in _LONE_WORDS else 0.5 if alone and letter in _GREEK_SIGNS else -1.0
    for neighbour in (before, after):
        if neighbour.isalpha() and _script(neighbour) != _script(letter):
            return -1.0
        if not (neighbour.isalpha() or neighbour in _BESIDE_WORDS or unicodedata.category(neighbour) == "Mn"):
            return -0.5
    if (before.islower() and letter.isupper()) or (letter.islower() and after.isupper()):
        return -1.0
    return 1.0


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]


def _sign(sign: str, before: str, after: str, two_before: str, two_after: str) -> float:
    """1 for a sign whose neighbours are those that such a sign has, less than 0 for one out of place."""
    numbered, counted = two_before.strip()[-1:].isdigit(), two_after.strip()[:1].isdigit()
    spaced = before in _PLAIN_BEGINNINGS and after in _PLAIN_ENDS
    if sign == "\ufffd" or unicodedata.category(sign) in ("Cc", "Cn", "Co", "Cs"):
        return -2.0
    if sign in "°º":
        good = (numbered and (not after.isalpha() or after in "CFKR")) or (before.isalpha() and sign == "º")
    elif sign in "±≥≤≈÷×·√∞":
        good = counted or (numbered and before == " ") or (before == " " and after == " ")
    elif sign == "ª":
        good = before.isdigit() and not after.isalpha()
    elif sign in _FRACTIONS:
        good = (before.isdigit() or before in _PLAIN_BEGINNINGS) and (after in _PLAIN_ENDS or after in "\u201d″")
    elif sign in _POWERS:
        good = (before.isalnum() or before in ")]") and not after.isalpha()
    elif sign == "µ":
        good = after in _UNITS_AFTER_MICRO and not before.isalpha()
    elif _FRAMES.match(sign):
        good = bool(_FRAMES.match(before) or _FRAMES.match(after)) or sign in "│║" or (before in " \n" and after in " \n")
    else:
        good = _punctuation(sign, before, after, numbered, counted, spaced)
    return 1.0 if good else -0.7


def _punctuation(sign: str, before: str, after: str, numbered: bool, counted: bool, spaced: bool) -> bool:
    """Whether a mark of punctuation, a currency or another sign of print stands well."""
    word_before, word_after = before.isalnum() or before in ".,!?%)", after.isalnum() or after in "¿¡("
    if sign in "“„‹":
        opens = before in _PLAIN_BEGINNINGS and (word_after or after == " " or after in _QUOTES)
        return opens or (sign == "“" and word_before)
    if sign in "”›":
        return (word_before or before in " \u00a0") and not after.isalnum()
    if sign in "’‘‚":
        return (word_before and not after.isdigit() and sign == "’") or (sign != "’" and not before.isalnum() and word_after)
    if sign in "–—":
        return spaced or (word_before and word_after and before.isdigit() == after.isdigit())
    if sign in "•·■►§":
        return before in " \n" and (after in " \t" or after.isalnum())
    if sign in "£€¥¢$":
        return numbered or counted
    if sign in "®™©":
        return not after.isalpha() and (before.isalnum() or before in _PLAIN_BEGINNINGS)
    if sign in "¿¡":
        return not before.isalnum() and word_after and not numbered
    if sign == "…":
        return not after.isalpha() or before == " "
    if sign == "\u00a0":
        return before not in " \n" or after not in " \n"
    return False
