"""Lists as only Pandoc knows them, "a)", "(iv)", "(@)", and lines that are to stay lines, "| 12 Long Street".

An item keeps its own mark: it becomes an item of a plain list, whose mark stands between two signs until the page is rendered.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from ragqa.parsing.html.lists import MARKER
from ragqa.parsing.numerals import roman

_ITEM = re.compile(
    r"^(?P<indent>[> ]*)(?P<mark>(?P<open>\(?)(?:(?P<label>@[\w-]*)|(?P<name>[A-Za-z]|[ivxlc]{2,6}|[IVXLC]{2,6}|\d{1,3}))"
    r"(?P<close>[.)])) +(?=\S)"
)
_REFERENCE = re.compile(r"(?<![\w\\])\(?@([\w-]+)\)?")
_MARKED = re.compile("\ufdd3([^\ufdd3\ufdd4\n]{1,20})\ufdd4 ?")
_UNRENDERED = re.compile("(?:- +)?\ufdd3([^\ufdd3\ufdd4\n]{1,20})\ufdd4")
_LINE = re.compile(r"^ {0,3}\|(?: (?P<said>[^|]*[^|\s])?)?\s*$")
_BEGINS_A_BLOCK = re.compile(r"\s*(?:[-*+>#|]|\d{1,9}[.)]|`{3}|\ufdd1)")
_ROMAN = {roman(number): number for number in range(1, 200)}
_HELD_CODE = "\ufdd1"
_LONGEST_ITEM = 200
"""Lines in which the next item has to begin: a mark that begins no list is not looked for through the whole text."""

Numbers = dict[str, int]
"""What a mark can mean: "i" is 9 as a letter and 1 as a Roman numeral."""


def write_lists(lines: list[str]) -> list[str]:
    """`lines` with the lists of Pandoc as plain lists whose items are marked, and its lines with hard breaks."""
    examples: dict[str, int] = {}
    written: list[str] = []
    number = 0
    while number < len(lines):
        made = _line_block(lines, number) or _list_at(lines, number, examples)
        written.extend(made or [lines[number]])
        number += len(made) or 1
    if any(label for label in examples if label.startswith("@")):
        return [_REFERENCE.sub(lambda match: _referred(match, examples), line) for line in written]
    return written


def own_marks(markdown: MarkdownIt) -> None:
    """Have the renderer give items the marks that were written before their text."""
    markdown.core.ruler.after("inline", "own_marks", _take_marks)


def without_marks(page: str) -> str:
    """The page with the marks as they were where no list came to be of them, as within HTML."""
    return _UNRENDERED.sub(r"\1", page) if "\ufdd3" in page else page


def _take_marks(state: StateCore) -> None:
    tokens = state.tokens
    for number, token in enumerate(tokens):
        match = _MARKED.match(token.content) if token.type == "inline" and number > 1 else None
        if match is not None and token.children and tokens[number - 2].type == "list_item_open":
            tokens[number - 2].attrSet(MARKER, match[1])
            token.children[0].content = token.children[0].content.removeprefix(match[0].rstrip(" ")).lstrip(" ")


def _list_at(lines: list[str], number: int, examples: dict[str, int]) -> list[str]:
    """The list that begins on a line, each item a marked one of a plain list; nothing where none begins."""
    first = _ITEM.match(lines[number])
    if first is None or _is_common(first):
        return []
    places, end = _items(lines, number, first)
    if len(places) < 2 and first["label"] is None:
        return []
    made = lines[number:end]
    for place in places:
        item = _ITEM.match(lines[place])
        assert item is not None
        after = next((line for line in lines[place + 1 : end] if line.strip()), "")
        inner = _indent(after) - len(item["indent"])
        width = min(len(item[0]) - len(item["indent"]), 5, inner if inner > 1 else 5)
        mark = item["mark"] if item["label"] is None else _numbered(item, examples)
        made[place - number] = f"{item['indent']}-{' ' * (max(width, 2) - 1)}\ufdd3{mark}\ufdd4 {lines[place][item.end() :]}"
    return made


def _items(lines: list[str], number: int, first: re.Match[str]) -> tuple[list[int], int]:
    """The lines on which the items of a list begin, and the line after the list."""
    places, end, last, indent = [number], number + 1, _numbers(first), len(first["indent"])
    for place in range(number + 1, len(lines)):
        line = lines[place]
        if place - places[-1] > _LONGEST_ITEM:
            break
        if not line.strip("> ") or line.startswith(_HELD_CODE):
            continue
        if not line[: indent + 1].strip("> "):  # set in deeper: the item's own
            end = place + 1
            continue
        item = _ITEM.match(line)
        if (
            item is not None
            and len(item["indent"]) == indent
            and item["open"] == first["open"]
            and item["close"] == first["close"]
        ):
            following = {kind: count for kind, count in _numbers(item).items() if last.get(kind, -1) + 1 == count}
            if not following and (item["label"] is None or first["label"] is None):
                break
            last = following
            places.append(place)
        elif item is not None or not lines[place - 1].strip("> ") or _BEGINS_A_BLOCK.match(line):
            break
        end = place + 1
    return places, end


def _indent(line: str) -> int:
    """The spaces before a line's text, with the signs of quotes among them."""
    return len(line) - len(line.lstrip("> "))


def _is_common(item: re.Match[str]) -> bool:
    """Whether every dialect knows the mark: "1." and "1)"."""
    return item["name"] is not None and item["name"].isdecimal() and not item["open"]


def _numbers(item: re.Match[str]) -> Numbers:
    name = item["name"] or ""
    if name.isdecimal():
        return {"1": int(name)}
    case = "A" if name.isupper() else "a"
    found = {case: ord(name) - ord(case)} if len(name) == 1 else {}
    return found | ({f"roman {case}": _ROMAN[name.lower()]} if name.lower() in _ROMAN else {})


def _numbered(item: re.Match[str], examples: dict[str, int]) -> str:
    """The mark of an example: they are numbered through the whole text, and one with a label is referred to by it."""
    label = item["label"] if len(item["label"]) > 1 else f"{len(examples)}"
    number = examples.setdefault(label, len(examples) + 1)
    return f"{item['open']}{number}{item['close']}"


def _referred(match: re.Match[str], examples: dict[str, int]) -> str:
    number = examples.get(f"@{match[1]}")
    return match[0].replace(f"@{match[1]}", str(number)) if number is not None else match[0]


def _line_block(lines: list[str], number: int) -> list[str]:
    """Lines that each begin with a bar and hold no other: they stay lines. Nothing where they are none, or a table."""
    if not lines[number].lstrip().startswith("|") or (number and lines[number - 1].strip()):
        return []
    end = number
    while end < len(lines) and lines[end].strip():
        end += 1
    matches = [_LINE.match(line) for line in lines[number:end]]
    said = [(match["said"] or "").strip() for match in matches if match is not None]
    if len(matches) < 2 or len(said) < len(matches) or any(not line.strip("-: ") for line in said if line):
        return []
    return [f"{line}\\" if line and following else line for line, following in zip(said, [*said[1:], ""], strict=True)]
