"""Teaches a reader on customers' questions over manuals, SQuAD 2.0 and other sets, for hours, killed and resumed at will.

    python tests/benchmarks/teach_reader.py DATA_FOLDER --base MODEL --out FOLDER --steps 6000

manual_qa is the project's own; DATA_FOLDER has squad/ and qa/. The learning rate warms up, stays, and falls over the last fifth
of the steps; begun again with more steps it goes on from its newest checkpoint, so the end may be put off.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from teaching_material import RETRIEVED, WEIGHTS, Asked, Stream, all_sources
from torch.nn.functional import pad

from ragqa.answering.spans import decode
from ragqa.answering.windows import Windows, make_windows
from ragqa.config import TrainSettings
from ragqa.evaluation.metrics import exact_match, f1
from ragqa.inference.torch_runtime import cpu_has_bf16
from ragqa.training.examples import PAD_MULTIPLE
from ragqa.training.objective import span_loss
from ragqa.training.trainer import parameter_groups

WINDOW, STRIDE = 320, 96
LONGEST_ANSWER = 96
SLICE = 8
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True, slots=True)
class Row:
    """One window: the model's inputs and which tokens a span may use, each of shape (tokens,), and where its answer is."""

    inputs: dict[str, np.ndarray]
    usable: np.ndarray
    null: int
    question: int
    start: int
    end: int


def say(out: Path, **fields: Any) -> None:
    line = json.dumps({"at": time.strftime("%H:%M:%S"), **fields})
    print(line, flush=True)
    with open(out / "log.jsonl", "a", encoding="utf-8") as file:
        file.write(line + "\n")


