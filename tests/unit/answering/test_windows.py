from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from ragqa.answering.windows import QUESTION_TOKENS, Passage, Windows, WindowTokenizer, make_windows
from ragqa.errors import ModelError

QUESTION = "What does E-24 mean?"
LONG = " ".join(f"Step {number}: press MENU for {number} seconds (café)." for number in range(60))
WINDOW, STRIDE = 96, 32


def usable(windows: Windows, row: int) -> list[int]:
    return np.flatnonzero(windows.in_passage[row]).tolist()


def test_inputs_are_those_that_the_tokenizer_makes(tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage("The lid is open.")], WINDOW, STRIDE)
    assert set(windows.inputs) == set(tokenizer.model_input_names)
    assert {values.shape for values in windows.inputs.values()} == {windows.starts.shape}


def test_segment_numbers_tell_question_from_passage(reader_folders: dict[str, Any]) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(reader_folders["bert"]))
    windows = make_windows(tokenizer, QUESTION, [Passage("The lid is open.")], WINDOW, STRIDE)
    kinds = windows.inputs["token_type_ids"][0]
    assert set(kinds[windows.in_passage[0]].tolist()) == {1}
    assert kinds[0] == 0 and set(kinds.tolist()) == {0, 1}


def test_offsets_are_those_of_the_tokens(tokenizer: Any) -> None:
    passage = Passage("The lid is OPEN; café, E-24.", "Kettle K1 > Errors")
    windows = make_windows(tokenizer, QUESTION, [passage], WINDOW, STRIDE)
    tokens = usable(windows, 0)
    pieces = [passage.text[windows.starts[0, token] : windows.ends[0, token]] for token in tokens]
    assert "".join(pieces) == passage.text.replace(" ", "")
    for token, piece in zip(tokens, pieces, strict=True):
        written = tokenizer.decode([windows.inputs["input_ids"][0, token]]).strip().removeprefix("##")
        assert (
            written == "[UNK]"
            or "\ufffd" in written
            or written.lower() == piece.lower().replace("é", "e" if "é" not in written else "é")
        )


def test_headings_are_seen_but_not_usable(tokenizer: Any) -> None:
    passage = Passage("The lid is open.", "Kettle K1 > Errors")
    with_headings = make_windows(tokenizer, QUESTION, [passage], WINDOW, STRIDE)
    without = make_windows(tokenizer, QUESTION, [Passage(passage.text)], WINDOW, STRIDE)
    assert "kettle" in tokenizer.decode(with_headings.inputs["input_ids"][0]).lower().replace(" ", "").replace("##", "")
    assert len(usable(with_headings, 0)) == len(usable(without, 0))
    assert with_headings.starts[with_headings.in_passage].min() == 0
    assert with_headings.ends[with_headings.in_passage].max() == len(passage.text)


def test_strides_cover_every_character_of_a_long_passage(tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage(LONG, "Kettle K1")], WINDOW, STRIDE)
    assert len(windows.passage) > 5
    assert windows.inputs["input_ids"].shape[1] <= WINDOW
    covered = np.zeros(len(LONG), dtype=bool)
    for row in range(len(windows.passage)):
        for token in usable(windows, row):
            covered[windows.starts[row, token] : windows.ends[row, token]] = True
    assert not [letter for letter, seen in zip(LONG, covered, strict=True) if not seen and not letter.isspace()]


def test_consecutive_windows_overlap_by_the_stride(tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage(LONG)], WINDOW, STRIDE)
    before_passage = len(tokenizer(QUESTION, "x")["input_ids"]) - 2
    ids = windows.inputs["input_ids"]
    for row in range(len(windows.passage) - 1):
        assert (
            ids[row, WINDOW - 1 - STRIDE : WINDOW - 1].tolist() == ids[row + 1, before_passage : before_passage + STRIDE].tolist()
        )


def test_windows_name_their_passage(tokenizer: Any) -> None:
    passages = [Passage("The lid is open."), Passage(LONG), Passage("It lasts 30 months.")]
    windows = make_windows(tokenizer, QUESTION, passages, WINDOW, STRIDE)
    owners = windows.passage.tolist()
    assert owners == sorted(owners) and set(owners) == {0, 1, 2}
    assert owners.count(0) == owners.count(2) == 1 < owners.count(1)
    for row, owner in enumerate(owners):
        assert windows.ends[row][windows.in_passage[row]].max() <= len(passages[owner].text)


