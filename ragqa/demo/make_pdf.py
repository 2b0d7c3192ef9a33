"""Make the demo's PDF manual, an invented espresso machine's: `python -m ragqa.demo.make_pdf [OUTPUT.pdf]`.

The text comes from `espresso_content` in a small markup: blocks are separated by blank lines, and a block is

    # Chapter, ## Section      headings, numbered here
    1. Step or - Item          a list; a line with two leading spaces goes on with the item or the row above it
    !WARNING Text              a box (WARNING, CAUTION or NOTE)
    @table 20 98: Caption      a ruled table with these column widths in mm; then one line `| cell | cell` for a row
    @columns 2                 a new page set in one or two columns
    @figure machine            the drawing of the machine
    Anything else              a paragraph

with `code`, **bold**, "quotes" and -- for a dash inside the text. The same text always gives the same bytes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    HRFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from ragqa.demo import espresso_content as content

OUTPUT = Path(__file__).parent / "manuals" / "aurora-x2-espresso-machine.pdf"

WIDTH, HEIGHT = A5
MARGIN = 15 * mm
TOP = 20 * mm
BOTTOM = 18 * mm
GUTTER = 6 * mm
SOFT_HYPHEN = "\N{SOFT HYPHEN}"
BULLET = "\N{BULLET}"
PADDINGS = ("LEFTPADDING", "RIGHTPADDING", "TOPPADDING", "BOTTOMPADDING")
BOX_COLOURS = {"WARNING": colors.HexColor("#c0392b"), "CAUTION": colors.HexColor("#b9770e"), "NOTE": colors.grey}

BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=12.8, spaceAfter=6)
COLUMN = ParagraphStyle("column", BODY, alignment=TA_JUSTIFY, fontSize=9, leading=11.8, spaceAfter=5)
ITEM = ParagraphStyle("item", BODY, leftIndent=19, bulletIndent=0, bulletFontSize=9.5, spaceAfter=3.5)
CELL = ParagraphStyle("cell", BODY, fontSize=8.3, leading=10.4, spaceAfter=0)
HEAD_CELL = ParagraphStyle("head cell", CELL, fontName="Helvetica-Bold")
CAPTION = ParagraphStyle("caption", BODY, fontName="Helvetica-Oblique", fontSize=8.5, spaceBefore=4, spaceAfter=3)
SIGNAL = ParagraphStyle("signal", BODY, fontName="Helvetica-Bold", fontSize=9, spaceAfter=0)
HEADINGS = {
    1: ParagraphStyle("heading 1", fontName="Helvetica-Bold", fontSize=18, leading=22, spaceBefore=6, spaceAfter=9),
    2: ParagraphStyle("heading 2", fontName="Helvetica-Bold", fontSize=12.5, leading=15.5, spaceBefore=8, spaceAfter=4),
}
CONTENTS = ParagraphStyle("contents", fontName="Helvetica-Bold", fontSize=18, leading=22, spaceAfter=8)
CONTENTS_LEVELS = [
    ParagraphStyle("contents 1", fontName="Helvetica-Bold", fontSize=9, leading=11.5, spaceBefore=3),
    ParagraphStyle("contents 2", fontName="Helvetica", fontSize=8.5, leading=10.3, leftIndent=12),
]
COVER = ParagraphStyle("cover", fontName="Helvetica-Bold", fontSize=34, leading=40)
COVER_KIND = ParagraphStyle("cover kind", fontName="Helvetica", fontSize=14, leading=18)


@dataclass
class Block:
    """One block of the markup: what it is, its text or argument, and the items of a list or the rows of a table."""

    kind: str
    text: str = ""
    items: list[str] = field(default_factory=list)


def parse(text: str) -> Iterator[Block]:
    """The blocks of a text in the markup."""
    for raw in re.split(r"\n\s*\n", text.strip()):
        lines = raw.strip("\n").split("\n")
        first = lines[0]
        joined = " ".join(line.strip() for line in lines)
        if marks := re.match(r"(#+) ", first):
            yield Block(f"h{len(marks[1])}", joined[marks.end() :])
        elif first.startswith("@"):
            kind, _, argument = first[1:].partition(" ")
            yield Block(kind, argument, items(lines[1:]))
        elif first.startswith("!"):
            signal, _, body = joined[1:].partition(" ")
            yield Block("box", signal, [body])
        elif re.match(r"1\. |- ", first):
            yield Block("steps" if first[0] == "1" else "bullets", items=items(lines))
        else:
            yield Block("p", joined)


def items(lines: list[str]) -> list[str]:
    """The items or rows that the lines hold: an indented line goes on with the one above, marks are taken off."""
    result: list[str] = []
    for line in lines:
        if line.startswith("  "):
            result[-1] += " " + line.strip()
        else:
            result.append(re.sub(r"^(\d+\. |- |\| )", "", line).strip())
    return result


def markup(text: str) -> str:
    """The text with the inline marks turned into what reportlab's paragraphs understand."""
    text = escape(text).replace("--", "&ndash;")
    text = re.sub(r'"([^"]*)"', r"&ldquo;\1&rdquo;", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub(r"`(.+?)`", r'<font face="Courier">\1</font>', text)


def hyphenate(text: str) -> str:
    """The text with soft hyphens in the words whose parts are known, for narrow columns."""
    parts = {word.replace("-", ""): word.replace("-", SOFT_HYPHEN) for word in content.HYPHENATION.split()}
    return re.sub(r"[^\W\d_]+", lambda match: parts.get(match[0], match[0]), text)


class Manual(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """The page layout: header and footer on every page, one or two columns, headings as bookmarks and in the contents.

    The number printed on a page is its number in the file, the cover being page 1.
    """

    def __init__(self, path: str) -> None:
        super().__init__(
            path, pagesize=A5, invariant=1, title=content.TITLE, author=content.MAKER, subject=content.KIND, lang="en"
        )
        height = HEIGHT - TOP - BOTTOM
        half = (WIDTH - 2 * MARGIN - GUTTER) / 2
        lefts = (MARGIN, MARGIN + half + GUTTER)
        whole = [frame(MARGIN, WIDTH - 2 * MARGIN, height)]
        self.addPageTemplates(
            [
                PageTemplate("1", whole, onPage=draw_page),
                PageTemplate("2", [frame(left, half, height) for left in lefts], onPage=draw_page),
            ]
        )

    def afterFlowable(self, flowable: Flowable) -> None:
        """Enter a heading into the bookmarks and into the table of contents."""
        heading = getattr(flowable, "heading", None)
        if heading is None:
            return
        level, text = heading
        key = f"section-{text.split(' ')[0]}"
        self.canv.bookmarkPage(key)
        self.canv.addOutlineEntry(text, key, level=level - 1, closed=level == 1)
        self.notify("TOCEntry", (level - 1, escape(text), self.page, key))


def frame(left: float, width: float, height: float) -> Frame:
    """A frame of the page without padding, so that widths are what they say."""
    return Frame(left, BOTTOM, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def draw_page(canvas: Any, document: Any) -> None:
    """The running header and footer with their rules."""
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.drawString(MARGIN, HEIGHT - 13 * mm, content.HEADER)
    canvas.drawString(MARGIN, 10 * mm, content.DOCUMENT_CODE)
    canvas.drawRightString(WIDTH - MARGIN, 10 * mm, str(document.page))
    canvas.setLineWidth(0.4)
    for y in (HEIGHT - 15 * mm, 14 * mm):
        canvas.line(MARGIN, y, WIDTH - MARGIN, y)
    canvas.restoreState()


class MachineFigure(Flowable):  # type: ignore[misc]  # reportlab has no types
    """The front and the side view of the machine, with the numbers that the parts table explains."""

    FRONT = ((14, 8, 122, 16), (14, 24, 122, 100), (22, 124, 106, 10), (48, 134, 54, 34), (56, 92, 38, 18))
    SIDE = ((196, 8, 118, 16), (226, 24, 88, 100), (196, 92, 30, 32), (290, 44, 24, 80), (226, 124, 82, 10))
    ROUND = ((75, 74, 13), (114, 101, 9), (34, 101, 11))
    LINES = ((75, 61, 75, 52), (62, 52, 88, 52), (30, 90, 24, 38), (114, 92, 116, 70), (200, 92, 200, 84))
    GRIP = ((200, 84, 222, 84), (222, 84, 222, 92), (200, 87, 172, 80))
    NUMBERS = (
        (1, 75, 151), (2, 120, 129), (3, 34, 101), (4, 75, 101), (5, 114, 101), (6, 75, 74), (7, 75, 46), (8, 24, 34),
        (9, 116, 64), (10, 75, 16), (11, 302, 84), (12, 127, 16),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.width = WIDTH - 2 * MARGIN
        self.height = 176

    def wrap(self, *_available: float) -> tuple[float, float]:
        """The space that the drawing takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw the outlines, then the numbers over them."""
        self.canv.setLineWidth(0.8)
        for x, y, width, height in self.FRONT + self.SIDE:
            self.canv.roundRect(x, y, width, height, 3)
        for x, y, radius in self.ROUND:
            self.canv.circle(x, y, radius)
        for line in self.LINES + self.GRIP:
            self.canv.line(*line)
        self.canv.setFont("Helvetica", 7.5)
        for number, x, y in self.NUMBERS:
            self.canv.setFillColor(colors.white)
            self.canv.circle(x, y, 6, fill=1)
            self.canv.setFillColor(colors.black)
            self.canv.drawCentredString(x, y - 2.6, str(number))


class Story:
    """Turns blocks into flowables and numbers chapters, sections, tables and figures on the way."""

    def __init__(self) -> None:
        self.flowables: list[Flowable] = []
        self.chapter = self.section = self.tables = 0
        self.columns = 1

    def add(self, block: Block) -> None:
        """Append one block."""
        if block.kind in ("h1", "h2"):
            self.heading(int(block.kind[1]), block.text)
        elif block.kind == "columns":
            self.columns = int(block.text)
            self.flowables += [NextPageTemplate(block.text), PageBreak()]
        else:
            self.flowables += getattr(self, block.kind)(block)

    def heading(self, level: int, text: str) -> None:
        """Append a numbered heading; a chapter begins a page unless half of the last one is free."""
        if level == 1:
            self.chapter, self.section = self.chapter + 1, 0
            number = f"{self.chapter}"
            self.flowables += [CondPageBreak(HEIGHT / 2)]
        else:
            self.section += 1
            number = f"{self.chapter}.{self.section}"
        paragraph = Paragraph(markup(f"{number} {text}"), HEADINGS[level])
        paragraph.heading = (level, f"{number} {text}")
        paragraph.keepWithNext = True
        self.flowables += [paragraph]

    def text(self, text: str) -> str:
        """The text as reportlab wants it, with soft hyphens where columns are narrow."""
        return markup(hyphenate(text) if self.columns == 2 else text)

    def p(self, block: Block) -> list[Flowable]:
        """A paragraph."""
        return [Paragraph(self.text(block.text), COLUMN if self.columns == 2 else BODY)]

    def steps(self, block: Block) -> list[Flowable]:
        """A numbered procedure."""
        numbered = enumerate(block.items, 1)
        return [Paragraph(self.text(item), ITEM, bulletText=f"{number}.") for number, item in numbered] + [Spacer(1, 4)]

    def bullets(self, block: Block) -> list[Flowable]:
        """A list without numbers."""
        return [Paragraph(self.text(item), ITEM, bulletText=BULLET) for item in block.items] + [Spacer(1, 4)]

    def box(self, block: Block) -> list[Flowable]:
        """A boxed warning: the signal word, then the text."""
        colour = BOX_COLOURS[block.text]
        style = COLUMN if self.columns == 2 else BODY
        body = Paragraph(self.text(block.items[0]), ParagraphStyle("box", style, spaceAfter=0))
        signal = Paragraph(block.text, ParagraphStyle("box signal", SIGNAL, textColor=colour))
        rules = [("BOX", (0, 0), (-1, -1), 1.2, colour), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]
        return [Table([[[signal, body]]], style=rules, colWidths="100%", spaceBefore=4, spaceAfter=8)]

    def table(self, block: Block) -> list[Flowable]:
        """A ruled table with its caption above and its head repeated on every page it reaches."""
        self.tables += 1
        widths, _, caption = block.text.partition(": ")
        head, *rows = [row.split(" | ") for row in block.items]
        cells = [[Paragraph(markup(cell), HEAD_CELL) for cell in head]]
        cells += [[Paragraph(markup(cell), CELL) for cell in row] for row in rows]
        style = [
            ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e3e7ea")),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
        title = Paragraph(markup(f"Table {self.tables} -- {caption}"), CAPTION)
        title.keepWithNext = True
        columns = [float(width) * mm for width in widths.split()]
        return [title, Table(cells, columns, style=style, repeatRows=1, spaceAfter=9)]

    def figure(self, _block: Block) -> list[Flowable]:
        """The drawing of the machine with its caption below."""
        caption = Paragraph(markup("Figure 1 -- Front view (left) and side view (right)"), CAPTION)
        drawing = MachineFigure()
        drawing.keepWithNext = True
        return [drawing, caption]


def cover() -> list[Flowable]:
    """The title page and the table of contents."""
    tight = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *[(side, (0, 0), (-1, -1), 0) for side in PADDINGS]])
    contents = TableOfContents(dotsMinLevel=0, levelStyles=CONTENTS_LEVELS, tableStyle=tight)
    return [
        Spacer(1, 45 * mm),
        Paragraph(content.PRODUCT, COVER),
        HRFlowable(width="100%", thickness=2, color=colors.black, spaceBefore=4, spaceAfter=8),
        Paragraph(content.KIND, COVER_KIND),
        Spacer(1, 60 * mm),
        *[Paragraph(line, BODY) for line in content.IMPRINT],
        PageBreak(),
        Paragraph("Contents", CONTENTS),
        contents,
        PageBreak(),
    ]


def story() -> list[Flowable]:
    """The whole manual as flowables."""
    result = Story()
    for block in parse(content.TEXT):
        result.add(block)
    return cover() + result.flowables


def build(path: Path) -> None:
    """Write the manual to the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Manual(str(path)).multiBuild(story())


def main(arguments: list[str]) -> None:
    """The command line: an optional output path."""
    path = Path(arguments[0]) if arguments else OUTPUT
    build(path)
    print(path)


if __name__ == "__main__":
    main(sys.argv[1:])
