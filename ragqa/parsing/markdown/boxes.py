"""What stands around paragraphs in the dialects of Markdown: boxes, tabs, what unfolds, directives. They become HTML blocks."""

from __future__ import annotations

import html
import re

from ragqa.parsing.labels import starts_with_label
from ragqa.parsing.markdown.directives import Directive, write_directive
from ragqa.parsing.markdown.fences import CODE_DIRECTIVES, closes, directive, is_directive, opening_fence

_INDENTED = re.compile(r"^(?P<indent> *)(?P<sign>!!!|\?\?\?\+?|===[!+]?)[ \t]+(?P<rest>\S.*)$")
_CONTAINER = re.compile(r"^(?P<indent> *)(?P<marks>:{3,}|/{3,})[ \t]*(?P<rest>[^:/\s].*|\{.*)$")
_CONTAINER_END = re.compile(r"^ *(?P<marks>:{3,}|/{3,}) *$")
_ALERT = re.compile(r"^(?P<indent> *)> ?\[!(?P<kind>[\w-]+)\][+-]?[ \t]*(?P<title>.*)$")
_QUOTE = re.compile(r"^ *> ?")
_CLASS_LINE = re.compile(r"^ *\{: *\.(?P<kind>[\w-]+?)(?:-title)? *\} *$")
_CLASSES = re.compile(r"(?<=[\s{])\.([\w-]+)")
_SIGNED = re.compile(
    r"^(?P<indent> *)(?:(?P<mark>[!?])>|> ?(?P<sign>[\u26a0\u26d4\u2757\U0001f6a8\U0001f6d1]\ufe0f?))(?: +|(?=\*))(?P<text>\S.*)$"
)
_TITLE = re.compile(r"\"(?P<title>.*)\"\s*$")
_NAME = re.compile(r"^\{?\.?(?P<name>[\w:+-]+)\}?(?:\[(?P<bracketed>.*?)\])?(?P<rest>.*)$")
_OPTION = re.compile(r"^ *:(?P<name>[\w-]+):[ \t]*(?P<value>.*)$")
_SLASH_OPTION = re.compile(r"^ {4}[\w-]+:")
_WARNS = frozenset({"warning", "caution", "danger", "attention", "important", "error", "note", "notice", "bug", "failure"})
_BOXES = _WARNS | frozenset(
    {"tip", "hint", "info", "seealso", "example", "abstract", "summary", "success", "question", "quote", "alert"}
)
_UNFOLDS = frozenset({"details", "dropdown", "collapse", "tab", "tab-item", "accordion", "spoiler", "expand"})
_QUOTED_TITLE = re.compile(r"\b(?:title|summary)=\"[^\"]*\"")
_NOT_TEXT = re.compile(r"\s*(?:[-*+|<>#`~!=?:$]|\d+[.)]\s|\[\^|$)")
_DEEPEST = 12


def expand_boxes(text: str) -> str:
    """`text` with its boxes and tabs as HTML around the Markdown that is in them."""
    return "\n".join(_expand(text.expandtabs(4).split("\n"), 0))


def _expand(lines: list[str], depth: int) -> list[str]:
    expanded: list[str] = []
    ends = _ends(lines)
    number, marks = 0, ""
    while number < len(lines):
        line = lines[number]
        fence = None if marks else opening_fence(line)
        if marks:
            marks = "" if closes(line, marks) else marks
        elif depth < _DEEPEST:
            made, after = _box_at(lines, number, ends, depth, expanded)
            if after > number:
                expanded.extend(made)
                number = after
                continue
        if fence is not None:
            marks = fence["marks"]
        expanded.append(line)
        number += 1
    return expanded


def _ends(lines: list[str]) -> dict[int, int]:
    """Where each container and directive that begins in `lines` ends; a container without an end holds what follows."""
    ends: dict[int, int] = {}
    around: list[tuple[int, str]] = []
    marks = ""
    for number, line in enumerate(lines):
        if marks:
            marks = "" if closes(line, marks) else marks
            continue
        end = _CONTAINER_END.match(line)
        fence = opening_fence(line)
        if end is not None:
            _close(around, end["marks"], number, ends)
        elif _CONTAINER.match(line):
            around.append((number, _CONTAINER.match(line)["marks"]))  # type: ignore[index]
        elif fence is not None and is_directive(fence["info"]):
            around.append((number, fence["marks"]))
        elif fence is not None and not (not fence["info"].strip() and _close(around, fence["marks"], number, ends)):
            marks = fence["marks"]
    ends.update((number, len(lines)) for number, _ in around)
    return ends


