"""Directives and roles that docutils does not know, Sphinx's above all: whatever they are called, their words are kept."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from typing import Any, cast

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles
from docutils.parsers.rst.languages import en
from docutils.statemachine import StringList

_DIRECTIVE = re.compile(r"^[ \t]*(?:\.\.|\.\. \|[^|\n]+\|) ([A-Za-z0-9][\w:+.-]{0,60}?)::(?=[ \t\n])", re.MULTILINE)
_ROLE = re.compile(r":([A-Za-z][\w:+.-]{0,60}?):(?=`)|(?<=`):([A-Za-z][\w:+.-]{0,60}?):")
_MOST_NAMES = 300
_SILENT = frozenset(
    [
        "toctree",
        "index",
        "tabularcolumns",
        "highlight",
        "currentmodule",
        "module",
        "py:module",
        "py:currentmodule",
        "default-domain",
        "autosummary",
        "highlightlang",
        "codeauthor",
        "sectionauthor",
        "moduleauthor",
        "literalinclude",
        "meta",
        "nosearch",
        "sphinx-design",
        "post",
        "todolist",
    ]
)
_CODE = frozenset(
    [
        "prompt",
        "productionlist",
        "doctest",
        "testcode",
        "testoutput",
        "ipython",
        "console",
        "terminal",
        "graphviz",
        "mermaid",
        "uml",
        "plantuml",
    ]
)
_VERSIONS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}
_BOXES = {"seealso": "See also", "todo": "To do", "warning-box": "Warning", "danger-box": "Danger"}
_ARGUMENT_IS_NO_TEXT = frozenset(
    [
        "only",
        "ifconfig",
        "tabs",
        "tab-set",
        "grid",
        "hlist",
        "cssclass",
        "rst-class",
        "glossary",
        "versionchanges",
        "acks",
        "flat-table",
    ]
)
_OBJECTS = frozenset(
    [
        "function",
        "class",
        "method",
        "data",
        "option",
        "envvar",
        "confval",
        "describe",
        "object",
        "cmdoption",
        "attribute",
        "exception",
        "macro",
    ]
)
_UNFOLDS = frozenset(["tab", "tab-item", "group-tab", "code-tab", "dropdown", "collapse", "details", "spoiler"])
_EXPLICIT = re.compile(r"(.+?)\s*<([^<>]*)>", re.DOTALL)
_CODE_ROLES = frozenset(["file", "samp", "program", "option", "command", "envvar"])


class _AnyOptions(dict[str, Callable[[str], str]]):
    """Takes every option."""

    def __getitem__(self, name: str) -> Callable[[str], str]:
        return directives.unchanged

    def __bool__(self) -> bool:
        return True


class _Unknown(Directive):
    """Keeps the words of a directive: its argument, and its content read like any other text."""

    optional_arguments = 100
    final_argument_whitespace = True
    option_spec = _AnyOptions()
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The nodes that stand for the directive."""
        name, argument = self.name.lower(), " ".join(self.arguments)
        if name in _SILENT or name.startswith("auto"):
            return []
        if name in _CODE:
            return [nodes.literal_block(text := "\n".join(self.content) or argument, text)]
        if name == "code-tab":
            language, _, title = argument.partition(" ")
            return self._unfolding(title or language, [nodes.literal_block(text := "\n".join(self.content), text)])
        content = nodes.Element()
        lines = _with_terms_together(self.content) if name == "glossary" else self.content
        self.state.nested_parse(lines, self.content_offset, content)
        if name in _VERSIONS:
            return self._version(_VERSIONS[name], content)
        if name in _BOXES:
            box = nodes.admonition("", nodes.title("", _BOXES[name]), classes=["admonition"])
            if name == "seealso":
                return [*self._inline(f"{_BOXES[name]}: {argument}"), *content.children]
            box += self._inline(argument)
            box += content.children
            return [box]
        if not argument or name in _ARGUMENT_IS_NO_TEXT:
            return content.children
        if name in _UNFOLDS:
            return self._unfolding(argument, content.children)
        if ":" in name or name in _OBJECTS:
            return [self._definition(argument, content)]
        return [*self._inline(argument), *content.children]

    @staticmethod
    def _unfolding(title: str, content: Sequence[nodes.Node]) -> list[nodes.Node]:
        """A tab, or what unfolds, under its title."""
        opening = f"<details><summary>{html.escape(title, quote=False)}</summary>"
        return [nodes.raw("", opening, format="html"), *content, nodes.raw("", "</details>", format="html")]

    def _inline(self, text: str) -> list[nodes.Node]:
        """A paragraph with this text, none for an empty one."""
        if not text:
            return []
        parsed, messages = self.state.inline_text(text, self.lineno)
        return [nodes.paragraph(text, "", *parsed), *messages]

    def _version(self, phrase: str, content: nodes.Element) -> list[nodes.Node]:
        version, _, rest = " ".join(self.arguments).partition(" ")
        parsed, messages = self.state.inline_text(
            f"{phrase} {version}{':' if rest or content.children else '.'} {rest}", self.lineno
        )
        first = content.children[0] if content.children else None
        paragraph = nodes.paragraph("", "", *parsed)
        if isinstance(first, nodes.paragraph) and not rest:
            paragraph += first.children
            return [paragraph, *messages, *content.children[1:]]
        return [paragraph, *messages, *content.children]

    def _definition(self, argument: str, content: nodes.Element) -> nodes.Node:
        """What is described, and its description."""
        if not content.children:
            return nodes.paragraph("", argument)
        definition = nodes.definition("", *content.children)
        return nodes.definition_list("", nodes.definition_list_item("", nodes.term("", argument), definition))


