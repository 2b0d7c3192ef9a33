"""A training in a process of its own, for tests that kill it: says on stdout every step it makes, and can kill itself.

python child_train.py READER CHECKPOINTS RESULT [--resume] [--kill POINT --checkpoint N]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TransformerReader
from ragqa.config import TrainSettings
from ragqa.training.examples import Group, grouped
from ragqa.training.train import train
from ragqa.types import Match, TrainStep, Triplet

SETTINGS = TrainSettings(
    epochs=12, learning_rate=5e-3, batch_size=2, negatives=1, patience=1000, evaluate_steps=3, device="cpu", near_misses=0.5
)
THINGS = ["lamp", "kettle", "lid", "button", "warranty", "day", "menu", "step", "month", "litre"]


def questions() -> list[Group]:
    """Ten questions, each with a passage that answers and one that does not: five steps an epoch, sixty in all."""
    triplets = []
    for number, thing in enumerate(THINGS):
        question, answer = f"How long is the {thing}?", f"{number + 3} months"
        context, other = f"The {thing} is {answer} long, they say.", f"The {thing} is open."
        start = context.index(answer)
        triplets += [
            Triplet(thing, question, context, start, start + len(answer), (answer,), Match.EXACT, 1.0, rank=1),
            Triplet(thing, question, other, answers=(answer,), rank=2),
        ]
    return grouped(triplets)


def say(step: TrainStep) -> None:
    if not step.scores:
        print(step.step, flush=True)


def arm(point: str, checkpoint: int) -> None:
    """Make this process kill itself while it writes its n-th checkpoint."""
    from transformers import Trainer
    from transformers.trainer_callback import TrainerState

    owner, name = {
        "model written": (Trainer, "_save_optimizer_and_scheduler"),
        "state half written": (TrainerState, "save_to_json"),
        "old ones still there": (TrainerState, "save_to_json"),
    }[point]
    plain, left = getattr(owner, name), [checkpoint]

    def killing(self: Any, *arguments: Any) -> Any:
        left[0] -= 1
        if left[0]:
            return plain(self, *arguments)
        if name == "save_to_json":
            plain(self, *arguments)
        if point == "state half written":
            state = Path(arguments[0])
            os.truncate(state, state.stat().st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killing)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("reader", type=Path)
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--kill", default="")
    parser.add_argument("--checkpoint", type=int, default=1)
    options = parser.parse_args()
    if not options.reader.is_dir():
        from tiny_readers import save_reader

        save_reader("bert", options.reader)
    if options.kill:
        arm(options.kill, options.checkpoint)
    base = TransformerReader("tiny", str(options.reader), ReaderSettings(window_tokens=64, stride=16, max_answer_tokens=8))
    groups = questions()
    trained = train(base, groups, groups, SETTINGS, options.checkpoints, resume=options.resume, threads=1, told=say)
    trained.model.save_pretrained(options.result)
    evaluations = [
        {name: entry[name] for name in ("step", "eval_f1", "eval_loss", "eval_exact_match", "eval_no_answer_accuracy")}
        for entry in trained.history
        if "eval_f1" in entry
    ]
    told = {"steps": trained.steps, "best_step": trained.best_step, "evaluations": evaluations}
    (options.result / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main()
