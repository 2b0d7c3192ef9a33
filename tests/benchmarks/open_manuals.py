"""Customers' questions over manuals that stand in public repositories: the questions are ours, the manuals each user fetches.

    pip install weasyprint markdown
    python tests/benchmarks/open_manuals.py CLONES OUT
    ragqa ingest OUT/taught --index open
    python tests/benchmarks/retrieved_lessons.py --index open --pairs OUT/taught.jsonl LESSONS.jsonl

CLONES holds a checkout OWNER/NAME of each repository in data/open_manuals/sources.json, at the commit that stands there; those
of the E-Manual corpus, which have no commit, lie in CLONES/emanual. OUT/taught and OUT/held-out get the manuals, pages printed
as PDFs; beside them are the questions of each, as QA files. The
data set has no text of the manuals: an answer is told by how many words it has, their checksum, and which of the places with
these words is meant.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from manual_library import lines
from printed_manuals import print_page

from ragqa.parsing.registry import parse

OPEN_MANUALS = Path(__file__).parent / "data" / "open_manuals"

PAGES = (".md", ".mdx", ".html")
"""What is printed: few customers read pages."""

_WORD = re.compile(r"\w+")
_FRONT = re.compile(r"(?<![^\n])---\n(?:.*\n)*?---\n")
_NO_TEXT = re.compile(
    r"^(?:import|export) .*$|^:::.*$|^\s*(?:!!!|\?\?\?\+?|===) .*$|</?[A-Z]\w*[^>]*>|\{:.*?\}|\{%.*?%\}"
    r"|<(script|style|iframe)(?s:.*?)</\1>|<!--(?s:.*?)-->",
    re.MULTILINE,
)
"""What stands in the Markdown of sites for those who build them."""


def page_of(title: str, markdown_text: str) -> str:
    """The HTML page of a manual in Markdown."""
    import markdown

    body = markdown.markdown(_NO_TEXT.sub("", _FRONT.sub("", markdown_text)), extensions=["tables", "fenced_code", "sane_lists"])
    body = body.replace("<h1", "<h2").replace("</h1>", "</h2>")
    shown = html.escape(title)
    head = f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{shown}</title></head><body>\n<h1>{shown}</h1>\n'
    return f"{head}{body}\n</body></html>\n"


def write_manual(name: str, source: Mapping[str, Any], clones: Path, folder: Path) -> Path:
    """The file of a manual: as it is in its repository, or printed where it is a page."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [(clones / source["repo"] / part).read_bytes() for part in source["files"]]
    kind = Path(source["files"][0]).suffix
    if kind not in PAGES:
        target = folder / f"{name}{kind}"
        target.write_bytes(b"\n\n\n".join(parts))
        return target
    target = folder / f"{name}.pdf"
    text = "\n\n\n".join(part.decode() for part in parts)
    print_page(text if kind == ".html" else page_of(source["title"], text), name, target)
    return target


def checksum(words: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(words).lower().encode()).hexdigest()[:16]


class Places:
    """The word windows of a text, by their checksums, as character offsets."""

    def __init__(self, text: str) -> None:
        self._words = [(found.group(), *found.span()) for found in _WORD.finditer(text)]
        self._known: dict[int, dict[str, list[tuple[int, int]]]] = {}

    def of(self, count: int, wanted: str) -> list[tuple[int, int]]:
        """Where a window of so many words with this checksum stands, first to last."""
        if count not in self._known:
            found: dict[str, list[tuple[int, int]]] = defaultdict(list)
            for first in range(len(self._words) - count + 1):
                window = self._words[first : first + count]
                found[checksum([word for word, _, _ in window])].append((window[0][1], window[-1][2]))
            self._known[count] = dict(found)
        return self._known[count].get(wanted, [])


def told(text: str, start: int, end: int) -> dict[str, Any]:
    """A span without its words: what `Places` finds it by."""
    words = _WORD.findall(text[start:end])
    places = Places(text).of(len(words), checksum(words))
    return {"words": len(words), "sha256": checksum(words), "nth": sum(place[1] <= start for place in places)}


def pairs_of(path: Path, questions: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The questions of a manual as pairs of a QA file, with the place of the first answer; without those whose answer is lost."""
    text = parse(path.read_bytes(), path.name).text
    places = Places(text)
    for raw in questions:
        found = [(answer, places.of(answer["words"], answer["sha256"])) for answer in raw["answers"]]
        spans = [spans[min(answer["nth"], len(spans) - 1)] for answer, spans in found if spans]
        if raw["answers"] and not spans:
            continue
        pair = {"id": raw["id"], "question": raw["question"], "answers": [text[start:end] for start, end in spans]}
        yield pair | {"document": path.name, "kind": raw["kind"]} | ({"start": spans[0][0], "end": spans[0][1]} if spans else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for raw in lines(OPEN_MANUALS / "questions.jsonl.gz"):
        asked[raw["manual"]].append(raw)
    written: dict[str, list[dict[str, Any]]] = defaultdict(list)
    sources = json.loads((OPEN_MANUALS / "sources.json").read_text(encoding="utf-8"))
    for name, source in sources.items():
        side = "held-out" if source["held_out"] else "taught"
        pairs = list(pairs_of(write_manual(name, source, options.clones, options.out / side), asked[name]))
        written[side] += pairs
        print(f"{name}: {len(pairs)} of {len(asked[name])} questions", flush=True)
    for side, pairs in written.items():
        (options.out / f"{side}.jsonl").write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in pairs), "utf-8")


if __name__ == "__main__":
    main()
