"""Material to a better reader: train, mix with the base, calibrate, compare, keep. The one that is kept is whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ragqa.answering.asker import Asker
from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TransformerReader, load_reader
from ragqa.config import TrainSettings
from ragqa.evaluation.calibration import RiskLimit, expected_calibration_error, threshold_for_risk
from ragqa.evaluation.compare import compare
from ragqa.evaluation.evaluate import evaluate
from ragqa.evaluation.results import Comparison
from ragqa.files import delete_whole, now, take_name
from ragqa.paths import working_folder
from ragqa.training.calibrate import Fit, fit
from ragqa.training.card import Making, write_papers, write_reader
from ragqa.training.collect import collect
from ragqa.training.examples import Group
from ragqa.training.material import Material
from ragqa.training.mining import MiningReport
from ragqa.training.mix import best_mix
from ragqa.training.train import train
from ragqa.types import PairProblem, Progress, QAPair, Stop, Tell, TrainStep, never, silent


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of a training's steps, and who may stop it; `begun` hears the reader's name once the training can be resumed."""

    begun: Callable[[str], None] = lambda name: None
    progress: Tell = silent
    problems: Callable[[Sequence[PairProblem]], None] = lambda problems: None
    mined: Callable[[MiningReport], None] = lambda report: None
    told: Callable[[TrainStep], None] = lambda step: None
    stop: Stop = never


@dataclass(frozen=True, slots=True)
class Finetuned:
    """A trained reader in its folder, and what it is worth: it and the reader that answers now, asked the validation questions.

    `mix` is the share of the trained weights in the reader (1: all), `calibration_error` that of held-out confidences, `limit`
    the threshold for the tolerated risk, None where none was asked for. `replaced` is the reader that it took the
    place of, empty where it does not answer for the index.
    """

    name: str
    folder: Path
    base: str
    training: int
    validation: int
    steps: int
    best_step: int
    mix: float
    comparison: Comparison
    calibration_error: float
    limit: RiskLimit | None
    replaced: str = ""

    @property
    def better(self) -> bool:
        """Whether it has the higher F1 on the validation questions."""
        return "f1" in self.comparison.differences and self.comparison.differences["f1"].mean > 0


def finetune(
    asker: Asker,
    base: TransformerReader,
    material: Material,
    folder: Path,
    settings: TrainSettings,
    *,
    max_wrong: float | None = None,
    resume: bool = False,
    threads: int = 0,
    ears: Ears = Ears(),
) -> Finetuned | None:
    """Train `base` on the material, compare it with the asker's reader, which answers now, and write it to `folder`.

    None when it was stopped, to be resumed. Checkpoints are kept beside the folder until it is whole.
    """
    work = working_folder(folder)
    draft = work / "reader"
    trained = train(
        base, material.training, material.validation, settings, work / "checkpoints", resume=resume, threads=threads,
        told=ears.told, stop=ears.stop,
    )  # fmt: skip
    if trained.stopped:
        return None
    mix = best_mix(trained, base, material.validation, ears.stop)
    if mix is None:
        return None
    write_reader(draft, trained.model, trained.tokenizer, trained.settings)
    reader = load_reader(str(draft), threads)
    reader.name = folder.name
    pairs = [pair_of(group) for group in material.validation]
    cases = collect(asker.reading_with(reader), pairs, _counted(ears.progress, "calibrate", pairs), ears.stop)
    if len(cases) < len(pairs):
        return None
    fitted = fit(cases, base.settings.calibration)
    limit = None if max_wrong is None else threshold_for_risk(fitted.held_out, fitted.right, max_wrong)
    reader.settings = calibrated(trained.settings, fitted, limit)
    reader.settings.save(draft)
    readers = asker.reader, reader
    before, after = (evaluate(asker.reading_with(one), pairs, ears.progress, ears.stop) for one in readers)
    if before.interrupted or after.interrupted:
        return None
    comparison = compare(before, after, settings.seed)
    error = expected_calibration_error(fitted.held_out, fitted.right) if fitted.held_out else 0.0
    sizes = len(material.training), len(material.validation)
    making = Making(
        folder.name, base.name, asker.index.name, now(), material.fingerprint, *sizes, settings, trained, mix, comparison, error,
        limit,
    )  # fmt: skip
    write_papers(draft, making, reader.settings)
    take_name(draft, folder)
    with suppress(OSError):  # the reader is there; what is left goes when the next training begins
        delete_whole(work)
    return Finetuned(folder.name, folder, base.name, *sizes, trained.steps, trained.best_step, mix, comparison, error, limit)


def calibrated(settings: ReaderSettings, fitted: Fit, limit: RiskLimit | None) -> ReaderSettings:
    """The reader's settings with its calibration, and the threshold of the tolerated risk where one keeps it."""
    threshold = limit.point.threshold if limit is not None and limit.point is not None else settings.threshold
    return replace(settings, calibration=fitted.calibration, threshold=threshold)


def pair_of(group: Group) -> QAPair:
    """The question of a group as the pair to evaluate that it was mined from."""
    one = group.triplets[0]
    return QAPair(group.question, group.answers, one.id, one.named_document or None)


def _counted(progress: Tell, stage: str, pairs: Sequence[QAPair]) -> Callable[[int], None]:
    return lambda done: progress(Progress(stage, done, len(pairs), pairs[done - 1].question, done, len(pairs)))
