"""reStructuredText, also as Sphinx extends it: docutils makes a tree of it, and HTML of that, which the HTML reader reads.

Nothing is included, nothing raw is taken over. What docutils cannot read stays as it is written, and is said.
"""

from __future__ import annotations

import re

from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree

from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.encoding import decode
from ragqa.parsing.html.parser import read_html
from ragqa.parsing.rst.inline import PatientInliner
from ragqa.parsing.rst.sphinx import register_unknown
from ragqa.parsing.rst.transforms import RstSource
from ragqa.types import Document

_SETTINGS = {
    "_disable_config": True,
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "warning_stream": False,
    "traceback": True,
    "syntax_highlight": "none",
    "smart_quotes": False,
    "math_output": "LaTeX",
    "embed_stylesheet": False,
    "stylesheet_path": "",
    "doctitle_xform": False,  # it would make a lone section under the title a subtitle, which is no heading
    "initial_header_level": 1,
    "line_length_limit": 1_000_000,
    "input_encoding": "unicode",
    "output_encoding": "unicode",
    "toc_backlinks": False,
    "footnote_backlinks": False,
}
_LABELLED = re.compile(
    r"^\.\. _`?([^:`\n]+)`?:[ \t]*\n\s*(?:\.\. _[^\n]*\n\s*)*([^\s.][^\n]*)\n[=\-~^\"'#*+`:._]{3,}", re.MULTILINE
)
_OVERLINED = re.compile(r"^\.\. _`?([^:`\n]+)`?:[ \t]*\n\s*([=\-~^\"'#*+`:._])\2{2,}\n[ \t]*([^\n]+)\n\2{3,}", re.MULTILINE)
_UNREAD = re.compile(r"^[ \t]*\.\. (include|literalinclude|raw|toctree|auto\w+)::[ \t]*([^\n]*)", re.MULTILINE)
_OUTSIDE = re.compile(r"^[ \t]+:(file|url):[ \t]*([^\n]*)", re.MULTILINE)
_LETTERED = re.compile(r'<ol class="(lower|upper)(alpha|roman)[^"]*"')
_MOST_WARNINGS = 20


class RstParser:
    """Reads .rst files."""

    name = "rst"
    version = 4
    suffixes = (".rst", ".rest")
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`."""
        text, damage = decode(data)
        text = text.replace("\r\n", "\n")
        builder = DocumentBuilder(path)
        if damage:
            builder.warnings.append(damage)
        builder.warnings.extend(_unread(text))
        register_unknown(text)
        settings = _SETTINGS | {"section_titles": _section_titles(text)}
        tree = publish_doctree(text, source_path=None, parser=RstSource(inliner=PatientInliner()), settings_overrides=settings)
        if left := tree.settings.left_substitutions:
            builder.warnings.append(f"{left} substitutions are left as they are written: put in, they would make too long a text")
        kept = _keep_unreadable(tree)
        if kept:
            builder.warnings.append(f"{kept} parts are not valid reStructuredText and are kept as they are written")
        page = publish_from_doctree(tree, writer="html5", settings_overrides=_SETTINGS)
        read_html(_LETTERED.sub(_typed_list, page), builder)
        return builder.build((tree.get("title"), builder.first_heading))


def _typed_list(match: re.Match[str]) -> str:
    letter = "i" if match[2] == "roman" else "a"
    return f'<ol type="{letter.upper() if match[1] == "upper" else letter}"'


def _unread(text: str) -> list[str]:
    """What the file would take from elsewhere."""
    found = [f"{name} {clean_line(what)}".strip() for name, what in _UNREAD.findall(text)]
    found += [f"{name} {clean_line(what)}".strip() for name, what in _OUTSIDE.findall(text)]
    return [f"not followed: {one}" for one in dict.fromkeys(found)][:_MOST_WARNINGS]


def _section_titles(text: str) -> dict[str, str]:
    """The titles of the sections that have a label, which references name."""
    plain = {label.strip().lower(): title.strip() for label, title in _LABELLED.findall(text)}
    return plain | {label.strip().lower(): title.strip() for label, _, title in _OVERLINED.findall(text)}


def _keep_unreadable(tree: nodes.document) -> int:
    """Put what messages about mistakes quote in their place; how many there were."""
    kept = 0
    parents = {id(message.parent): message.parent for message in tree.findall(nodes.system_message) if message.parent is not None}
    for parent in parents.values():
        children: list[nodes.Node] = []
        for child in parent.children:
            quoted = _quoted(child) if isinstance(child, nodes.system_message) else [child]
            kept += bool(quoted) and quoted != [child]
            children += quoted
        parent.clear()  # all at once: there may be as many messages as words
        parent.extend(children)
    for section in list(tree.findall(nodes.section)):
        if "system-messages" in section.get("classes", ()) and section.parent is not None:
            section.parent.remove(section)
    return kept


def _quoted(message: nodes.system_message) -> list[nodes.Node]:
    """What a message quotes of the source, unless it is about what is not taken over."""
    if re.search("disabled|deactivated", message.astext()[:200]):
        return []
    return [child for child in message.children if isinstance(child, nodes.literal_block)]


PARSER = RstParser()
