"""What the functional tests share: a short way to ingest, to look at the result, and files that are bad in known ways."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reportlab.lib import pdfencrypt
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ragqa.config import IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.verify import verify_index
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.ingest import ingest
from ragqa.types import FileReport, IngestReport

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 4
WORD_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def read_in(
    index: Path, paths: Path | list[Path], embedder: Embedder, settings: dict[str, Any] | None = None, **options: Any
) -> IngestReport:
    """Ingest paths into the index folder."""
    given = paths if isinstance(paths, list) else [paths]
    return ingest(index, given, embedder, IngestSettings(**settings or {}), **options)


def line_of(report: IngestReport, path: str) -> FileReport:
    """The one line of the summary that is about `path`; there must be exactly one."""
    lines = [file for file in report.files if file.path == path]
    assert len(lines) == 1, [file.path for file in report.files]
    return lines[0]


def states(report: IngestReport) -> dict[str, str]:
    """Each file's state, by path; every path has one line."""
    found = {file.path: file.state.value for file in report.files}
    assert len(found) == len(report.files), [file.path for file in report.files]
    return found


def stored(index: Path) -> dict[str, str]:
    """The text of every document in the index, by path."""
    with Index(index) as opened:
        return {document.path: opened.text(document.id) for document in opened.documents()}


def found_in(index: Path, embedder: Embedder, question: str) -> list[str]:
    """The documents of the passages found for a question, best first."""
    from ragqa.answering.retrieve import retrieve
    from ragqa.config import AskSettings

    with Index(index) as opened:
        return [hit.document for hit in retrieve(opened, embedder, question, AskSettings())]


def assert_sound(index: Path) -> None:
    """The index agrees with itself in every way that `verify` knows."""
    assert verify_index(index) == []


def pdf(draw: Callable[[Canvas], None], password: str | None = None) -> bytes:
    """A PDF that `draw` paints."""
    buffer = io.BytesIO()
    encrypt = None if password is None else pdfencrypt.StandardEncryption(password, ownerPassword="owner", strength=128)
    canvas = Canvas(buffer, encrypt=encrypt)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def text_pages(canvas: Canvas, pages: int = 8) -> None:
    """Some pages with a few lines of text each."""
    for number in range(1, pages + 1):
        for row in range(30):
            canvas.drawString(72, 760 - 20 * row, f"Page {number} line {row}: turn the knob {row} times to the left.")
        canvas.showPage()


def scanned_pages(canvas: Canvas) -> None:
    """Two pages that are only pictures."""
    from PIL import Image

    for shade in ("grey", "white"):
        picture = io.BytesIO()
        Image.new("RGB", (60, 80), shade).save(picture, "PNG")
        picture.seek(0)
        canvas.drawImage(ImageReader(picture), 50, 50, 400, 600)
        canvas.showPage()


def docx_bomb(megabytes: int = 320) -> bytes:
    """A Word file of some hundred kilobytes whose text would fill `megabytes`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", WORD_TYPES)
        with archive.open("word/document.xml", "w", force_zip64=True) as member:
            for _ in range(megabytes):
                member.write(b" " * 1_000_000)
    return buffer.getvalue()


def lying_docx_bomb() -> bytes:
    """A bomb whose directory claims that its text is 1,000 bytes long."""
    data = bytearray(docx_bomb(40))
    start = data.rindex(b"PK\x01\x02")
    data[start + 24 : start + 28] = (1000).to_bytes(4, "little")
    return bytes(data)
