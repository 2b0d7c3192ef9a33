"""Trains the default reader on SQuAD train, as retrieved-context triplets.

    python tests/benchmarks/train_default_reader.py pairs SQUAD_FOLDER pairs.jsonl
    ragqa triplets pairs.jsonl --index squad --top-k 7 --out triplets.jsonl
    python tests/benchmarks/train_default_reader.py train triplets.jsonl --base READER --out FOLDER --set learning_rate=7e-5 …

The index is made by `squad_library.py` and `ragqa ingest`. `train` is what `ragqa finetune` does between mining and calibration,
with another split: the paragraphs of `squad_library.held_out` are for validation, all others for training. Begun again after a
kill, it goes on from its newest checkpoint.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from squad_library import held_out, paragraphs

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TransformerReader
from ragqa.config import TrainSettings
from ragqa.training.card import write_reader
from ragqa.training.examples import Group, grouped
from ragqa.training.train import train
from ragqa.training.triplet_file import read_triplets
from ragqa.types import TrainStep


def write_pairs(squad: Path, out: Path) -> None:
    """SQuAD train as a QA file: every question with its paragraph, and the document that paragraph is in the index."""
    with open(out, "w", encoding="utf-8") as file:
        for path, _, text, asked in paragraphs(squad, "train-v1.1"):
            for raw in asked:
                answers = list(dict.fromkeys(answer["text"] for answer in raw["answers"]))
                pair = {
                    "id": raw["id"],
                    "question": raw["question"].strip(),
                    "answers": answers,
                    "document": path,
                    "context": text,
                }
                file.write(json.dumps({**pair, "answer_start": raw["answers"][0]["answer_start"]}) + "\n")


def is_held_out(group: Group) -> bool:
    return bool(group.positives) and held_out(group.positives[0].document)


def settings_of(changes: list[str]) -> TrainSettings:
    """The training settings with some changed, given as NAME=VALUE."""
    settings = TrainSettings()
    values: dict[str, Any] = {}
    for name, value in (change.split("=") for change in changes):
        values[name] = type(getattr(settings, name))(value)
    return replace(settings, **values)


def told(step: TrainStep) -> None:
    scores = {name: round(value, 2) for name, value in step.scores.items()}
    print(f"{step.step}/{step.steps} loss {step.loss:.3f} {scores or ''} {step.left / 60:.0f} min left", flush=True)


def train_default(options: argparse.Namespace) -> None:
    triplets, _ = read_triplets(options.triplets)
    groups = grouped(triplets)
    del triplets  # a gigabyte and a half
    validation = [group for group in groups if is_held_out(group)]
    training = [group for group in groups if not is_held_out(group)]
    random.Random(1).shuffle(validation)
    base = TransformerReader("base", str(options.base), replace(ReaderSettings.load(options.base), max_answer_tokens=30))
    made = train(
        base,
        training,
        validation[: options.validation],
        settings_of(options.set),
        options.out / "checkpoints",
        resume=True,
        told=told,
    )
    write_reader(options.out / "reader", made.model, made.tokenizer, made.settings)
    (options.out / "history.json").write_text(json.dumps(made.history, indent=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    pairs = commands.add_parser("pairs")
    pairs.add_argument("squad", type=Path)
    pairs.add_argument("out", type=Path)
    training = commands.add_parser("train")
    training.add_argument("triplets", type=Path)
    training.add_argument("--base", type=Path, required=True)
    training.add_argument("--out", type=Path, required=True)
    training.add_argument("--validation", type=int, default=300, help="questions to evaluate on")
    training.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="training settings")
    options = parser.parse_args()
    if options.command == "pairs":
        write_pairs(options.squad, options.out)
    else:
        train_default(options)


if __name__ == "__main__":
    main()
