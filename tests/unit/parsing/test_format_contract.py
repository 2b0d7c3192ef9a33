"""What every format promises. A new one is one module with a `PARSER` and one line in the registry: so is the double here."""

from __future__ import annotations

import pickle
import sys
import types
import unicodedata

import pytest
from parsing_samples import every_format

from ragqa.errors import ParseError, RagqaError, SkippedFile
from ragqa.parsing import registry
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.encoding import decode
from ragqa.parsing.registry import Parser, parse, parser_for, supported_suffixes
from ragqa.types import BlockKind, Document


class DoubleParser:
    """Reads lines as paragraphs, and those that begin with a sign as headings: the smallest format there is."""

    name = "double"
    version = 3
    suffixes = (".double",)
    text_format = True

    def parse(self, data: bytes, path: str) -> Document:
        builder = DocumentBuilder(path)
        for line in decode(data)[0].splitlines():
            if line.startswith("!"):
                builder.heading(line.strip("!"), len(line) - len(line.lstrip("!")))
            else:
                builder.paragraph(line)
        return builder.build((builder.first_heading,))


DOUBLE: Parser = DoubleParser()
FILES = every_format() | {"manual.double": b"!Saw\n\nThe saw cuts.\n\n!!Blade\n\nWARNING\n\nThe blade is sharp.\n"}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The double's module and its line in the table."""
    module = types.ModuleType("ragqa.parsing.double")
    module.PARSER = DOUBLE  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(registry._MODULE_OF_SUFFIX, ".double", "double")


@pytest.mark.parametrize("name", FILES)
def test_blocks_are_ordered_slices_of_clean_text(name: str) -> None:
    document = parse(FILES[name], f"shelf/{name}")
    assert document.path == f"shelf/{name}"
    assert document.blocks
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(document.text)
        text = document.text[block.start : block.end]
        assert text == text.strip() != ""
        assert not [c for c in text if unicodedata.category(c) == "Cc" and c != "\n"]
        assert len(block.section) == len(block.levels)
        assert list(block.levels) == sorted(set(block.levels))
        if block.kind is BlockKind.HEADING:
            assert block.section[-1] == text
        assert (block.page is None) == (document.pages is None)
        assert block.page is None or 1 <= block.page <= document.pages
        assert document.text[end : block.start].strip() == ""
        end = block.end


@pytest.mark.parametrize("name", FILES)
def test_empty_file_is_skipped(name: str) -> None:
    with pytest.raises(SkippedFile, match="empty"):
        parse(b"", name)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_a_file_cut_short_is_read_in_part_or_refused(name: str, keep: float) -> None:
    data = FILES[name]
    try:
        document = parse(data[: int(len(data) * keep)], name)
    except (ParseError, SkippedFile) as error:
        assert error.message
    else:
        assert document.blocks


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_the_same_every_time_and_can_go_to_another_process(name: str) -> None:
    document = parse(FILES[name], name)
    assert parse(FILES[name], name) == document == pickle.loads(pickle.dumps(document))


@pytest.mark.parametrize("name", FILES)
def test_a_document_has_a_title_and_a_language(name: str) -> None:
    document = parse(FILES[name], name)
    assert document.title
    assert document.language == "en"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("data", [b"\x00" * 1000, bytes(range(256)) * 40, b"<" * 10_000, b"\xff\xfe\x00\xd8" * 100], ids=range(4))
def test_nonsense_is_refused_or_read_and_nothing_else(name: str, data: bytes) -> None:
    try:
        assert parse(data, name).blocks
    except RagqaError as error:
        assert error.message


def test_the_double_is_found_by_its_line() -> None:
    assert parser_for("a/b.DOUBLE") is DOUBLE
    assert ".double" in supported_suffixes()
    document = parse(FILES["manual.double"], "manual.double")
    assert document.title == "Saw"
    assert [block.kind for block in document.blocks if block.kind is BlockKind.WARNING] == [BlockKind.WARNING] * 2


def test_a_document_of_any_format_has_its_language_detected() -> None:
    german = "Die Säge schneidet nur, wenn der Schutz geschlossen ist und die Lampe nicht mehr blinkt."
    assert {parse(german.encode(), f"a{suffix}").language for suffix in (".txt", ".md", ".html", ".double")} == {"de"}
