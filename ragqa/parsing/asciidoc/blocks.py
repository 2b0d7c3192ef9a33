"""Reads AsciiDoc's blocks one after the other and writes each as HTML."""

from __future__ import annotations

import html
import re

from ragqa.parsing.asciidoc import marks as signs
from ragqa.parsing.asciidoc.attributes import Attributes
from ragqa.parsing.asciidoc.inline import inline_html, joined
from ragqa.parsing.asciidoc.lists import Mark, item_mark
from ragqa.parsing.asciidoc.source import Source
from ragqa.parsing.asciidoc.tables import TableCell, table_html
from ragqa.parsing.flat_cells import flat_cell


class BlockReader:
    """Reads the lines of a document or of a part of one."""

    def __init__(self, lines: list[str], source: Source, depth: int = 0) -> None:
        if depth > signs.DEEPEST:
            raise RecursionError
        self._lines = lines
        self._source = source
        self._depth = depth
        self._at = 0
        self._said = Attributes()
        self._title = ""
        self.document_title = ""

    def html(self) -> str:
        """All blocks."""
        blocks: list[str] = []
        while self._at < len(self._lines):
            blocks.append(self._block(()))
        return "".join(blocks)

    def _inside(self, lines: list[str]) -> str:
        return BlockReader(lines, self._source, self._depth + 1).html()

    def _inline(self, text: str) -> str:
        return inline_html(text, self._source)

    def _line(self, ahead: int = 0) -> str:
        return self._lines[self._at + ahead] if self._at + ahead < len(self._lines) else ""

    # one block

    def _block(self, marks: tuple[str, ...]) -> str:
        """The block at the cursor, which moves past it; lists within the lists of these marks."""
        line = self._line()
        if not line.strip() or signs.BREAK.fullmatch(line):
            self._at += 1
            return ""
        if self._source.entry(line):
            self._at += 1
            while line.endswith((" \\", " +")) and self._at < len(self._lines):
                line = self._line()
                self._at += 1
            return ""
        if line.startswith("[") and signs.ATTRIBUTES.fullmatch(line):
            self._said.read(line)
            self._at += 1
            return ""
        if match := signs.BLOCK_TITLE.fullmatch(line):
            self._title = match.group(1)
            self._at += 1
            return ""
        written = self._heading() or self._delimited() or self._macro() or self._list(marks)
        written = written or self._paragraph(in_item=bool(marks))
        self._said, self._title = Attributes(), ""
        return written

    def _caption(self) -> str:
        return f"<p>{self._inline(self._title)}</p>" if self._title else ""

    def _heading(self) -> str:
        line, below = self._line(), self._line(1)
        if match := signs.SECTION.fullmatch(line):
            level, title, taken = len(match.group(1)), match.group(2), 1
        elif signs.is_underlined(line, below):
            level, title, taken = signs.UNDERLINE[below[0]], line, 2
        else:
            return ""
        first = level == 1 and not self.document_title and self._depth == 0
        self._at += taken
        written = self._inline(title)
        if first:
            self.document_title = html.unescape(re.sub("<[^>]*>", "", written))
            self._skip_header()
        return f"<h{min(level, signs.LOWEST)}>{written}</h{min(level, signs.LOWEST)}>"

    def _skip_header(self) -> None:
        """Pass over the author and the revision under the document's title, and take in its attributes."""
        taken = 0
        while self._line().strip():
            if not self._source.entry(self._line()):
                if taken >= 2 or not re.fullmatch(r"[\w.,;:<>@'/ -]{1,120}", self._line()):
                    return
                taken += 1
            self._at += 1

    def _delimited(self) -> str:
        match = signs.DELIMITER.fullmatch(self._line())
        if match is None:
            return ""
        fence = "```" if match.group(2) else self._line()
        end = self._at + 1
        while end < len(self._lines) and self._lines[end] != fence:
            end += 1
        inside = self._lines[self._at + 1 : end]
        self._at = end + 1
        if match.group(3):
            return self._table(inside, match.group(3))
        return self._caption() + self._fenced(fence[0] if fence != "--" else "--", inside)

    def _fenced(self, kind: str, inside: list[str]) -> str:
        style = self._said.style.upper()
        if kind in ("-", ".", "`") or self._said.style in signs.CODE_STYLES:
            return self._code(inside)
        if kind == "+":
            words = html.unescape(re.sub(r"<[^>]*>", " ", "\n".join(inside)))
            return f"<p>{html.escape(words)}</p>"
        if style in signs.LABELS:
            return _admonition(style, self._inside(inside))
        by = ", ".join(filter(None, (self._said.named.get("attribution"), self._said.named.get("citetitle"))))
        return f"<div>{self._inside(inside)}</div>" + (f"<p>{html.escape(by)}</p>" if by else "")

    def _code(self, lines: list[str]) -> str:
        text = self._source.resolve("\n".join(lines)) if "attributes" in self._said.named.get("subs", "") else "\n".join(lines)
        text = signs.CALLOUT.sub(r" (\1)", text)
        return f"<pre>{html.escape(text)}</pre>"

    def _table(self, lines: list[str], delimiter: str) -> str:
        if delimiter[0] in ",:":
            self._said.named.setdefault("format", "csv" if delimiter[0] == "," else "dsv")
        if delimiter[0] == "!":
            self._said.named.setdefault("separator", "!")
        return self._caption() + table_html(lines, self._said.named, self._said.options, self._cell)

    def _cell(self, cell: TableCell) -> str:
        text = cell.text
        if cell.style == "a":
            return flat_cell(self._inside(text.strip("\n").split("\n")))
        if cell.style == "l":
            return html.escape(text.strip())
        return self._inline(" ".join(text.split()))

    def _macro(self) -> str:
        match = signs.BLOCK_MACRO.fullmatch(self._line())
        if match is None:
            return ""
        self._at += 1
        name, target, words = match.groups()
        if name in ("image", "video", "audio"):
            shown = words.split(",")[0].strip().strip('"')
            shown = f"<p>[{html.escape(shown)}]</p>" if shown and "=" not in shown else ""
            return shown + self._caption() or " "
        if name not in ("toc", "include"):
            self._source.say(f"{name}::{target} is not read")
        return " "

    # lists

    def _list(self, marks: tuple[str, ...]) -> str:
        first = item_mark(self._line())
        if first is None:
            return ""
        items: list[str] = []
        start = self._said.named.get("start", "")
        attributes = f' start="{start if start.isdecimal() else first.start}"' if first.tag == "ol" else ""
        attributes += ' type="a"' if "alpha" in self._said.style or first.mark in ("a.", "a)") else ""
        caption = self._caption()
        self._said.style, self._title = "", ""
        mark: Mark | None = first
        while mark is not None and mark.mark == first.mark:
            self._at += 1
            items.append(self._item(mark, (*marks, first.mark)))
            mark = self._next_mark()
        if first.tag == "dl" and marks:
            return "".join(items)
        return f"{caption}<{first.tag}{attributes}>{''.join(items)}</{first.tag}>"

    def _next_mark(self) -> Mark | None:
        """The mark of the next item, over empty lines; the cursor moves to it."""
        ahead = self._at
        while ahead < len(self._lines) and not self._lines[ahead].strip():
            ahead += 1
        mark = item_mark(self._lines[ahead]) if ahead < len(self._lines) else None
        if mark is not None:
            self._at = ahead
        return mark

    def _item(self, mark: Mark, marks: tuple[str, ...]) -> str:
        """An item with all that hangs on it: its lines, the lists within it, the blocks after a plus."""
        parts = [f"<p>{self._inline(self._wrapped([mark.text] if mark.text else [], mark.tag == 'dl'))}</p>"]
        while self._at < len(self._lines):
            if self._line() == "+":
                self._at += 1
                parts.append(self._attached(marks))
                continue
            before = self._at
            following = self._next_mark()
            apart = self._at > before and following is not None and following.tag == "dl" != mark.tag
            if following is not None and following.mark not in marks and not apart:
                parts.append(self._list(marks))
                continue
            literal = self._line(1) if not self._line().strip() else ""
            if following is None and literal.startswith(" ") and literal.strip():
                self._at += 1
                parts.append(self._paragraph(in_item=True))
                continue
            self._at = before if following is None else self._at
            break
        content = "".join(parts)
        if mark.tag == "dl" and len(marks) > 1:
            return f"<p>{self._inline(mark.term)}: {content.removeprefix('<p>')}"
        if mark.tag == "dl":
            return f"<dt>{self._inline(mark.term)}</dt>" + (f"<dd>{content}</dd>" if content != "<p></p>" else "")
        return f"<li>{content}</li>"

    def _attached(self, marks: tuple[str, ...]) -> str:
        """The block that a plus attaches, with the attributes over it, and what stands right below it without a mark."""
        written = ""
        while self._line().strip() and self._line() != "+":
            if written and (item_mark(self._line()) or signs.SECTION.fullmatch(self._line())):
                break
            written += self._block(marks)
        return written

    def _wrapped(self, texts: list[str], is_definition: bool) -> str:
        """The text of an item with the lines that go on with it; that of a definition may begin below it."""
        if is_definition and not texts:
            while (
                not self._line().strip()
                and self._at + 1 < len(self._lines)
                and self._line(1).strip()
                and not item_mark(self._line(1))
            ):
                if (
                    signs.ATTRIBUTES.fullmatch(self._line(1))
                    or signs.DELIMITER.fullmatch(self._line(1))
                    or signs.SECTION.fullmatch(self._line(1))
                ):
                    break
                self._at += 1
        while self._line().strip() and self._line() != "+" and not self._begins_block(self._line()):
            texts.append(self._line().strip())
            self._at += 1
        return joined(texts)

    def _begins_block(self, line: str) -> bool:
        return bool(
            item_mark(line)
            or signs.DELIMITER.fullmatch(line)
            or (line.startswith("[") and signs.ATTRIBUTES.fullmatch(line))
            or signs.BLOCK_MACRO.fullmatch(line)
        )

    # paragraphs

    def _paragraph(self, in_item: bool = False) -> str:
        """A paragraph; the mark of a list ends one that hangs on an item, an indented mark none that is indented itself."""
        literal = self._line().startswith((" ", "\t"))
        lines: list[str] = []
        while self._line().strip() and not (lines and self._ends_paragraph(self._line())):
            if lines and in_item and item_mark(self._line()) and not (literal and self._line().startswith((" ", "\t"))):
                break
            lines.append(self._line())
            self._at += 1
        caption = self._caption()
        if literal or self._said.style in signs.CODE_STYLES:
            return caption + self._code(lines)
        match = signs.ADMONITION.fullmatch("\n".join(lines))
        if match or self._said.style.upper() in signs.LABELS:
            label, words = (match.group(1), match.group(2).split("\n")) if match else (self._said.style.upper(), lines)
            return _admonition(label, f"{caption}<p>{self._inline(joined(words))}</p>")
        return f"{caption}<p>{self._inline(joined(lines)).replace(chr(10), '<br>')}</p>"

    def _ends_paragraph(self, line: str) -> bool:
        return (
            line == "+"
            or bool(signs.DELIMITER.fullmatch(line))
            or (line.startswith("[") and signs.ATTRIBUTES.fullmatch(line) is not None)
        )


def _admonition(label: str, content: str) -> str:
    kind = "" if label == "TIP" else ' class="admonition warning"'
    return f"<div{kind}><p>{label}</p>{content}</div>"
