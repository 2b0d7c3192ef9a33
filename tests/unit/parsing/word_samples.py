"""Word files put together from their own XML, for what no library writes."""

from __future__ import annotations

from parsing_samples import zipped

_OFFICE = "http://schemas.openxmlformats.org"
MAIN = f"{_OFFICE}/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{MAIN}" xmlns:m="{_OFFICE}/officeDocument/2006/math" xmlns:r="{_OFFICE}/officeDocument/2006/relationships" '
    f'xmlns:a="{_OFFICE}/drawingml/2006/main" xmlns:c="{_OFFICE}/drawingml/2006/chart" '
    f'xmlns:dgm="{_OFFICE}/drawingml/2006/diagram" xmlns:mc="{_OFFICE}/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="html" ContentType="text/html"/></Types>'
)
USUAL = {"styles": "styles.xml", "numbering": "numbering.xml", "footnotes": "footnotes.xml", "comments": "comments.xml"}


def word(body: str, relations: dict[str, tuple[str, str]] | None = None, **parts: str | bytes) -> bytes:
    """A Word file with this body. `parts` are the insides of styles, numbering, footnotes..., or whole parts by their names;
    `relations` are those of the main part: identity to type and target."""
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": rels({"m": ("officeDocument", "word/document.xml")}),
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
    }
    named = {name: ("", target) for name, target in USUAL.items() if name in parts}
    own = {name: (name, target) for name, (_, target) in named.items()}
    files["word/_rels/document.xml.rels"] = rels(own | (relations or {}))
    for name, content in parts.items():
        is_usual = name in USUAL and isinstance(content, str)
        files[f"word/{USUAL.get(name, name)}"] = f"<w:{name} {NAMESPACES}>{content}</w:{name}>" if is_usual else content
    return zipped(files)


def rels(relations: dict[str, tuple[str, str]]) -> str:
    """The relations of a part: identity to type and target."""
    entries = "".join(
        f'<Relationship Id="{name}" Type="{_OFFICE}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        for name, (kind, target) in relations.items()
    )
    return f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">{entries}</Relationships>'


def p(*content: str, style: str = "", number: tuple[int, int] | None = None, more: str = "") -> str:
    """A paragraph of texts or of XML, with a style, and a list's number and depth."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    if number is not None:
        properties += f'<w:numPr><w:ilvl w:val="{number[1]}"/><w:numId w:val="{number[0]}"/></w:numPr>'
    inside = "".join(one if one.startswith("<") else r(one) for one in content)
    return f"<w:p><w:pPr>{properties}{more}</w:pPr>{inside}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run of text, or of XML."""
    inside = text if text.startswith("<") else f'<w:t xml:space="preserve">{text}</w:t>'
    return f"<w:r><w:rPr>{properties}</w:rPr>{inside}</w:r>"


def tc(content: str, properties: str = "") -> str:
    """A cell of a table."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content if content.startswith('<') else p(content)}</w:tc>"


def tr(*cells: str, properties: str = "") -> str:
    """A row of a table."""
    inside = "".join(cell if cell.startswith("<") else tc(cell) for cell in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inside}</w:tr>"


def tbl(*rows: str, columns: int = 0) -> str:
    """A table; with no `columns` it does not say how many it has."""
    return f"<w:tbl><w:tblPr/><w:tblGrid>{'<w:gridCol/>' * columns}</w:tblGrid>{''.join(rows)}</w:tbl>"


def sdt(content: str, properties: str = "") -> str:
    """A content control."""
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def box(content: str) -> str:
    """A text box, as Word stores it for itself and once more for older programs."""
    inside = f"<w:txbxContent>{content}</w:txbxContent>"
    return (
        f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{inside}</wps:txbx></w:drawing></mc:Choice>'
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )


def field(instruction: str, result: str | None, begin: str = "") -> str:
    """A complex field."""
    shown = "" if result is None else f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{begin}</w:fldChar></w:r>'
        f'{instruction if instruction.startswith("<") else instr(instruction)}{shown}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def instr(text: str) -> str:
    """The instruction of a field."""
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'
