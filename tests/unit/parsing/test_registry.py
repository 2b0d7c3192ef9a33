from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from parsing_samples import HTML, JPEG, every_format, lines_pdf, zipped

from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing import registry
from ragqa.parsing.registry import parse, parser_for, supported_suffixes

FILES = every_format()


@pytest.mark.parametrize("suffix", supported_suffixes())
def test_every_suffix_has_a_parser_that_owns_it_and_can_go_to_another_process(suffix: str) -> None:
    parser = parser_for(f"A{suffix.upper()}")
    assert suffix in parser.suffixes
    assert parser.version >= 1
    assert pickle.loads(pickle.dumps(parser)).name == parser.name


def test_text_formats() -> None:
    assert {s for s in supported_suffixes() if parser_for(s.join("aa")[:-1]).text_format} == {
        ".html", ".htm", ".xhtml", ".xht", ".shtml", ".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx",
        ".txt", ".text", ".log",
        ".xml", ".dita", ".dbk", ".docbook", ".rst", ".rest", ".adoc", ".asciidoc", ".asc",
        ".ipynb", ".csv", ".tsv",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["a.exe", "Makefile", "a.tar.gz"])
def test_unknown_suffix_is_skipped_with_the_readable_ones_named(path: str) -> None:
    with pytest.raises(SkippedFile) as caught:
        parser_for(path)
    assert ".pdf" in caught.value.hint


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_nothing_but_space_is_skipped(name: str) -> None:
    with pytest.raises(SkippedFile, match="no text in it"):
        parse(b" \n\n\t ", name)


@pytest.mark.parametrize(
    ("data", "path", "message"),
    [
        (JPEG, "d/manual.txt", "manual.txt is a JPEG picture, not text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "a.md", "PNG picture"),
        (lines_pdf(["x"]), "a.html", "a.html is a PDF, not text"),
        (zipped({"a": "b"}), "a.txt", "zip archive"),
        (FILES["manual.docx"], "a.txt", "a Word document, not text"),
        (HTML.encode(), "a.pdf", "a.pdf is an HTML page, not a PDF"),
        (b"just words", "a.rtf", "a.rtf is not an RTF document"),
        (b"just words", "a.docx", "a.docx is not a Word document"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "a.docx", "protected by a password"),
        (zipped({"a": "b"}), "a.docx", "no Word document inside"),
        (bytes(range(256)) * 20, "a.txt", "binary data"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00abc", "a.txt", "a.txt is an MP3 recording, not text"),
        (b"\x00\x00\x00\x18ftypmp42", "a.md", "a film or HEIC picture"),
    ],
)
def test_content_of_another_kind_is_named(data: bytes, path: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(data, path)
    assert message in caught.value.message


def test_an_unexpected_failure_becomes_a_parse_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("library detail")

    monkeypatch.setattr(type(parser_for("a.txt")), "parse", fail)
    with pytest.raises(ParseError, match=r"a\.txt cannot be read as text: library detail"):
        parse(b"words", "d/a.txt")


def test_deep_nesting_is_no_crash() -> None:
    document = parse(b"<div>" * 20_000 + b"deep words", "a.html")
    assert document.text == "deep words"


def test_the_registry_imports_no_format() -> None:
    code = (
        "import sys, ragqa.parsing.registry as r; r.supported_suffixes();"
        "print([m for m in ('pypdfium2','selectolax','lxml','docx','markdown_it','ftfy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert registry.supported_suffixes()


@pytest.mark.parametrize(
    ("name", "text"), [("c.txt", "ID3 tag editor manual\n\nHow to edit."), ("d.md", "The ftyp box names the brand.")]
)
def test_words_that_begin_as_recordings_and_films_do_are_text(name: str, text: str) -> None:
    assert text[:8] in parse(text.encode(), name).text
