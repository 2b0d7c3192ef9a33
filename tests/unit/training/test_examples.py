from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ragqa.answering.windows import Windows
from ragqa.training.examples import (
    BUCKET_BATCHES,
    PAD_MULTIPLE,
    ByLength,
    Collator,
    Group,
    Groups,
    Sample,
    Sampling,
    Shape,
    grouped,
    target_tokens,
)  # fmt: skip
from ragqa.types import Triplet

Make = Callable[..., Triplet]
MakeGroup = Callable[..., Group]
QUESTION = "How long is the warranty of the lamp?"
TEXT = "The warranty of the lamp lasts 30 months from the day of purchase."
LONG = " ".join(f"Step {number}: press MENU for {number} seconds." for number in range(40))
SMALL = Shape(window_tokens=96, stride=32)


def spans(tokenizer: Any, triplet: Triplet, shape: Shape = SMALL, question: str = QUESTION) -> list[str | None]:
    """The text that each window's target covers; None for the null position."""
    windows = shape.windows(tokenizer, question, [triplet])
    found: list[str | None] = []
    for row, (first, last) in enumerate(target_tokens(windows, [triplet]).T):
        if first == windows.null[row]:
            assert last == first
            found.append(None)
        else:
            assert windows.in_passage[row, [first, last]].all()
            found.append(triplet.context[windows.starts[row, first] : windows.ends[row, last]])
    return found


@pytest.mark.parametrize("answer", ["The", "The warranty", "30 months", "purchase.", "of the lamp", TEXT])
@pytest.mark.parametrize("headings", ["", "Lamp", "Lamp L2 > Guarantee and what is covered by it > Warranty of the lamp"])
def test_the_target_is_the_answer(answer: str, headings: str, tokenizer: Any, triplet: Make) -> None:
    assert spans(tokenizer, triplet(QUESTION, TEXT, answer, headings=headings)) == [answer]


@pytest.mark.parametrize("answer", TEXT.split())
@pytest.mark.parametrize("question", ["x " * 30, " x" * 30, "xx " * 20])
def test_offsets_into_the_question_are_none_into_the_passage(
    answer: str, question: str, reader_folders: dict[str, Path], triplet: Make
) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(reader_folders["bert"]), local_files_only=True)
    assert spans(tokenizer, triplet(QUESTION, TEXT, answer), question=question) == [answer]


def test_a_passage_without_the_answer_targets_the_null_token(tokenizer: Any, triplet: Make) -> None:
    assert spans(tokenizer, triplet(QUESTION, TEXT)) == [None]


@pytest.mark.parametrize("step", [0, 9, 20, 39])
def test_only_windows_that_hold_the_whole_answer_target_it(step: int, tokenizer: Any, triplet: Make) -> None:
    answer = f"Step {step}: press MENU for {step} seconds."
    asked = triplet(QUESTION, LONG, answer)
    windows = SMALL.windows(tokenizer, QUESTION, [asked])
    found = spans(tokenizer, asked)
    assert len(found) > 5 and answer in found
    for row, target in enumerate(found):
        seen = windows.in_passage[row]
        whole = windows.starts[row][seen].min() <= asked.start and windows.ends[row][seen].max() >= asked.end
        assert target == (answer if whole else None)


def test_an_answer_longer_than_every_window_has_no_target(tokenizer: Any, triplet: Make) -> None:
    assert set(spans(tokenizer, triplet(QUESTION, LONG, LONG))) == {None}


def test_a_cut_answer_near_the_beginning_has_no_target(tokenizer: Any, triplet: Make) -> None:
    """Windows so small that the second begins where, counted in the question, the answer would stand."""
    text = "The lid is open. " * 3 + LONG
    answer = text[4:60].strip()
    shape = Shape(window_tokens=len(tokenizer(QUESTION)["input_ids"]) + 22, stride=10)
    windows = shape.windows(tokenizer, QUESTION, [triplet(QUESTION, text, answer)])
    for row, target in enumerate(spans(tokenizer, triplet(QUESTION, text, answer), shape)):
        seen = windows.in_passage[row]
        assert target is None or windows.starts[row][seen].min() <= 4


