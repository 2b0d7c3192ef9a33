"""The training side of an engine: from a question file, or a file of triplets, to a reader that answers for the index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypedDict, Unpack

from ragqa.answering.readers import TransformerReader, load_trainable
from ragqa.config import TrainSettings, apply_options
from ragqa.errors import UsageError
from ragqa.files import full_disk_errors, storage_errors
from ragqa.loaded import Loaded
from ragqa.paths import working_folder
from ragqa.questions.pairs import pairs_to_ask
from ragqa.readers.registry import index_reader, locate_reader, new_reader_folder
from ragqa.training.finetune import Ears, Finetuned, finetune
from ragqa.training.job import TRIPLETS_FILE, Job, begin_job, read_job
from ragqa.training.material import Material, Mined, Plan, from_triplets, mine_pairs, passage_length
from ragqa.training.mining import MiningReport
from ragqa.training.names import kept_name
from ragqa.training.train import device_of, trainable_model
from ragqa.training.triplet_file import read_triplets, write_triplets
from ragqa.types import QAPair, Stop, Tell, Triplet, never, silent

Pairs = str | Path | Sequence[QAPair]


class Mining(TypedDict, total=False):
    """How answers are looked for; each may be left out."""

    passage_characters: int | None
    """Length to which retrieved chunks are grown; None grows them where the answers are long."""
    strict: bool
    """Refuse a file with a line that cannot be used."""
    progress: Tell
    """Told of every question."""
    stop: Stop
    """Asked before each question; ends with those mined so far."""


class Hearing(TypedDict, total=False):
    """What is learnt from beside question/answer pairs, how, into which reader, and who hears of it; each may be left out."""

    triplets: Path | None
    """A file of triplets, instead of pairs."""
    strict: bool
    """Refuse a file with a line that cannot be used."""
    train: TrainSettings | None
    ears: Ears | None
    name: str | None
    """The new reader's; None takes the index's with a number."""
    base: str | None
    """The reader to begin from; None takes the one that answers now."""


class Teaching(Hearing, total=False):
    """All that a fine-tuning may be told; each may be left out."""

    promote: Literal["always", "better", "never"] | None
    """When the new reader is to answer for the index; None takes what was said when the training began, "better" at first."""
    max_wrong: float | None
    """The share of wrong answers, 0..1, that its threshold should keep to."""


def load_base(home: str | Path, name: str, threads: int = 0) -> TransformerReader:
    """A reader, by name, to train on from. Raises ModelError when it cannot be trained."""
    return load_trainable(locate_reader(home, name), threads)


@dataclass(frozen=True, slots=True)
class Session:
    """Trains readers for one index. It may run in a thread of its own while others ask the engine that shares its parts;
    two trainings at once, here or in other processes, never have the same name."""

    loaded: Loaded

    def triplets(self, given: Pairs, out: Path | None = None, **mining: Unpack[Mining]) -> Mined:
        """Mine pairs, and keep their triplets in a file. Raises UsageError or StorageError, and BackendUnavailable whatever the
        settings say: passages found by words only are not those that a reader will be given."""
        pairs, problems = pairs_to_ask(given, strict=mining.get("strict", False))
        characters = mining.get("passage_characters")
        if characters is None:
            characters = passage_length(pair.answers[0] for pair in pairs if pair.answers)
        progress, stop = mining.get("progress", silent), mining.get("stop", never)
        mined = mine_pairs(self.loaded.retriever().never_by_words_alone(), pairs, characters, progress, stop)
        if out is not None and mined.triplets:
            write_triplets((triplet for found in mined.triplets for triplet in found), out)
        return replace(mined, problems=problems, passage_characters=characters)

    def plan(self, given: Pairs | None, **hearing: Unpack[Hearing]) -> Plan | None:
        """What `begin` would learn from, without training. None when it was stopped.

        Raises UsageError when it is too little, or the name cannot be given; ModelError when the base cannot be trained.
        """
        home, name, base = self.loaded.settings.home, hearing.get("name"), hearing.get("base")
        if name is not None:
            new_reader_folder(home, name)
        if base is not None:
            trainable_model(load_base(home, base, self.loaded.settings.threads))
        reports: list[MiningReport] = []
        train, ears = hearing.get("train") or self.loaded.settings.train, hearing.get("ears") or Ears()

        def mined(report: MiningReport) -> None:
            reports.append(report)
            ears.mined(report)  # before what it found may turn out to be too little

        found = self.found(given, {**hearing, "ears": replace(ears, mined=mined)})
        if found is None:
            return None
        return Plan(from_triplets(found[0], train.validation, train.seed), reports[0] if reports else None)

    def begin(self, given: Pairs | None, **teaching: Unpack[Teaching]) -> Finetuned | None:
        """Train a new reader, and let it answer for the index as `promote` says. None when it was stopped."""
        settings = self.loaded.settings
        self.loaded.shelf.index()  # missing or damaged: told before anything else
        one_source(given, teaching.get("triplets"))
        refuse_unsearchable(self.loaded)
        with kept_name(settings.home, teaching.get("name"), settings.index) as folder:
            return self._begun(given, folder, **teaching)

    def _begun(self, given: Pairs | None, folder: Path, **teaching: Unpack[Teaching]) -> Finetuned | None:
        """Train a new reader, under a name that is kept."""
        settings, train = self.loaded.settings, teaching.get("train") or self.loaded.settings.train
        device_of(train.device)  # like the base, told before mining, which takes long
        base = teaching.get("base") or self.loaded.reader_name
        trainable_model(load_base(settings.home, base, settings.threads))
        found = self.found(given, teaching)
        if found is None:
            return None
        triplets, characters = found
        train = replace(train, passage_characters=characters)
        material = from_triplets(triplets, train.validation, train.seed)
        job = Job(base, settings.index, train, teaching.get("max_wrong"), teaching.get("promote") or "better")
        begin_job(working_folder(folder), job, triplets)
        return self._go_on(job, material, folder, False, **teaching)

    def resume(self, **teaching: Unpack[Teaching]) -> Finetuned | None:
        """Go on with the stopped training of `name`, for whichever index it was begun. Raises UsageError when there is none."""
        settings, name = self.loaded.settings, teaching.get("name")
        if name is None:
            raise UsageError("which training is to be resumed?", hint="ragqa finetune --resume --name NAME")
        with kept_name(settings.home, name, resume=True) as folder:
            return self._resumed(folder, **teaching)

    def _resumed(self, folder: Path, **teaching: Unpack[Teaching]) -> Finetuned | None:
        """Go on with a stopped training, whose name is kept."""
        settings, work = self.loaded.settings, working_folder(folder)
        job = read_job(work)
        if job.index != settings.index:
            elsewhere = Loaded.of(apply_options(settings, index=job.index))
            try:
                return Session(elsewhere)._resumed(folder, **teaching)
            finally:
                elsewhere.close()
        refuse_unsearchable(self.loaded)
        found, _ = read_triplets(work / TRIPLETS_FILE)
        material = from_triplets(found, job.settings.validation, job.settings.seed)
        return self._go_on(job, material, folder, True, **teaching)

    def _go_on(self, job: Job, material: Material, folder: Path, resume: bool, **teaching: Unpack[Teaching]) -> Finetuned | None:
        """Train, and promote; what the job says goes before what `teaching` does, but for `promote`."""
        settings, ears = self.loaded.settings, teaching.get("ears") or Ears()
        promote = teaching.get("promote") or job.promote
        ears.begun(folder.name)
        base = load_base(settings.home, job.base, settings.threads)
        work = working_folder(folder)
        with storage_errors(work), full_disk_errors(work):
            done = finetune(
                self.loaded.asker().never_by_words_alone(), base, material, folder, job.settings,
                max_wrong=job.max_wrong, resume=resume, threads=settings.threads, ears=ears,
            )  # fmt: skip
        if done is None or promote == "never" or (promote == "better" and not done.better):
            return done
        replaced = index_reader(settings.home, settings.index)
        self.loaded.use_reader(done.name)
        return replace(done, replaced=replaced)

    def found(self, given: Pairs | None, hearing: Hearing) -> tuple[list[Triplet], int] | None:
        """The triplets to train on and the length of their passages; None when the mining of them was stopped.

        Raises UsageError when both or none are given.
        """
        file, strict, ears = hearing.get("triplets"), hearing.get("strict", False), hearing.get("ears") or Ears()
        one_source(given, file)
        characters = (hearing.get("train") or self.loaded.settings.train).passage_characters
        if file is not None:
            found, problems = read_triplets(file)
            if problems and strict:
                raise UsageError(f"{problems[0]} ({len(problems)} such lines)", hint="Without --strict they are skipped.")
            ears.problems(problems)
            return found, passage_length(one.answers[0] for one in found if one.answers) if characters is None else characters
        assert given is not None
        mined = self.triplets(given, passage_characters=characters, strict=strict, progress=ears.progress, stop=ears.stop)
        if mined.stopped:
            return None
        ears.problems(mined.problems)
        ears.mined(mined.report)
        return [triplet for group in mined.triplets for triplet in group], mined.passage_characters


def refuse_unsearchable(loaded: Loaded) -> None:
    """Raises BackendUnavailable where the index cannot be searched now: triplets are learnt from without a search, and that there
    is none to judge by would be told only after the training."""
    import numpy as np

    def search() -> None:
        index = loaded.shelf.index()
        index.search_dense(np.eye(1, index.manifest.dimension, dtype=np.float32)[0], 1)

    loaded.lasting(search)


def one_source(given: Pairs | None, triplets: Path | None) -> None:
    """Raises UsageError unless there are either pairs or triplets to learn from."""
    if (given is None) == (triplets is None):
        raise UsageError("give a QA file or --triplets, one of them", hint="ragqa finetune qa.csv")
