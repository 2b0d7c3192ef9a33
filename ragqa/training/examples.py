"""Triplets to training batches: the questions of a batch with a sample of their passages, as token windows with their targets."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ragqa.answering.windows import Passage, Windows, make_windows
from ragqa.training.near_miss import near_miss
from ragqa.types import Triplet

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PAD_MULTIPLE = 16
BUCKET_BATCHES = 32
"""Batches that are cut from one bucket of similar length: larger buckets pad less and mix less."""


@dataclass(frozen=True, slots=True)
class Group:
    """The triplets of one question: those that answer it, and those that do not, each by rank."""

    question: str
    positives: tuple[Triplet, ...]
    negatives: tuple[Triplet, ...]

    @property
    def answers(self) -> tuple[str, ...]:
        """The accepted answers; none where the manuals do not say."""
        return self.triplets[0].answers

    @property
    def triplets(self) -> tuple[Triplet, ...]:
        return self.positives + self.negatives

    @property
    def retrieved(self) -> tuple[Triplet, ...]:
        """What retrieval found for the question, by rank: what the reader would be given. All there is where no rank is known, as
        in a triplets file that somebody wrote."""
        return tuple(sorted((one for one in self.triplets if one.rank), key=lambda one: one.rank)) or self.triplets


def grouped(triplets: Sequence[Triplet]) -> list[Group]:
    """The triplets by question, in the order in which the questions come first. Files that were joined may give one id to several
    questions; these stay apart."""
    by_question: dict[tuple[str, str], list[Triplet]] = {}
    for triplet in triplets:
        by_question.setdefault((triplet.id, triplet.question), []).append(triplet)
    return [
        Group(
            of_one[0].question,
            tuple(triplet for triplet in of_one if triplet.answerable),
            tuple(triplet for triplet in of_one if not triplet.answerable),
        )
        for of_one in by_question.values()
    ]


@dataclass(frozen=True, slots=True)
class Sample:
    """A question with the passages that one training step reads for it."""

    question: str
    triplets: tuple[Triplet, ...]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a question's passages are drawn: at most `negatives` of those without the answer, one at least where no passage has it;
    the question alone with its negatives for a share `answerless` of the steps; accompanied by a near miss of it for a share
    `near_misses`."""

    negatives: int = 2
    answerless: float = 0.1
    near_misses: float = 0.2
    seed: int = 13

    def draw(self, group: Group, epoch: int) -> list[Sample]:
        """What is read for a group in an epoch; the same whenever it is asked for, so that a resumed run goes on alike."""
        chance = random.Random(f"{self.seed} {epoch} {group.triplets[0].id} {group.question}")
        count = self.negatives if group.positives else max(self.negatives, 1)
        negatives = _front_first(group.negatives, count, chance)
        if not group.positives or (negatives and chance.random() < self.answerless):
            return [Sample(group.question, tuple(negatives))] if negatives else []
        positive = chance.choice(group.positives)
        samples = [Sample(group.question, (positive, *negatives))]
        if chance.random() < self.near_misses:
            answer = positive.context[positive.start : positive.end]
            changed = near_miss(group.question, positive.context, answer, chance)
            if changed is not None:
                samples.append(Sample(changed, (replace(positive, start=None, end=None),)))
        return samples


def _front_first(negatives: Sequence[Triplet], count: int, chance: random.Random) -> list[Triplet]:
    """A sample without replacement that prefers what retrieval ranked high: those passages compete at query time."""
    rest, drawn = list(negatives), list[Triplet]()
    while rest and len(drawn) < count:
        drawn.append(rest.pop(min(int(chance.expovariate(0.5)), len(rest) - 1)))
    return drawn


