"""What stands within the lines of Markdown and is no text: the tags of site builders and components, attributes, remarks."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from ragqa.parsing.markdown.brackets import limit_brackets
from ragqa.parsing.markdown.components import is_component_page, write_components
from ragqa.parsing.markdown.fences import runs
from ragqa.parsing.markdown.numbered import write_lists
from ragqa.parsing.markdown.signs import write_signs
from ragqa.parsing.markdown.tables import write_tables
from ragqa.parsing.markdown.templates import fence_highlights, write_templates

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)([^`]|(?!\1(?!`))`){1,2000}?(?<!`)\1(?!`)")
_HELD = "\ufdd1{}\ufdd2"
_HOLDER = re.compile("\ufdd1(\\d+)\ufdd2")
_INCLUDE = re.compile(
    r"^[ \t]*(?:-{1,2}8<-{1,2}.*|\{!.{1,200}!\}|\{\{\s*#(?:rustdoc_)?include\s.{1,200}\}\}|<!--\s*@include:.{1,200}-->"
    r"|\[!INCLUDE\s?\[.*|!\[\[[^\]|]{1,200}(?:\|[^\]]*)?\]\]|!include\s.{1,200}|@import\s+\".{1,200}\")[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_CONTENTS_MARK = re.compile(
    r"^[ \t]*(?:[*+-]\s+(?:toc|table of contents)\s*\n\s*\{:\s*toc.*\}|\[toc\]|\[\[_?toc_?\]\]|\{:\s*toc.*\}|@\[toc\].*"
    r"|\$\{toc\}|<!--\s*toc\s*-->|\[TOCM?\])[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_BOX_CLASS = r"note|warning|caution|danger|important|attention|tip|hint|info|error|highlight"
_VALUE = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[\w%.-]+)"
_ATTRIBUTES = re.compile(
    rf"(?P<own>^[ \t]*:{{3,}}[ \t]*)?[ \t]?\{{:?[ \t]*"
    rf"(?![.](?:{_BOX_CLASS})(?:-title)?[ \t]*\}}[ \t]*$)(?:[#.][\w:.-]+|[\w-]+={_VALUE}|[:.]?no_toc)"
    rf"(?:[ \t]+(?:[#.][\w:.-]+|[\w:-]+={_VALUE}|[\w-]+))*[ \t]*\}}",
    re.MULTILINE,
)
# Names that MyST gives to what follows, and where it parts the page; a class or an identity on a line of its own.
_TARGET_LINE = re.compile(r"^ {0,3}(?:\([\w.:/-]{1,80}\)=|\+\+\+(?:[ \t].*)?)[ \t]*$", re.MULTILINE)
_REMARK = re.compile(r"(?<!%)%%(?!%).{0,2000}?%%|^% .*$|<!---.{0,5000}?--->", re.MULTILINE)
_WIKI_LINK = re.compile(r"(?<!!)\[\[([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\]")
_ROLE = re.compile(r"\{(?P<role>[a-z][\w:.+-]{0,40})\}`(?P<said>[^`\n]{1,300})`")
_ACCELERATOR = re.compile(r"&(?=\w)")
_ROLE_TARGET = re.compile(r"^([^<]{1,300}?)\s*<[^<>]{1,300}>$", re.DOTALL)
_AUTO_NUMBER = re.compile(r"(?<![^\n ])#\.[ \t]+(?=\S)")  # Pandoc's "#. Open it."
_TIGHT_HEADING = re.compile(r"^(#{2,6})(?=[^\W\d_])", re.MULTILINE)
_DELIMITER_ROW = re.compile(r"^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_DEFINITION = re.compile(r"^ {0,3}:[ \t]+\S")
_TERM = re.compile(r"^ {0,3}(?![-*+|<>#:!?=\d])\S.{0,60}$")
_MOST_TERMS = 4
_SPAN = re.compile(
    rf"(?<![\]\\!])\[([^\[\]\n]{{1,300}})\]\{{(?:[.#][\w:-]+|[\w-]+={_VALUE})(?:[ ]+(?:[.#][\w:-]+|[\w-]+={_VALUE}))*\}}"
)
_UNNUMBERED = re.compile(r"^(#{1,6} .*?)[ \t]*\{-\}[ \t]*$|^(?!#)(.*?\S)[ \t]*\{-\}[ \t]*(?=\n(?:=+|-+)[ \t]*$)", re.MULTILINE)
_PAGE_BREAK = re.compile(
    r"^[ \t]*\\(?:newpage|pagebreak|clearpage|cleardoublepage|tableofcontents)\b(?:\{\})?[ \t]*$", re.MULTILINE
)
_ABBREVIATION = re.compile(r"^ {0,3}\*\[([^\]\n]{1,80})\]:[ \t]*(\S.*)$", re.MULTILINE)
_NOTION_BOX = re.compile(r"<aside>\s*(?=[\u26a0\u26d4\u2757\U0001f6a8\U0001f6d1])")
_SUMMARY_END = re.compile(r"</summary>[ \t]*\n(?=[^\s<])", re.IGNORECASE)
_PICTURE_BLOCK = re.compile(r":::image\b[^\n]{0,500}?alt-text=\"([^\"\n]{0,500})\"[^\n]{0,500}?:::")
_DOCS_TAG = re.compile(
    r"\[!(?:div|VIDEO|NOTE|TIP|WARNING|CAUTION|IMPORTANT)\b[^\]\n]{1,300}\]|^[ \t]*:::[\w-]+(?: [^\n:]*)?:::[ \t]*$", re.MULTILINE
)
_PIPE = re.compile(r"(?<!\\)\|")
_PLACEHOLDER = re.compile(r"<([A-Za-z][\w .:/-]{0,60})>")
_CLOSING = re.compile(r"</([\w.:/-]{1,61})")
_TAG_LINE = re.compile(
    r"^[ \t]+(?=</?(?:table|thead|tbody|tfoot|tr|td|th|caption|colgroup|col|ul|ol|li|p|img|br|div|details|summary)\b)",
    re.IGNORECASE,
)
_MARKDOWN_INSIDE = re.compile(
    r"(<(?:div|details|section|aside|td|th|figure|article)\b[^<>]{0,300}?)\s+markdown(?:=[\"']?(?:1|block|span|true)[\"']?)?"
    r"([^<>]{0,300}>)",
    re.IGNORECASE,
)
_HTML_WORDS = """
    a abbr address area article aside audio b bdi bdo big blockquote body br button canvas caption center cite code col
    colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure font footer form
    frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map
    mark math menu meta meter nav noframes noscript object ol optgroup option output p param picture pre progress q rp
    rt ruby s samp script search section select slot small source span strike strong style sub summary sup svg table
    tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr mi mo mn mrow msup msub mfrac
    msqrt mtext semantics annotation