def test_padding_is_never_usable(tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage("Short."), Passage(LONG)], WINDOW, STRIDE)
    padding = windows.inputs["attention_mask"] == 0
    assert padding.any()
    assert not windows.in_passage[padding].any()


def test_the_null_token_is_the_first_special_one(tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage("Short."), Passage(LONG)], WINDOW, STRIDE)
    rows = np.arange(len(windows.passage))
    assert set(windows.inputs["input_ids"][rows, windows.null].tolist()) == {tokenizer.cls_token_id}
    assert not windows.in_passage[rows, windows.null].any()


def test_only_segments_are_usable_and_tell_their_number(tokenizer: Any) -> None:
    text = "Code: E-24 | Cause: The lid is open"
    segments = ((6, 10), (20, 35))
    windows = make_windows(tokenizer, QUESTION, [Passage(text, "Kettle", segments)], WINDOW, STRIDE)
    for number, (start, end) in enumerate(segments):
        tokens = np.flatnonzero(windows.in_passage[0] & (windows.segment[0] == number))
        assert windows.starts[0, tokens].min() == start and windows.ends[0, tokens].max() == end
    outside = [token for token in usable(windows, 0) if windows.segment[0, token] not in (0, 1)]
    assert outside == []


def test_a_passage_of_headings_only_has_nothing_usable(tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage("Errors", "Kettle", ((0, 0),))], WINDOW, STRIDE)
    assert not windows.in_passage.any()


@pytest.mark.parametrize("question", ["word " * 2000, "x" * 5000, "日本語の質問 " * 300])
def test_an_endless_question_is_cut_so_that_the_passage_is_read(question: str, tokenizer: Any) -> None:
    windows = make_windows(tokenizer, question, [Passage("The lid is open.")], WINDOW, STRIDE)
    assert windows.inputs["input_ids"].shape[1] <= WINDOW
    assert windows.ends[windows.in_passage].max() == len("The lid is open.")


ASKED = "What does the code E15 on the display mean?"
MAIL = "Dear friends, the machine that we bought of you in May stood still on Sunday and nobody here knows what to do. " * 4
ADDRESS = " Here is its page: http://example.com/shop?item=15&colour=white. With kind regards, Ada." * 4


def asked_of(tokenizer: Any, question: str) -> str:
    """The question as the reader sees it, without blanks and in lower case."""
    windows = make_windows(tokenizer, question, [Passage("")], WINDOW, STRIDE)
    return "".join(tokenizer.decode(windows.inputs["input_ids"][0], skip_special_tokens=True).lower().split())


@pytest.mark.parametrize("question", [MAIL + ASKED, MAIL + ASKED + ADDRESS, ASKED + ADDRESS])
def test_of_a_long_question_the_sentence_that_asks_is_read(question: str, tokenizer: Any) -> None:
    seen, whole = asked_of(tokenizer, question), asked_of(tokenizer, ASKED)
    assert seen.endswith(whole)
    assert (len(seen) > len(whole)) is not question.startswith(ASKED)  # and what stands before it


def test_of_a_long_question_without_blanks_the_sentence_that_asks_is_read(tokenizer: Any) -> None:
    assert asked_of(tokenizer, "故障です。" * 40 + "E15は何ですか？").endswith(asked_of(tokenizer, "E15は何ですか？"))


def test_of_a_long_question_without_a_mark_the_end_is_read(tokenizer: Any) -> None:
    seen = asked_of(tokenizer, MAIL + "Tell me what E15 means")
    assert seen.endswith(asked_of(tokenizer, "Tell me what E15 means"))


def test_a_long_question_begins_with_a_whole_word(tokenizer: Any) -> None:
    words = [f"displaycode{number}" for number in range(40)]
    seen = asked_of(tokenizer, " ".join(words) + "?")
    assert seen in {asked_of(tokenizer, " ".join(words[first:]) + "?") for first in range(1, 40)}


