"""HTML pages. Tables that only lay out the page are unwrapped, tables of data become rows; see `tables`.

Left out: scripts, navigation, lists of links and feedback widgets. What a click unfolds is read. A picture contributes its
alternative text in brackets when that is a short name ("Tap [Settings]"), never a file name.
"""

from __future__ import annotations

from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser

from ragqa.errors import SkippedFile
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line, repair_mojibake
from ragqa.parsing.encoding import declared_encoding, decode
from ragqa.parsing.html.annotated import settle_annotations
from ragqa.parsing.html.code import listing_tables, strip_listings
from ragqa.parsing.html.controls import name_panels, write_controls, write_popups
from ragqa.parsing.html.depth import limit_depth, limit_markup
from ragqa.parsing.html.formulas import write_formulas
from ragqa.parsing.html.furniture import remove_furniture, remove_link_lists
from ragqa.parsing.html.google import read_google
from ragqa.parsing.html.hidden import show_hidden_content
from ragqa.parsing.html.icons import write_icons
from ragqa.parsing.html.printed import read_as_printed
from ragqa.parsing.html.reader import HtmlReader
from ragqa.parsing.html.roles import apply_roles
from ragqa.parsing.html.source import as_html
from ragqa.parsing.html.word import read_word
from ragqa.types import Document


class HtmlParser:
    """Reads .html files."""

    name = "html"
    version = 5
    suffixes = (".html", ".htm", ".xhtml", ".xht", ".shtml")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, damage = decode(data, declared_encoding(data))
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        title = read_html(as_html(text), builder)
        document = builder.build((title, builder.first_heading))
        if not document.blocks:
            _refuse_frames(text)
        return document


def read_html(text: str, builder: DocumentBuilder, settle: Callable[[LexborHTMLParser], None] | None = None) -> str:
    """Feed a page to `builder`; what it names as its title is returned. `settle` may change the page first."""
    tree = LexborHTMLParser(limit_markup(repair_mojibake(text)))
    title = tree.css_first("head > title")
    said = title.text(strip=True) if title is not None else ""
    builder.warnings.extend(prepare(tree, settle))
    if tree.body is not None:
        HtmlReader(builder, frozenset(listing_tables(tree))).read(tree.body)
    return said


def prepare(tree: LexborHTMLParser, settle: Callable[[LexborHTMLParser], None] | None = None) -> list[str]:
    """Make of a page what there is to read: formulas in words, tabs under their names, no furniture. Warnings of what is lost."""
    warnings = limit_depth(tree)
    read_as_printed(tree)
    read_google(tree)
    if settle is not None:
        settle(tree)
    write_formulas(tree)
    warnings += remove_furniture(tree)
    write_icons(tree)
    read_word(tree)
    apply_roles(tree)
    settle_annotations(tree)
    write_popups(tree)
    name_panels(tree)
    warnings.extend(show_hidden_content(tree))
    strip_listings(tree)
    write_controls(tree)
    remove_link_lists(tree)
    return warnings


def _refuse_frames(text: str) -> None:
    frames = LexborHTMLParser(limit_markup(text)).css("frame[src], iframe[src]")
    if frames:
        names = ", ".join(clean_line(frame.attributes.get("src") or "")[:80] for frame in frames[:5])
        raise SkippedFile(f"only frames in it, the text is in other files: {names}", hint="Add those files instead.")


PARSER = HtmlParser()