"""
_HTML = frozenset(_HTML_WORDS.split())


@dataclass(frozen=True)
class Prose:
    """A text in common Markdown and HTML; whether indented lines are code in it; what of it is not in the file."""

    text: str
    indented_code: bool
    warnings: list[str]


def clean_prose(text: str, jsx: bool) -> Prose:
    """`text` without what is no text of its own; code stays as it is."""
    components = jsx or is_component_page(text)
    held: list[str] = []
    cleaned: list[str] = []
    text = fence_highlights(text.replace("\r\n", "\n").replace("\r", "\n"))
    for is_code, lines in runs(text.split("\n")):
        if is_code:
            held.append("\n".join(lines))
            cleaned.append(_HELD.format(len(held) - 1))
        else:
            cleaned.append(_held_spans("\n".join(write_tables(lines)), held))
    page, warnings = _without_includes("\n".join(write_lists("\n".join(cleaned).split("\n"))))
    page, more = write_templates(page)
    if components:
        page = write_components(page, braces=jsx)
    page = _clean(page)
    return Prose(_HOLDER.sub(lambda match: held[int(match[1])], page), not components, warnings + more)


def _held_spans(text: str, held: list[str]) -> str:
    """`text` with a sign in the place of each code span; what MyST says a span is goes."""

    def hold(match: re.Match[str]) -> str:
        held.append(match[0])
        return _HELD.format(len(held) - 1)

    text = _ROLE.sub(_spoken, text)
    text = "\n".join(_with_terms_together(_with_pipes_in_code(text.split("\n"))))
    return _CODE_SPAN.sub(hold, text)


def _spoken(match: re.Match[str]) -> str:
    """What a role of MyST shows of its text."""
    role, said = match["role"].rpartition(":")[2], match["said"]
    if role == "math":
        return f"${said}$"
    if role in ("sub", "sup", "subscript", "superscript"):
        return f"<{role[:3]}>{said}</{role[:3]}>"
    if role == "kbd":
        return f"<kbd>{said}</kbd>"
    if role in ("guilabel", "menuselection"):
        return _ACCELERATOR.sub("", said).replace("-->", "&gt;")
    target = _ROLE_TARGET.match(said)
    return target[1] if target else said.lstrip("~!")


def _with_pipes_in_code(lines: list[str]) -> list[str]:
    """The rows of tables with the pipes inside code spans escaped, where they would make one cell too many."""
    columns = 0
    for number, line in enumerate(lines):
        if "|" not in line:
            columns = 0
        elif _DELIMITER_ROW.match(line):
            columns = len(_PIPE.findall(line.strip().strip("|"))) + 1
        elif columns and "`" in line and len(_PIPE.findall(line.strip().strip("|"))) + 1 > columns:
            lines[number] = re.sub(r"`[^`\n]{1,300}`", lambda match: _PIPE.sub(r"\\|", match[0]), line)
    return lines


def _with_terms_together(lines: list[str]) -> list[str]:
    """Terms that share a definition on one line, as only one is known to the renderer."""
    joined: list[str] = []
    for line in lines:
        if _DEFINITION.match(line):
            terms: list[str] = []
            while joined and len(terms) <= _MOST_TERMS and _TERM.match(joined[-1]):
                terms.insert(0, joined.pop())
            whole = not joined or not joined[-1].strip()
            joined.extend([", ".join(map(str.strip, terms))] if len(terms) > 1 and whole else terms)
        joined.append(line)
    return joined


def _without_includes(text: str) -> tuple[str, list[str]]:
    found = _INCLUDE.findall(text)
    if not found:
        return text, []
    warning = f"{len(found)} included files are not read with this one, the first: {' '.join(found[0].split())[:120]}"
    return _INCLUDE.sub("", text), [warning]


def _clean(text: str) -> str:
    text = _TARGET_LINE.sub("", _REMARK.sub("", text))
    text = _CONTENTS_MARK.sub("", text)
    text = _PAGE_BREAK.sub("", text)
    text = _ABBREVIATION.sub(r"\n\1: \2\n", text)
    if "{" in text:
        text = _UNNUMBERED.sub(lambda match: match[1] or match[2], _SPAN.sub(r"\1", text))
        text = _ATTRIBUTES.sub(lambda match: "" if match["own"] is None else match[0], text)
    text = _PICTURE_BLOCK.sub(r"![\1](picture)", text)
    text = _DOCS_TAG.sub("", text)
    text = _WIKI_LINK.sub(lambda match: match[2] or match[1].replace("#", " > ").lstrip(" >"), text)
    text = write_signs(text)
    text = _AUTO_NUMBER.sub("1. ", text)
    text = _TIGHT_HEADING.sub(r"\1 ", text)
    if "<" in text:
        text = _NOTION_BOX.sub('<aside class="admonition warning">\n\n', text)
        text = _MARKDOWN_INSIDE.sub(r"\1\2\n\n", text)
        text = _SUMMARY_END.sub("</summary>\n\n", text)
        text = _with_placeholders(text)
        text = _with_tables_together(text)
    return limit_brackets(text)


def _with_placeholders(text: str) -> str:
    """Names in angle brackets that are no tags, such as "<device-ip>", as text."""
    closed = sorted({name.lower() for name in _CLOSING.findall(text)})

    def is_closed(name: str) -> bool:
        place = bisect_left(closed, name)
        return place < len(closed) and closed[place].startswith(name)

    def written(match: re.Match[str]) -> str:
        name = match[1].split()[0].lower().rstrip("/")
        if ":" in match[1] or name in _HTML or is_closed(name):
            return match[0]
        return f"&lt;{match[1]}&gt;"

    return _PLACEHOLDER.sub(written, text)


def _with_tables_together(text: str) -> str:
    """Tags that are indented inside an HTML table at the line's start: four spaces would make code of them."""
    depth = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if depth or "<" in line:
            if depth:
                lines[number] = _TAG_LINE.sub("", line)
            depth = max(0, depth + len(_OPENED.findall(line)) - len(_CLOSED.findall(line)))
    return "\n".join(lines)


_OPENED = re.compile(r"<(?:table|details|div)\b", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:table|details|div)\b", re.IGNORECASE)