def _with_terms_together(lines: StringList) -> StringList:
    """The lines of a glossary with the terms that share an explanation on one, as docutils knows but one."""
    joined = StringList()
    for place, line in enumerate(lines):
        before = joined[-1] if len(joined) else ""
        explained = line[:1].isspace() and line.strip()
        if line.strip() and not explained and before.strip() and not before[0].isspace() and not line.startswith(".."):
            joined[-1] = f"{before}, {line}"
        else:
            source, offset = lines.info(place)
            joined.append(line, source, offset or 0)
    return joined


class _Code(_Unknown):
    """A listing with whatever options, below its caption; docutils' own directive refuses those of Sphinx."""

    optional_arguments = 1
    final_argument_whitespace = False

    def run(self) -> list[nodes.Node]:
        """The nodes that stand for the directive."""
        self.assert_has_content()
        block = nodes.literal_block(text := "\n".join(self.content), text)
        self.add_name(block)
        return [*self._inline(self.options.get("caption", "")), block]


for _name in ("code", "code-block", "sourcecode"):
    directives.register_directive(_name, _Code)


def register_unknown(text: str) -> None:
    """Make the directives and roles that occur in `text` known to docutils, as far as they are not."""
    for name in list(dict.fromkeys(_DIRECTIVE.findall(text)))[:_MOST_NAMES]:
        if name.lower() not in en.directives:
            directives.register_directive(name.lower(), _Unknown)
    for name in list(dict.fromkeys(before or after for before, after in _ROLE.findall(text)))[:_MOST_NAMES]:
        if name.lower() not in en.roles:
            roles.register_local_role(name.lower(), cast(Any, _unknown_role))


def _unknown_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, options: Any = None, content: Sequence[str] = ()
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """The words that a role shows: those before an address in angle brackets, a section's title for its label."""
    text = text.replace("\x00", "")
    explicit = _EXPLICIT.fullmatch(text)
    shown = explicit.group(1) if explicit else text
    if name.endswith("ref") and not explicit:
        titles = getattr(inliner.document.settings, "section_titles", {})
        shown = titles.get(shown.strip().lower(), shown)
    elif name == "menuselection":
        shown = shown.replace("-->", ">")
    elif name == "abbr" and text.endswith(")"):
        shown = text
    elif not explicit:
        shown = shown.removeprefix("!")
        shown = shown[1:].rpartition(".")[2] if shown.startswith("~") else shown
    if name in ("guilabel", "menuselection"):
        shown = re.sub(r"&(?=\S)", "", shown)
    kind = nodes.literal if name in _CODE_ROLES else nodes.inline
    return [kind(rawtext, shown)], []
