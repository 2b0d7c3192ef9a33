"""EPUB books: the chapters of the spine, in order, read by the HTML reader. The table of contents is left out."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.parser import read_html
from ragqa.types import Document

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
# XML may close any element at once; HTML would read on to the end of the file.
_SELF_CLOSED = re.compile(r"<(title|script|style|a|p|div|span|td|th|li|b|i|em|strong|textarea)((?:\s[^<>]*)?)/>")
_SECURE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}


class EpubParser:
    """Reads .epub files."""

    name = "epub"
    version = 1
    suffixes = (".epub",)
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        archive = SafeArchive(data)
        _refuse_encrypted(archive)
        package_path = _package_path(archive)
        package = _xml(archive, package_path)
        builder = DocumentBuilder(path)
        for chapter in _chapters(package, package_path):
            _read_chapter(archive, chapter, builder)
        title = next((clean_line(element.text or "") for element in package.iterfind(".//{*}title")), "")
        return builder.build((title, builder.first_heading))


def _xml(archive: SafeArchive, name: str) -> etree._Element:
    try:
        content = archive.read(name)
    except KeyError as error:
        raise ParseError(f"{name} is missing: not a complete EPUB book") from error
    root = etree.fromstring(content, etree.XMLParser(recover=True, **_SECURE))
    if root is None:
        raise ParseError(f"{name} is not readable XML")
    return root


def _refuse_encrypted(archive: SafeArchive) -> None:
    """A book under DRM lists its encrypted chapters; fonts alone may be obfuscated without harm."""
    if _ENCRYPTION not in archive.names():
        return
    methods = {element.get("Algorithm") for element in _xml(archive, _ENCRYPTION).iterfind(".//{*}EncryptionMethod")}
    if not methods or methods - set(_FONT_OBFUSCATION):
        raise ParseError("is protected by DRM: its text is encrypted", hint="Use a copy without DRM.")


def _package_path(archive: SafeArchive) -> str:
    rootfile = _xml(archive, _CONTAINER).find(".//{*}rootfile")
    path: str | None = rootfile.get("full-path") if rootfile is not None else None
    if not path:
        raise ParseError("its container names no book")
    return path


def _chapters(package: etree._Element, package_path: str) -> list[str]:
    """The paths of the spine's chapters without the navigation document."""
    folder = posixpath.dirname(package_path)
    items = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    chapters: list[str] = []
    for reference in package.iterfind(".//{*}spine/{*}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _CHAPTER_TYPES:
            continue
        if "nav" in (item.get("properties") or "").split():
            continue
        href = unquote((item.get("href") or "").split("#")[0])
        chapters.append(posixpath.normpath(posixpath.join(folder, href)))
    return chapters


def _read_chapter(archive: SafeArchive, chapter: str, builder: DocumentBuilder) -> None:
    try:
        content = archive.read(chapter)
    except KeyError:
        builder.warnings.append(f"the chapter {clean_line(chapter)} is missing")
        return
    text, damage = decode(content)
    if damage:
        builder.warnings.append(f"{clean_line(chapter)}: {damage}")
    read_html(_SELF_CLOSED.sub(r"<\1\2></\1>", text), builder)


PARSER = EpubParser()
