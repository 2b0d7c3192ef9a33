"""Markdown, in the dialects that manuals are written in. It is rendered and read as the HTML page that it becomes.

Before that, what the common dialect does not know is put into words that it does: see `prose` for what stands within lines,
`boxes` for what stands around them. What the front matter says in sentences is read before the text.
"""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath

from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.parser import read_html
from ragqa.parsing.markdown.boxes import expand_boxes
from ragqa.parsing.markdown.front_matter import read_front_matter
from ragqa.parsing.markdown.numbered import own_marks, without_marks
from ragqa.parsing.markdown.prose import Prose, clean_prose
from ragqa.parsing.markdown.tasks import task_boxes
from ragqa.types import Document

_DEEPEST = 120


class MarkdownParser:
    """Reads .md and .mdx files."""

    name = "markdown"
    version = 5
    suffixes = (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, damage = decode(data)
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        title, text = read_front_matter(text, builder)
        prose = clean_prose(text, jsx=PurePosixPath(path).suffix.lower() == ".mdx")
        builder.warnings.extend(prose.warnings)
        read_html(f"<body>{self._page(prose, builder)}</body>", builder)
        return builder.build((title, builder.first_heading))

    @staticmethod
    def _page(prose: Prose, builder: DocumentBuilder) -> str:
        markdown = _markdown(prose.indented_code)
        environment: dict[str, object] = {}
        tokens = markdown.parse(expand_boxes(prose.text), environment)
        if any(token.level >= _DEEPEST - 1 for token in tokens):
            builder.warnings.append(f"lists or quotes are nested more than {_DEEPEST // 2} deep: what is deeper was left out")
        return without_marks(markdown.renderer.render(tokens, markdown.options, environment))


@cache
def _markdown(indented_code: bool) -> MarkdownIt:
    """The renderer; where components stand in the text, indentation is theirs and makes no code."""
    markdown = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    markdown.use(deflist_plugin).use(footnote_plugin).use(task_boxes).use(own_marks)
    return markdown if indented_code else markdown.disable("code")


PARSER = MarkdownParser()
