"""What a file's first bytes say it is, checked against what its suffix says."""

from __future__ import annotations

import io
import re
import zipfile
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
    (b"ID3\x02", "an MP3 recording"),
    (b"ID3\x03", "an MP3 recording"),
    (b"ID3\x04", "an MP3 recording"),
    (b"ITSF", "a compiled help file (.chm)"),
)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_PROTECTED = "protected by a password"
_OLE_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", _PROTECTED),
    ("WordDocument", "an old Word document (.doc)"),
    ("PowerPoint Document", "an old PowerPoint presentation (.ppt)"),
    ("Workbook", "an old Excel workbook (.xls)"),
    ("__substg1.0_", "an Outlook message (.msg)"),
)
_UNKNOWN_OLE = "an old Office document (.doc, .xls) or one protected by a password"
_PACKAGES: tuple[tuple[str, str], ...] = (
    ("word/", "a Word document"),
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
    ("META-INF/container.xml", "an EPUB book"),
)
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS = {
    "text": "an OpenDocument text",
    "spreadsheet": "an OpenDocument spreadsheet",
    "presentation": "an OpenDocument presentation",
}
_OTHER_OPEN_DOCUMENT = "an OpenDocument file of another kind"
_UNTOLD_ZIP = "a zip archive"
_PASSWORD_HINT = "Open it with its program and save it without a password."
# What a format's file is called in messages, and which kinds of zip hold one; the parser judges a zip of no known kind.
_ZIP_FORMATS: dict[str, tuple[str, frozenset[str]]] = {
    "docx": ("a Word document", frozenset({"a Word document"})),
    "epub": ("an EPUB book", frozenset({"an EPUB book"})),
    "xlsx": ("a spreadsheet", frozenset({"an Excel workbook"})),
    "pptx": ("a PowerPoint presentation", frozenset({"a PowerPoint presentation"})),
    "odf": ("an OpenDocument file", frozenset({*_OPEN_DOCUMENTS.values(), _OTHER_OPEN_DOCUMENT})),
}
_MIME_FORMATS = {"eml": "an e-mail", "mhtml": "a saved web page"}
_HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_PDF_HEADER_WITHIN = 1024


def check_content(data: bytes, path: str, format_name: str, text_format: bool) -> None:
    """Refuse a file whose content is plainly something else than its suffix promises."""
    kind = kind_of(data)
    name = PurePosixPath(path.replace("\\", "/")).name
    if text_format:
        if kind == _PROTECTED:
            raise _not_a(name, kind, "text")
        if kind is not None and kind != "an HTML page":
            raise ParseError(f"{name} is {kind}, not text", hint="Give the file its proper suffix, or leave it out.")
    elif format_name == "pdf":
        if b"%PDF-" not in data[:_PDF_HEADER_WITHIN]:
            raise _not_a(name, kind, "a PDF")
    elif format_name == "rtf":
        if not data.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"{\\rtf"):
            raise _not_a(name, kind, "an RTF document")
    elif format_name == "picture":
        if "picture" not in (kind or ""):
            raise _not_a(name, kind, "a picture")
    elif format_name == "man":
        return
    elif format_name in _ZIP_FORMATS:
        wanted, kinds = _ZIP_FORMATS[format_name]
        if kind not in kinds and kind != _UNTOLD_ZIP:
            raise _not_a(name, kind, wanted)
    elif format_name in _MIME_FORMATS and kind is not None:
        raise _not_a(name, kind, _MIME_FORMATS[format_name])


def _not_a(name: str, kind: str | None, wanted: str) -> ParseError:
    if kind == _PROTECTED:
        return ParseError(f"{name} is {kind}", hint=_PASSWORD_HINT)
    hint = "The download may have failed: fetch the file again." if kind == "an HTML page" else ""
    return ParseError(f"{name} is {kind}, not {wanted}" if kind else f"{name} is not {wanted}", hint=hint)


def kind_of(data: bytes) -> str | None:
    """What the first bytes show, in the words of messages; None where they show nothing in particular."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data.startswith(_ZIP):
        return _kind_of_zip(data)
    if data.startswith(_OLE):
        return next((kind for stream, kind in _OLE_STREAMS if stream.encode("utf-16-le") in data), _UNKNOWN_OLE)
    if data[60:68] == b"BOOKMOBI":
        return "a Kindle book"
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return "a picture, recording or film"
    if data[:1] == b"\x00" and data[4:8] == b"ftyp":  # after the size of this first part, which is never large
        return "a film or HEIC picture"
    if _HTML.match(data[:4096]):
        return "an HTML page"
    return None


def _kind_of_zip(data: bytes) -> str:
    if b"application/epub+zip" in data[:200]:
        return "an EPUB book"
    declared = data[30:200].find(_OPEN_DOCUMENT.encode())
    if declared >= 0:
        tail = data[30 + declared + len(_OPEN_DOCUMENT) :][:20]
        return next((kind for name, kind in _OPEN_DOCUMENTS.items() if tail.startswith(name.encode())), _OTHER_OPEN_DOCUMENT)
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return _UNTOLD_ZIP
    return next((kind for folder, kind in _PACKAGES if any(name.startswith(folder) for name in names)), _UNTOLD_ZIP)
