"""The container of Office files (XLSX, PPTX): parts in a zip, and the relations that lead from one to another."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from lxml import etree

from ragqa.errors import ParseError
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.safe_xml import attribute, parse_xml


@dataclass(frozen=True, slots=True)
class Relation:
    """Where a part leads: `kind` is the last word of its type, `part` the name of the part it names."""

    kind: str
    part: str


class OpcPackage:
    """Parts by name. A part that is missing or is outside the file is None."""

    def __init__(self, archive: SafeArchive) -> None:
        self.archive = archive
        self._names = {name.lower(): name for name in archive.names()}

    def xml(self, part: str | None) -> etree._Element | None:
        """The root of a part."""
        name = self.name(part)
        return None if name is None else parse_xml(self.archive.read(name), name)

    def name(self, part: str | None) -> str | None:
        """The part's name as the archive writes it; letters' case does not matter."""
        return self._names.get(part.lower()) if part else None

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part leads to inside the file, by the id of the relation."""
        folder, base = posixpath.split(part)
        root = self.xml(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
        found: dict[str, Relation] = {}
        for element in root if root is not None else ():
            target = element.get("Target") or ""
            if element.get("TargetMode") == "External" or not target:
                continue
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            kind = (element.get("Type") or "").rstrip("/").rpartition("/")[2]
            found[element.get("Id") or ""] = Relation(kind, path)
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """The parts that a part leads to by relations of one kind."""
        return [relation.part for relation in self.relations(part).values() if relation.kind == kind]

    def main_part(self, wanted: str) -> str:
        """The name of the part that is the document."""
        for part in self.related("", "officeDocument"):
            name = self.name(part)
            if name is not None:
                return name
        raise ParseError(f"there is no {wanted} inside", hint="Fetch the file again, or open and save it with its program.")

    def title(self) -> str | None:
        """The title among the file's properties."""
        for part in self.related("", "core-properties"):
            root = self.xml(part)
            found = root.find("{*}title") if root is not None else None
            if found is not None and found.text:
                return str(found.text)
        return None


def relation_id(element: etree._Element, name: str = "id") -> str:
    """The id of the relation that an element names, whichever edition of the standard its namespace is of."""
    for key, value in element.attrib.items():
        if key.endswith(f"/relationships}}{name}"):
            return str(value)
    return attribute(element, name) or ""
