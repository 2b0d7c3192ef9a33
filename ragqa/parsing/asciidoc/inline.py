"""AsciiDoc's markup within a line, as HTML: what is shown of links, references, keys and menus, and no sign of bold or code."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from ragqa.parsing.asciidoc.source import Source

_PASSED = re.compile(
    r"\+\+\+(.+?)\+\+\+|\+\+(.+?)\+\+|pass:[a-z,]*\[(.*?)(?<!\\)\]|(?<![\w\\+])\+(\S|\S.*?\S)\+(?![\w+])", re.DOTALL
)
_LONGEST = 20_000
_HELD = re.compile("\ue000(\\d+)\ue001")
_MACROS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Source], str]], ...] = (
    (re.compile(r"&lt;&lt;([^,&]+?)(?:,\s*(.+?))?&gt;&gt;"), lambda m, s: m[2] or _titled(m[1], s)),
    (re.compile(r"(?<!\\)xref:([^\s\[]+)\[(.*?)(?<!\\)\]"), lambda m, s: m[2] or _titled(m[1], s)),
    (re.compile(r"(?<!\\)footnote(?:ref)?:[\w-]*\[(.*?)(?<!\\)\]"), lambda m, s: f" ({m[1]})"),
    (re.compile(r"(?<!\\)\bkbd:\[(.*?)(?<!\\)\]"), lambda m, s: m[1]),
    (re.compile(r"(?<!\\)\bbtn:\[(.*?)(?<!\\)\]"), lambda m, s: m[1]),
    (re.compile(r"(?<!\\)\bmenu:([^\[\n]+)\[(.*?)(?<!\\)\]"), lambda m, s: " &gt; ".join(filter(None, (m[1], m[2])))),
    (re.compile(r"(?<!\\)\b(?:image|icon):([^\s:\[][^\s\[]*)\[(.*?)(?<!\\)\]"), lambda m, s: _picture(m[2])),
    (re.compile(r"(?<!\\)\b(?:stem|latexmath|asciimath):\[(.*?)(?<!\\)\]"), lambda m, s: m[1]),
    (re.compile(r"(?<!\\)\b(?:link|mailto):([^\s\[]+)\[(.*?)(?<!\\)\]"), lambda m, s: _linked(m[2], m[1])),
    (
        re.compile(r"(?<!\\)\b((?:https?|ftp|irc)://[^\s\[\]&]+(?:&amp;[^\s\[\]&]+)*)\[(.*?)(?<!\\)\]"),
        lambda m, s: _linked(m[2], m[1]),
    ),
    (re.compile(r"\(\(\((.*?)\)\)\)|\bindexterm:\[.*?\]|\banchor:[^\s\[]+\[.*?\]|\[\[[^\]\s]+\]\]"), lambda m, s: ""),
    (re.compile(r"\(\(([^()]+)\)\)|\bindexterm2:\[(.*?)\]"), lambda m, s: m[1] or m[2]),
    (re.compile(r"\b(?:[a-z]\w{1,20}):(?!//)[^\s:\[\]]*\[(?!\[)([^\[\]]*)\]"), lambda m, s: m[1] or m[0]),
)  # fmt: skip
_DOUBLE = re.compile(r"(?<!\\)(?:\[[^\[\]]*\])?(\*\*|__|``|##)(?=\S)(.+?)\1", re.DOTALL)
_SINGLE = re.compile(r"(?<![\w\\;:}])(?:\[[^\[\]\s]*\])?([*_`#])(?=\S)((?:(?!\1).)*?\S)\1(?!\w)", re.DOTALL)
_SUPER = re.compile(r"(?<!\\)\^(\S+?)\^")
_SUB = re.compile(r"(?<!\\)~(\S+?)~")
_SIGNS = (
    ("(C)", "\u00a9"), ("(R)", "\u00ae"), ("(TM)", "\u2122"), ("-&gt;", "\u2192"), ("=&gt;", "\u21d2"), ("&lt;-", "\u2190"),
    ("&lt;=", "\u21d0"), ("...", "\u2026"),
)  # fmt: skip
_DASHES = re.compile(r"(?<=\w)--(?=\w)|(?<= )--(?= )")
_QUOTED = re.compile(r"&quot;`(.+?)`&quot;|&#x27;`(.+?)`&#x27;", re.DOTALL)
_ANY_MARKUP = re.compile("[*_`#^~\\[\\]<>=+\\\\{\ue000\ue001]|--|\\.\\.\\.|\\(\\(|\\((?:C|R|TM)\\)")
"""Most lines have none of it."""

_ESCAPED = re.compile(r"\\(?=[*_`#^~{<\[\]+]|https?:|\w+:)")


def inline_html(text: str, source: Source) -> str:
    """A text's markup as HTML."""
    if len(text) > _LONGEST:
        return html.escape(source.resolve(text))
    if not _ANY_MARKUP.search(text):
        return html.escape(text)
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(html.escape(next(group for group in match.groups() if group is not None)))
        return f"\ue000{len(held) - 1}\ue001"

    text = _PASSED.sub(hold, text.replace("\ue000", "").replace("\ue001", ""))
    text = html.escape(source.resolve(text))
    text = _QUOTED.sub(lambda match: f"\u201c{match.group(1)}\u201d" if match.group(1) else f"\u2018{match.group(2)}\u2019", text)
    for pattern, shown in _MACROS:
        text = pattern.sub(lambda match, shown=shown: shown(match, source), text)  # type: ignore[misc]
    for _ in range(3):
        text = _SINGLE.sub(r"\2", _DOUBLE.sub(r"\2", text))
    text = _SUB.sub(r"<sub>\1</sub>", _SUPER.sub(r"<sup>\1</sup>", text))
    for sign, meant in _SIGNS:
        text = text.replace(sign, meant)
    text = _ESCAPED.sub("", _DASHES.sub("\u2014", text))
    return _HELD.sub(lambda match: held[int(match.group(1))] if int(match.group(1)) < len(held) else "", text)


def _titled(target: str, source: Source) -> str:
    """The title that a reference without words of its own shows."""
    name = html.unescape(target).rpartition("#")[2]
    return html.escape(source.titles.get(name, name))


def _linked(words: str, address: str) -> str:
    words = re.sub(r",\s*\w+=.*$|\^$", "", words).removeprefix("&quot;").removesuffix("&quot;") if words else ""
    return words or address


def _picture(attributes: str) -> str:
    name = attributes.split(",")[0].strip().removeprefix("&quot;").removesuffix("&quot;")
    return f"[{name}]" if name and "=" not in name else ""


def joined(lines: list[str]) -> str:
    """Lines as one text; a plus at the end of one breaks it there."""
    return "".join(f"{line.strip()[:-2]}\n" if line.endswith(" +") else f"{line.strip()} " for line in lines).strip()