@pytest.mark.parametrize(("window", "stride"), [(96, 32), (96, 60), (64, 32), (40, 30)])
def test_a_long_question_leaves_room_for_windows_that_overlap(window: int, stride: int, tokenizer: Any) -> None:
    """The library panics where what a question leaves of a window is no more than the stride."""
    windows = make_windows(tokenizer, QUESTION * 30, [Passage(LONG)], window, stride)
    assert windows.inputs["input_ids"].shape[1] == window
    assert windows.ends.max() == len(LONG)


@pytest.mark.parametrize(("window", "stride"), [(96, 96), (96, 92), (0, 0), (32, 128)])
def test_windows_that_cannot_overlap_so_far_are_a_model_error(window: int, stride: int, tokenizer: Any) -> None:
    with pytest.raises(ModelError, match="overlap"):
        make_windows(tokenizer, QUESTION, [Passage(LONG)], window, stride)


def test_a_question_within_the_limit_is_whole(tokenizer: Any) -> None:
    ids = make_windows(tokenizer, QUESTION, [Passage("x")], WINDOW, STRIDE).inputs["input_ids"][0].tolist()
    asked = tokenizer(QUESTION, add_special_tokens=False)["input_ids"]
    assert len(asked) <= QUESTION_TOKENS
    assert ids[1 : 1 + len(asked)] == asked


@pytest.mark.parametrize("question", ["", "?", "日本語", "😀"])
def test_any_question_gives_windows(question: str, tokenizer: Any) -> None:
    windows = make_windows(tokenizer, question, [Passage("The lid is open.")], WINDOW, STRIDE)
    assert windows.in_passage.any()


def test_context_and_offset_of_a_passage() -> None:
    assert (Passage("text", "Head").context, Passage("text", "Head").offset) == ("Head\ntext", 5)
    assert (Passage("text").context, Passage("text").offset) == ("text", 0)


def metaspace_tokenizer() -> Any:
    """As SentencePiece models (XLM-R, DeBERTa-v3) cut text: the white space before a word is in its token and its offsets."""
    from transformers import PreTrainedTokenizerFast

    words = ["what", "The", "lid", "is", "open", "It", "heats"]
    vocabulary = ["<s>", "</s>", "<pad>", "<unk>", *(f"▁{word}" for word in words)]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(vocabulary)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def test_tokens_that_include_the_space_before_them_begin_at_their_word() -> None:
    text = "The lid is open It heats"
    windows = make_windows(metaspace_tokenizer(), "what", [Passage(text, "", ((0, 15), (16, 24)))], WINDOW, STRIDE)
    pieces = [text[windows.starts[0, token] : windows.ends[0, token]] for token in usable(windows, 0)]
    assert pieces == text.split()


def segments_of(text: str, *parts: str) -> tuple[tuple[int, int], ...]:
    """Where these parts stand in the text, one after another."""
    segments, place = [], 0
    for part in parts:
        place = text.index(part, place)
        segments.append((place, place + len(part)))
        place += len(part)
    return tuple(segments)


@pytest.mark.parametrize(
    ("text", "parts", "joined"),
    [
        ("One.\nTwo.\nThree.", ["One.", "Two.", "Three."], ["One.\nTwo.\nThree."]),
        ("One.\n\n  \nTwo.", ["One.", "Two."], ["One.\n\n  \nTwo."]),
        ("One.\nHeading\nTwo.\nThree.", ["One.", "Two.", "Three."], ["One.", "Two.\nThree."]),
        ("Heading\nOne.", ["One."], ["One."]),
        ("Code: E-24 | Cause: Open", ["E-24", "Open"], ["E-24", "Open"]),
        ("A | B\nOne.\nTwo.", ["A", "B", "One.", "Two."], ["A", "B", "One.\nTwo."]),
        ("One.\nTwo.\nA | B", ["One.", "Two.", "A", "B"], ["One.\nTwo.", "A", "B"]),
        ("One.\nCode: E-24\nTwo.", ["One.", "E-24", "Two."], ["One.", "E-24", "Two."]),
        ("One. Two.", ["One.", "Two."], ["One.", "Two."]),
        ("a\nb\n\nc", ["a", "b", "c"], ["a\nb\n\nc"]),
    ],
)
def test_paragraphs_and_steps_are_joined_cells_are_not(text: str, parts: list[str], joined: list[str]) -> None:
    passage = Passage(text, "Head", segments_of(text, *parts))
    assert [text[start:end] for start, end in passage.joined().segments] == joined
    assert (passage.joined().text, passage.joined().headings) == (text, "Head")
    assert passage.joined().joined() == passage.joined()