def _close(around: list[tuple[int, str]], marks: str, number: int, ends: dict[int, int]) -> bool:
    """End the innermost block that these marks can end, and what was left open in it."""
    matching = [place for place, (_, opened) in enumerate(around[-40:]) if opened == marks]
    if not matching:
        matching = [
            place for place, (_, opened) in enumerate(around[-40:]) if opened[0] == marks[0] and len(opened) <= len(marks)
        ]
    if not matching:
        return False
    place = matching[-1] + max(0, len(around) - 40)
    for start, _ in around[place:]:
        ends[start] = number
    del around[place:]
    return True


def _box_at(lines: list[str], number: int, ends: dict[int, int], depth: int, before: list[str]) -> tuple[list[str], int]:
    """What the box that begins on a line is in HTML and Markdown, and the line after it; the line itself where there is none."""
    line = lines[number]
    if not line.strip() or line.lstrip()[0] not in "!?=:/>`~{":
        return [], number
    indented = _INDENTED.match(line)
    if indented is not None:
        return _indented_box(lines, number, indented, depth)
    alert = _ALERT.match(line)
    if alert is not None:
        return _alert(lines, number, alert, depth)
    signed = _SIGNED.match(line)
    if signed is not None and (signed["mark"] or number == 0 or not _QUOTE.match(lines[number - 1])):
        return _signed(lines, number, signed, depth)
    if number in ends:
        return _container(lines, number, ends[number], depth)
    if opening_fence(line) is not None:
        return _code_directive(lines, number)
    if _CLASS_LINE.match(line):
        return _classed(lines, number, before)
    return [], number


def _indented_box(lines: list[str], number: int, opening: re.Match[str], depth: int) -> tuple[list[str], int]:
    """A box of MkDocs, whose text is indented below its sign."""
    indent = len(opening["indent"])
    end, need = number + 1, 0
    while end < len(lines):
        own = len(lines[end]) - len(lines[end].lstrip())
        if lines[end].strip():
            need = need or min(own, indent + 4)
            if own < max(need, indent + 2):
                break
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    body = _expand([line[need:] for line in lines[number + 1 : end]], depth + 1)
    title = _TITLE.search(opening["rest"])
    kind = opening["rest"].split()[0].lower()
    if opening["sign"].startswith("="):
        made = _unfolding(title["title"] if title else opening["rest"], body)
    else:
        made = _box(kind, title["title"] if title else None, body)
    return _shifted(made, indent), end


def _alert(lines: list[str], number: int, opening: re.Match[str], depth: int) -> tuple[list[str], int]:
    """A quote that says at its head what it is: "> [!WARNING]"."""
    end = number + 1
    while end < len(lines) and _QUOTE.match(lines[end]):
        end += 1
    body = _expand([_QUOTE.sub("", line, count=1) for line in lines[number + 1 : end]], depth + 1)
    kind = opening["kind"].lower()
    title = opening["title"].strip()
    if title and kind in _BOXES and not body:
        title, body = "", [title]
    made = _box(kind, title or opening["kind"].upper(), body) if kind in _BOXES else [title, *body]
    return _shifted(made, len(opening["indent"])), end


def _signed(lines: list[str], number: int, opening: re.Match[str], depth: int) -> tuple[list[str], int]:
    """A paragraph that Docsify sets in a box, or a quote that begins with the picture of a warning."""
    end = number + 1
    while end < len(lines) and lines[end].strip() and (opening["mark"] is not None or _QUOTE.match(lines[end])):
        end += 1
    rest = [line if opening["mark"] else _QUOTE.sub("", line) for line in lines[number + 1 : end]]
    body = _expand([f"{opening['sign'] or ''} {opening['text']}".strip(), *rest], depth + 1)
    return _shifted(_box("tip" if opening["mark"] == "?" else "warning", "", body), len(opening["indent"])), end


