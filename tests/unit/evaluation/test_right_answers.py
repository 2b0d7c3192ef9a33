"""What the benchmark makes of the systems' answers."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from answer_scores import Asked, Response, Said, by_kind, figures
from right_answers import BestSentence, Written, haystack_response, read_asked, response_of, sentences, table

HOSE = Asked("How long is the hose?", ("1.5 m",), manual="washer", kind="fact")
FUSE = Asked("Which fuse?", ("a 5 A fuse", "5 A"), manual="pump", kind="fact")
NOBODY = Asked("Does it play records?", ())


def said(text: str, document: str = "washer/guide.html", confidence: float = 0.9) -> Response:
    return Response(True, (Said(text, document, confidence),), (f"Here it says {text}.",))


def test_the_figures_of_five_questions() -> None:
    asked = [HOSE, HOSE, FUSE, NOBODY, NOBODY]
    silent = Response(False, (Said("5 A", "pump/guide.html", 0.2),))
    given = [said("1.5 m"), said("1.5 m", "pump/guide.html"), silent, said("LP", confidence=0.1), Response(False, ())]
    told = figures(asked, given)
    assert told["answerable"] == 3
    assert told["right at 1"] == 1.0
    assert told["right in the right manual"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["the passage is read"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["answered"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["right of what is answered"] == pytest.approx(2 / 3, abs=1e-4)
    assert told["refusal recall"] == 0.5
    assert told["refusal precision"] == 0.5
    assert told["coverage at 80 % right"] == 0.6
    assert told["calibration error"] == pytest.approx((2 * 0.1 + 0.8 + 0.1 + 0) / 5)
    assert by_kind(asked, given) == {"fact": "2/3"}


def test_a_system_without_confidence_has_no_figures_of_it() -> None:
    assert "calibration error" not in figures([HOSE], [said("2 m")], has_confidence=False)


def test_the_second_answer_counts_among_the_first_three() -> None:
    told = figures([HOSE], [Response(True, (Said("2 m", "washer/a"), Said("1.5 m", "washer/a")))])
    assert (told["right at 1"], told["right in the first 3"]) == (0, 1)


def test_a_question_knows_its_document() -> None:
    assert Asked("?", ("x",), document="a.html").is_about("a.html")
    assert not Asked("?", ("x",), document="a.html").is_about("b.html")
    assert not HOSE.is_about("washer-dryer/guide.html")
    assert NOBODY.is_about("anything")


def test_a_response_of_ragqa_has_the_passages_of_its_answers_first() -> None:
    answer = {"text": "5 A", "document": "pump/a", "confidence": 0.5, "passage": "first"}
    line = {"answered": True, "answers": [answer], "passages": [{"text": f"other {number}"} for number in range(9)]}
    response = response_of(line)
    assert response.answers == (Said("5 A", "pump/a", 0.5),)
    assert response.passages[0] == "first" and len(response.passages) == 8


def test_answers_of_another_release_are_taken_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    file.write_text('{"answered": false, "answers": [], "passages": [{"text": "A 5 A fuse."}]}\n')
    assert Written("former", file).answer(tmp_path, [FUSE]) == [Response(False, (), ("A 5 A fuse.",))]


def test_haystack_abstains_where_no_answer_is_likelier() -> None:
    passages = {"7": {"document": "pump/a", "text": "A 5 A fuse."}}
    abstains = haystack_response([["", 0.8, ""], ["5 A", 0.1, "7"]], ["7"], passages)
    assert not abstains.answered and abstains.answers == (Said("5 A", "pump/a", 0.1),)
    assert haystack_response([["5 A", 0.6, "7"], ["", 0.2, ""]], ["7"], passages).answered
    assert not haystack_response([], ["7"], passages).answered


def test_a_line_ends_a_sentence() -> None:
    assert sentences("One item\nA sentence. Another one.\n") == ["One item", "A sentence.", "Another one."]


def test_the_best_sentence_has_most_of_the_rare_words() -> None:
    texts = ["The pump is blue. The pump has a fuse of 5 A.", "The pump is red. The pump is loud.", "The hose is of rubber."]
    stored = [
        SimpleNamespace(id=number, document=f"pump/{number}", chunk=SimpleNamespace(text=text))
        for number, text in enumerate(texts)
    ]
    index: Any = SimpleNamespace(
        documents=lambda: [SimpleNamespace(id=1)],
        document_chunks=lambda _: stored,
        languages=lambda: ["en"],
        search_lexical=lambda terms, k: [(1, 2.0), (0, 1.0)],
        chunks=lambda ids: {number: stored[number] for number in ids},
    )
    response = BestSentence(index).best("Which fuse has the pump?")
    assert response.answers[0] == Said("The pump has a fuse of 5 A.", "pump/0")
    assert response.passages == (texts[1], texts[0])


def test_questions_are_read_with_what_they_say_of_their_manual(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "Fuse?", "answers": ["5 A"], "document": "a.html"}\n\n{"question": "Why?", "answers": []}\n')
    assert read_asked(file) == [Asked("Fuse?", ("5 A",), document="a.html"), Asked("Why?", ())]


def test_the_table_has_a_column_for_each_system() -> None:
    results = {
        "ragqa": {"figures": {"questions": 2, "right at 1": 0.5, "calibration error": 0.0625}},
        "other": {"figures": {"questions": 2, "right at 1": 0.25}},
    }
    assert table(results).splitlines()[2:] == [
        "| questions | 2 | 2 |",
        "| right at 1 | 50.0 % | 25.0 % |",
        "| calibration error | 0.062 |  |",
    ]
