"""Assembles a Document from the pieces that a format's parser finds, in reading order.

The builder owns what every format shares: clean text, offsets, heading paths, groups and warnings.
Blocks of one group (a list, a table, a warning box) stand on lines that follow each other; everything else is
set apart by an empty line. Lists are indented by their depth, outside the blocks themselves.
"""

from __future__ import annotations

from itertools import islice
from pathlib import PurePosixPath

from ragqa.errors import ParseError
from ragqa.parsing.cleaning import clean_code, clean_line, clean_lines
from ragqa.parsing.labels import is_bare_label, is_generic_title, starts_with_label
from ragqa.types import Block, BlockKind, Box, Document

MOST_BLOCKS = 1_000_000
MOST_CHARACTERS = 100_000_000
"""Of one document: a manual of ten thousand pages has a tenth of that."""

DEEPEST_HEADING = 32
"""Headings within each other; those that are deeper stand beside each other."""

_LONGEST_HEADING = 300
_PART_LEVEL = 3
_MOST_PARTS = 6
_FIRST_HEADINGS = 5
_BULLET = "\u2022"


class DocumentBuilder:
    """Collects headings, paragraphs, items, rows, warnings and code; `build` makes the Document.

    Set `page`, and `box` where the format tells it, before adding what stands there. Pieces that are empty after cleaning are
    ignored.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.page: int | None = None
        self.box: Box | None = None
        self.warnings: list[str] = []
        self.recognised_by = ""
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._headings: list[tuple[int, str]] = []
        self._parts_open: list[tuple[list[tuple[int, str]], int]] = []
        self._groups = 0
        self._label_group = 0

    def new_group(self) -> int:
        """A number for a list, a table or a warning box."""
        self._groups += 1
        return self._groups

    def heading(self, text: str, level: int) -> None:
        """A heading; what follows stands under it until a heading of the same or an outer level."""
        title = clean_line(text)
        if len(title) > _LONGEST_HEADING:
            self.paragraph(title)
            return
        if not title:
            return
        self._label_group = 0
        if self._parts_open:
            level = max(level, self._parts_open[-1][1] + 1)
        while self._headings and (self._headings[-1][0] >= level or len(self._headings) >= DEEPEST_HEADING):
            self._headings.pop()
        self._headings.append((level, title))
        self._append(BlockKind.HEADING, title, 0)

    def begin_part(self, title: str) -> bool:
        """A heading for a part such as a tab or what unfolds: what follows stands under it until `end_part`.

        False where the title is none, or the parts are too deep within each other: then there is no part to end.
        """
        if not clean_line(title) or len(clean_line(title)) > _LONGEST_HEADING or len(self._parts_open) >= _MOST_PARTS:
            self.paragraph(title)
            return False
        before = list(self._headings)
        level = max(_PART_LEVEL, before[-1][0] + 1 if before else 0)
        self.heading(title, level)
        self._parts_open.append((before, level))
        return True

    def end_part(self) -> None:
        """What follows stands where the part that was begun last stands."""
        self._headings, _ = self._parts_open.pop()

    def paragraph(self, text: str) -> None:
        """Running text. One that begins with WARNING, CAUTION, NOTE... is a warning, also if that word stands alone."""
        clean = clean_lines(text)
        if not clean:
            return
        if is_bare_label(clean):
            self._label_group = self.new_group()
            self._append(BlockKind.WARNING, clean, self._label_group)
        elif self._label_group:
            self._append(BlockKind.WARNING, clean, self._label_group)
            self._label_group = 0
        elif starts_with_label(clean):
            self._append(BlockKind.WARNING, clean, self.new_group())
        else:
            self._append(BlockKind.PARAGRAPH, clean, 0)

    def list_item(self, text: str, group: int, marker: str = _BULLET, depth: int = 0) -> None:
        """An item with its number or bullet; an empty `marker` continues the item before."""
        clean = clean_lines(text)
        if clean:
            self._append(BlockKind.LIST_ITEM, f"{marker} {clean}".lstrip(), group, indent=depth)

    def table_row(self, text: str, group: int) -> None:
        """A row of a table whose cells are already joined."""
        self._append(BlockKind.TABLE_ROW, clean_line(text), group)

    def warning(self, text: str, group: int) -> None:
        """A piece of a warning box."""
        self._append(BlockKind.WARNING, clean_lines(text), group)

    def figure(self, text: str, group: int) -> None:
        """The caption of a figure; what names its parts are list items, or table rows, of the same group."""
        self._append(BlockKind.FIGURE, clean_lines(text), group)

    def code(self, text: str) -> None:
        """Preformatted text: its line breaks and indentation stay."""
        self._append(BlockKind.CODE, clean_code(text), 0)

    def include(self, document: Document) -> None:
        """Another document's blocks, under the headings that stand here; its pages are not this document's."""
        base = self._headings[-1][0] if self._headings else 0
        outer = list(self._headings)
        groups: dict[int, int] = {0: 0}
        for block in document.blocks:
            if block.group not in groups:
                groups[block.group] = self.new_group()
            titles = block.section[:-1] if block.kind is BlockKind.HEADING else block.section
            self._headings = [*outer, *((base + level, title) for level, title in zip(block.levels, titles, strict=False))]
            text = document.text[block.start : block.end]
            if block.kind is BlockKind.HEADING:
                self._headings.append((base + block.levels[-1], text))
            del self._headings[DEEPEST_HEADING:]
            line_start = document.text.rfind("\n", 0, block.start) + 1
            self._append(block.kind, text, groups[block.group], indent=(block.start - line_start) // 2 if block.group else 0)
        self._headings = outer
        self._label_group = 0

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    @property
    def first_heading(self) -> str:
        """The outermost of the first headings, or nothing."""
        return next(iter(self.first_headings()), "")

    def first_headings(self, *, of_a_page: bool = False) -> list[str]:
        """The first headings, the outermost first; those of the first page with any, where only these are wanted."""
        headings = list(islice((block for block in self._blocks if block.kind is BlockKind.HEADING), _FIRST_HEADINGS))
        if of_a_page:
            headings = [block for block in headings if block.page == headings[0].page]
        return [block.section[-1] for block in sorted(headings, key=lambda block: block.levels[-1])]

    def build(self, titles: tuple[str | None, ...] = (), pages: int | None = None) -> Document:
        """The Document; its title is the first of `titles` that says something, else the file's name."""
        stem = PurePosixPath(self.path.replace("\\", "/")).stem
        candidates = [clean_line(title) for title in titles if title]
        title = next((title for title in candidates if not is_generic_title(title)), "")
        return Document(
            path=self.path,
            title=title or clean_line(stem.replace("_", " ")) or self.path,
            text=self.text,
            blocks=tuple(self._blocks),
            pages=pages,
            warnings=tuple(self.warnings),
            recognised_by=self.recognised_by,
        )

    def _append(self, kind: BlockKind, text: str, group: int, indent: int = 0) -> None:
        if not text:
            return
        if kind is not BlockKind.WARNING:
            self._label_group = 0
        if self._blocks:
            last_group = self._blocks[-1].group
            self._write("\n" if group and group == last_group else "\n\n")
        self._write("  " * indent)
        start = self._length
        self._write(text)
        self._blocks.append(
            Block(
                kind=kind,
                start=start,
                end=self._length,
                section=tuple(title for _, title in self._headings),
                levels=tuple(level for level, _ in self._headings),
                page=self.page,
                group=group,
                box=self.box,
            )
        )

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > MOST_CHARACTERS or len(self._blocks) >= MOST_BLOCKS:
            told = f"{MOST_CHARACTERS:,} characters or {MOST_BLOCKS:,} paragraphs, items and rows"
            raise ParseError(f"it has more than {told}: refused", hint="Split the file.")