@pytest.mark.parametrize("join", [False, True])
def test_an_answer_over_several_segments_is_cut_to_the_part_with_most_tokens(join: bool, tokenizer: Any, triplet: Make) -> None:
    lines = ["Fill it.", "Press the button marked MENU for 3 seconds.", "Boil it."]
    text = "\n".join(lines)
    starts = [text.index(line) for line in lines]
    segments = tuple((start, start + len(line)) for start, line in zip(starts, lines, strict=True))
    (found,) = spans(tokenizer, triplet(QUESTION, text, text, segments=segments), replace(SMALL, join_blocks=join))
    assert found == (text if join else lines[1])


def test_the_larger_part_may_come_first_or_last(tokenizer: Any, triplet: Make) -> None:
    text = "Press the button marked MENU\nonce"
    segments = ((0, 28), (29, 33))
    assert spans(tokenizer, triplet(QUESTION, text, text, segments=segments)) == [text[:28]]
    text = "Press\nthe button marked MENU"
    assert spans(tokenizer, triplet(QUESTION, text, text, segments=((0, 5), (6, 28)))) == [text[6:]]


def test_an_answer_that_begins_at_a_label_is_cut_to_the_cell(tokenizer: Any, triplet: Make) -> None:
    text = "Code: E-24 | Cause: The lid is open"
    assert spans(tokenizer, triplet(QUESTION, text, "Cause: The lid is open", segments=((6, 10), (20, 35)))) == [
        "The lid is open"
    ]


def test_an_answer_outside_all_segments_has_no_target(tokenizer: Any, triplet: Make) -> None:
    assert spans(tokenizer, triplet(QUESTION, "Lamp\nIt shines.", "Lamp", segments=((5, 15),))) == [None]


@pytest.mark.parametrize("answer", [" 30 months", "30 months ", "  30 months\n"])
def test_white_space_around_an_answer_does_not_count(answer: str, tokenizer: Any, triplet: Make) -> None:
    assert spans(tokenizer, triplet(QUESTION, f"It lasts {answer} or so.", answer)) == ["30 months"]


def test_headings_are_read_only_where_wanted(tokenizer: Any, triplet: Make) -> None:
    one = triplet(QUESTION, TEXT, "30 months", headings="Lamp L2")
    assert Shape(read_headings=False).passage(one).headings == "" and Shape().passage(one).headings == "Lamp L2"
    with_headings = SMALL.windows(tokenizer, QUESTION, [one]).starts.shape[1]
    assert replace(SMALL, read_headings=False).windows(tokenizer, QUESTION, [one]).starts.shape[1] < with_headings


# Groups


def test_triplets_are_grouped_by_id_in_order(triplet: Make) -> None:
    mixed = [
        triplet("b", "one x", "x", rank=2),
        triplet("a", "two", rank=1),
        triplet("b", "three", rank=1),
        triplet("b", "four x", "x", rank=0),
    ]
    second, first = grouped(mixed)
    assert (second.question, first.question) == ("b", "a")
    assert [one.context for one in second.positives] == ["one x", "four x"]
    assert [one.context for one in second.negatives] == ["three"]
    assert [one.context for one in second.retrieved] == ["three", "one x"]
    assert second.answers == ("x",) and first.answers == () and not first.positives


def test_questions_of_one_id_stay_apart(triplet: Make) -> None:
    """As when two files were joined that both count from 1."""
    made = [triplet("How long?", "30 months", "30 months", id="1"), triplet("How hot?", "It is 93 °C.", "93 °C", id="1")]
    assert [(one.question, one.answers) for one in grouped(made)] == [("How long?", ("30 months",)), ("How hot?", ("93 °C",))]


def test_of_a_question_without_ranks_everything_counts_as_retrieved(triplet: Make) -> None:
    right, wrong = triplet("q", "It is x.", "x", rank=0), triplet("q", "It is not.", rank=0)
    assert grouped([wrong, right])[0].retrieved == (right, wrong)
    assert grouped([right, replace(wrong, rank=2)])[0].retrieved == (replace(wrong, rank=2),)


# Sampling


@pytest.fixture
def questions(group: MakeGroup) -> list[Group]:
    """Answerable questions with two positives and six negatives each."""
    return [
        group(
            f"Which lamp lasts {number} months before 2020?",
            {f"Lamp {number} lasts {number} months, a{number} watts.": f"a{number}", f"It draws a{number} watts.": f"a{number}"},
            tuple(f"Text {place} of {number}" for place in range(6)),
        )
        for number in range(300)
    ]


