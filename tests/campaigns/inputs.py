"""Forged files that people write or edit: each is read, or told in one line that names it.

    python -m tests.campaigns.inputs [--seed 1] [--rounds 1000] [--only settings|qa|triplets|jobs|journals]

Settings (ragqa.toml), question/answer files (JSONL, JSON, CSV), triplets, jobs of trainings and journals are changed at random:
values, keys, lines, bytes, encodings. Prints one line of JSON; exits with 1 at any fault.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from ragqa.config import TrainSettings, check_ranges
from ragqa.journal import Journal, pairs_to_learn
from ragqa.paths import DATABASE
from ragqa.questions.pairs import pairs_to_ask
from ragqa.settings import load_settings
from ragqa.training.job import JOB_FILE, Job, begin_job, read_job
from ragqa.training.triplet_file import read_triplets
from ragqa.types import Feedback, FileReport, FileState, Verdict
from tests.campaigns.trials import ODD, Outcome, odd_bytes, odd_json, report, rounds

SETTINGS = """index = "manuals"
threads = 2

[ingest]
chunk_tokens = 220
ocr = "off"
include = ["*.pdf"]

[ask]
top_k = 12
lexical_weight = 0.02
threshold = 0.5

[train]
epochs = 3.0
seed = 13
"""
PAIRS = [
    {"id": "1", "question": "How heavy is it?", "answer": "900 g", "document": "kettle.md", "page": 2},
    {"question": "What does E-24 mean?", "answers": ["The lid is open"], "context": "E-24: The lid is open.", "answer_start": 6},
    {"question": "Is it blue?", "answer": None},
]
TABLE = 'question,answer,document,page\nHow heavy?,900 g,kettle.md,2\n"What, and why?","It\'s ""so""",,\nIs it blue?,,,\n'
TRIPLETS = [
    {
        "id": "1",
        "question": "How heavy?",
        "context": "It weighs 900 g.",
        "answer": "900 g",
        "answer_start": 10,
        "rank": 1,
        "score": 0.5,
    },
    {"question": "How heavy?", "context": "It is blue.", "answer": None, "similarity": 0.1},
]
TOML = (
    "nan",
    "inf",
    "-inf",
    "-1",
    "1e400",
    "99999999999999999999999",
    "true",
    '""',
    '"x"',
    "[]",
    "[1, 2]",
    "{}",
    "1979-05-27",
    '"\\u001b[2J"',
)


def odd_lines(lines: list[str], dice: random.Random) -> str:
    """Lines with one changed, doubled, cut, taken out or moved."""
    changed = list(lines)
    at = dice.randrange(len(changed))
    match dice.randrange(6):
        case 0:
            del changed[at]
        case 1:
            changed.insert(at, changed[at])
        case 2:
            changed[at] = changed[at][: dice.randrange(len(changed[at]) + 1)]
        case 3:
            changed.insert(at, dice.choice(("[", "{", "\0", "\x1b[2J", "nonsense", "[[[[" * 5000, '"' * 9, ",,,,", "﻿")))
        case 4:
            dice.shuffle(changed)
        case _:
            changed[at] = changed[at].replace(
                dice.choice(("a", "e", "=", ":", ",", '"')), dice.choice(("", "\n", "\r", "\t", "é", "\x07"))
            )
    return "\n".join(changed)


