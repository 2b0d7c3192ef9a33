"""The tags of site builders in Markdown (Liquid, Jinja, Hugo, GitBook): their boxes and tabs stay such, all else goes."""

from __future__ import annotations

import html
import re

_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}.{0,20000}?\{%-?\s*endcomment\s*-?%\}|\{#[^{}#]{0,2000}#\}", re.DOTALL)
_HIGHLIGHT = re.compile(r"\{%-?\s*highlight\b[^%]{0,200}%\}\n?(.{0,20000}?)\{%-?\s*endhighlight\s*-?%\}", re.DOTALL)
_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
_TAG = re.compile(r"[ \t]*\{%-?\s*(?P<name>/?[\w-]+)(?P<rest>[^%]{0,1000}(?:%(?!\})[^%]{0,1000}){0,20}?)-?%\}")
_SHORTCODE = re.compile(r"[ \t]*\{\{[<%]\s*(?P<name>/?\s?[\w/.-]+)(?P<rest>.{0,1000}?)/?\s*[>%]\}\}", re.DOTALL)
_OUTPUT = re.compile(r"\{\{-?(?P<inner>[^{}\n]{0,400})-?\}\}")
_LITERAL = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)')\s*(?:\|.*)?$", re.DOTALL)
_NAMED_TEXT = re.compile(r"\b(?:content|text|caption|message|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE | re.DOTALL)
_NAMED_TITLE = re.compile(r"\b(?:title|name|label|header|summary)\s*[=:]\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE | re.DOTALL)
_STYLE = re.compile(r"\b(?:style|type|color|context)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_FIRST_VALUE = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+))")
_BOXES = frozenset(
    {
        "note",
        "warning",
        "caution",
        "danger",
        "important",
        "attention",
        "tip",
        "hint",
        "info",
        "notice",
        "alert",
        "callout",
        "admonition",
        "error",
    }
)
_STYLES = {
    "warning": "warning",
    "danger": "danger",
    "error": "danger",
    "caution": "caution",
    "important": "important",
    "note": "note",
    "tip": "tip",
    "success": "tip",
    "info": "note",
}
_PARTS = frozenset({"tab", "tab-item", "expand", "details", "accordion", "collapse", "accordion-item", "stepper-step", "step"})


def fence_highlights(text: str) -> str:
    """Listings between Liquid's tags as fenced code."""
    if "highlight" not in text or "{%" not in text:
        return text
    return _HIGHLIGHT.sub(lambda match: f"\n```\n{match[1].rstrip()}\n```\n", text)


def write_templates(text: str) -> tuple[str, list[str]]:
    """`text` without the tags, and a warning where the site's builder puts words that the file does not hold."""
    if "{" not in text or ("{%" not in text and "{{" not in text and "{#" not in text):
        return text, []
    text = _COMMENT.sub("", text)
    text = _RAW.sub("", text)
    text = _SHORTCODE.sub(_written, text)
    text = _TAG.sub(_written, text)
    missing: list[str] = []

    def output(match: re.Match[str]) -> str:
        literal = _LITERAL.match(match["inner"])
        if literal is not None:
            return literal[1] or literal[2] or ""
        missing.append(match[0])
        return ""

    text = _OUTPUT.sub(output, text)
    if not missing:
        return text, []
    return text, [
        f"{len(missing)} places are filled by the builder of the site and are not in the file, the first: {missing[0][:80]}"
    ]


def _written(match: re.Match[str]) -> str:
    """What a tag stands for: the end or the beginning of a box or a tab, the text that it is given, or nothing."""
    name, rest = match["name"].lower().replace(" ", ""), match["rest"]
    ends = name.startswith(("end", "/"))
    kind = name.removeprefix("end").removeprefix("/")
    if kind in _BOXES:
        return "\n\n</div>\n\n" if ends else _opened_box(kind, rest)
    if kind in _PARTS:
        return "\n\n</details>\n\n" if ends else f"\n\n<details><summary>{html.escape(_title(rest), quote=False)}</summary>\n\n"
    given = _NAMED_TEXT.search(rest) if name in ("include", "figure", "img", "image", "include_cached", "render") else None
    said = (given[1] or given[2] or "") if given is not None else ""
    if said and name.startswith("include"):
        box = next((box for box in sorted(_BOXES) if rest.lstrip().startswith((f"{box}.", f"{box}/"))), "")
        return f'\n\n<div class="admonition {box}">\n\n{said}\n\n</div>\n\n' if box else f"\n\n{said}\n\n"
    return f" {said} " if said else ""


def _opened_box(kind: str, rest: str) -> str:
    style = _STYLE.search(rest)
    first = _FIRST_VALUE.match(rest)
    if style is not None:
        kind = _STYLES.get(style[1].lower(), kind)
    elif (
        first is not None
        and (first[1] or first[2] or first[3] or "").lower() in _STYLES
        and kind in ("hint", "notice", "alert", "callout")
    ):
        kind = _STYLES[(first[1] or first[2] or first[3]).lower()]
    elif kind == "hint" and "{{" in rest:
        kind = "note"
    named = _NAMED_TITLE.search(rest)
    title = (named[1] or named[2] or "") if named is not None else kind.capitalize()
    return f'\n\n<div class="admonition {kind}">\n\n{title}\n\n'


def _title(rest: str) -> str:
    named = _NAMED_TITLE.search(rest)
    if named is not None:
        return named[1] or named[2] or ""
    first = _FIRST_VALUE.findall(rest)
    return " ".join("".join(value) for value in first[-1:]) if first else ""
