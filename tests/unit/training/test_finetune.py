from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from machine_manual import lines, watts, write_manual

from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.answering.readers import TransformerReader, load_reader
from ragqa.config import TrainSettings
from ragqa.engine import RagQA
from ragqa.errors import ModelError
from ragqa.evaluation.bootstrap import Difference
from ragqa.evaluation.calibration import CoveragePoint, RiskLimit
from ragqa.evaluation.evaluate import evaluate
from ragqa.training import finetune as module
from ragqa.training.calibrate import Fit
from ragqa.training.card import write_reader
from ragqa.training.examples import grouped
from ragqa.training.finetune import Ears, Finetuned, calibrated, finetune, pair_of
from ragqa.training.material import Material, from_triplets, mine_pairs
from ragqa.types import Progress, QAPair, TrainStep, Triplet

Run = Callable[..., Finetuned | None]
SETTINGS = TrainSettings(epochs=3, learning_rate=3e-3, batch_size=4, validation=0.4, device="cpu")


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    yield
    gc.unfreeze()


def machine_in(home: Path) -> RagQA:
    """The manual of a machine in an index."""
    qa = RagQA("machine", home=str(home))
    qa.ingest(write_manual(home / "manual"))
    return qa


def base_in(folders: dict[str, Path]) -> TransformerReader:
    return TransformerReader("tiny", str(folders["bert"]), ReaderSettings(calibration=Calibration(margin=1.0)))


def material_of(machine: RagQA) -> Material:
    pairs = [
        QAPair(one["question"], (one["answer"],) if one["answer"] else (), str(number)) for number, one in enumerate(lines())
    ]
    mined = mine_pairs(machine.asker, pairs)
    return from_triplets([one for found in mined.triplets for one in found], SETTINGS.validation, SETTINGS.seed)


@pytest.fixture
def machine(tmp_path: Path, fake_models: Any) -> RagQA:
    return machine_in(tmp_path)


@pytest.fixture
def material(machine: RagQA) -> Material:
    return material_of(machine)


@pytest.fixture
def base(reader_folders: dict[str, Path]) -> TransformerReader:
    return base_in(reader_folders)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@dataclass(frozen=True)
class Straight:
    """A run that nobody stopped: the files that came of it, and what it told."""

    files: dict[str, bytes]
    done: Finetuned


@pytest.fixture(scope="module")
def straight(
    tmp_path_factory: pytest.TempPathFactory, fake_models_of_module: Any, reader_folders: dict[str, Path]
) -> Iterator[Straight]:
    """Made once: every run with the same seed comes out the same, which is what the runs compared with it are to show."""
    home = tmp_path_factory.mktemp("straight")
    qa, base = machine_in(home), base_in(reader_folders)
    with closing(qa):
        done = finetune(qa.asker.reading_with(base), base, material_of(qa), home / "models" / "straight", SETTINGS, threads=1)
        assert done is not None
        yield Straight(contents(done.folder), done)


@pytest.fixture
def run(machine: RagQA, base: TransformerReader, material: Material, models: Path) -> Run:
    def go(name: str = "shop", **options: Any) -> Finetuned | None:
        options = {"threads": 1, **options}
        asker = machine.asker.reading_with(options.pop("incumbent", base))
        return finetune(asker, options.pop("base", base), material, models / name, SETTINGS, **options)

    return go


def contents(folder: Path) -> dict[str, bytes]:
    """A reader's files that say nothing of when it was made."""
    kept = [path for path in folder.iterdir() if path.suffix != ".png" and path.name not in ("README.md", "metrics.json")]
    return {path.name: path.read_bytes() for path in kept if path.name != "training.json"}


def test_a_reader_is_made_whole(run: Run, material: Material, models: Path) -> None:
    steps: list[TrainStep] = []
    progress: list[Progress] = []
    done = run(max_wrong=0.05, ears=Ears(told=steps.append, progress=progress.append))
    assert done is not None and done.folder == models / "shop" and not done.replaced
    assert (done.name, done.base, done.training, done.validation) == ("shop", "tiny", 16, 10)
    assert {path.name for path in models.iterdir()} == {"shop"}
    assert any(step.scores for step in steps) and {one.stage for one in progress} == {"calibrate", "evaluate"}
    assert done.limit is not None and done.limit.point is None
    stored = ReaderSettings.load(done.folder)
    assert stored.threshold == ReaderSettings().threshold
    assert json.loads((done.folder / "training.json").read_text())["fingerprint"] == material.fingerprint


def test_before_and_after_are_over_the_validation_questions_alone(run: Run, material: Material) -> None:
    done = run()
    assert done is not None
    for report, reader in ((done.comparison.before, "tiny"), (done.comparison.after, "shop")):
        assert report.reader == reader and report.index == "machine"
        assert [one.pair.question for one in report.results] == [group.question for group in material.validation]
    assert not {group.question for group in material.training} & {one.pair.question for one in done.comparison.after.results}