class ByLength:
    """A sampler for a torch DataLoader: (epoch, index) of every group in a seeded order that brings passages of similar length
    together."""

    def __init__(self, groups: Sequence[Group], batch_size: int, seed: int) -> None:
        self._lengths = [len(group.triplets[0].context) for group in groups]
        self._batch_size, self._seed = batch_size, seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the Trainer before each epoch."""
        self.epoch = int(epoch)

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        chance = random.Random(f"{self._seed} {self.epoch}")
        order = list(range(len(self._lengths)))
        chance.shuffle(order)
        size = self._batch_size * BUCKET_BATCHES
        batches: list[list[int]] = []
        for first in range(0, len(order), size):
            bucket = sorted(order[first : first + size], key=lambda index: self._lengths[index])
            batches += [bucket[at : at + self._batch_size] for at in range(0, len(bucket), self._batch_size)]
        ragged = batches.pop() if batches and len(batches[-1]) < self._batch_size else []
        chance.shuffle(batches)
        for batch in [*batches, ragged]:
            yield from ((self.epoch, index) for index in batch)


class Groups:
    """Groups as a torch dataset: the item (epoch, index) is what that group gives to read in that epoch."""

    def __init__(self, groups: Sequence[Group], sampling: Sampling) -> None:
        self._groups, self._sampling = groups, sampling

    def __len__(self) -> int:
        return len(self._groups)

    def __getitem__(self, key: tuple[int, int]) -> list[Sample]:
        epoch, index = key
        return self._sampling.draw(self._groups[index], epoch)


@dataclass(frozen=True, slots=True)
class Shape:
    """How passages become windows, as in the reader's own settings."""

    window_tokens: int = 384
    stride: int = 128
    read_headings: bool = True
    join_blocks: bool = False

    def passage(self, triplet: Triplet) -> Passage:
        """The triplet's passage as the reader reads it."""
        passage = Passage(triplet.context, triplet.headings if self.read_headings else "", triplet.segments)
        return passage.joined() if self.join_blocks else passage

    def windows(self, tokenizer: Any, question: str, triplets: Sequence[Triplet]) -> Windows:
        return make_windows(tokenizer, question, [self.passage(one) for one in triplets], self.window_tokens, self.stride)


class Collator:
    """Samples to a batch: the model's inputs, and what the objective needs.

    `usable` tells which tokens a span may use, shape (windows, tokens); `null` the position of "no answer", `question` the number
    of the window's question, `start` and `end` the target tokens, each of shape (windows,). The target is the null position where
    the window does not hold the answer.
    """

    def __init__(self, tokenizer: Any, shape: Shape) -> None:
        self._tokenizer, self._shape = tokenizer, shape

    def __call__(self, items: Sequence[Sequence[Sample]]) -> dict[str, Any]:
        import numpy as np
        import torch

        samples = [sample for item in items for sample in item]
        parts, questions, targets = [], [], []
        for number, sample in enumerate(samples):
            windows = self._shape.windows(self._tokenizer, sample.question, sample.triplets)
            parts.append(windows)
            questions += [number] * len(windows.passage)
            targets.append(target_tokens(windows, sample.triplets))
        width = -(-max(part.starts.shape[1] for part in parts) // PAD_MULTIPLE) * PAD_MULTIPLE
        batch = {
            name: np.concatenate([_padded(part.inputs[name], width, self._padding(name)) for part in parts])
            for name in parts[0].inputs
        }
        batch["usable"] = np.concatenate([_padded(part.in_passage, width, 0) for part in parts])
        batch["null"] = np.concatenate([part.null for part in parts])
        batch["question"] = np.array(questions, dtype=np.int64)
        batch["start"], batch["end"] = np.concatenate(targets, axis=1)
        return {name: torch.from_numpy(values) for name, values in batch.items()}

    def _padding(self, name: str) -> int:
        return int(self._tokenizer.pad_token_id or 0) if name == "input_ids" else 0


def target_tokens(windows: Windows, triplets: Sequence[Triplet]) -> NDArray[np.int64]:
    """The first and last token of the answer in each window, shape (2, windows); the null position where it is not whole there.

    An answer that reaches over what a span may join is cut to the part with the most tokens.
    """
    import numpy as np

    targets = np.stack([windows.null, windows.null])
    for row, number in enumerate(windows.passage):
        triplet = triplets[number]
        if triplet.start is None or triplet.end is None:
            continue
        seen = (windows.ends[row] > windows.starts[row]) & (windows.starts[row] >= 0)
        inside = seen & (windows.starts[row] < triplet.end) & (windows.ends[row] > triplet.start)
        usable = np.flatnonzero(inside & windows.in_passage[row])
        if not len(usable):
            continue
        first, last = np.flatnonzero(inside)[[0, -1]]
        before = triplet.context[triplet.start : windows.starts[row, first]]
        after = triplet.context[windows.ends[row, last] : triplet.end]
        if not before.strip() and not after.strip():
            segments, counts = np.unique(windows.segment[row, usable], return_counts=True)
            part = usable[windows.segment[row, usable] == segments[counts.argmax()]]
            targets[:, row] = part[0], part[-1]
    return targets


def _padded(values: NDArray[Any], width: int, fill: int) -> NDArray[Any]:
    import numpy as np

    return np.pad(values, ((0, 0), (0, width - values.shape[1])), constant_values=fill)