def _container(lines: list[str], number: int, end: int, depth: int) -> tuple[list[str], int]:
    """A block between fences of colons, slashes or, for directives, of backticks."""
    line = lines[number]
    indent = len(line) - len(line.lstrip(" "))
    rest = _plain_name(line.strip().lstrip(":/`~").strip())
    body = [inner[min(indent, len(inner) - len(inner.lstrip(" "))) :] for inner in lines[number + 1 : end]]
    match = _NAME.match(rest)
    if match is None:
        return _shifted(["", *_expand(body, depth + 1), ""], indent), end + 1
    name = match["name"].lower()
    title = match["bracketed"] or _plain_title(match["rest"])
    options, body = _options(body) if rest.startswith("{") or line.strip()[0] == "/" else ({}, body)
    while line.strip()[0] == "/" and body and _SLASH_OPTION.match(body[0]):
        del body[0]
    if name in ("admonition", "callout"):
        name = (options.get("class") or options.get("type") or "note").split()[0].lower()
    body = _expand(body, depth + 1)
    made = write_directive(Directive(name, title, options, body)) if rest.startswith("{") else None
    if made is None:
        if name in _UNFOLDS:
            made = _unfolding(title, body)
        elif name in _BOXES:
            made = _box(name, title or None, body)
        else:
            made = ["", *([title] if title and rest.startswith("{") else []), "", *body, ""]
    return _shifted(made, indent), end + 1


def _plain_name(rest: str) -> str:
    """What a fence says, without what only some dialects set before the name: "{#a .callout-tip}", "admonish tip"."""
    if rest == "admonish" or rest.startswith("admonish "):
        return rest.removeprefix("admonish").strip() or "note"
    if not rest.startswith(("{.", "{#")):
        return rest
    classes = [name.removeprefix("callout-") for name in _CLASSES.findall(rest)]
    name = next((name for name in classes if name in _BOXES), classes[0] if classes else "div")
    return " ".join([name, *_QUOTED_TITLE.findall(rest)])


def _code_directive(lines: list[str], number: int) -> tuple[list[str], int]:
    """A directive that holds code: its options are none."""
    fence = opening_fence(lines[number])
    found = directive(fence["info"]) if fence is not None else None
    if fence is None or found is None or found[0] not in CODE_DIRECTIVES:
        return [], number
    after = number + 1
    caption: list[str] = []
    while after < len(lines) and (option := _OPTION.match(lines[after])):
        caption = [f"{fence['indent']}{option['value'].strip()}", ""] if option["name"] == "caption" else caption
        after += 1
    end = after
    while end < len(lines) and not closes(lines[end], fence["marks"]):
        end += 1
    opening = f"{fence['indent']}{fence['marks']}{found[1].split()[0] if found[1] else ''}"
    return [*caption, opening, *lines[after : end + 1]], end + 1


def _classed(lines: list[str], number: int, before: list[str]) -> tuple[list[str], int]:
    """A paragraph with the class of a box on the line before or after it; a class line for anything else goes."""
    kind = _CLASS_LINE.match(lines[number])["kind"].lower()  # type: ignore[index]
    if kind not in _BOXES:
        return [], number + 1
    taken: list[str] = []
    if before and before[-1].strip():
        while before and before[-1].strip():
            taken.insert(0, before.pop())
        return _box(kind, "", [_QUOTE.sub("", line) for line in taken]), number + 1
    end = number + 1
    while end < len(lines) and lines[end].strip():
        end += 1
    return _box(kind, "", [_QUOTE.sub("", line) for line in lines[number + 1 : end]]), end


def _options(body: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options at the head of a directive, and its text."""
    options: dict[str, str] = {}
    for count, line in enumerate(body):
        match = _OPTION.match(line)
        if match is None:
            return options, body[count:]
        options[match["name"].lower()] = match["value"].strip()
    return options, []


def _plain_title(rest: str) -> str:
    named = re.search(r"\b(?:title|summary)=\"([^\"]*)\"", rest)
    if named is not None:
        return named[1]
    return re.sub(r"\{[^{}]*\}|:{3,}\s*$|^\s*\|", "", rest).strip().strip('"')


def _box(kind: str, title: str | None, body: list[str]) -> list[str]:
    """A box with its label: the name of its kind, unless its title says it. `title` is empty for one without any."""
    label = kind.replace("-", " ").capitalize() if title is None else title
    if title and kind in _WARNS and not starts_with_label(f"{title.rstrip(':')}:") and kind not in title.lower():
        label = f"{kind.capitalize()}: {title}"
    first = next((line for line in body if line.strip()), "")
    joined = bool(label) and not _NOT_TEXT.match(first)
    text = body[body.index(first) :] if joined else body
    head = [f"{label}\\"] if joined else [label, ""]
    return ["", f'<div class="admonition {html.escape(kind)}">', "", *(head if label else []), *text, "", "</div>", ""]


def _unfolding(title: str, body: list[str]) -> list[str]:
    summary = f"<summary>{html.escape(title, quote=False)}</summary>" if title else ""
    return ["", f"<details>{summary}", "", *body, "", "</details>", ""]


def _shifted(lines: list[str], indent: int) -> list[str]:
    return [" " * indent + line if line else line for line in lines] if indent else lines
