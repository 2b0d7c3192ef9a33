"""What the shipped retriever is taught with: manuals and other texts, cut and headed as the product embeds them."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manual_library import held_out, lines, manual_of, page

from ragqa.chunking import CountTokens, chunk_document, embedded_text
from ragqa.config import IngestSettings
from ragqa.parsing.registry import parse
from ragqa.training.contrast import Group, Lesson

OTHERS = (
    "doc2dial_val", "squadshifts_amazon_reviews", "squadshifts_new_wiki", "squadshifts_reddit", "tatqa_devtest_spans", "covidqa",
    "qed_dev_nq", "clapnq_dev",
)  # fmt: skip
LONG_ANSWER = 8
"""Characters from which an answer says by itself that a passage with it may answer."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk: what is embedded for it, its text as words, with a space around each, and where it stands in its document."""

    embedded: str
    words: str
    start: int
    end: int


def pieces(data: bytes, path: str, settings: IngestSettings, count_tokens: CountTokens) -> list[Piece]:
    """The chunks of a file, as an ingest makes them."""
    document = parse(data, path)
    chunks = chunk_document(document, settings, count_tokens)
    return [
        Piece(embedded_text(document.title, one.section, one.text, settings, count_tokens), plain(one.text), one.start, one.end)
        for one in chunks
    ]


def plain(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.lower()))} "


def holds(words: str, text: str) -> bool:
    """Whether the words of `text` stand in a row in `words`, a result of `plain`."""
    return plain(text) in words and bool(text.strip())


def manual_groups(folder: Path, settings: IngestSettings, count_tokens: CountTokens) -> list[tuple[str, Group]]:
    """Each manual of manual_qa that is not held out, with its name and its questions."""
    left_out = {manual for pair in held_out(folder) for manual in pair}
    passages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*.passages.jsonl.gz")):
        for one in lines(path):
            passages[manual_of(one["pid"])].append(one)
    for path in sorted(folder.glob("*.questions.jsonl.gz")):
        for one in lines(path):
            asked[manual_of(one["pid"])].append(one)
    groups = []
    for manual, own in passages.items():
        if manual not in left_out:
            made = pieces(page(own[0]["title"], own).encode(), f"{manual}.html", settings, count_tokens)
            lessons = tuple(manual_lessons({one["pid"]: one["text"] for one in own}, asked[manual], made))
            groups.append((manual, Group(tuple(one.embedded for one in made), lessons)))
    return groups


def manual_lessons(texts: dict[str, str], asked: Iterable[dict[str, Any]], made: Sequence[Piece]) -> Iterator[Lesson]:
    """The questions on a manual's passages, each with the chunks that hold its answer's line of its passage."""
    shares = {pid: [share(text, one.words) for one in made] for pid, text in texts.items()}
    for raw in asked:
        pid, answers = (raw["pid"], raw["answers"]) if raw["answers"] else (raw.get("answered_in"), [])
        if pid not in shares:
            continue  # nothing in the manual answers it
        most = max(shares[pid])
        if answers:
            line = line_around(texts[pid], answers[0]["start"])
            cells = line.split(" | ")
            with_line = [number for number, one in enumerate(made) if all(holds(one.words, cell) for cell in cells)]
        else:
            with_line = [number for number, found in enumerate(shares[pid]) if found == most]
        right = tuple(number for number in with_line if shares[pid][number] >= most / 2)
        may = with_line if answers else [number for number, found in enumerate(shares[pid]) if found]
        long = [answer["text"] for answer in answers if len(answer["text"]) >= LONG_ANSWER]
        may = [number for number, one in enumerate(made) if number in may or any(holds(one.words, text) for text in long)]
        if right:
            yield Lesson(raw["question"], right, tuple(number for number in may if number not in right))


def pair_groups(folder: Path, settings: IngestSettings, count_tokens: CountTokens) -> Iterator[tuple[str, Group]]:
    """Each manual of `folder`, with the questions of the QA file beside it, FOLDER.jsonl, whose answer's place is told."""
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in folder.with_suffix(".jsonl").read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        if "start" in raw:
            asked[raw["document"]].append(raw)
    for name, own in sorted(asked.items()):
        made = pieces((folder / name).read_bytes(), name, settings, count_tokens)
        lessons = tuple(lesson for raw in own if (lesson := placed_lesson(raw, made)))
        yield name, Group(tuple(one.embedded for one in made), lessons)


def placed_lesson(raw: Mapping[str, Any], made: Sequence[Piece]) -> Lesson | None:
    """A question with the chunks that its answer's place is in whole; what has a part of it, or its words, may answer too."""
    start, end = raw["start"], raw["end"]
    right = tuple(number for number, one in enumerate(made) if one.start <= start and end <= one.end)
    long = [text for text in raw["answers"] if len(text) >= LONG_ANSWER]
    may = (
        number
        for number, one in enumerate(made)
        if (one.start < end and start < one.end) or any(holds(one.words, text) for text in long)
    )
    return Lesson(raw["question"], right, tuple(number for number in may if number not in right)) if right else None


def share(text: str, words: str) -> float:
    """The share of a passage's lines, by their length, that stand in a chunk's words."""
    cells = [cell for line in text.split("\n") for cell in line.split(" | ") if cell.strip()]
    return sum(len(cell) for cell in cells if holds(words, cell)) / max(sum(map(len, cells)), 1)


def line_around(text: str, at: int) -> str:
    """The line of a text that a character is in, without its bullet or number."""
    start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    return text[start : end if end >= 0 else len(text)]


def squad_groups(path: Path, settings: IngestSettings, count_tokens: CountTokens) -> list[Group]:
    """Each article of a SQuAD file, its paragraphs headed by its title."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    groups = []
    for article in articles:
        title, paragraphs = article["title"].replace("_", " "), article["paragraphs"]
        passages = tuple(embedded_text(title, (), one["context"], settings, count_tokens) for one in paragraphs)
        lessons = [Lesson(raw["question"].strip(), (number,)) for number, one in enumerate(paragraphs) for raw in one["qas"]]
        groups.append(Group(passages, tuple(lessons)))
    return groups


def other_groups(path: Path, settings: IngestSettings, count_tokens: CountTokens, together: int = 32) -> Iterator[Group]:
    """A file of qa/: contexts, cut to chunks, with their questions; so many contexts in a group."""
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in lines(path):
        if one["answers"] and one["answers"][0]["text"].strip():
            asked[one["context"]].append(one)
    contexts = list(asked)
    for first in range(0, len(contexts), together):
        passages: list[str] = []
        lessons: list[Lesson] = []
        for context in contexts[first : first + together]:
            made = pieces(context.encode(), "text.txt", settings, count_tokens)
            for raw in asked[context]:
                start, answer = raw["answers"][0]["start"], raw["answers"][0]["text"]
                around = context[max(0, start - 40) : start + len(answer) + 40]
                inner = " ".join(around.split(" ")[1:-1]) if len(around) > len(answer) + 40 else answer
                right = [number for number, one in enumerate(made) if holds(one.words, inner)]
                right = right or [number for number, one in enumerate(made) if holds(one.words, answer)]
                if len(right) in (1, 2):
                    numbers = tuple(len(passages) + number for number in right)
                    spared = tuple(len(passages) + number for number in range(len(made)) if number not in right)
                    lessons.append(Lesson(raw["question"].strip(), numbers, spared if len(made) > 8 else ()))
            passages += [one.embedded for one in made]
        if lessons:
            yield Group(tuple(passages), tuple(lessons))