def test_a_draw_is_the_same_whenever_it_is_asked_for(questions: list[Group]) -> None:
    one, other = Sampling(seed=3), Sampling(seed=3)
    forwards = [one.draw(group, epoch) for epoch in (0, 1) for group in questions]
    backwards = [other.draw(group, epoch) for epoch in (1, 0) for group in reversed(questions)]
    assert forwards == backwards[::-1]


def test_draws_differ_from_epoch_to_epoch_and_seed_to_seed(questions: list[Group]) -> None:
    drawn = [[Sampling(seed=seed).draw(group, epoch) for group in questions] for seed, epoch in ((3, 0), (3, 1), (4, 0))]
    for one, other in ((0, 1), (0, 2)):
        assert sum(a != b for a, b in zip(drawn[one], drawn[other], strict=True)) > 200


def test_a_draw_is_one_positive_and_some_negatives(questions: list[Group]) -> None:
    seen = set()
    for group in questions:
        for epoch in range(3):
            first, *others = Sampling(negatives=2, near_misses=0.5).draw(group, epoch)
            positives = [one for one in first.triplets if one.answerable]
            negatives = [one for one in first.triplets if not one.answerable]
            assert first.question == group.question and len(negatives) == len(set(negatives)) == 2
            assert len(positives) <= 1 and set(positives) <= set(group.positives) and set(negatives) <= set(group.negatives)
            seen.update((group.positives.index(one)) for one in positives)
            for other in others:
                assert other.question != group.question and len(other.triplets) == 1
                assert not other.triplets[0].answerable and other.triplets[0].end is None
                assert other.triplets[0].context in [one.context for one in positives]
    assert seen == {0, 1}


def test_shares_are_kept(questions: list[Group]) -> None:
    drawn = [Sampling(answerless=0.1, near_misses=0.3).draw(group, epoch) for epoch in range(10) for group in questions]
    answerless = [samples for samples in drawn if not any(one.answerable for one in samples[0].triplets)]
    assert len(answerless) / len(drawn) == pytest.approx(0.1, abs=0.02)
    assert all(len(samples) == 1 for samples in answerless)
    answered = [samples for samples in drawn if any(one.answerable for one in samples[0].triplets)]
    assert sum(len(samples) == 2 for samples in answered) / len(answered) == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_at_their_ends(share: float, questions: list[Group]) -> None:
    for group in questions:
        samples = Sampling(answerless=share, near_misses=0.0).draw(group, 0)
        assert len(samples) == 1 and any(one.answerable for one in samples[0].triplets) == (share == 0)


def test_negatives_that_ranked_high_are_drawn_more_often(questions: list[Group]) -> None:
    counts = np.zeros(6)
    for group in questions:
        for one in Sampling(negatives=2, near_misses=0).draw(group, 0)[0].triplets:
            if not one.answerable:
                counts[group.negatives.index(one)] += 1
    assert counts[0] == counts.max() > 2 * counts[5] > 0


def test_a_question_without_answer_has_its_negatives_only(group: MakeGroup) -> None:
    unanswerable = group("Why?", {}, ("one", "two", "three"))
    assert len(Sampling(negatives=2).draw(unanswerable, 0)[0].triplets) == 2
    assert len(Sampling(negatives=0).draw(unanswerable, 0)[0].triplets) == 1


def test_a_question_without_negatives_is_read_with_its_positive(group: MakeGroup) -> None:
    alone = group("What?", {"It is x.": "x"})
    for epoch in range(50):
        (sample,) = Sampling(answerless=1.0, near_misses=0).draw(alone, epoch)
        assert sample.triplets == alone.positives


# The order of an epoch


@pytest.mark.parametrize(("count", "batch_size"), [(0, 4), (3, 4), (8, 4), (150, 2), (151, 2), (1000, 8)])
def test_every_group_comes_once_an_epoch(count: int, batch_size: int, group: MakeGroup) -> None:
    groups = [group(f"q{number}", {"x" * (number * 7 % 50 + 1): "x"}) for number in range(count)]
    sampler = ByLength(groups, batch_size, 13)
    for epoch in range(3):
        sampler.set_epoch(epoch)
        keys = list(sampler)
        assert len(keys) == len(sampler) == count
        assert sorted(keys) == [(epoch, index) for index in range(count)]


