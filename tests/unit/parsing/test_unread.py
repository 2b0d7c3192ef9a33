"""The yardsticks by format: the sample manuals lack nothing, and what a document lacks is named with its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import ragqa.demo
from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing import unread as module
from ragqa.parsing.registry import parse
from ragqa.parsing.unread import Unread, audit

SAMPLES = sorted((Path(ragqa.demo.__file__).parent / "manuals").iterdir())
MARKDOWN = b"""---
title: Saw
weight: 7
---
# Saw

<!-- not for readers -->
Cut [wood](https://example.org/wood-types) with **2&nbsp;blades**[^1].

| Part | Torque |
|------|--------|
| Hub  | 35 Nm  |

```sh
saw --speed 3
```

[^1]: Sold apart.
"""
PAGED = b"Saw manual   Page 1\n\nThe saw cuts.\n\fSaw manual   Page 2\n\nOil it.\n\fSaw manual   Page 3\n\nStore it dry.\n"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.suffix)
def test_nothing_of_the_sample_manuals_is_unread(path: Path) -> None:
    data = path.read_bytes()
    assert audit(data, path.name, parse(data, path.name)) == []


@pytest.mark.parametrize(("name", "data"), [("saw.md", MARKDOWN), ("saw.txt", PAGED)])
def test_marks_and_furniture_are_not_missed(name: str, data: bytes) -> None:
    assert audit(data, name, parse(data, name)) == []


@pytest.mark.parametrize(
    ("name", "data", "lost", "expected"),
    [
        ("saw.md", MARKDOWN, "35 Nm", [Unread("line 12", "35 Nm")]),
        ("saw.md", MARKDOWN, "--speed 3", [Unread("line 15", "--speed 3")]),
        ("saw.md", MARKDOWN, "Sold apart.", [Unread("line 18", "Sold apart.")]),
        ("saw.txt", PAGED, "Oil it.", [Unread("line 6", "Oil")]),
        ("saw.txt", b"The lamp glows.\n\n\xe2\x80\xa2 Wear gloves.\n", "gloves", [Unread("line 3", "gloves.")]),
    ],
)
def test_what_a_document_lacks_is_named_with_its_line(name: str, data: bytes, lost: str, expected: list[Unread]) -> None:
    document = parse(data, name)
    assert lost in document.text
    found = audit(data, name, replace(document, text=document.text.replace(lost, "")))
    assert found == expected


def test_what_a_warning_quotes_is_not_missed_again() -> None:
    document = parse(b"The lamp glows.\n\nWear gloves.\n", "a.txt")
    document = replace(document, text=document.text.replace("Wear gloves.", ""), warnings=("left out: wear gloves",))
    assert audit(b"The lamp glows.\n\nWear gloves.\n", "a.txt", document) == []


def test_a_format_without_a_yardstick_says_so() -> None:
    with pytest.raises(SkippedFile, match="no yardstick for csv"):
        audit(b"a,b\n1,2\n", "a.csv", parse(b"a,b\n1,2\n", "a.csv"))


def test_a_yardstick_that_fails_is_an_error_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes, document: object) -> list[Unread]:
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr(module, "_load", lambda name: fail)
    with pytest.raises(ParseError, match=r"cannot be measured: oh$"):
        audit(b"The lamp glows.", "a.txt", parse(b"The lamp glows.", "a.txt"))


def test_every_yardstick_measures() -> None:
    assert all(callable(module._load(name)) for name in module._YARDSTICKS.values())
