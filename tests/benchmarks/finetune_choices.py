"""What training on a small set is best made of: the same pairs learnt in several ways, each judged on pairs kept apart.

    ragqa triplets train.jsonl --index INDEX --out triplets.jsonl
    python tests/benchmarks/finetune_choices.py triplets.jsonl test.jsonl --index INDEX --squad SQUAD_FOLDER
        [--seed N] [--only NAME …]

A table line a way: exact match, F1 and ROUGE-L of the best span, end to end, on the test pairs; and what is left of the base's F1
on 400 questions of SQuAD that no reader was trained on. `replay` also reads as many questions of SQuAD as there are pairs, each
with its paragraph; `lora` trains rank-16 updates of every linear layer instead of the layers (Hu et al. 2021).
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from reader_squad import read, tuning_questions
from squad_library import held_out, paragraphs

from ragqa import RagQA
from ragqa.answering.readers import Reader, TransformerReader
from ragqa.config import TrainSettings
from ragqa.evaluation.evaluate import evaluate
from ragqa.questions.pairs import read_pairs
from ragqa.training import train as training
from ragqa.training.calibrate import fit
from ragqa.training.collect import collect
from ragqa.training.examples import Group
from ragqa.training.finetune import calibrated, pair_of
from ragqa.training.material import from_triplets, passage_length
from ragqa.training.mix import best_mix
from ragqa.training.triplet_file import read_triplets
from ragqa.types import QAPair, Triplet

LORA_RANK = 16


@dataclass(frozen=True)
class Way:
    """How to train: settings that are changed, and what else is done."""

    settings: dict[str, Any] = field(default_factory=dict)
    mix: bool = True
    replay: bool = False
    lora: bool = False


WAYS = {
    "as shipped": Way(),
    "objective shared": Way({"objective": "shared"}),
    "objective window": Way({"objective": "window"}),
    "learning rate 3e-5": Way({"learning_rate": 3e-5}),
    "learning rate 4e-4": Way({"learning_rate": 4e-4}),
    "layer decay .8": Way({"layer_decay": 0.8}),
    "no mix with the base": Way(mix=False),
    "replay": Way(replay=True),
    "lora": Way({"learning_rate": 1e-3}, lora=True),
}


class LowRank(torch.nn.Module):
    """weight + B·A, where only A and B learn."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.down = torch.nn.Parameter(torch.randn(LORA_RANK, columns) / columns**0.5)
        self.up = torch.nn.Parameter(torch.zeros(rows, LORA_RANK))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        return weight + self.up @ self.down


@contextmanager
def low_rank() -> Iterator[None]:
    """Readers trained in here learn low-rank updates, and the head."""

    def trainable(base: TransformerReader, whole: Callable[[TransformerReader], Any] = training.trainable_model) -> Any:
        model = whole(base)
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name.startswith("qa_outputs")
        for module in [one for one in model.modules() if isinstance(one, torch.nn.Linear) and one is not model.qa_outputs]:
            torch.nn.utils.parametrize.register_parametrization(module, "weight", LowRank(module.weight))
        return model

    with patch.object(training, "trainable_model", trainable):
        yield


def merged(model: Any) -> None:
    """Make low-rank updates part of the weights."""
    for module in model.modules():
        if torch.nn.utils.parametrize.is_parametrized(module):
            torch.nn.utils.parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)


def squad_groups(folder: Path, count: int) -> list[Group]:
    """Questions of SQuAD train, each with its own paragraph."""
    groups = []
    for path, title, text, asked in paragraphs(folder, "train-v1.1"):
        for raw in asked if not held_out(path) else ():
            answer = raw["answers"][0]
            end = answer["answer_start"] + len(answer["text"])
            triplet = Triplet(
                raw["id"], raw["question"], text, answer["answer_start"], end, (answer["text"],), headings=title, rank=1
            )
            groups.append(Group(triplet.question, (triplet,), ()))
    return random.Random(13).sample(groups, count)


def learn(qa: RagQA, base: TransformerReader, found: Sequence[Triplet], way: Way, squad: Path, seed: int) -> TransformerReader:
    """What `ragqa finetune` does, in one of the ways."""
    length = passage_length(one.answers[0] for one in found if one.answers)
    settings = replace(TrainSettings(), passage_characters=length, seed=seed, **way.settings)
    material = from_triplets(found, settings.validation, settings.seed)
    groups = [*material.training, *(squad_groups(squad, len(material.training)) if way.replay else ())]
    with tempfile.TemporaryDirectory() as folder:
        if way.lora:
            with low_rank():
                made = training.train(base, groups, material.validation, settings, Path(folder))
            merged(made.model)
        else:
            made = training.train(base, groups, material.validation, settings, Path(folder))
    share = best_mix(made, base, material.validation) if way.mix else 1.0
    reader = TransformerReader.of(f"mix {share}", made.model, made.tokenizer, made.settings)
    cases = collect(qa.asker.reading_with(reader), [pair_of(group) for group in material.validation])
    reader.settings = calibrated(made.settings, fit(cases, base.settings.calibration), None)
    return reader


def line(qa: RagQA, name: str, reader: Reader, test: Sequence[QAPair], squad: Path, began: float) -> str:
    report = evaluate(qa.asker.reading_with(reader), test)
    figures = [report.metrics["reading"][key] or 0.0 for key in ("exact_match", "f1", "rouge_l_f1")]
    asked = random.Random(13).sample(tuning_questions(squad), 400)
    kept = sum(one.f1 for one in read(reader, asked)) / len(asked)
    scores = " | ".join(f"{100 * value:.1f}" for value in (*figures, kept))
    return f"| {name} | {scores} | {reader.name} | {time.monotonic() - began:.0f} s |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("triplets", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--index", required=True)
    parser.add_argument("--home", default=".")
    parser.add_argument("--base", default="default")
    parser.add_argument("--squad", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=TrainSettings().seed, help="of the split, the order and the dropout")
    parser.add_argument("--only", nargs="*", choices=WAYS, default=list(WAYS))
    options = parser.parse_args()
    qa = RagQA(options.index, home=options.home)
    base = qa.load_base(options.base)
    found, _ = read_triplets(options.triplets)
    test = read_pairs(options.test).pairs
    print("| way | exact match | F1 | ROUGE-L | SQuAD F1 | | |\n|---|---|---|---|---|---|---|", flush=True)
    print(line(qa, "untrained", base, test, options.squad, time.monotonic()), flush=True)
    for name in options.only:
        began = time.monotonic()
        reader = learn(qa, base, found, WAYS[name], options.squad, options.seed)
        print(line(qa, name, reader, test, options.squad, began), flush=True)


if __name__ == "__main__":
    main()
