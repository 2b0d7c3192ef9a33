"""The data set of customers' questions over manuals that lies in data/manual_qa: checks it, counts it, packs it anew.

    python tests/benchmarks/manual_qa.py [check [FOLDER]]
    python tests/benchmarks/manual_qa.py pack FROM_FOLDER TO_FOLDER

`check` tells how much of what there is, names everything that is wrong, and exits with 1 if anything is. `pack` writes the same
lines compressed, byte by byte the same for the same lines, so that a file changes only when its content does.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manual_library import MANUAL_QA, held_out, lines, manual_of

KINDS = {"procedure", "fact", "table", "yesno", "code", "limit", "where", "error", "value", "indicator", "none"}
OPEN_SET = "07"
"""The set whose passages are other people's: each of them says where it comes from and under which licence."""

_NUMBERED = re.compile(r".+-\d+b?")  # 07b was cut from what 07 had been
_WORD = re.compile(r"[^\W_]{3,}")
_EVERYDAY = """
    the and for are can does did how what when which who why where with that this from have has had not but you your our its
    was were will would should could may might must there their they them then than into onto out off about after before any all
    some one get got give keep long much many
"""


@dataclass(slots=True)
class Set:
    """One of the numbered sets, as it lies in its two files."""

    name: str
    passages: list[dict[str, Any]] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)


def read_sets(folder: Path) -> list[Set]:
    """The sets of a folder in order. Raises FileNotFoundError where one has passages and no questions."""
    names = sorted(path.name.split(".")[0] for path in folder.glob("*.passages.jsonl.gz"))
    return [
        Set(name, list(lines(folder / f"{name}.passages.jsonl.gz")), list(lines(folder / f"{name}.questions.jsonl.gz")))
        for name in names
    ]


def faults(sets: list[Set]) -> Iterator[str]:
    """What is wrong, in words."""
    seen: set[str] = set()
    for one in sets:
        texts = {passage["pid"]: passage["text"] for passage in one.passages}
        if len(texts) < len(one.passages):
            yield f"set {one.name}: a pid stands twice"
        yield from passage_faults(one)
        for raw in one.questions:
            yield from (f"{raw['id']}: {wrong}" for wrong in question_faults(raw, texts))
            if raw["id"] in seen:
                yield f"{raw['id']}: the id stands twice"
            seen.add(raw["id"])
        repeated = Counter((raw["pid"], raw["question"].strip().lower()) for raw in one.questions)
        yield from (f"{pid}: asked twice: {question}" for (pid, question), count in repeated.items() if count > 1)


def passage_faults(one: Set) -> Iterator[str]:
    manuals: list[str] = []
    for passage in one.passages:
        pid, manual = passage["pid"], manual_of(passage["pid"])
        if not pid.startswith(f"{one.name}-") or not _NUMBERED.fullmatch(pid):
            yield f"{pid}: does not name a passage of set {one.name}"
        if not passage["text"].strip() or not passage["title"] or not passage["product"]:
            yield f"{pid}: has no text, title or product"
        if one.name == OPEN_SET and not (passage.get("source") and passage.get("licence")):
            yield f"{pid}: does not say where it comes from and under which licence"
        if manual in manuals[:-1]:
            yield f"{pid}: passages of other manuals stand between those of {manual}"
        if manuals[-1:] != [manual]:
            manuals.append(manual)


def question_faults(raw: dict[str, Any], texts: dict[str, str]) -> Iterator[str]:
    if raw["pid"] not in texts:
        yield f"there is no passage {raw['pid']}"
        return
    text = texts[raw["pid"]]
    if raw["kind"] not in KINDS or (raw["kind"] == "none") == bool(raw["answers"]):
        yield f"is of kind {raw['kind']} and has {len(raw['answers'])} answers"
    for answer in raw["answers"]:
        start, words = answer["start"], answer["text"]
        if not words.strip() or text[start : start + len(words)] != words:
            yield f"the passage does not say {words!r} at {start}"
    elsewhere = raw.get("answered_in")
    if elsewhere and (elsewhere not in texts or elsewhere == raw["pid"]):
        yield f"is said to be answered in {elsewhere}, which is no other passage of its set"


def shared_words(sets: list[Set]) -> float:
    """The mean share of a question's content words that its passage or headings have too."""
    shares = []
    for one in sets:
        known = {
            passage["pid"]: content_words(" ".join([passage["title"], *passage["section"], passage["text"]]))
            for passage in one.passages
        }
        for raw in one.questions:
            if words := content_words(raw["question"]):
                shares.append(len(words & known[raw["pid"]]) / len(words))
    return sum(shares) / len(shares)


def content_words(text: str) -> set[str]:
    """The beginnings of all words but the commonest: six letters, so that plurals and endings count as the same."""
    everyday = set(_EVERYDAY.split())
    return {word[:6] for word in _WORD.findall(text.lower()) if word not in everyday}


def counted(sets: list[Set]) -> str:
    rows = ["| set | manuals | passages | questions | of them unanswerable |", "|---|---|---|---|---|"]
    totals = [0, 0, 0, 0]
    for one in sets:
        manuals = len({manual_of(passage["pid"]) for passage in one.passages})
        numbers = [manuals, len(one.passages), len(one.questions), sum(not raw["answers"] for raw in one.questions)]
        totals = [total + number for total, number in zip(totals, numbers, strict=True)]
        rows.append(f"| {one.name} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    rows.append("| all | " + " | ".join(f"{number:,}" for number in totals) + " |")
    kinds = Counter(raw["kind"] for one in sets for raw in one.questions)
    told = ", ".join(f"{kind} {count:,}" for kind, count in kinds.most_common())
    return "\n".join([*rows, "", f"kinds: {told}", f"content words shared with the passage: {100 * shared_words(sets):.0f} %"])


def pack(source: Path, target: Path) -> None:
    """Writes each file of `source` to `target`, its lines as they are, without a time or a name in the header."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*.jsonl.gz")):
        (target / path.name).write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=9, mtime=0))


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["pack"]:
        pack(Path(arguments[1]), Path(arguments[2]))
        return 0
    folder = Path(arguments[1]) if arguments[1:] else MANUAL_QA
    sets = read_sets(folder)
    print(counted(sets))
    print("held out:", ", ".join(manual for pair in held_out(folder) for manual in pair))
    wrong = list(faults(sets))
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
