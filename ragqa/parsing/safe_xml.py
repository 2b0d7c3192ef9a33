"""XML that comes from outside: no entity, DTD, file or address that it names is ever followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from lxml import etree

from ragqa.errors import ParseError

_SECURE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}

_MOST_TAGS = 5_000_000
"""Of a tree in memory: a manual of some thousand pages has fewer."""

_MOST_TAGS_IN_PIECE = 2_000_000
_PIECE = 64 * 1024


class _Counted:
    """A source whose pieces cannot make a tree that fills the memory: the tags since the last element are counted."""

    def __init__(self, source: BinaryIO, name: str) -> None:
        self._source = source
        self._name = name
        self.tags = 0

    def read(self, size: int = _PIECE) -> bytes:
        content = self._source.read(size)
        self.tags += content.count(b"<")
        if self.tags > _MOST_TAGS_IN_PIECE:
            raise _too_many(self._name)
        return content


def parse_xml(content: bytes, name: str) -> etree._Element:
    """The root of a part; ParseError where it is damaged or defines entities."""
    if b"<!ENTITY" in content:
        raise _defines_entities(name)
    if content.count(b"<") > _MOST_TAGS:
        raise _too_many(name)
    try:
        root = etree.fromstring(content, etree.XMLParser(remove_comments=True, remove_pis=True, **_SECURE))
    except etree.XMLSyntaxError as error:
        raise _damaged(name, error) from error
    if _has_doctype(root, name):
        _without_entities(root)
    return root


def stream_xml(source: BinaryIO, name: str, tags: Sequence[str]) -> Iterator[etree._Element]:
    """Each element with one of these local names, when it has ended. It is emptied once the caller asks for the next one."""
    wanted = [f"{{*}}{tag}" for tag in tags]
    counted = _Counted(source, name)
    has_doctype: bool | None = None
    try:
        for _, element in etree.iterparse(counted, tag=wanted, remove_comments=True, remove_pis=True, **_SECURE):
            counted.tags = 0
            if has_doctype is None:
                has_doctype = _has_doctype(element, name)
            if has_doctype:
                _without_entities(element)
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise _damaged(name, error) from error


def _has_doctype(element: etree._Element, name: str) -> bool:
    """Whether the part of an element has a document type, by which it may name what is defined elsewhere, and is not fetched.

    Raises ParseError where the part itself defines any.
    """
    info = element.getroottree().docinfo
    if info.internalDTD is not None and any(True for _ in info.internalDTD.iterentities()):
        raise _defines_entities(name)
    return bool(info.doctype)


def _without_entities(element: etree._Element) -> None:
    etree.strip_elements(element, etree.Entity, with_tail=False)


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str | None:
    """An attribute by its local name, in whatever namespace it stands."""
    found: str | None = element.get(name)
    if found is not None:
        return found
    return next((value for key, value in element.attrib.items() if key.endswith(f"}}{name}")), None)


def _defines_entities(name: str) -> ParseError:
    return ParseError(f"its part {name} defines entities: refused")


def _damaged(name: str, error: etree.XMLSyntaxError) -> ParseError:
    reason = str(error).split("\n")[0][:120]
    return ParseError(f"its part {name} is damaged: {reason}", hint="Open the file with its program and save it again.")


def _too_many(name: str) -> ParseError:
    return ParseError(f"its part {name} has too many elements: refused", hint="Split the file, or export it as PDF or HTML.")
