from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.answering.readers import TransformerReader, load_trainable
from ragqa.config import TrainSettings
from ragqa.evaluation.calibration import RiskLimit
from ragqa.evaluation.compare import compare
from ragqa.evaluation.metrics import Rouge, exact_match, f1
from ragqa.evaluation.results import Comparison, Outcome, QuestionResult, Report
from ragqa.evaluation.summarise import summarise
from ragqa.readers.registry import folder_problem, reader_info
from ragqa.training.card import Making, compared_rows, write_papers, write_reader
from ragqa.training.train import Trained
from ragqa.types import QAPair

SETTINGS = ReaderSettings(max_answer_tokens=42, threshold=0.625, calibration=Calibration(margin=0.7))
HISTORY = (
    {"loss": 2.0, "step": 5}, {"eval_f1": 40.0, "step": 5}, {"loss": 1.0, "step": 10}, {"eval_f1": 60.0, "step": 10},
    {"train_loss": 1.5, "step": 10},
)  # fmt: skip


def report(reader: str, predicted: list[str], accepted: tuple[str, ...] = ("8 watts",)) -> Report:
    results = tuple(
        QuestionResult(
            QAPair(f"How many {number}?", accepted), one, 0.8, True, "lamp.html", (), (), exact_match(one, accepted),
            f1(one, accepted), Rouge(0.5, 0.5, 0.5), None, None, None, Outcome.RIGHT, 0.01,
        )
        for number, one in enumerate(predicted)
    )  # fmt: skip
    return Report(results, **summarise(results), reader=reader, index="shelf", generation=1, threshold=0.5, top_k=8, date="")


@pytest.fixture
def making() -> Making:
    comparison = compare(report("default", ["9 lux"] * 10), report("shop", ["8 watts"] * 9 + ["9 lux"]))
    trained = Trained(None, None, SETTINGS, HISTORY, 10, 5, False)
    return Making(
        "shop", "default", "shelf", "2025-01-02T03:04:05+00:00", "abc123", 80, 20, TrainSettings(seed=4), trained, 0.75,
        comparison, 0.0421, RiskLimit(0.05, 20, None),
    )  # fmt: skip


def test_the_weights_are_kept_in_half_the_size(reader_folder: Path, tmp_path: Path) -> None:
    """A folder that other tools load too, computed in full precision, readable for everybody."""
    import torch

    base = load_trainable(str(reader_folder))
    assert isinstance(base, TransformerReader)
    folder = tmp_path / "models" / "shop"
    write_reader(folder, base.model, base.tokenizer, SETTINGS)
    kept = load_trainable(str(folder))
    assert isinstance(kept, TransformerReader) and kept.settings == SETTINGS
    for name, values in kept.load_model().state_dict().items():
        assert values.dtype == torch.float32 or not values.is_floating_point()
        assert torch.equal(values, base.model.state_dict()[name].half().to(values)), name
    weights = folder / "model.safetensors"
    assert weights.stat().st_size < 0.6 * (reader_folder / "model.safetensors").stat().st_size
    assert weights.stat().st_mode & 0o777 == 0o644
    text = "The kettle boils 1.7 litres."
    assert kept.tokenizer(text)["input_ids"] == base.tokenizer(text)["input_ids"]
    assert next(base.model.parameters()).dtype == torch.float32  # the model in use is not halved
    assert folder_problem(folder) == ""


def test_the_papers_tell_how_it_was_made_and_what_it_scored(making: Making, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "shop"
    folder.mkdir(parents=True)
    write_papers(folder, making, SETTINGS)
    assert {path.name for path in folder.iterdir()} == {
        "README.md", "curves.png", "metrics.json", "risk_coverage.png", "training.json",
    }  # fmt: skip
    for picture in folder.glob("*.png"):
        assert Image.open(BytesIO(picture.read_bytes())).width > 500
    training = json.loads((folder / "training.json").read_text())
    assert training["questions"] == {"training": 80, "validation": 20} and training["settings"]["seed"] == 4
    assert (training["steps"], training["best_step"], training["mix"], training["fingerprint"]) == (10, 5, 0.75, "abc123")
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["summary"]["exact_match"] == 0.9 and metrics["summary"]["with_abstention.f1"] == 0.9
    assert metrics["before"]["reading"]["f1"] == 0 and metrics["differences"]["f1"]["mean"] == pytest.approx(0.9)
    assert metrics["held_out_calibration_error"] == 0.0421 and len(metrics["risk_limits"]) > 0


def test_the_registry_knows_what_the_papers_say(making: Making, reader_folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "models" / "shop"
    base = TransformerReader("tiny", str(reader_folders["bert"]), ReaderSettings())
    write_reader(folder, base.model, base.tokenizer, SETTINGS)
    write_papers(folder, making, SETTINGS)
    info = reader_info(tmp_path, "shop")
    assert (info.base, info.created, info.problem) == ("default", "2025-01-02T03:04:05+00:00", "")
    assert info.summary["exact_match"] == 0.9


def card(making: Making, settings: ReaderSettings, folder: Path) -> str:
    write_papers(folder, making, settings)
    return (folder / "README.md").read_text()


def test_the_card(making: Making, tmp_path: Path) -> None:
    text = card(making, SETTINGS, tmp_path)
    for line in (
        "pipeline_tag: question-answering",
        "An extractive reader, made by ragqa from `default` on 2025-01-02 with question/answer pairs on index `shelf`.",
        "- trained on 80 questions, judged by 20 that share no passage with them",
        "- 10 steps, the best after 5; 75 % of the trained weights, the rest the base's",
        "- answers of up to 42 tokens",
        "| | default | shop | difference | 95 % interval |",
        "| exact match | 0.0 % | 90.0 % | +90.0 | +70.0 to +100.0 |",
        '  "seed": 4',
    ):
        assert line in text.splitlines()
    assert "confidence of 0.62 (at most 5 % wrong answers: cannot" in text
    assert "shop is better than default" in text and "0.042" in text
    assert "ragqa model use shop --index shelf" in text and "ragqa model use default --index shelf" in text


def test_the_card_says_what_holds_only(making: Making, tmp_path: Path) -> None:
    text = card(replace(making, limit=None), replace(SETTINGS, join_blocks=True), tmp_path)
    assert "over several paragraphs or steps" in text and "wrong answers:" not in text


def test_names_in_the_card_are_no_markup(making: Making, tmp_path: Path) -> None:
    """A template would run what is in braces, if it took names for a part of itself."""
    assert "from `{{ 7 * 7 }}` on" in card(replace(making, base="{{ 7 * 7 }}"), SETTINGS, tmp_path)


def test_rows_without_a_figure_are_left_out(making: Making) -> None:
    """Questions without an answer have no reading to compare."""
    none: Any = (report("default", [""] * 3, accepted=()), report("shop", [""] * 3, accepted=()))
    labels = [row[0] for row in compared_rows(compare(*none))]
    assert "exact match" not in labels and "F1 with abstention" in labels
    rows = {row[0]: row[1:] for row in compared_rows(making.comparison)}
    assert rows["exact match"] == ("0.0 %", "90.0 %", "+90.0", "+70.0 to +100.0")
    assert rows["expected calibration error"][2:] == ("", "")
    assert all(isinstance(one, str) for row in rows.values() for one in row)


def test_a_comparison_of_nothing_has_no_rows() -> None:
    empty = replace(
        report("a", ["x"]), metrics={group: {} for group in ("reading", "with_abstention", "no_answer", "calibration")}
    )
    assert list(compared_rows(Comparison(empty, empty, {}, ""))) == []
