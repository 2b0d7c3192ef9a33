"""Markdown: the words without the markup. Block quotes that begin with a warning label are warning boxes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.nodes import tight
from ragqa.parsing.labels import starts_with_label
from ragqa.parsing.tables import render_rows
from ragqa.types import Document

_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION|DANGER)\]\s*", re.IGNORECASE)
_FRONT_MATTER_TITLE = re.compile(r"^title\s*:\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_HTML_TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>", re.DOTALL)
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(front_matter_plugin)


class MarkdownParser:
    """Reads .md files."""

    name = "markdown"
    version = 1
    suffixes = (".md", ".markdown")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, damage = decode(data)
        tokens = _MARKDOWN.parse(text)
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        _TokenReader(builder).read(tokens)
        return builder.build((_front_matter_title(tokens), builder.first_heading))


def _front_matter_title(tokens: Sequence[Token]) -> str | None:
    if not tokens or tokens[0].type != "front_matter":
        return None
    match = _FRONT_MATTER_TITLE.search(tokens[0].content)
    return match.group(1).strip("\"'") if match else None


class _TokenReader:
    """Feeds markdown-it's flat list of tokens to a builder."""

    def __init__(self, builder: DocumentBuilder) -> None:
        self._builder = builder
        self._lists: list[int | None] = []
        self._list_group = 0
        self._marker = ""
        self._quotes: list[int] = []
        self._heading_level = 0
        self._rows: list[list[str]] | None = None
        self._header_rows = 0

    def read(self, tokens: Sequence[Token]) -> None:
        """Feed all tokens."""
        for index, token in enumerate(tokens):
            if token.type == "inline":
                self._inline(_inline_text(token.children or []))
            elif token.type == "blockquote_open":
                self._quotes.append(self._box_group(tokens, index))
            elif token.type == "blockquote_close":
                self._quotes.pop()
            elif token.type in ("fence", "code_block"):
                self._builder.code(token.content)
            elif token.type == "html_block":
                self._html_block(token.content)
            elif token.type.startswith("heading"):
                self._heading_level = int(token.tag[1]) if token.nesting == 1 else 0
            elif token.tag in ("table", "thead", "tr"):
                self._table(token)
            else:
                self._list(token)

    def _box_group(self, tokens: Sequence[Token], index: int) -> int:
        """A group for a quote that is a warning; a quote inside a warning belongs to it; 0 for any other quote."""
        if self._quotes and self._quotes[-1]:
            return self._quotes[-1]
        first = next((token for token in tokens[index + 1 : index + 4] if token.type == "inline"), None)
        if first is None:
            return 0
        text = _inline_text(first.children or [])
        alert = _ALERT.match(text)
        labelled = alert.group(1).upper() != "TIP" if alert else starts_with_label(text) or _is_bold_label(first)
        return self._builder.new_group() if labelled else 0

    def _inline(self, text: str) -> None:
        if self._rows is not None:
            self._rows[-1].append(" ".join(text.split()))
        elif self._heading_level:
            self._builder.heading(text, self._heading_level)
        elif self._quotes and self._quotes[-1]:
            text = _ALERT.sub(lambda match: match.group(1).upper() + "\n", text, count=1)
            self._builder.warning(f"{self._take_marker()} {text}", self._quotes[-1])
        elif self._lists:
            self._builder.list_item(text, self._list_group, self._take_marker(), len(self._lists) - 1)
        else:
            self._builder.paragraph(_ALERT.sub("", text) if self._quotes else text)

    def _list(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            if not self._lists:
                self._list_group = self._builder.new_group()
            start = token.attrGet("start")
            first = int(start) if start is not None else 1
            self._lists.append(first if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "list_item_open":
            number = self._lists[-1]
            self._marker = "\u2022" if number is None else f"{number}."
            if number is not None:
                self._lists[-1] = number + 1

    def _take_marker(self) -> str:
        marker, self._marker = self._marker, ""
        return marker

    def _table(self, token: Token) -> None:
        if token.type == "table_open":
            self._rows, self._header_rows = [], 0
        elif token.type == "tr_open" and self._rows is not None:
            self._rows.append([])
        elif token.type == "thead_close" and self._rows is not None:
            self._header_rows = len(self._rows)
        elif token.type == "table_close" and self._rows is not None:
            group = self._builder.new_group()
            for line in render_rows(self._rows, self._header_rows):
                self._builder.table_row(line, group)
            self._rows = None

    def _html_block(self, content: str) -> None:
        for paragraph in re.split(r"\n\s*\n", html.unescape(_HTML_TAG.sub(" ", content))):
            self._builder.paragraph(tight(" ".join(paragraph.split())))


def _is_bold_label(inline: Token) -> bool:
    """Whether a quote begins with a label set in bold: "**Warning** Hot surface"."""
    children = inline.children or []
    if len(children) < 2 or not any(child.type == "strong_open" for child in children[:2]):
        return False
    bold = next((child.content for child in children if child.type == "text" and child.content), "")
    return starts_with_label(f"{bold.rstrip(':')}:")


def _inline_text(tokens: Sequence[Token]) -> str:
    """The words of an inline token. A soft break is a space, a hard one ends the line; a picture is its name."""
    pieces: list[str] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            pieces.append(token.content)
        elif token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak" or (token.type == "html_inline" and _LINE_BREAK_TAG.fullmatch(token.content)):
            pieces.append("\n")
        elif token.type == "image" and token.content:
            pieces.append(f"[{token.content}]")
    return "".join(pieces)


PARSER = MarkdownParser()
