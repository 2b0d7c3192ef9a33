"""How well the tables of PDF pages are read: ragqa, or another parser, beside pages that were marked by hand.

    python tests/benchmarks/pdf_tables.py FOLDER_OF_PDFS [--parser ragqa|pdfplumber|docling|kreuzberg] [--pages TEXT] [--json]

The pages and tables are those of data/pdf_tables (its README.md tells of the manuals); ragqa's own sample manual is found without
the folder. Told are, over all pages:

- cell F1: neighbours, as in the table competition of ICDAR 2013: each pair of a cell and the next one to its right or below that
  is not empty, both with all their text. Pairs of tables where there are none count as wrong.
- row F1: whole rows, each with the texts of all its cells, those of a merged cell in every row it covers.
- whole: tables with every row right and none besides; found: tables at least half of whose words are in one table that was read;
  heads right: of the found ones, those with the right number of head rows; false: tables made of other text.
- text lost: words of the page that are nowhere in what was read of it; order: of two words from two parts of a page whose parts
  were put in order (columns), how often the first is read first.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pdf_gold import Character, GoldPage, cells, find_files, inside, outside, page_characters, read_marks, text_of, turned
from pdf_parsers import PARSERS, ReadPage
from table_scores import Count, PageScore, in_order, lost, score_page

SAMPLES = Path(__file__).parents[2] / "ragqa" / "demo" / "manuals"


@dataclass(slots=True)
class Measured:
    """A page, what its tables are worth, the words lost and in order (each with how many there are), and the seconds it took."""

    page: GoldPage
    score: PageScore
    lost: tuple[int, int]
    order: tuple[int, int]
    seconds: float
    failed: str = ""


def measure(page: GoldPage, path: Path, parser: str) -> Measured:
    """A page as the parser reads it, beside its marks. A parser that fails has read nothing."""
    characters, size = _page(path, page.page)
    began, failed = time.perf_counter(), ""
    try:
        read = PARSERS[parser](path, page.page)
    except Exception as error:  # whatever a rival raises
        read, failed = ReadPage((), ""), f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - began
    held = outside(characters, page.either)
    gold = [(cells(table, turned(held, table.turn, *size)), table.heads) for table in page.tables]
    either = " ".join(text_of(inside(characters, box)) for box in page.either)
    parts = [text_of(inside(characters, box)) for box in page.order]
    score = score_page(gold, read.tables, either)
    return Measured(page, score, lost(text_of(characters), read.text), in_order(parts, read.text), seconds, failed)


@lru_cache(maxsize=4)
def _page(path: Path, number: int) -> tuple[list[Character], tuple[float, float]]:
    with pdfium.PdfDocument(path) as pdf:
        page = pdf[number - 1]
        return page_characters(page), page.get_size()


def figures(measured: Sequence[Measured]) -> dict[str, Any]:
    """The figures over all pages."""
    relations, rows = Count(), Count()
    for one in measured:
        relations.add(one.score.relations)
        rows.add(one.score.rows)
    tables = [table for one in measured for table in one.score.tables]
    bare = [one for one in measured if not one.page.tables]
    told = [table.heads for table in tables if table.heads is not None]
    return {
        "pages": len(measured),
        "tables": len(tables),
        "found": share(sum(table.found for table in tables), len(tables)),
        "whole": share(sum(table.whole for table in tables), len(tables)),
        "heads right": share(sum(told), len(told)),
        "cell F1": relations.f1,
        "cell precision": relations.precision,
        "cell recall": relations.recall,
        "row F1": rows.f1,
        "row precision": rows.precision,
        "row recall": rows.recall,
        "false tables": sum(one.score.false for one in measured),
        "pages without tables": len(bare),
        "false tables there": sum(one.score.false for one in bare),
        "text lost": share(sum(one.lost[0] for one in measured), sum(one.lost[1] for one in measured)),
        "order right": share(sum(one.order[0] for one in measured), sum(one.order[1] for one in measured)),
        "seconds a page": sum(one.seconds for one in measured) / max(1, len(measured)),
        "failed": sum(bool(one.failed) for one in measured),
    }


def share(some: int, all_of_them: int) -> float | None:
    return some / all_of_them if all_of_them else None


def described(one: Measured) -> dict[str, Any]:
    """A page's figures, as --json writes them."""
    tables = [
        {
            "found": table.found,
            "whole": table.whole,
            "heads right": table.heads,
            "cell F1": round(table.relations.f1, 3),
            "row F1": round(table.rows.f1, 3),
            "rows right": f"{table.rows.right}/{table.rows.wanted}",
        }
        for table in one.score.tables
    ]
    written: dict[str, Any] = {"file": one.page.file, "page": one.page.page, "kind": one.page.kind, "tables": tables}
    written |= {"false": one.score.false, "lost": one.lost, "order": one.order, "seconds": round(one.seconds, 3)}
    return written | ({"failed": one.failed} if one.failed else {})


def lines(measured: Iterable[Measured]) -> Iterable[str]:
    """A line for each marked table, and one for each page with false tables or an error."""
    for one in measured:
        place = f"{one.page.file[:28]:28} {one.page.page:3}"
        for number, table in enumerate(one.score.tables, 1):
            heads = {True: "heads right", False: "heads wrong", None: ""}[table.heads]
            state = "whole" if table.whole else "found" if table.found else "missed"
            rows = f"rows {table.rows.right:2}/{table.rows.wanted:2} of {table.rows.given:2}"
            yield f"{place} table {number} {state:6} cells {table.relations.f1:.2f} {rows} {heads:11}  {one.page.kind}"
        if one.score.false or one.failed:
            yield f"{place} false tables: {one.score.false} {one.failed}  {one.page.kind}"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pdfs", type=Path, metavar="FOLDER_OF_PDFS")
    parser.add_argument("--parser", choices=PARSERS, default="ragqa")
    parser.add_argument("--pages", default="", metavar="TEXT", help='only pages with TEXT in "file:page"')
    parser.add_argument("--json", action="store_true", help="write all figures as JSON")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    marked = [page for page in read_marks() if options.pages in f"{page.file}:{page.page}"]
    files = find_files(SAMPLES, marked) | find_files(options.pdfs, marked)
    missing = sorted({page.file for page in marked} - files.keys())
    if missing:
        print(f"not found as they were marked: {', '.join(missing)}", file=sys.stderr)
    measured = [measure(page, files[page.file], options.parser) for page in marked if page.file in files]
    told = figures(measured)
    if options.json:
        pages = [described(one) for one in measured]
        print(json.dumps({"parser": options.parser, "figures": told, "pages": pages}, indent=1, ensure_ascii=False))
        return
    for line in lines(measured):
        print(line)
    print()
    for name, value in told.items():
        print(f"{name:22} {'-' if value is None else value if isinstance(value, int) else f'{value:.3f}'}")


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
