"""What a book says of itself: its package file, the order of its chapters, its title, what of it is encrypted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.epub.names import Members

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_SECURE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}
_CHAPTER_NAME = re.compile(r"\.x?html?$", re.IGNORECASE)
_MOST_FALLBACKS = 10


@dataclass(frozen=True)
class Item:
    """A part that the book lists: its address, what it is said to be, and the part to read where that is no text."""

    address: str
    media_type: str
    is_contents: bool
    fallback: str


@dataclass(frozen=True)
class Package:
    """A book's own description: the folder its addresses start from, its title and its parts in the order of reading."""

    folder: str
    title: str
    items: dict[str, Item]
    order: list[str]
    warnings: list[str]

    def fallbacks(self, item: Item) -> Iterator[Item]:
        """The item and those that stand for it, the preferred one first."""
        for _ in range(_MOST_FALLBACKS):
            yield item
            if item.fallback not in self.items:
                return
            item = self.items[item.fallback]


def read_package(archive: SafeArchive, members: Members) -> Package:
    """The description of the book; where that is missing, its pages in the order of their names."""
    warnings: list[str] = []
    found: list[tuple[str, etree._Element]] = []
    for name in _package_names(archive, members, warnings):
        root = read_xml(archive, name)
        if root is None:
            warnings.append(f"{clean_line(name)} is not readable XML")
        elif etree.QName(root).localname == "package" or root.find(".//{*}item") is not None:
            found.append((name, root))
    if not found:
        return _without_package(archive, warnings)
    if len(found) > 1:
        warnings.append(f"the book holds {len(found)} versions of itself: only {clean_line(found[0][0])} is read")
    name, root = found[0]
    contents = {reference.get("href") for reference in root.iterfind(".//{*}guide/{*}reference[@type='toc']")}
    items = {item.get("id", ""): _item(item, contents) for item in root.iterfind(".//{*}item")}
    return Package(posixpath.dirname(name), _title(root), items, _order(root, items, warnings), warnings)


def encrypted_parts(archive: SafeArchive, members: Members) -> set[str]:
    """The members that are encrypted; fonts that are only obfuscated do no harm. ParseError where all of the book may be."""
    if _ENCRYPTION not in archive.names():
        return set()
    root = read_xml(archive, _ENCRYPTION)
    encrypted: set[str] = set()
    for entry in () if root is None else root.iterfind(".//{*}EncryptedData"):
        methods = {method.get("Algorithm") for method in entry.iterfind("{*}EncryptionMethod")}
        if not methods - set(_FONT_OBFUSCATION):
            continue
        references = [reference.get("URI") or "" for reference in entry.iterfind(".//{*}CipherReference")]
        if not references:
            raise drm()
        encrypted |= {member for address in references if (member := members.find("", address))}
    return encrypted


def drm() -> ParseError:
    """The refusal of a book that cannot be read without its key."""
    return ParseError("is protected by DRM: its text is encrypted", hint="Use a copy without DRM.")


def _package_names(archive: SafeArchive, members: Members, warnings: list[str]) -> list[str]:
    """The package files that the container names, else those that are there."""
    container = members.find("", _CONTAINER)
    root = read_xml(archive, container) if container else None
    addresses = [] if root is None else [file.get("full-path") or "" for file in root.iterfind(".//{*}rootfile")]
    named = [name for address in addresses if (name := members.find("", address))]
    if named:
        return list(dict.fromkeys(named))
    warnings.append(f"{_CONTAINER} is missing or names no book")
    return sorted(name for name in archive.names() if name.lower().endswith(".opf"))


def _without_package(archive: SafeArchive, warnings: list[str]) -> Package:
    pages = sorted((name for name in archive.names() if _CHAPTER_NAME.search(name)), key=_by_number)
    if not pages:
        raise ParseError(f"{_CONTAINER} or the book that it names is missing: not a complete EPUB book")
    warnings.append("the book does not list its chapters: its pages are read in the order of their names")
    return Package("", "", {page: Item(page, "", False, "") for page in pages}, pages, warnings)


def _by_number(name: str) -> list[tuple[int, str]]:
    """A key that puts chapter2 before chapter10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]{1,18})", name)]


def read_xml(archive: SafeArchive, name: str) -> etree._Element | None:
    """The tree of a member as far as it is XML; None where it is none."""
    content = archive.read(name).lstrip(b"\xef\xbb\xbf\r\n\t ")
    try:
        return etree.fromstring(content, etree.XMLParser(recover=True, **_SECURE))
    except etree.XMLSyntaxError:
        return None


def _item(element: etree._Element, contents: set[str]) -> Item:
    address = element.get("href") or ""
    is_contents = "nav" in (element.get("properties") or "").split() or address in contents
    media_type = (element.get("media-type") or "").split(";")[0].strip().lower()
    return Item(address, media_type, is_contents, element.get("fallback") or "")


def _order(root: etree._Element, items: dict[str, Item], warnings: list[str]) -> list[str]:
    """The items as the spine lists them; as the manifest does where there is no spine."""
    listed = [reference.get("idref") or "" for reference in root.iterfind(".//{*}spine/{*}itemref")]
    for missing in dict.fromkeys(idref for idref in listed if idref not in items):
        warnings.append(f"the chapter {clean_line(missing)!r} is in the order of reading, but not in the book's list of parts")
    order = [idref for idref in dict.fromkeys(listed) if idref in items]
    if not order:
        warnings.append("the book gives no order of reading: its parts are read as they are listed")
        return list(items)
    return order


def _title(root: etree._Element) -> str:
    """The main title of the metadata."""
    titles = [element for element in root.iterfind(".//{*}title") if (element.text or "").strip()]
    main = {
        (meta.get("refines") or "").lstrip("#")
        for meta in root.iterfind(".//{*}meta[@property='title-type']")
        if (meta.text or "").strip() == "main"
    }
    titles.sort(key=lambda element: element.get("id") not in main)
    return clean_line(titles[0].text or "") if titles else ""