def encoded(text: str, dice: random.Random) -> bytes:
    """Text in some encoding, its bytes changed now and then."""
    data = text.encode(dice.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252")), "replace")
    return odd_bytes(data, dice) if dice.random() < 0.3 else data


def forged_lines(values: list[dict[str, object]], dice: random.Random) -> bytes:
    lines = [json.dumps(odd_json(one, dice) if dice.random() < 0.6 else one, ensure_ascii=dice.random() < 0.5) for one in values]
    return encoded(odd_lines(lines, dice) if dice.random() < 0.5 else "\n".join(lines), dice)


def try_settings(folder: Path, dice: random.Random) -> str:
    lines = SETTINGS.splitlines()
    if dice.random() < 0.7:
        at = dice.choice([number for number, line in enumerate(lines) if "=" in line])
        lines[at] = f"{lines[at].partition('=')[0]}= {dice.choice(TOML)}"
    text = "\n".join(lines) if dice.random() < 0.6 else odd_lines(lines, dice)
    (folder / "ragqa.toml").write_bytes(encoded(text, dice) if dice.random() < 0.3 else text.encode("utf-8", "replace"))
    settings = load_settings(folder)
    for section in (settings, settings.ingest, settings.ask, settings.train):
        check_ranges(section)
    return "read"


def try_pairs(folder: Path, dice: random.Random) -> str:
    kind = dice.choice(("jsonl", "json", "csv"))
    path = folder / f"pairs.{kind}"
    if kind == "csv":
        path.write_bytes(encoded(odd_lines(TABLE.splitlines(), dice), dice))
    elif kind == "json":
        path.write_bytes(encoded(json.dumps(odd_json(PAIRS, dice)), dice))
    else:
        path.write_bytes(forged_lines(PAIRS, dice))
    _, problems = pairs_to_ask(path)
    if any("\n" in str(problem) for problem in problems):
        raise AssertionError(f"a problem of more than one line: {problems}")
    return "read"


def try_triplets(folder: Path, dice: random.Random) -> str:
    path = folder / "triplets.jsonl"
    path.write_bytes(forged_lines(TRIPLETS, dice))
    triplets, problems = read_triplets(path)
    for one in triplets:
        if one.start is not None and one.end is not None and not 0 <= one.start < one.end <= len(one.context):
            raise AssertionError(f"an answer outside of its passage: {one}")
    if any("\n" in str(problem) for problem in problems):
        raise AssertionError(f"a problem of more than one line: {problems}")
    return "read"


def try_job(folder: Path, dice: random.Random) -> str:
    begin_job(folder / "job", Job("default", "manuals", TrainSettings(), 0.05), [])
    path = folder / "job" / JOB_FILE
    text = json.dumps(odd_json(json.loads(path.read_text()), dice)) if dice.random() < 0.7 else path.read_text()
    path.write_bytes(encoded(text, dice) if dice.random() < 0.3 else text.encode("utf-8", "replace"))
    check_ranges(read_job(folder / "job").settings)
    return "read"


def try_journal(folder: Path, dice: random.Random) -> str:
    home = folder / "index"
    home.mkdir(exist_ok=True)
    (home / DATABASE).touch()
    journal = Journal(home)
    for path in home.glob("journal.sqlite*"):
        path.unlink()
    journal.remember("What does E-24 mean?")
    journal.add(
        Feedback(
            "How heavy?", Verdict.RIGHT, "900 g", "It weighs 900 g.", 10, "kettle.md", 2, ("Weight",), "900 g", 0.5, "default"
        )
    )
    journal.note_losses([FileReport("lost.pdf", FileState.FAILED, note="damaged")])
    if dice.random() < 0.5:
        journal.path.write_bytes(odd_bytes(journal.path.read_bytes(), dice))
    else:
        _odd_row(journal.path, dice)
    journal.questions()
    pairs_to_learn(journal.verdicts())
    journal.losses()
    journal.remember("Is it blue?")
    return "read"


def _odd_row(path: Path, dice: random.Random) -> None:
    import sqlite3
    from contextlib import closing, suppress

    table = dice.choice(("questions", "feedback", "feedback", "losses"))
    with closing(sqlite3.connect(path)) as connection, connection, suppress(sqlite3.Error, OverflowError, UnicodeError):
        column = dice.choice([row[1] for row in connection.execute(f"PRAGMA table_info({table})")])
        value = dice.choice([one for one in ODD if not isinstance(one, list | dict)] + [b"\xff", "[1]", "{"])
        connection.execute(f"UPDATE {table} SET {column} = ?", (value,))


KINDS: dict[str, Callable[[Path, random.Random], str]] = {
    "settings": try_settings, "qa": try_pairs, "triplets": try_triplets, "jobs": try_job, "journals": try_journal,
}  # fmt: skip


def campaign(folder: Path, seed: int, count: int, only: str = "") -> dict[str, Outcome]:
    """All kinds of files in a scratch folder, or one of them."""
    found = {}
    for kind, act in KINDS.items():
        if only in ("", kind):
            dice, outcome = random.Random(seed), Outcome()
            once = partial(act, folder, dice)
            for number in rounds(count, kind):
                outcome.try_one(f"{kind} {number}", once)
            found[kind] = outcome
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--only", choices=tuple(KINDS), default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return report(campaign(Path(folder), given.seed, given.rounds, given.only), seed=given.seed, rounds=given.rounds)


if __name__ == "__main__":
    sys.exit(main())
