"""Writes the manuals of manual_qa as HTML files and their questions as QA files, to be ingested, asked and learnt from.

    python tests/benchmarks/manual_library.py [MANUAL_QA_FOLDER] OUT_FOLDER
    ragqa ingest OUT_FOLDER/held-out --index manuals

Two manuals of each set are held out, chosen by a checksum of their names: OUT_FOLDER/held-out holds them, and held-out-fit.jsonl
and held-out-test.jsonl ask of one of the two each; all others are in OUT_FOLDER/taught, with taught.jsonl. A manual is never on
both sides.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

MANUAL_QA = Path(__file__).parent / "data" / "manual_qa"
"""The project's own data set; its README says what is in it."""

FIRST_DENSE_SET = 15

_NUMBER = re.compile(r"(\d{1,2})[.)] ")


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def manual_of(pid: str) -> str:
    """The manual of a passage: its id without the last part."""
    return pid.rsplit("-", 1)[0]


def is_dense(pid: str) -> bool:
    """Whether a passage or manual is of the sets of dense pages: tables, keys of drawings, steps beside steps."""
    return int(pid[:2]) >= FIRST_DENSE_SET


def held_out(folder: Path) -> list[tuple[str, str]]:
    """The held-out manuals, two by two: of each set, but of those of dense pages, which are small, of every fourth."""
    chosen = []
    for path in sorted(folder.glob("*.passages.jsonl.gz")):
        if is_dense(path.name) and int(path.name[:2]) % 4 != 2:
            continue
        manuals = sorted({manual_of(one["pid"]) for one in lines(path)}, key=lambda one: zlib.crc32(one.encode()))
        chosen.append((manuals[0], manuals[1]))
    return chosen


def page(title: str, passages: list[dict[str, Any]]) -> str:
    """A manual as an HTML page: headings from the passages' sections, and their lines as paragraphs, lists and tables."""
    body: list[str] = []
    above: list[str] = []
    for passage in passages:
        section = passage["section"]
        for level, heading in enumerate(section, start=1):
            if above[:level] != section[:level]:
                body.append(f"<h{min(level + 1, 6)}>{html.escape(heading)}</h{min(level + 1, 6)}>")
        above = section
        first, _, rest = passage["text"].partition("\n")
        body += blocks(rest if first.strip() in section else passage["text"])
    shown = html.escape(title)
    head = f"<!DOCTYPE html>\n<html><head><title>{shown}</title></head><body>\n<h1>{shown}</h1>\n"
    return head + "\n".join(body) + "\n</body></html>\n"


def blocks(text: str) -> Iterator[str]:
    """The lines of a passage as HTML; neighbouring rows with the same heads become one table, neighbouring items one list."""
    for kind, group in groupby(filter(str.strip, text.split("\n")), key=kind_of):
        rows = list(group)
        if kind == "bullet":
            yield f"<ul>{''.join(f'<li>{html.escape(row[2:])}</li>' for row in rows)}</ul>"
        elif kind == "number":
            first, items = _NUMBER.match(rows[0]), [_NUMBER.sub("", row, count=1) for row in rows]
            start = first.group(1) if first else "1"
            yield f'<ol start="{start}">{"".join(f"<li>{html.escape(item)}</li>" for item in items)}</ol>'
        elif isinstance(kind, tuple):
            yield f"<table>{table_row('th', kind)}{''.join(table_row('td', values(row)) for row in rows)}</table>"
        else:
            yield from (f"<p>{html.escape(row)}</p>" for row in rows)


def kind_of(line: str) -> str | tuple[str, ...]:
    """What a line is: the heads of a row like "Head: value | Head: value", or bullet, number or text."""
    cells = line.split(" | ")
    if len(cells) > 1 and all(": " in cell for cell in cells):
        return tuple(cell.split(": ", 1)[0] for cell in cells)
    return "bullet" if line.startswith("• ") else "number" if _NUMBER.match(line) else "text"


def values(row: str) -> list[str]:
    return [cell.split(": ", 1)[1] for cell in row.split(" | ")]


def table_row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def main(folder: Path, out: Path) -> None:
    chosen = held_out(folder)
    sides = {"held-out-fit": {one for one, _ in chosen}, "held-out-test": {other for _, other in chosen}}
    manuals: dict[str, list[dict[str, Any]]] = defaultdict(list)
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*.passages.jsonl.gz")):
        for passage in lines(path):
            manuals[manual_of(passage["pid"])].append(passage)
    for path in sorted(folder.glob("*.questions.jsonl.gz")):
        for raw in lines(path):
            manual = manual_of(raw["pid"])
            side = next((name for name, held in sides.items() if manual in held), "taught")
            answers = [answer["text"] for answer in raw["answers"]]
            if not answers and raw.get("answered_in"):
                continue  # another passage of the manual answers it, and nobody has marked where
            asked[side].append({"id": raw["id"], "question": raw["question"], "answers": answers, "document": f"{manual}.html"})
    for manual, passages in manuals.items():
        side = "taught" if all(manual not in held for held in sides.values()) else "held-out"
        (out / side).mkdir(parents=True, exist_ok=True)
        (out / side / f"{manual}.html").write_text(page(passages[0]["title"], passages), encoding="utf-8")
    for side, pairs in asked.items():
        written = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
        (out / f"{side}.jsonl").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=MANUAL_QA, metavar="MANUAL_QA_FOLDER")
    parser.add_argument("out", type=Path, metavar="OUT_FOLDER")
    options = parser.parse_args()
    main(options.data, options.out)
