"""XML files that are manuals: DocBook, DITA topics and XHTML. Any other XML is skipped, and said to be what it is."""

from __future__ import annotations

from lxml import etree

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.encoding import declared_encoding, decode
from ragqa.parsing.html.parser import read_html
from ragqa.parsing.safe_xml import local_name
from ragqa.parsing.xml.elements import ROOTS
from ragqa.parsing.xml.entities import with_known_entities
from ragqa.parsing.xml.reader import XmlReader
from ragqa.types import Document

# Names that the file itself defines are spelled out (libxml2 bounds how far they grow); no other file is ever opened.
_SECURE = {"resolve_entities": "internal", "no_network": True, "huge_tree": False, "load_dtd": False, "dtd_validation": False}
_MAPS = frozenset({"map", "bookmap", "subjectScheme", "assembly"})


class XmlParser:
    """Reads .xml, .dita and .dbk files."""

    name = "xml"
    version = 2
    suffixes = (".xml", ".dita", ".dbk", ".docbook")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        builder = DocumentBuilder(path)
        root = _root(data, builder)
        name = local_name(root)
        if name == "html":
            text, _ = decode(data, declared_encoding(data))
            title = read_html(text, builder)
            return builder.build((title, builder.first_heading))
        if name in _MAPS:
            raise SkippedFile(
                f"it is a map of other files (XML with the root {name}), with no text of its own", hint="Add the topics."
            )
        if name not in ROOTS:
            raise SkippedFile(
                f"it is XML with the root {clean_line(name)!r}, neither DocBook nor DITA", hint="Export it as HTML or PDF."
            )
        reader = XmlReader(root)
        read_html(reader.html(), builder)
        builder.warnings.extend(reader.warnings)
        return builder.build((reader.title, builder.first_heading))


def _root(data: bytes, builder: DocumentBuilder) -> etree._Element:
    """The root of the tree; damage is said, and read around where that is possible."""
    text, damage = decode(data, declared_encoding(data[:200]))
    if damage:
        builder.warnings.append(damage)
    text, unread = with_known_entities(text)
    builder.warnings.extend(f"the entity {name} stands for another file, which is not read" for name in unread)
    parser = etree.XMLParser(recover=True, remove_comments=True, remove_pis=True, **_SECURE)
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError as error:
        raise ParseError(f"it is not readable XML: {clean_line(str(error))[:150]}") from error
    if root is None:
        raise ParseError("it is not readable XML")
    for entry in parser.error_log:
        if "amplification" in entry.message or "entity reference loop" in entry.message.lower():
            raise ParseError("its entities grow without measure: refused")
    fatal = next((entry for entry in parser.error_log if entry.level_name == "FATAL"), None)
    if fatal is not None:
        problem = clean_line(fatal.message)[:100]
        builder.warnings.append(f"line {fatal.line}: the XML is damaged ({problem}), some words may be missing")
    return root


PARSER = XmlParser()
