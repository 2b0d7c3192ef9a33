"""PDFs written by hand, whose letters say what a test wants them to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reportlab.pdfbase.pdfmetrics import stringWidth

HEBREW = {chr(0x41 + index): f"{0x5D0 + index:04X}" for index in range(26)}


def mapped_pdf(operations: str, letters: Mapping[str, str], boxes: str = "/MediaBox [0 0 595 842]") -> bytes:
    """A page on which Helvetica's `letters` stand for other characters, whose codes are given in hexadecimal."""
    pairs = "".join(f"<{ord(letter):02X}> <{code}>\n" for letter, code in letters.items())
    mapping = (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /X def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{len(letters)} beginbfchar\n{pairs}endbfchar\nendcmap\nend\nend"
    )
    return _written(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            f"<< /Type /Page /Parent 2 0 R {boxes} /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
            _stream(operations),
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
            _stream(mapping),
        ]
    )


def shown(text: str, y: float, x: float | None = None, size: float = 12, right: float = 520) -> str:
    """Operations that draw a line from `x` on, or up to `right`."""
    start = right - stringWidth(text, "Helvetica", size) if x is None else x
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size} Tf {start:.2f} {y} Td ({escaped}) Tj ET\n"


def as_seen(words: Sequence[str]) -> str:
    """Words in the order they are read, as a right-to-left page shows them; those in capitals stand for Hebrew."""
    return " ".join(word[::-1] if word.isupper() else word for word in reversed(words))


def in_hebrew(text: str) -> str:
    """What the capitals of `as_seen` stand for."""
    return "".join(chr(int(HEBREW[letter], 16)) if letter in HEBREW else letter for letter in text)


def _stream(text: str) -> str:
    return f"<< /Length {len(text)} >>\nstream\n{text}\nendstream"


def _written(objects: Sequence[str]) -> bytes:
    out = "%PDF-1.7\n"
    offsets: list[int] = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    return f"{out}{head}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n".encode("latin-1")
