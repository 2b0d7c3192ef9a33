"""PowerPoint presentations: each slide a page under its title, its shapes in the order a person reads them, then its notes.

Tables and charts become rows, diagrams lists. Hidden slides are not read, and said; so are slides without any text.
"""

from __future__ import annotations

from lxml import etree

from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.opc import OpcPackage, Relation, relation_id
from ragqa.parsing.pptx.graphics import read_chart, read_diagram, read_table
from ragqa.parsing.pptx.shapes import Shape, shapes_of
from ragqa.parsing.pptx.text import paragraph_text, paragraphs
from ragqa.parsing.reading_order import in_reading_order
from ragqa.parsing.safe_xml import local_name
from ragqa.parsing.tabbed import TabbedRows, could_be_a_row
from ragqa.types import Document

_MOST_SLIDES = 5000


class PptxParser:
    """Reads .pptx files and their relatives."""

    name = "pptx"
    version = 4
    suffixes = (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm")
    text_format = False

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        package = OpcPackage(SafeArchive(data))
        part = package.main_part("presentation")
        root = package.xml(part)
        assert root is not None
        relations = package.relations(part)
        builder = DocumentBuilder(path)
        slides = [relations.get(relation_id(entry)) for entry in root.iterfind("{*}sldIdLst/{*}sldId")][:_MOST_SLIDES]
        models: dict[str, etree._Element | None] = {}
        for number, slide in enumerate(slides, 1):
            builder.page = number
            _SlideReader(package, builder, number, models).read(slide.part if slide is not None else "")
        return builder.build((package.title(), builder.first_heading), pages=len(slides))


class _SlideReader:
    """Feeds one slide to a builder. `models` are the layouts and masters that were met."""

    def __init__(
        self, package: OpcPackage, builder: DocumentBuilder, number: int, models: dict[str, etree._Element | None]
    ) -> None:
        self._package = package
        self._builder = builder
        self._number = number
        self._models = models
        self._relations: dict[str, Relation] = {}

    def read(self, part: str) -> None:
        slide = self._package.xml(part)
        if slide is None:
            self._say("is missing")
            return
        if slide.get("show") in ("0", "false"):
            self._say("is hidden and was not read")
            return
        self._relations = self._package.relations(part)
        boxes = shapes_of(slide, self._layouts(part))
        title = next((box.content for box in boxes if box.content.is_title and self._words(box.content)), None)
        notes = self._notes()
        if not any(box.content.kind == "graphicFrame" or self._words(box.content) for box in boxes):
            if any(box.content.kind == "pic" for box in boxes):
                self._say("has pictures and no text")
            if not notes:
                return
        self._builder.heading(self._words(title) if title is not None else f"Slide {self._number}", 1)
        for box in in_reading_order([box for box in boxes if box.content is not title]):
            self._shape(box.content)
        if notes:
            self._builder.heading("Notes", 2)
        for shape in notes:
            self._text(shape, shape.element.find("{*}txBody"))

    def _say(self, what: str) -> None:
        self._builder.warnings.append(f"slide {self._number} {what}")

    def _words(self, shape: Shape) -> str:
        return clean_line(" ".join(paragraph_text(line) for line in shape.element.iterfind("{*}txBody/{*}p")))

    def _layouts(self, part: str) -> list[etree._Element | None]:
        """The slide's layout and that layout's master."""
        layout = next((one.part for one in self._relations.values() if one.kind == "slideLayout"), None)
        if layout is None:
            return []
        if layout not in self._models:
            self._models[layout] = self._package.xml(layout)
            master = next(iter(self._package.related(layout, "slideMaster")), None)
            self._models[f"master of {layout}"] = self._package.xml(master)
        return [self._models[layout], self._models[f"master of {layout}"]]

    def _shape(self, shape: Shape) -> None:
        body = shape.element.find("{*}txBody")
        if shape.kind == "graphicFrame":
            self._graphic(shape.element)
        elif body is not None:
            self._text(shape, body)

    def _text(self, shape: Shape, body: etree._Element) -> None:
        group = 0
        tabbed = TabbedRows(self._builder)
        listed = shape.is_body and shape.placeholder != "subTitle" and bool(shape.models)
        for paragraph in paragraphs(body, shape.models, listed):
            if paragraph.marker is None and could_be_a_row(paragraph.text):
                group = 0
                tabbed.take(paragraph.text)
                continue
            tabbed.flush()
            if paragraph.marker is None:
                group = 0
                self._builder.paragraph(paragraph.text)
            else:
                group = group or self._builder.new_group()
                self._builder.list_item(paragraph.text, group, paragraph.marker, paragraph.depth)
        tabbed.flush()

    def _graphic(self, frame: etree._Element) -> None:
        data = frame.find("{*}graphic/{*}graphicData")
        for element in data if data is not None else ():
            name = local_name(element)
            if name == "tbl":
                read_table(element, self._builder)
            elif name == "chart":
                self._related(relation_id(element), "a chart")
            elif name == "relIds":
                self._related(relation_id(element, "dm"), "a diagram")
            else:
                kind = next((one.get("progId") for one in element.iter("{*}oleObj")), None) or name
                self._say(f"has an embedded object that was not read ({clean_line(kind)[:40]})")

    def _related(self, identity: str, what: str) -> None:
        relation = self._relations.get(identity)
        root = self._package.xml(relation.part) if relation is not None else None
        if root is None:
            self._say(f"has {what} that is missing")
        elif local_name(root) == "chartSpace" and what == "a chart":
            read_chart(root, self._builder)
        elif what == "a diagram":
            read_diagram(root, self._builder)
        else:
            self._say(f"has {what} that was not read")

    def _notes(self) -> list[Shape]:
        """The shapes of the page of notes that hold what the speaker wrote."""
        part = next((one.part for one in self._relations.values() if one.kind == "notesSlide"), None)
        root = self._package.xml(part)
        shapes = [box.content for box in shapes_of(root, [])] if root is not None else []
        return [shape for shape in shapes if shape.placeholder != "sldImg" and self._words(shape)]


PARSER = PptxParser()
