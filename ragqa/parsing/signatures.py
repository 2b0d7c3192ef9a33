"""What a file's first bytes say it is, checked against what its suffix says."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ragqa.errors import ParseError

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"ID3", "an MP3 recording"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.doc, .xls) or one protected by a password"),
)
_ZIP = b"PK\x03\x04"
_HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_PDF_HEADER_WITHIN = 1024


def check_content(data: bytes, path: str, format_name: str, text_format: bool) -> None:
    """Refuse a file whose content is plainly something else than its suffix promises."""
    kind = _kind(data)
    name = PurePosixPath(path.replace("\\", "/")).name
    if text_format:
        if kind is not None and kind != "an HTML page":
            raise ParseError(f"{name} is {kind}, not text", hint="Give the file its proper suffix, or leave it out.")
    elif format_name == "pdf":
        if b"%PDF-" not in data[:_PDF_HEADER_WITHIN]:
            raise _not_a(name, kind, "a PDF")
    elif format_name == "picture":
        if "picture" not in (kind or ""):
            raise _not_a(name, kind, "a picture")
    elif not data.startswith(_ZIP):
        wanted = {"docx": "a Word document", "epub": "an EPUB book"}.get(format_name, f"of the format {format_name}")
        raise _not_a(name, kind, wanted)


def _not_a(name: str, kind: str | None, wanted: str) -> ParseError:
    hint = "The download may have failed: fetch the file again." if kind == "an HTML page" else ""
    return ParseError(f"{name} is {kind}, not {wanted}" if kind else f"{name} is not {wanted}", hint=hint)


def _kind(data: bytes) -> str | None:
    """What the first bytes show, None where they show nothing in particular."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data.startswith(_ZIP):
        return _kind_of_zip(data)
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "a picture, recording or film"
    if data[4:8] == b"ftyp":
        return "a film or HEIC picture"
    if _HTML.match(data[:4096]):
        return "an HTML page"
    return None


def _kind_of_zip(data: bytes) -> str:
    if b"application/epub+zip" in data[:200]:
        return "an EPUB book"
    if b"word/document.xml" in data:
        return "a Word document"
    return "a zip archive"