def windows_of(tokenizer: Any, asked: list[Asked], chance: random.Random) -> dict[str, torch.Tensor] | None:
    """One window of each passage (of those that hold the answer, or any), with its targets."""
    rows: list[Row] = []
    for number, one in enumerate(asked):
        for text in one.texts:
            made = make_windows(tokenizer, one.question, [text.passage], WINDOW, STRIDE)
            count = len(made.passage)
            targets = [target(made, row, text.start, text.end) for row in range(count)]
            good = [row for row in range(count) if targets[row] is not None] if text.start is not None else list(range(count))
            if not good:
                continue  # the answer is longer than a window
            row = chance.choice(good)
            start, end = targets[row] if text.start is not None else (int(made.null[row]), int(made.null[row]))
            inputs = {name: values[row] for name, values in made.inputs.items()}
            rows.append(Row(inputs, made.in_passage[row], int(made.null[row]), number, start, end))
    if not rows:
        return None
    width = -(-max(int(row.inputs["attention_mask"].sum()) for row in rows) // PAD_MULTIPLE) * PAD_MULTIPLE

    def table(values: list[np.ndarray], fill: int) -> np.ndarray:
        return np.stack([np.pad(one[:width], (0, width - len(one[:width])), constant_values=fill) for one in values])

    numbers = {number: at for at, number in enumerate(sorted({row.question for row in rows}))}
    batch = {
        name: table([row.inputs[name] for row in rows], tokenizer.pad_token_id if name == "input_ids" else 0)
        for name in rows[0].inputs
    }
    batch["usable"] = table([row.usable for row in rows], 0)
    batch["null"] = np.array([row.null for row in rows])
    batch["question"] = np.array([numbers[row.question] for row in rows])
    batch["start"] = np.array([row.start for row in rows])
    batch["end"] = np.array([row.end for row in rows])
    return {name: torch.from_numpy(values) for name, values in batch.items()}


def target(made: Windows, row: int, start: int | None, end: int | None) -> tuple[int, int] | None:
    if start is None or end is None:
        return None
    inside = made.in_passage[row] & (made.starts[row] < end) & (made.ends[row] > start)
    at = np.flatnonzero(inside)
    if not len(at) or made.starts[row, at[0]] > start or made.ends[row, at[-1]] < end:
        return None
    return int(at[0]), int(at[-1])


def logits_of(model: Any, batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = batch["attention_mask"].sum(dim=1)
    order = torch.argsort(lengths)
    full = batch["attention_mask"].shape[1]
    starts, ends = [], []
    with torch.autocast(
        "cpu", dtype=torch.bfloat16, enabled=cpu_has_bf16()
    ):  # around all of them: it remembers the converted weights
        for rows in order.split(SLICE):
            width = min(-(-int(lengths[rows].max()) // 16) * 16, full)
            inputs = {name: batch[name][rows, :width] for name in INPUTS if name in batch}
            output = model(**inputs)
            starts.append(pad(output.start_logits.float(), (0, full - width)))
            ends.append(pad(output.end_logits.float(), (0, full - width)))
    back = torch.argsort(order)
    return torch.cat(starts)[back], torch.cat(ends)[back]


def evaluate(model: Any, tokenizer: Any, asked: list[Asked]) -> dict[str, float]:
    """Exact match and F1 of the best span in its own passage, and how well "no answer" is told at the threshold 0."""
    model.eval()
    scores: dict[str, list[float]] = {"em": [], "f1": [], "none": [], "answered": []}
    with torch.no_grad():
        for one in asked:
            made = make_windows(tokenizer, one.question, [one.texts[0].passage], WINDOW, STRIDE)
            batch = {name: torch.from_numpy(values) for name, values in made.inputs.items()}
            start, end = logits_of(model, batch)
            reading = decode(made, start.numpy(), end.numpy(), LONGEST_ANSWER)
            best = max(reading.spans, key=lambda span: span.margin, default=None)
            margin = best.margin if best else -99.0
            if one.answers:
                text = one.texts[0].passage.text[best.start : best.end] if best else ""
                scores["em"].append(exact_match(text, one.answers))
                scores["f1"].append(f1(text, one.answers))
                scores["answered"].append(float(margin > 0))
            else:
                scores["none"].append(float(margin <= 0))
    model.train()
    return {name: round(100 * float(np.mean(values)), 1) for name, values in scores.items() if values}


def freeze(model: Any, layers: int) -> None:
    """The word vectors stay as they are, and with the first layers all that lies before and beside them."""
    model.get_input_embeddings().weight.requires_grad = False
    if layers:
        encoder = model.base_model.encoder
        for part in (model.base_model.embeddings, getattr(encoder, "relative_attention_bias", None), *encoder.layer[:layers]):
            if part is not None:
                part.requires_grad_(False)


def rates_of(options: argparse.Namespace) -> TrainSettings:
    return replace(TrainSettings(), learning_rate=options.rate, layer_decay=options.layer_decay)


def source_weight(text: str) -> tuple[str, float]:
    """What `--share` is given: a source and its weight among those beside the lessons."""
    name, _, weight = text.partition("=")
    if name not in WEIGHTS:
        raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(WEIGHTS)}")
    return name, float(weight)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--lessons", type=Path, nargs="*", default=(), help="files of retrieved_lessons.py")
    parser.add_argument("--retrieved", type=float, default=RETRIEVED, help="the share of the lessons among what is drawn")
    parser.add_argument(
        "--share", type=source_weight, action="append", default=[], metavar="SOURCE=WEIGHT", help="for that in WEIGHTS"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--questions", type=int, default=12, help="a step")
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--layer-decay", type=float, default=0.92)
    parser.add_argument("--warmup", type=int, default=150)
    parser.add_argument("--minutes", type=float, default=20, help="between checkpoints")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layers", type=int, help="of the base's encoder, counted from the words; the rest is left out")
    parser.add_argument("--taught", type=int, default=0, help="questions that the base has seen: go on behind them")
    parser.add_argument("--freeze", type=int, default=0, help="layers, counted from the words, that stay as they are")
    options = parser.parse_args()
    if not 0 <= options.retrieved < 1:
        parser.error("--retrieved must be from 0 to under 1: lessons are drawn beside other sources")
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    torch.set_num_threads(options.threads)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    whole = sorted(out.glob("checkpoint-*/done"), key=lambda path: int(path.parent.name.split("-")[1]))
    newest = whole[-1].parent if whole else None
    tokenizer = AutoTokenizer.from_pretrained(options.base, local_files_only=True)
    from ragqa.training.attention import register_attention

    kind = json.loads((options.base / "config.json").read_text())["model_type"]
    faster = {"attn_implementation": register_attention()} if kind == "bert" else {}
    model = AutoModelForQuestionAnswering.from_pretrained(
        newest or options.base, dtype="float32", local_files_only=True, **faster
    )
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    if options.layers:
        layers = model.base_model.encoder.layer
        del layers[options.layers :]
        model.config.num_hidden_layers = len(layers)
    freeze(model, options.freeze)
    model.train()
    optimizer = torch.optim.AdamW(parameter_groups(model, rates_of(options)), betas=(0.9, 0.98), eps=1e-6, fused=True)
    rates = [group["lr"] for group in optimizer.param_groups]
    manuals, sources = all_sources(options.data, options.lessons, options.retrieved, WEIGHTS | dict(options.share))
    shares = sum(weight for weight, _, _ in sources.values())
    first, drawn = 0, {name: int(options.taught * source[0] / shares) for name, source in sources.items()}
    if newest:
        state = torch.load(newest / "state.pt", weights_only=True)
        optimizer.load_state_dict(state["optimizer"])
        first, drawn = state["step"], state["drawn"]
    stream = Stream(sources, options.seed, drawn)
    held = manuals.asked(held_out=True)
    validation = [manuals.sample(one, random.Random(1)) for one in random.Random(1).sample(held, min(240, len(held)))]
    say(
        out,
        begin=first,
        steps=options.steps,
        sources={name: len(one[1]) for name, one in sources.items()},
        held_out=len(held),
        bf16=cpu_has_bf16(),
    )

    def keep(step: int) -> None:
        folder = out / f"checkpoint-{step}"
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        torch.save({"optimizer": optimizer.state_dict(), "step": step, "drawn": stream.drawn}, folder / "state.pt")
        (folder / "done").touch()
        for old in sorted(out.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))[:-2]:
            shutil.rmtree(old)

    fall = max(1, options.steps // 5)
    saved = told = time.monotonic()
    losses: list[float] = []
    windows = 0
    for step in range(first, options.steps):
        share = min(1.0, (step + 1) / options.warmup, max(0.02, (options.steps - step) / fall))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        batch = windows_of(tokenizer, stream.batch(step, options.questions), random.Random(step))
        if batch is None:
            continue
        start, end = logits_of(model, batch)
        loss = span_loss(start, end, batch, "both")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(float(loss.detach()))
        windows += len(batch["null"])
        if (step + 1) % 50 == 0:
            now = time.monotonic()
            say(out, step=step + 1, loss=round(float(np.mean(losses)), 3), windows_a_second=round(windows / (now - told), 2))
            losses, windows, told = [], 0, now
        if (step + 1) % 500 == 0 or step + 1 == options.steps:
            say(out, step=step + 1, validation=evaluate(model, tokenizer, validation))
            told, windows = time.monotonic(), 0
        if time.monotonic() - saved > 60 * options.minutes or step + 1 == options.steps:
            keep(step + 1)
            saved = time.monotonic()


if __name__ == "__main__":
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    main()
