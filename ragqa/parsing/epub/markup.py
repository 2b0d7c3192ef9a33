"""Makes a chapter's XHTML readable as HTML: what XML may write and HTML would take for something else."""

from __future__ import annotations

import html
import re

_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr"
# XML may close any element at once; HTML would read on to the end of the file.
_SELF_CLOSED = re.compile(rf"<((?!(?:{_VOID})\b)[a-zA-Z][\w:.-]*)((?:\s[^<>]*)?)/>", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*\[(.*?)\]\s*>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"""<!ENTITY\s+([A-Za-z_][\w.-]*)\s+(?:"([^"<%]{0,200})"|'([^'<%]{0,200})')\s*>""")
_MOST_ENTITIES = 100
_PREFIXED = re.compile(r"<(/?)(?:x?html?|h|xh):(?=[a-zA-Z])")
_PAGE = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<(?:\w+:)?(?:html|body|head|div|p|h[1-6]|section)\b", re.I | re.S
)
_HEAD = 4096


def as_html(text: str) -> str:
    """The markup with every element closed as HTML closes it, and without XML's own ways to write characters."""
    text = _with_entities(text)
    text = _CDATA.sub(lambda match: html.escape(match.group(1), quote=False), text)
    text = _PREFIXED.sub(r"<\1", text)
    return _SELF_CLOSED.sub(r"<\1\2></\1>", text)


def is_page(text: str) -> bool:
    """Whether the text begins as a page does."""
    return _PAGE.match(text[:_HEAD].lstrip("\ufeff")) is not None


def _with_entities(text: str) -> str:
    """The text with the short names that its document type defines spelled out; a name within a name stays as it is."""
    doctype = _DOCTYPE.search(text[: 16 * _HEAD])
    if doctype is None:
        return text
    body = text[: doctype.start()] + "<!DOCTYPE html>" + text[doctype.end() :]
    names = {name: double or single for name, double, single in _ENTITY.findall(doctype.group(1))[:_MOST_ENTITIES]}
    if not names:
        return body
    pattern = re.compile("&(" + "|".join(map(re.escape, names)) + ");")
    return pattern.sub(lambda match: names[match.group(1)], body)