def test_without_segments_there_is_nothing_to_join() -> None:
    assert Passage("One.\nTwo.").joined() == Passage("One.\nTwo.")


def test_a_joined_passage_lets_a_span_run_over_its_steps(tokenizer: Any) -> None:
    text = "The lid is open.\nPress the button."
    passage = Passage(text, "", segments_of(text, "The lid is open.", "Press the button."))
    for one, count in ((passage, 2), (passage.joined(), 1)):
        windows = make_windows(tokenizer, QUESTION, [one], WINDOW, STRIDE)
        assert len(set(windows.segment[windows.in_passage])) == count


@pytest.mark.parametrize("headings", ["", "Kettle K1"])
def test_tokens_of_the_question_have_no_place_in_the_passage(headings: str, tokenizer: Any) -> None:
    windows = make_windows(tokenizer, QUESTION, [Passage(LONG, headings)], WINDOW, STRIDE)
    asked = len(tokenizer(QUESTION)["input_ids"])
    for places in (windows.starts, windows.ends):
        assert (places[:, :asked] == -1).all() and (places[windows.inputs["attention_mask"] == 0] == -1).all()


def test_a_tokenizer_that_pads_and_cuts_of_itself_does_neither(tokenizer: Any, reader_folder: Path) -> None:
    """Some are saved so, with the lengths that their model was trained at."""
    from transformers import AutoTokenizer

    expected = make_windows(tokenizer, QUESTION, [Passage(LONG)], WINDOW, STRIDE)
    other = AutoTokenizer.from_pretrained(str(reader_folder), local_files_only=True)
    other.backend_tokenizer.enable_padding(length=128)
    other.backend_tokenizer.enable_truncation(20)
    found = make_windows(other, QUESTION, [Passage(LONG)], WINDOW, STRIDE)
    for name, values in expected.inputs.items():
        assert np.array_equal(found.inputs[name], values)


def test_a_tokenizer_of_transformers_is_left_as_it_is(tokenizer: Any) -> None:
    tokenizer.backend_tokenizer.enable_truncation(20)
    before = tokenizer.backend_tokenizer.to_str()
    for window in (WINDOW, WINDOW - 8):
        make_windows(tokenizer, QUESTION * 30, [Passage(LONG)], window, STRIDE)
    assert tokenizer.backend_tokenizer.to_str() == before


def test_a_tokenizer_is_copied_once_for_each_length(tokenizer: Any) -> None:
    own = WindowTokenizer.of(tokenizer)
    assert WindowTokenizer.of(tokenizer) is own
    cutters = [own.cutter(*lengths) for lengths in ((96, 32), (64, 32), (96, 32), (96, 16))]
    assert cutters[0] is cutters[2] and len(set(map(id, cutters))) == 3
    assert [cutter.truncation["max_length"] for cutter in cutters] == [96, 64, 96, 96]


def test_threads_cut_what_one_would(tokenizer: Any, reader_folder: Path) -> None:
    """Windows of two lengths at once, and questions that are cut beside questions that are not."""
    from transformers import AutoTokenizer

    given = [(QUESTION * (1 + 30 * (number % 3 == 0)), LONG[30 * number :], (96, 80)[number % 2]) for number in range(6)]

    def windows(tokenizer: Any, number: int) -> Windows:
        question, text, length = given[number]
        return make_windows(tokenizer, question, [Passage(text, "Kettle K1")], length, 8)

    alone = AutoTokenizer.from_pretrained(str(reader_folder), local_files_only=True)
    expected, together = [windows(alone, number) for number in range(6)], Barrier(6)

    def work(number: int) -> list[Windows]:
        together.wait()
        return [windows(tokenizer, number) for _ in range(10)]

    with ThreadPoolExecutor(6) as threads:
        for found, right in zip(threads.map(work, range(6)), expected, strict=True):
            for one in found:
                assert all(np.array_equal(one.inputs[name], values) for name, values in right.inputs.items())
                assert np.array_equal(one.starts, right.starts)
