"""What AsciiDoc decides before it reads blocks: conditions, inclusions, comments, attributes, titles for anchors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ragqa.parsing.asciidoc.marks import is_underlined

_CONDITION = re.compile(r"(ifdef|ifndef|ifeval|endif)::([^\[\s]*)\[(.*)\]\s*")
_INCLUDE = re.compile(r"include::([^\[]+)\[.*\]\s*")
_ENTRY = re.compile(r":(!?)([\w-]+)(!?):(?:\s+(.*))?")
_ANCHOR = re.compile(r"\[\[([^\],]+)(?:,\s*([^\]]+))?\]\]|\[(?:[\w-]*)#([\w:.-]+)|\[.*?\bid=[\"']?([\w:.-]+)")
_TITLE = re.compile(r"(?:={1,6}|#{1,6}|\.(?=[^\s.]))\s*(.*)")
_COMPARISON = re.compile(r"\s*[\"']?(.*?)[\"']?\s*(==|!=)\s*[\"']?(.*?)[\"']?\s*")
_VERBATIM = re.compile(r"([-.+])\1{3,}|```.*")
_REFERENCE = re.compile(r"(?<!\\)\{([\w-]+)\}")
_MOST_WARNINGS = 20
_LONGEST_VALUE = 5000
_MOST_NAMES = 200
_BUILT_IN = {
    "nbsp": "\u00a0", "zwsp": "", "wj": "", "sp": " ", "empty": "", "plus": "+", "asterisk": "*", "lt": "<",
    "gt": ">", "amp": "&",
    "startsb": "[", "endsb": "]", "vbar": "|", "caret": "^", "tilde": "~", "backslash": "\\", "backtick": "`", "deg": "\u00b0",
    "apos": "'", "quot": '"', "lsquo": "\u2018", "rsquo": "\u2019", "ldquo": "\u201c", "rdquo": "\u201d",
    "cpp": "C++", "pp": "++",
    "two-colons": "::", "two-semicolons": ";;", "brvbar": "\u00a6",
}  # fmt: skip


@dataclass
class Source:
    """The lines that count, the attributes set so far, and what was left out."""

    lines: list[str]
    attributes: dict[str, str] = field(default_factory=lambda: dict(_BUILT_IN))
    titles: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    may_grow: int = 5_000_000

    def say(self, text: str) -> None:
        """Keep what was left out, once."""
        if text not in self.warnings and len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(text)

    def entry(self, line: str) -> bool:
        """Take in a line that sets or unsets an attribute; False for any other."""
        match = _ENTRY.fullmatch(line)
        if match is None:
            return False
        unset, name, also_unset, value = match.groups()
        if unset or also_unset:
            self.attributes.pop(name.lower(), None)
        else:
            self.attributes[name.lower()] = self.resolve(value or "")[:_LONGEST_VALUE]
        return True

    def resolve(self, text: str) -> str:
        """The text with the values of its attributes; a name that has none stays."""
        if self.may_grow < 0 or "{" not in text:
            return text
        resolved = _REFERENCE.sub(
            lambda match: self.attributes.get(match.group(1).lower(), match.group()), text, count=_MOST_NAMES
        )
        self.may_grow -= max(0, len(resolved) - len(text))
        return resolved


def read_source(text: str) -> Source:
    """The lines of a file as its conditions leave them."""
    source = Source([])
    comment, began, fence, skipping = "", 0, "", list[bool]()
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip()
        if comment:
            comment = "" if line == comment else comment
            continue
        condition = _CONDITION.fullmatch(line)
        if condition:
            _condition(condition, skipping, source, number)
        elif any(skipping):
            continue
        elif include := _INCLUDE.fullmatch(line):
            source.say(f"line {number}: {include.group(1)} is included by the file and not read")
        elif fence:
            fence = "" if line == fence else fence
            source.lines.append(_unescaped(line))
        elif re.fullmatch("/{4,}", line):
            comment, began = line, number
        elif not (line.startswith("//") and not line.startswith("///")):
            source.entry(line)
            fence = _fence(line, source.lines[-1] if source.lines else "")
            source.lines.append(_unescaped(line))
    if comment:
        source.say(f"line {began}: the comment that begins with {comment[:20]} never ends: the rest of the file is left out")
    source.titles = _titles(source)
    source.attributes = dict(_BUILT_IN)
    return source


def _fence(line: str, above: str) -> str:
    """What ends the verbatim block that a line begins; nothing where it begins none, or underlines the title above it."""
    if not _VERBATIM.fullmatch(line) or is_underlined(above, line):
        return ""
    return "```" if line.startswith("```") else line


def _unescaped(line: str) -> str:
    return line.removeprefix("\\") if line.startswith(("\\include::", "\\ifdef::", "\\endif::")) else line


def _condition(match: re.Match[str], skipping: list[bool], source: Source, number: int) -> None:
    kind, names, content = match.groups()
    if kind == "endif":
        if skipping:
            skipping.pop()
        return
    if kind == "ifeval":
        compared = _COMPARISON.fullmatch(source.resolve(content))
        holds = compared is None or (compared.group(1) == compared.group(3)) == (compared.group(2) == "==")
    else:
        known = [name.strip().lower() in source.attributes for name in re.split("[,+]", names)]
        holds = (all(known) if "+" in names else any(known)) == (kind == "ifdef")
    if not holds and not any(skipping):
        source.say(f"line {number}: left out, as its condition does not hold: {kind}::{names}")
    if content and kind != "ifeval":
        if holds and not any(skipping):
            source.lines.append(content)
    else:
        skipping.append(not holds)


def _titles(source: Source) -> dict[str, str]:
    """The titles of what anchors stand before, and of sections by the names made of their titles."""
    titles: dict[str, str] = {}
    waiting: list[str] = []
    for line in source.lines:
        anchor = _ANCHOR.match(line)
        title = _TITLE.fullmatch(line)
        if anchor:
            name = next((group for group in (anchor.group(1), anchor.group(3), anchor.group(4)) if group), "")
            if anchor.group(2):
                titles[name] = anchor.group(2)
            else:
                waiting.append(name)
        elif title and title.group(1):
            words = source.resolve(title.group(1))
            titles.update(dict.fromkeys(waiting, words))
            titles.setdefault("_" + re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_"), words)
            waiting = []
        elif line and not line.startswith("["):
            waiting = []
    return titles
