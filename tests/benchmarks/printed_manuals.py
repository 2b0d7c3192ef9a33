"""Prints HTML pages as PDFs, each in a layout of its own: columns, hyphens, tables with and without rules, running heads.

    pip install weasyprint
    python tests/benchmarks/manual_library.py OUT
    python tests/benchmarks/printed_manuals.py OUT/taught PDF_FOLDER

What is read of a real manual has the marks of its print: columns side by side, words broken at a line's end, tables whose lines
nobody drew, heads and numbers of pages between. A layout is drawn from the file's name, so that it is the same each time.
"""

from __future__ import annotations

import argparse
import random
import re
from pathlib import Path

FACES = ("Liberation Sans", "Liberation Serif", "DejaVu Sans", "DejaVu Serif", "FreeSans", "Liberation Sans Narrow")
PAGES = (("A4", 1.0), ("Letter", 1.0), ("A5", 0.85), ("148mm 120mm", 0.8))
RULES = ("border: 0.4pt solid #333", "border-bottom: 0.4pt solid #999", "border: none", "border: none; padding: 1pt 9pt")
BULLETS = ("disc", "square", "'–  '", "'•  '", "'■ '", "'\\2022'")

NUMBERS = "h2::before { content: counter(chapter) ' ' } h3::before { content: counter(chapter) '.' counter(part) ' ' }"


def layout(name: str, title: str) -> str:
    """The style sheet of a file of this name."""
    chance = random.Random(name)
    page, scale = chance.choice(PAGES)
    columns = chance.choices((1, 2, 3), (0.4, 0.5, 0.1))[0]
    size = scale * chance.choice((7.5, 8.5, 9, 10, 11)) - 0.5 * (columns - 1)
    margin = chance.choice(("10mm", "14mm", "20mm"))
    head = chance.choice(("", title, "string(chapter)", ""))
    shown = head if head.startswith("string") else "'" + re.sub(r"[\\'\n]", " ", head)[:60] + "'"
    edge, other = chance.choice(("left", "center", "right")), chance.choice(("left", "center", "right"))
    foot = chance.choice(("counter(page)", "'- ' counter(page) ' -'", "counter(page) ' / ' counter(pages)", "''"))
    capitals = "text-transform: uppercase;" if chance.random() < 0.25 else ""
    numbered = chance.random() < 0.35
    spanning = "column-span: all;" if columns > 1 and chance.random() < 0.4 else ""
    return f"""
    @page {{ size: {page}; margin: {margin};
             @top-{edge} {{ content: {shown}; font-size: 7pt }}
             @bottom-{other} {{ content: {foot}; font-size: 7pt }} }}
    body {{ font-family: '{chance.choice(FACES)}'; font-size: {size:.1f}pt; line-height: {chance.choice((1.15, 1.3, 1.5))};
            columns: {columns}; column-gap: {chance.choice(("5mm", "8mm"))}; text-align: {chance.choice(("left", "justify"))};
            hyphens: {chance.choice(("auto", "manual"))}; counter-reset: chapter; }}
    h1 {{ font-size: 170%; {spanning} }}
    h2 {{ font-size: 135%; string-set: chapter content(); {capitals} counter-increment: chapter; counter-reset: part; }}
    h3 {{ font-size: 115%; counter-increment: part }}  h4, h5, h6 {{ font-size: 100% }}
    {NUMBERS if numbered else ""}
    p, ul, ol, table {{ margin: {chance.choice((2, 4, 6))}pt 0 }}
    table {{ border-collapse: collapse; font-size: {chance.choice((80, 90, 100))}%;
             {chance.choice(("width: 100%;", ""))} {spanning} }}
    td, th {{ text-align: left; vertical-align: {chance.choice(("top", "middle"))}; padding: 1pt 4pt; {chance.choice(RULES)} }}
    th {{ font-weight: {chance.choice(("bold", "bold", "normal"))}; }}
    ul {{ list-style-type: {chance.choice(BULLETS)}; padding-left: 12pt }}  ol {{ padding-left: 16pt }}
    img {{ display: none }}  pre, code {{ white-space: pre-wrap; font-size: 85% }}
    """


def print_page(html: str, name: str, target: Path) -> None:
    """An HTML page as a PDF, in the layout of its name."""
    from weasyprint import CSS, HTML

    title = re.search(r"<title>(.*?)</title>", html, re.DOTALL)
    page = html.replace("<html>", '<html lang="en">', 1)
    HTML(string=page, url_fetcher=_nothing).write_pdf(
        target, stylesheets=[CSS(string=layout(name, title.group(1) if title else ""))]
    )


def _nothing(url: str, **_: object) -> dict[str, object]:
    raise ValueError(f"{url} is not fetched")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(options.pages.glob("*.html")):
        target = options.out / f"{path.stem}.pdf"
        if not target.exists():
            print_page(path.read_text(encoding="utf-8"), path.stem, target)
            print(target, flush=True)


if __name__ == "__main__":
    main()
