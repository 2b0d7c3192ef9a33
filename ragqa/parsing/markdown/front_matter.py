"""The fields before a Markdown text, in YAML, TOML or JSON: the title, and what is said in sentences."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import yaml

from ragqa.parsing.builder import DocumentBuilder

_FENCED = re.compile(
    r"\ufeff?\s*(?P<fence>---|\+\+\+)[ \t]*\n(?P<fields>.*?)^(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_JSON = re.compile(r"\ufeff?\s*(?=\{\s*\"[\w-]+\"\s*:)")
_TITLE = re.compile(r"^[\"']?title[\"']?\s*[:=]\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)
_PANDOC = re.compile(r"\ufeff?%[ \t]+(\S.*)")
_FIELD = re.compile(r"^\s*(?:[\w\"'.-]+\s*[:=]|#|\[|\{)", re.MULTILINE)
_LARGEST = 200_000
_MOST_TEXTS = 2000
_DEEPEST = 6
_FEWEST_WORDS = 3
# Fields that are for the machine that makes the site, whatever they hold.
_TECHNICAL_WORDS = """
    layout permalink slug date updated lastmod draft published author authors tags tag_list categories category keywords
    weight order nav nav_order nav_title parent grand_parent has_children has_toc toc sidebar sidebar_label
    sidebar_position pagination_next pagination_prev id uid aliases redirect_from redirect_to image images thumbnail
    cover icon logo hero menu menus head meta resources cascade outputs url canonical og twitter robots search hide
    status template theme css js scripts style styles class body_class cssclass cssclasses ms.date ms.author ms.topic
    ms.service ms.reviewer ms.custom jupytext kernelspec myst html_theme version build params_file type lang language
    locale editlink lastupdated prev next custom_edit_url license copyright header footer feature actions links
    breadcrumb breadcrumbs comments share related toc_depth output bibliography csl
"""
_TECHNICAL = frozenset(_TECHNICAL_WORDS.split())
# Fields whose value is a text, however short.
_TEXTS_WORDS = """
    description summary brief abstract excerpt subtitle tagline lead intro introduction notes note usage help details
    text content body answer question warning caution caption tip example examples
"""
_TEXTS = frozenset(_TEXTS_WORDS.split())
# Lists that say what the thing described has.
_LISTS_WORDS = """
    parameters params arguments args options flags values steps faq faqs questions specs specifications features
    properties fields attributes requirements parts examples example notes warnings commands codes errors settings
    inputs outputs_described
"""
_LISTS = frozenset(_LISTS_WORDS.split())
_NAMES = ("tag", "name", "key", "param", "parameter", "term", "option", "field", "code", "title", "label", "question", "value")


class _PlainLoader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without references, by which a few lines can stand for any number of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next value; one that only refers to another is refused."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("references are not read")
        return super().compose_node(parent, index)


def read_front_matter(text: str, builder: DocumentBuilder) -> tuple[str | None, str]:
    """Feed what the front matter says to `builder`; its title, and the text behind it."""
    fields, raw, rest = _split(text, builder)
    if fields is None:
        match = _TITLE.search(raw) or _PANDOC.match(text)
        return (match.group(1).strip("\"',") if match else None), rest
    title = next((value for key, value in fields.items() if str(key).lower() == "title"), None)
    left = _MOST_TEXTS
    for key, value in fields.items():
        if str(key).lower() in _TECHNICAL or str(key).lower() in ("title", "linktitle", "short_title"):
            continue
        left -= _write_field(str(key), value, builder, left)
    return (str(title) if isinstance(title, str | int | float) else None), rest


def _split(text: str, builder: DocumentBuilder) -> tuple[dict[str, Any] | None, str, str]:
    """The fields, None where they cannot be read; their source; the text behind them."""
    match = _FENCED.match(text.replace("\r\n", "\n").replace("\r", "\n"))
    if match is not None:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        raw, rest = match["fields"], text[match.end() :]
        if raw.strip() and not _FIELD.search(raw):
            return {}, "", text
        return _fields(raw, match["fence"] == "+++", builder), raw, rest
    start = _JSON.match(text)
    if start is not None:
        try:
            fields, end = json.JSONDecoder().raw_decode(text[start.end() : start.end() + _LARGEST])
        except (ValueError, RecursionError):
            return None, "", text
        rest = text[start.end() + end :]
        if isinstance(fields, dict) and (not rest.strip() or rest.startswith(("\n", "\r"))):
            return fields, "", rest
    return None, "", text


def _fields(raw: str, toml: bool, builder: DocumentBuilder) -> dict[str, Any] | None:
    if len(raw) > _LARGEST:
        builder.warnings.append("the front matter is too long and was not read")
        return None
    try:
        fields = tomllib.loads(raw) if toml else yaml.load(raw, _PlainLoader)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        reason = str(error).strip().split("\n")[0][:120]
        builder.warnings.append(f"the front matter cannot be read, but for its title: {reason}")
        return None
    return fields if isinstance(fields, dict) else {}


def _write_field(key: str, value: Any, builder: DocumentBuilder, left: int) -> int:
    """Write one field where it is a text or holds texts; how many pieces that made."""
    name = key.lower()
    if isinstance(value, str):
        if left > 0 and (name in _TEXTS or _is_sentence(value)):
            builder.paragraph(value if name in _TEXTS and name != "notes" else f"{_label(key)}: {value}")
            return 1
        return 0
    if not isinstance(value, list | dict):
        return 0
    lines = list(_lines(value, name in _LISTS or name in _TEXTS, 1))[:left]
    if not lines:
        return 0
    group = builder.new_group()
    builder.paragraph(_label(key))
    for line in lines:
        builder.list_item(line, group)
    return len(lines)


def _lines(value: Any, wanted: bool, depth: int) -> Iterator[str]:
    """One line for each entry of a list and for each record that says something."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for entry in value[:_MOST_TEXTS]:
            yield from _lines(entry, wanted, depth + 1)
    elif isinstance(value, dict):
        line = _record(value, wanted)
        if line:
            yield line
        for key, inner in list(value.items())[:_MOST_TEXTS]:
            if isinstance(inner, list | dict) and str(key).lower() not in _TECHNICAL:
                yield from _lines(inner, wanted or str(key).lower() in _LISTS, depth + 1)
    elif value is not None and not isinstance(value, bool) and (wanted or _is_sentence(str(value))):
        yield str(value)


def _record(record: dict[str, Any], wanted: bool) -> str:
    """A record as one line: its name, then what is said of it. "R: Ramp time in milliseconds"."""
    said = {
        str(key): str(value)
        for key, value in record.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    if not wanted and not any(key.lower() in _TEXTS or _is_sentence(value) for key, value in said.items()):
        return ""
    said = {key: value for key, value in said.items() if not _is_address(value) and value.strip()}
    name = next((key for key in said if key.lower() in _NAMES), None)
    parts = [
        value if key.lower() in _TEXTS or key.lower() in _NAMES else f"{key}: {value}"
        for key, value in said.items()
        if key != name
    ]
    head = said.get(name or "", "")
    return (" " if head.endswith(("?", "!", ".", ":")) else ": ").join(part for part in (head, "; ".join(parts)) if part)


def _is_sentence(value: str) -> bool:
    return len(value.split()) >= _FEWEST_WORDS and not _is_address(value)


def _is_address(value: str) -> bool:
    return re.match(r"\s*(?:https?://|/|\./|\.\./|[\w-]+/[\w./-]+$)", value) is not None


def _label(key: str) -> str:
    words = re.sub(r"[_-]+", " ", key).strip()
    return words[:1].upper() + words[1:]
