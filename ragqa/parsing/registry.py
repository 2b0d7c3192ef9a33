"""Which parser reads which file. A new format is one new module with a `PARSER` and one line in `_FORMATS`.

Format modules, and the libraries behind them, are imported when a file of that format is first met.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import Protocol, cast

from ragqa.errors import ParseError, RagqaError, SkippedFile
from ragqa.parsing.ocr.engine import engine_name
from ragqa.parsing.ocr.wish import HOW_TO_GET_IT, NOBODY, OFF
from ragqa.parsing.signatures import check_content
from ragqa.text.detect import detect
from ragqa.types import Document

_FORMATS: dict[str, tuple[str, ...]] = {
    "pdf": (".pdf",),
    "html": (".html", ".htm", ".xhtml", ".xht", ".shtml"),
    "markdown": (".md", ".markdown", ".mdown", ".mkd", ".mkdn", ".mdx"),
    "text": (".txt", ".text", ".log"),
    "docx": (".docx", ".docm", ".dotx", ".dotm"),
    "epub": (".epub",),
    "rst": (".rst", ".rest"),
    "rtf": (".rtf",),
    "asciidoc": (".adoc", ".asciidoc", ".asc"),
    "notebook": (".ipynb",),
    "man": (".man", ".mdoc", ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9"),
    "xml": (".xml", ".dita", ".dbk", ".docbook"),
    "delimited": (".csv", ".tsv"),
    "xlsx": (".xlsx", ".xlsm", ".xltx", ".xltm"),
    "pptx": (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
    "odf": (".odt", ".ott", ".ods", ".ots", ".odp", ".otp"),
    "mhtml": (".mht", ".mhtml"),
    "eml": (".eml",),
    "converted": (".doc", ".xls", ".xlsb", ".ppt", ".pps", ".chm", ".mobi", ".azw", ".azw3"),
    "picture": (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"),
}
_MODULE_OF_SUFFIX = {suffix: module for module, suffixes in _FORMATS.items() for suffix in suffixes}


class Parser(Protocol):
    """Reads one format. `version` moves on when its output changes, so that an index knows what to parse again."""

    name: str
    version: int
    suffixes: tuple[str, ...]
    text_format: bool

    def parse(self, data: bytes, path: str) -> Document:
        """The document in `data`; `path` is how users see the file."""
        ...


def supported_suffixes() -> tuple[str, ...]:
    """Every suffix that can be parsed, with its dot, in lower case."""
    return tuple(_MODULE_OF_SUFFIX)


def parser_for(path: str) -> Parser:
    """The parser for a file by its suffix; SkippedFile where nothing reads it."""
    suffix = PurePosixPath(path.replace("\\", "/")).suffix.lower()
    module = _MODULE_OF_SUFFIX.get(suffix)
    if module is None:
        kind = f"a {suffix} file" if suffix else "a file without a suffix"
        raise SkippedFile(f"nothing here reads {kind}", hint=f"Readable are: {', '.join(supported_suffixes())}")
    if module == "picture" and not engine_name():
        raise SkippedFile("only OCR reads a picture", hint=f"To have it read: {HOW_TO_GET_IT}")
    return _load(module)


@cache
def _load(module: str) -> Parser:
    return cast(Parser, import_module(f"ragqa.parsing.{module}").PARSER)


def parse(data: bytes, path: str) -> Document:
    """The document in `data`, with its language. Whatever goes wrong is a ParseError or a SkippedFile that says what and why."""
    parser = parser_for(path)
    if not data:
        raise SkippedFile("the file is empty")
    check_content(data, path, parser.name, parser.text_format)
    try:
        document = parser.parse(data, path)
    except RagqaError:
        raise
    except RecursionError as error:
        raise ParseError(f"{_name(path)} is nested too deeply to be read") from error
    except MemoryError as error:
        hint = "Split the file, or raise parse_memory_mb in ragqa.toml."
        raise ParseError(f"{_name(path)} is too large to be read in the memory that is allowed", hint=hint) from error
    except Exception as error:
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise ParseError(f"{_name(path)} cannot be read as {parser.name}: {reason}") from error
    if not document.blocks:
        raise _without_text(document)
    return replace(document, language=detect(document.text))


def _without_text(document: Document) -> RagqaError:
    if document.pages is None:
        return SkippedFile("no text in it")
    pages = "1 page, without text" if document.pages == 1 else f"{document.pages} pages, none with text"
    way_out = {
        OFF: "Read it with --ocr auto",
        NOBODY: f"To read scans: {HOW_TO_GET_IT}",
    }.get(document.recognised_by, "OCR found nothing on it")
    return ParseError(f"{pages}: a scan?", hint=f"{way_out}. Or run OCR on it first, e.g. ocrmypdf scan.pdf readable.pdf")


def _name(path: str) -> str:
    return PurePosixPath(path.replace("\\", "/")).name
