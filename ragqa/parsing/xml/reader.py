"""Writes DocBook and DITA as the HTML that says the same, for the HTML reader to read."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from lxml import etree

from ragqa.parsing.flat_cells import flat_cell
from ragqa.parsing.safe_xml import local_name
from ragqa.parsing.xml import elements as known
from ragqa.parsing.xml.tables import table_html

_LOWEST_HEADING = 6
_MOST_WARNINGS = 20
_ALTERNATIVES = ("alt", "textobject", "caption")
_DELETED = frozenset({"deleted"})


class XmlReader:
    """Turns a tree into HTML. What is left out on purpose stands in `warnings` afterwards."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._titles = _titles_by_id(root)
        self.warnings: list[str] = []
        self.title = ""

    def html(self) -> str:
        """The whole document."""
        return f"<html><body>{self._element(self._root, 0)}</body></html>"

    def _element(self, element: etree._Element, level: int) -> str:
        name = local_name(element)
        if name == "include" and "XInclude" in str(element.tag):
            self._warn(f"{element.get('href') or 'a part'} is included by the file and not read", element)
            return ""
        if any(element.get(reference) for reference in known.REFERENCES):
            self._warn("words taken over from another place (conref) are not read", element)
        if name in known.UNREAD and not (name == "info" and self._is_step_info(element)):
            return self._abstract(element, level) if name in known.INFO else ""
        if element.get("revisionflag") in _DELETED or element.get("status") in _DELETED:
            self._warn("deleted words are left out", element)
            return ""
        if name in known.SECTIONS and (name != "section" or len(element)):
            return self._section(element, level)
        return self._block(element, name, level)

    def _block(self, element: etree._Element, name: str, level: int) -> str:
        """An element that is no section."""
        if name in known.TITLES and _parent_name(element) in known.SECTIONS:
            return ""
        if name in known.PREFORMATTED:
            return f"<pre>{html.escape(''.join(element.itertext()))}</pre>"
        if name in known.TABLES:
            return self._caption(element) + table_html(element, lambda cell: flat_cell(self._children(cell, level)))
        if name in known.ADMONITIONS:
            return self._admonition(element, name, level)
        if name in known.BULLETED or name in known.NUMBERED or name in known.DEFINITIONS:
            return self._list(element, name, level)
        if name in known.ITEMS and name != "stepsection":
            return self._item(element, level)
        if name in known.TERMS:
            return f"<dt>{self._children(element, level)}</dt>"
        if name in known.MEANINGS or (name == "listitem" and _parent_name(element) == "varlistentry"):
            return f"<dd>{self._children(element, level)}</dd>"
        if name in known.PARAGRAPHS or name in known.TITLES or name == "bridgehead":
            return f"<p>{self._children(element, level)}</p>"
        if name in ("formalpara", "refnamediv", "chhead", "sthead"):
            return self._run_in(element, level)
        return self._inline(element, name, level)

    def _inline(self, element: etree._Element, name: str, level: int) -> str:
        if name in known.JOINED_BY_ARROW or name in known.JOINED_BY_PLUS:
            sign = " &gt; " if name in known.JOINED_BY_ARROW else "+"
            return sign.join(
                filter(
                    None,
                    (self._element(child, level).strip() for child in elements_of(element) if local_name(child) != "shortcut"),
                )
            )
        if name == "xref" and not "".join(element.itertext()).strip():
            return html.escape(self._titles.get(_target(element), ""))
        if name in ("mediaobject", "inlinemediaobject", "image", "graphic", "inlinegraphic", "figure-image", "screenshot"):
            return self._picture(element, level)
        if name in ("footnote", "fn"):
            return f" ({' '.join(''.join(element.itertext()).split())})"
        if name in ("superscript", "sup", "subscript", "sub"):
            return f"<{name[:3]}>{self._children(element, level)}</{name[:3]}>"
        if name in ("quote", "q"):
            return f"\u201c{self._children(element, level)}\u201d"
        if name == "sbr":
            return "<br>"
        if name in ("bookabstract", "abstract", "sidebar", "section", "example", "figure", "fig", "body", "callout"):
            return f"<div>{self._children(element, level)}</div>"
        return self._children(element, level)

    def _children(self, element: etree._Element, level: int) -> str:
        pieces = [html.escape(element.text or "", quote=False)]
        for child in element:
            if isinstance(child.tag, str):
                pieces.append(self._element(child, level))
            pieces.append(html.escape(child.tail or "", quote=False))
        return "".join(pieces)

    def _section(self, element: etree._Element, level: int) -> str:
        title = self._title(element)
        if title and not self.title:
            self.title = html.unescape(re.sub("<[^>]*>", "", title))
        deeper = level + bool(title)
        heading = f"<h{min(deeper, _LOWEST_HEADING)}>{title}</h{min(deeper, _LOWEST_HEADING)}>" if title else ""
        return f"{heading}<div>{self._children(element, deeper)}</div>"

    def _title(self, element: etree._Element) -> str:
        """The section's title, its own or that of its information; the name for a page of reference."""
        for child in elements_of(element):
            name = local_name(child)
            if name in known.TITLES:
                return self._children(child, 0).strip()
            if name in known.INFO or name == "refmeta":
                found = next((one for one in elements_of(child) if local_name(one) in known.TITLES), None)
                if found is not None:
                    return self._children(found, 0).strip()
        return ""

    def _abstract(self, element: etree._Element, level: int) -> str:
        """Of the information about a book only what is meant to be read with it."""
        read = [child for child in elements_of(element) if local_name(child) in ("abstract", "legalnotice")]
        return "".join(f"<div>{self._children(child, level)}</div>" for child in read)

    def _caption(self, element: etree._Element) -> str:
        title = next((child for child in elements_of(element) if local_name(child) in ("title", "caption")), None)
        return f"<p>{self._children(title, 0)}</p>" if title is not None else ""

    def _admonition(self, element: etree._Element, name: str, level: int) -> str:
        kind = (element.get("type") or known.ADMONITIONS[name]).lower()
        if kind == "other":
            kind = element.get("othertype") or "note"
        label = f"<p>{html.escape(kind.upper())}</p>"
        if kind in known.NO_WARNING:
            return f"<div>{label}{self._children(element, level)}</div>"
        return f'<div class="admonition warning">{label}{self._children(element, level)}</div>'

    def _list(self, element: etree._Element, name: str, level: int) -> str:
        caption = self._caption(element)
        tag = "dl" if name in known.DEFINITIONS else "ol" if name in known.NUMBERED else "ul"
        kind = ""
        if tag == "ol":
            letters = name == "substeps" or "alpha" in (element.get("numeration") or "")
            kind = f' type="{"A" if "upper" in (element.get("numeration") or "") else "a"}"' if letters else ""
            start = element.get("startingnumber") or ""
            kind += f' start="{start}"' if start.isdecimal() else ""
        before, inside = self._split(element, level)
        return f"{caption}{before}<{tag}{kind}>{inside}</{tag}>"

    def _split(self, element: etree._Element, level: int) -> tuple[str, str]:
        """What stands in a list before its first item, and the items."""
        before: list[str] = []
        inside: list[str] = []
        for child in elements_of(element):
            name = local_name(child)
            if name in ("title", "caption"):
                continue
            is_part = (
                name in known.ITEMS or name in known.TERMS or name in known.MEANINGS or "entry" in name or name.endswith("head")
            )
            (inside if is_part or inside else before).append(self._element(child, level))
        return "".join(before), "".join(inside)

    def _item(self, element: etree._Element, level: int) -> str:
        if _parent_name(element) == "varlistentry":
            return f"<dd>{self._children(element, level)}</dd>"
        content = self._children(element, level)
        if "optional" in (element.get("importance"), element.get("performance")):
            content = content.replace("<p>", "<p>Optional: ", 1)
        return f"<li>{content}</li>"

    def _run_in(self, element: etree._Element, level: int) -> str:
        """A title or name on the line of its paragraph."""
        parts = [self._children(child, level).strip() for child in elements_of(element)]
        parts = [part for part in parts if part]
        return f"<p>{parts[0].rstrip('.:')}: {' '.join(parts[1:])}</p>" if len(parts) > 1 else f"<p>{''.join(parts)}</p>"

    def _picture(self, element: etree._Element, level: int) -> str:
        """The words that stand for a picture, or under it."""
        texts = [
            child for child in element.iterdescendants() if isinstance(child.tag, str) and local_name(child) in _ALTERNATIVES
        ]
        words = [" ".join("".join(child.itertext()).split()) for child in texts]
        named = [word for word in [*words, element.get("alt") or ""] if word]
        return f" [{html.escape('; '.join(dict.fromkeys(named)))}] " if named else " "

    def _is_step_info(self, element: etree._Element) -> bool:
        return _parent_name(element) in ("step", "substep", "stepsection", "choice")

    def _warn(self, text: str, element: etree._Element) -> None:
        line = f"line {element.sourceline}: {text}"
        if line not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(line)


def elements_of(element: etree._Element) -> Iterator[etree._Element]:
    """The child elements, without comments, instructions and entities."""
    return (child for child in element if isinstance(child.tag, str))


def _parent_name(element: etree._Element) -> str:
    parent = element.getparent()
    return local_name(parent) if parent is not None else ""


def _target(element: etree._Element) -> str:
    """The id that a cross-reference leads to."""
    address = element.get("linkend") or element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
    return address.rpartition("#")[2].rpartition("/")[2]


def _titles_by_id(root: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter():
        key = isinstance(element.tag, str) and (element.get("id") or element.get("{http://www.w3.org/XML/1998/namespace}id"))
        title = next((child for child in elements_of(element) if local_name(child) in known.TITLES), None) if key else None
        if key and title is not None:
            found[key] = " ".join("".join(title.itertext()).split())
    return found
