"""MDX: imports and exports go, components become the HTML of what they are; the text between their tags stays."""

from __future__ import annotations

import html
import re

_IMPORT = re.compile(r"^import\s+(?:[\w$*{][^;'\"]{0,1000}?\s+from\s+)?['\"][^'\"\n]{1,300}['\"];?[ \t]*$", re.MULTILINE)
_EXPORT = re.compile(r"^export\s+(?:const|let|var|default|function|async)\b.{0,5000}?(?=\n[ \t]*\n|\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\{/\*.{0,5000}?\*/\}", re.DOTALL)
_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]{0,500}\}){0,500}\}){0,2000}\}"
_ATTRIBUTE = rf"\s+(?:[\w:.-]+(?:\s?=\s?(?:\"[^\"]{{0,2000}}\"|'[^']{{0,2000}}'|{_BRACED}))?|{_BRACED})"
_TAG = re.compile(rf"<(?P<end>/?)(?P<name>[A-Z]\w*(?:\.\w+)*)(?P<attributes>(?:{_ATTRIBUTE}){{0,30}})\s*(?P<closed>/?)>|</?>")
_VALUE = re.compile(
    r"""(?P<name>[\w:-]+)\s?=\s?(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|\{\s*(?:["'`](?P<braced>[^"'`{}]*)["'`])\s*\})"""
)
_EXPRESSION = re.compile(r"(?<![\\$\w])\{(?:\s*([\"'`])(?P<literal>[^\"'`{}\n]*)\1\s*|[^{}\n]{0,400})\}")
_PAGE = re.compile(
    r"^import\s+[^;'\"\n]{1,200}\s+from\s+['\"]|"
    r"^[ \t]*<(?:Tabs|TabItem|Tab|CodeGroup|Steps|Callout|Admonition|Accordion|CardGroup)\b",
    re.MULTILINE,
)
# Boxes by their component; one that is nothing by itself says its kind as an attribute.
_BOXES = {
    **dict.fromkeys(("admonition", "callout", "aside", "alert"), ""),
    **{name: name for name in ("note", "warning", "caution", "danger", "tip", "info", "important", "error", "attention")},
    **dict.fromkeys(("check", "hint"), "tip"),
}
_PARTS = frozenset(
    {"tabitem", "tab", "accordion", "accordionitem", "details", "expandable", "step", "collapsible", "tabpanel", "disclosure"}
)
_INLINE = frozenset(
    {"icon", "badge", "kbd", "tooltip", "link", "a", "span", "trans", "highlight", "abbr", "term", "image", "img", "codeinline"}
)
_LONGEST_IN_A_SENTENCE = 400
_TITLES = ("label", "title", "summary", "header", "name", "tab", "value")
_TEXTS = ("title", "description", "text", "alt", "caption", "label")


def is_component_page(text: str) -> bool:
    """Whether a Markdown text has components in it though its name does not say so."""
    return _PAGE.search(text) is not None


def write_components(text: str, braces: bool) -> str:
    """`text` with HTML for its components. `braces`: what stands in braces is an expression and not a text."""
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    text = _COMMENT.sub("", text)
    text = _TAG.sub(_written, text)
    if braces:
        text = _EXPRESSION.sub(lambda match: match["literal"] or "", text)
    lines = text.split("\n")
    return "\n".join(lines)


def _written(match: re.Match[str]) -> str:
    name = (match["name"] or "").rpartition(".")[2].lower()
    if not name:
        return ""
    values = {
        value["name"].lower(): value["double"] or value["single"] or value["braced"] or ""
        for value in _VALUE.finditer(match["attributes"])
    }
    kind = _kind(name, values)
    if kind == "block" and _within_a_sentence(match):
        kind = "inline"
    if match["end"]:
        return {"box": "\n\n</div>\n\n", "part": "\n\n</details>\n\n", "block": "\n\n"}.get(kind, "")
    if match["closed"]:
        said = [values[key] for key in _TEXTS if values.get(key)]
        joined = html.escape(": ".join(said), quote=False)
        if name in ("image", "img"):
            return f'<img alt="{html.escape(values.get("alt", ""))}">'
        if kind != "inline":
            return f"\n\n{joined}\n\n" if joined else ""
        return "" if name in _INLINE else joined
    return _opened(name, kind, values)


def _within_a_sentence(match: re.Match[str]) -> bool:
    """Whether a component begins and ends on one line that has words beside it."""
    text, name = match.string, match["name"]
    start, end = match.span()
    if match["end"]:
        start = text.rfind(f"<{name}", max(0, start - _LONGEST_IN_A_SENTENCE), start)
    elif not match["closed"]:
        end = text.find(f"</{name}>", end, end + _LONGEST_IN_A_SENTENCE) + len(f"</{name}>")
    if start < 0 or end < match.end() or "\n" in text[start:end]:
        return False
    before = text[max(0, start - _LONGEST_IN_A_SENTENCE) : start].rstrip(" \t")[-1:]
    after = text[end : end + _LONGEST_IN_A_SENTENCE].lstrip(" \t")[:1]
    return before not in ("", "\n", ">") or after not in ("", "\n", "<")


def _kind(name: str, values: dict[str, str]) -> str:
    if name in _BOXES:
        return "box"
    if name in _PARTS:
        return "part"
    return "inline" if name in _INLINE else "block"


def _opened(name: str, kind: str, values: dict[str, str]) -> str:
    title = next((values[key] for key in _TITLES if values.get(key)), "")
    if kind == "box":
        box = (
            _BOXES[name]
            or values.get("type")
            or values.get("severity")
            or values.get("variant")
            or values.get("intent")
            or "note"
        )
        label = title if title and title != values.get("value") else box.capitalize()
        return f'\n\n<div class="admonition {html.escape(box)}">\n\n{html.escape(label, quote=False)}\n\n'
    if kind == "part":
        return f"\n\n<details><summary>{html.escape(title, quote=False)}</summary>\n\n"
    if kind == "inline":
        return ""
    said = ": ".join(values[key] for key in ("title", "label", "path", "query", "body", "name", "type") if values.get(key))
    return f"\n\n{html.escape(said, quote=False)}\n\n" if said else "\n\n"
