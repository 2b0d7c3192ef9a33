"""The parts of a Word file, and how they refer to each other. A part that is damaged or missing costs only itself."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote

from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.docx.names import STRICT, relation

_USUAL = "word/document.xml"
_SECURE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}
_HEAD = 8192


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: `kind` is the end of the relation's type, `target` the part's name or, if external, an address."""

    kind: str
    target: str
    external: bool


class WordPackage:
    """Finds parts by how others refer to them. What is wrong with a part is said once, in `warnings`."""

    def __init__(self, data: bytes) -> None:
        self._archive = SafeArchive(data)
        self._names = {_normal(name): name for name in self._archive.names()}
        self._relations: dict[str, dict[str, Relation]] = {}
        self.warnings: list[str] = []
        self.main = ""
        self.main = self._main_part()

    def xml(self, name: str) -> etree._Element | None:
        """The root of a part; None where it is missing or nothing of it can be read."""
        content = self.read(name)
        if content is None:
            return None
        if b"<!ENTITY" in content:
            raise ParseError(f"its part {name} defines entities: refused")
        if b"//purl.oclc.org/ooxml" in content[:_HEAD]:
            for strict, usual in STRICT.items():
                content = content.replace(strict, usual)
        parser = etree.XMLParser(recover=True, **_SECURE)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            root = None
        if root is None:
            self._warn(f"its part {name} is damaged and left out")
            return None
        fatal = next((entry for entry in parser.error_log if entry.level_name == "FATAL"), None)
        if fatal is not None:
            self._warn(f"its part {name} is damaged at line {fatal.line}: what follows there may be missing")
        if root.getroottree().docinfo.internalDTD is not None:
            raise ParseError(f"its part {name} defines entities: refused")
        return root

    def read(self, name: str) -> bytes | None:
        """The bytes of a part; None where it is missing or damaged."""
        stored = self._names.get(_normal(name))
        if stored is None:
            return None
        try:
            return self._archive.read(stored)
        except ParseError as error:
            if name == self.main or "expands" in error.message:
                raise
            self._warn(f"{error.message} and left out")
            return None

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part refers to, by the identity it uses."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def related(self, kind: str) -> str | None:
        """The name of the main part's part of a kind, such as "styles": the one it refers to, else that of the usual name."""
        targets = [one.target for one in self.relations(self.main).values() if one.kind == kind and not one.external]
        usual = posixpath.join(posixpath.dirname(self.main), f"{kind}.xml")
        return next((name for name in [*targets, usual] if _normal(name) in self._names), None)

    def content_type(self, name: str) -> str:
        """What the file says a part is; nothing where it does not."""
        root = self.xml("[Content_Types].xml")
        ending = _normal(name).rpartition(".")[2]
        for element in root.iterfind("{*}Override") if root is not None else ():
            if _normal(element.get("PartName") or "") == _normal(name):
                return element.get("ContentType") or ""
        for element in root.iterfind("{*}Default") if root is not None else ():
            if (element.get("Extension") or "").lower() == ending:
                return element.get("ContentType") or ""
        return ""

    def title(self) -> str:
        """The title among the file's properties."""
        named = [one.target for one in self.relations("").values() if one.kind == "core-properties"]
        for name in [*named, "docProps/core.xml"]:
            root = self.xml(name)
            found = root.find("{*}title") if root is not None else None
            if found is not None:
                return found.text or ""
        return ""

    def _main_part(self) -> str:
        named = [one.target for one in self.relations("").values() if one.kind == "officeDocument" and not one.external]
        for name in [*named, _USUAL]:
            if _normal(name) in self._names and not name.startswith(("xl/", "ppt/")):
                return name
        raise ParseError("there is no Word document inside")

    def _read_relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, Relation] = {}
        for element in root.iterfind("{*}Relationship") if root is not None else ():
            kind = (element.get("Type") or "").rstrip("/").rpartition("/")[2]
            target = element.get("Target") or ""
            external = element.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join(folder, unquote(target).replace("\\", "/"))).lstrip("/")
            found[element.get("Id") or ""] = Relation(kind, target, external)
        return found

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)


def reference(element: etree._Element, name: str = "id") -> str:
    """The identity of the relation that an element names."""
    return element.get(relation(name)) or ""


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
