"""Makes an XML file's named characters safe to parse: the file's own names stay, those of other files are left out and said.

libxml2 is never asked for a name that it cannot resolve: it would drop what follows, or look for a file.
"""

from __future__ import annotations

import html
import re

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+[^\[<>]*(?:\[(?P<subset>.*?)\]\s*)?>", re.DOTALL)
_PARAMETER = re.compile(r"<!ENTITY\s+%[^>]*>|%[\w.-]+;", re.DOTALL)
_EXTERNAL = re.compile(r"<!ENTITY\s+([\w.:-]+)\s+(?:SYSTEM|PUBLIC)\b[^>]*>", re.DOTALL)
_INTERNAL = re.compile(r"<!ENTITY\s+([\w.:-]+)\s+(?:\"[^\"]*\"|'[^']*')\s*>", re.DOTALL)
_REFERENCE = re.compile(r"&([A-Za-z_][\w.:-]*);")
_PREDEFINED = frozenset({"lt", "gt", "amp", "quot", "apos"})


def with_known_entities(text: str) -> tuple[str, list[str]]:
    """The text without its XML declaration, with every name resolvable, and the names whose files are not read."""
    text = text.lstrip("\ufeff")
    match = _DECLARATION.match(text)
    declared = match.group() if match else ""
    text = text[len(declared) :]
    doctype = _DOCTYPE.search(text)
    subset = (doctype.group("subset") or "") if doctype else ""
    external = set(_EXTERNAL.findall(subset))
    subset = _PARAMETER.sub("", _EXTERNAL.sub("", subset))
    internal = set(_INTERNAL.findall(subset))
    kept = "".join(match.group() for match in _INTERNAL.finditer(subset))
    before, after = (text[: doctype.start()], text[doctype.end() :]) if doctype else ("", text)
    used: dict[str, None] = {}

    def resolvable(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in _PREDEFINED or name in internal:
            return match.group()
        if name in external:
            used[name] = None
            return ""
        meant = html.unescape(match.group())
        return meant if meant != match.group() else f"&amp;{name};"

    after = _REFERENCE.sub(resolvable, after)
    kept = _REFERENCE.sub(resolvable, kept)
    head = f"<!DOCTYPE x [{' '.join(kept.split())}]>" if internal else ""
    # The lines keep their numbers, for what is said of them.
    lines = "\n" * ((doctype.group().count("\n") if doctype else 0) + declared.count("\n"))
    return f"{before}{head}{lines}{after}", list(used)