def test_the_order_depends_on_seed_and_epoch_only(group: MakeGroup) -> None:
    groups = [group(f"q{number}", {"x" * (number * 7 % 50 + 1): "x"}) for number in range(300)]

    def order(seed: int, epoch: int) -> list[int]:
        sampler = ByLength(groups, 4, seed)
        sampler.set_epoch(epoch)
        assert list(sampler) == list(sampler)
        return [index for _, index in sampler]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1) != order(2, 1)


def test_batches_hold_passages_of_similar_length(group: MakeGroup) -> None:
    size, lengths = 4, [(number * 577) % 1000 + 1 for number in range(4 * BUCKET_BATCHES * 3)]
    groups = [group(f"q{number}", {"x" * length: "x"}) for number, length in enumerate(lengths)]
    order = [index for _, index in ByLength(groups, size, 13)]
    batches = [[lengths[index] for index in order[at : at + size]] for at in range(0, len(order), size)]
    assert np.mean([max(batch) - min(batch) for batch in batches]) < 50
    middles = [np.mean(batch) for batch in batches]
    assert np.corrcoef(middles, range(len(middles)))[0, 1] == pytest.approx(0, abs=0.3)


def test_items_are_drawn_for_their_epoch(questions: list[Group]) -> None:
    sampling = Sampling()
    dataset = Groups(questions, sampling)
    assert len(dataset) == len(questions)
    assert dataset[2, 7] == sampling.draw(questions[7], 2)


# Batches


def test_a_batch_has_the_models_inputs_and_the_objectives(tokenizer: Any, triplet: Make) -> None:
    first = Sample(QUESTION, (triplet(QUESTION, LONG, "Step 20"), triplet(QUESTION, TEXT)))
    second, third = Sample("What?", (triplet("What?", TEXT),)), Sample(QUESTION, (triplet(QUESTION, TEXT, "30 months"),))
    batch = Collator(tokenizer, SMALL)([[first], [], [second, third]])
    assert set(batch) == {*tokenizer.model_input_names, "usable", "null", "question", "start", "end"}
    rows, width = batch["input_ids"].shape
    assert width % PAD_MULTIPLE == 0 and width == 96
    parts = [SMALL.windows(tokenizer, sample.question, sample.triplets) for sample in (first, second, third)]
    assert rows == sum(len(part.passage) for part in parts)
    assert batch["question"].tolist() == [number for number, part in enumerate(parts) for _ in part.passage]
    for name in (*tokenizer.model_input_names, "usable"):
        assert batch[name].shape == (rows, width)
    assert batch["usable"].dtype is torch.bool
    at = 0
    for part in parts:
        assert_window_rows(batch, part, at, tokenizer)
        at += len(part.passage)
    assert batch["start"][-1] != batch["null"][-1] and batch["start"][-2] == batch["null"][-2]


def assert_window_rows(batch: dict[str, torch.Tensor], part: Windows, at: int, tokenizer: Any) -> None:
    """The rows from `at` on are those windows, and padding after them."""
    rows, own = slice(at, at + len(part.passage)), part.starts.shape[1]
    for name, values in part.inputs.items():
        assert np.array_equal(batch[name][rows, :own].numpy(), values)
    assert np.array_equal(batch["usable"][rows, :own].numpy(), part.in_passage)
    assert np.array_equal(batch["null"][rows].numpy(), part.null)
    assert not batch["usable"][rows, own:].any() and not batch["attention_mask"][rows, own:].any()
    assert (batch["input_ids"][rows, own:] == tokenizer.pad_token_id).all()


def test_only_a_tokenizer_that_numbers_segments_brings_them(reader_folder: Path, tokenizer: Any, triplet: Make) -> None:
    batch = Collator(tokenizer, SMALL)([[Sample(QUESTION, (triplet(QUESTION, TEXT, "30 months"),))]])
    assert ("token_type_ids" in batch) == (reader_folder.name == "bert")
    if "token_type_ids" in batch:
        assert set(batch["token_type_ids"][batch["usable"]].tolist()) == {1}