def test_the_reader_in_the_folder_is_the_one_that_was_compared(run: Run, machine: RagQA) -> None:
    done = run()
    assert done is not None
    kept = load_reader(str(done.folder), 1)
    pairs = [one.pair for one in done.comparison.after.results]
    again = evaluate(machine.asker.reading_with(kept), pairs)
    for one, other in zip(again.results, done.comparison.after.results, strict=True):
        assert (one.predicted, one.confidence, one.answered) == (other.predicted, pytest.approx(other.confidence), other.answered)


@pytest.mark.parametrize("steps", [1, 5])
def test_a_stopped_run_leaves_what_it_takes_to_go_on(steps: int, run: Run, models: Path, straight: Straight) -> None:
    told: list[TrainStep] = []
    asked = iter(range(1000))
    assert run(ears=Ears(stop=lambda: next(asked) >= steps - 1, told=told.append)) is None
    assert {path.name for path in models.iterdir()} == {".shop.training"}
    resumed = run(resume=True)
    assert resumed is not None and contents(models / "shop") == straight.files
    assert {path.name for path in models.iterdir()} == {"shop"}
    assert (resumed.steps, resumed.best_step, resumed.mix) == (straight.done.steps, straight.done.best_step, straight.done.mix)


@pytest.mark.parametrize("stage", ["best_mix", "collect", "write_papers"])
def test_a_run_cut_after_the_training_is_resumed(
    stage: str, run: Run, models: Path, straight: Straight, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at any stage, there is no folder that looks like a reader, and the same reader comes of going on."""

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, stage, killed)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert {path.name for path in models.iterdir()} == {".shop.training"}
    assert run(resume=True) is not None and {path.name for path in models.iterdir()} == {"shop"}
    assert contents(models / "shop") == straight.files


@pytest.mark.parametrize("stage", ["train", "calibrate", "evaluate"])
def test_a_stop_after_the_last_step_leaves_what_it_takes_to_go_on(
    stage: str, run: Run, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody who has pressed Ctrl-C gets another reader."""
    seen: list[str] = []
    train = module.train

    def trained(*given: Any, **options: Any) -> Any:
        made = train(*given, **options)
        seen.append("train")
        return made

    monkeypatch.setattr(module, "train", trained)
    assert run(ears=Ears(progress=lambda step: seen.append(step.stage), stop=lambda: stage in seen)) is None
    assert {path.name for path in models.iterdir()} == {".shop.training"} and seen.count(stage) == 1


def test_it_is_compared_with_the_reader_that_answers_now(run: Run, base: TransformerReader, tmp_path: Path) -> None:
    write_reader(tmp_path / "now", base.load_model(), base.tokenizer, base.settings)
    now = TransformerReader("now", str(tmp_path / "now"), base.settings)
    done = run(incumbent=now)
    assert done is not None and (done.base, done.comparison.before.reader) == ("tiny", "now")


def test_a_base_that_cannot_be_trained_leaves_nothing(run: Run, models: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        run(base=TransformerReader("gone", str(models / "gone"), ReaderSettings()))
    assert not models.exists() or not list(models.iterdir())


def test_the_threshold_keeps_the_tolerated_risk() -> None:
    settings = ReaderSettings(threshold=0.5)
    fitted = Fit(Calibration(margin=2.0), (0.9,), (True,), (1.0,))
    kept = RiskLimit(0.05, 100, CoveragePoint(0.83, 0.5, 0.02, 50, 1))
    assert calibrated(settings, fitted, kept) == replace(settings, calibration=fitted.calibration, threshold=0.83)
    for limit in (None, RiskLimit(0.05, 10, None)):
        assert calibrated(settings, fitted, limit) == replace(settings, calibration=fitted.calibration)


def test_a_pair_is_asked_with_all_accepted_answers(triplet: Callable[..., Triplet], group: Any) -> None:
    found = group("How long?", {"It lasts 30 months.": "30 months", "It lasts 2.5 years.": "2.5 years"})
    assert pair_of(found) == QAPair("How long?", ("30 months", "2.5 years"), "How long?", None)
    assert pair_of(group("Who?", {}, ("It is red.",))) == QAPair("Who?", (), "Who?", None)


@pytest.mark.parametrize("document", [None, "machine.md", "elsewhere.md"])
@pytest.mark.parametrize("context", [None, f"The fan draws {watts('fan')}."])
def test_a_pair_is_judged_by_the_document_that_it_names_itself(document: str | None, context: str | None, machine: RagQA) -> None:
    asked = QAPair("How many watts does the fan draw?", (watts("fan"),), "1", document, context=context)
    (mined,) = mine_pairs(machine.asker, [asked]).triplets
    (found,) = grouped(mined)
    assert pair_of(found) == replace(asked, context=None)


@pytest.mark.parametrize(("mean", "better"), [(0.01, True), (0.0, False), (-0.01, False), (None, False)])
def test_better_is_a_higher_f1(mean: float | None, better: bool) -> None:
    differences = {} if mean is None else {"f1": Difference(mean, -1.0, 1.0, 0.5)}
    comparison: Any = SimpleNamespace(differences=differences)
    assert Finetuned("a", Path("a"), "b", 1, 1, 1, 1, 1.0, comparison, 0.0, None).better is better
