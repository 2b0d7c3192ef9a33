"""The engine: the only place that wires the stages together. The command line and the terminal UI are its two faces."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ragqa.config import AskSettings, Settings, TrainSettings, apply_options, override
from ragqa.errors import IndexMismatch, UsageError
from ragqa.paths import index_folder, indexes_folder, working_folder
from ragqa.readers.archive import export_reader, import_reader
from ragqa.readers.registry import (
    ReaderInfo,
    free_reader_name,
    index_reader,
    list_readers,
    locate_reader,
    new_reader_folder,
    reader_info,
    reader_names,
    remove_reader,
    use_reader,
)
from ragqa.settings import load_settings
from ragqa.types import (
    Abstention,
    Answer,
    DocumentInfo,
    Extract,
    Feedback,
    Hit,
    IndexInfo,
    IngestReport,
    PairProblem,
    Progress,
    QAPair,
    Response,
    Triplet,
    Verdict,
    well_formed,
)

if TYPE_CHECKING:
    from ragqa.answering.readers import Reader, TransformerReader
    from ragqa.evaluation.check import CheckReport
    from ragqa.evaluation.results import Comparison, Report
    from ragqa.indexing.index import Index
    from ragqa.inference.embedder import Embedder
    from ragqa.journal import Journal
    from ragqa.training.finetune import Ears, Finetuned
    from ragqa.training.material import Mined, Plan
    from ragqa.training.mining import MiningReport

__all__ = [
    "RagQA", "ReaderInfo", "all_indexes", "ears", "export_reader", "import_index", "import_reader", "list_readers",
    "read_qa_file", "reader_info", "reader_names", "remove_reader",
    "unfinished_trainings", "use_reader",
]  # fmt: skip

ANSWERS_KEPT = 256
"""Responses that are kept, for questions that are asked again."""

Tell = Callable[[Progress], None]
Promote = Literal["always", "better", "never"]


def _silent(step: Progress) -> None:
    pass


class RagQA:
    """One index of manuals: ingest into it, ask it.

    >>> qa = RagQA("manuals")
    >>> qa.ingest("manuals/")
    >>> answer = qa.ask("What does E-24 mean?")[0]
    >>> print(answer.text, answer.document, answer.page)

    `settings` default to ragqa.toml and RAGQA_* variables; `options` override single ones of them: home, threads, and those of
    IngestSettings and AskSettings (embedder, reader, top_k, answers, threshold, …). Models are loaded when first needed.
    """

    def __init__(self, index: str | None = None, *, settings: Settings | None = None, **options: Any) -> None:
        self.settings = apply_options(settings or load_settings(), index=index, **options)
        self.folder = index_folder(self.settings.home, self.settings.index)
        self._embedder_asked = options.get("embedder") is not None
        self._answers: OrderedDict[object, Response] = OrderedDict()

    def ingest(
        self,
        *paths: str | Path,
        prune: bool = False,
        dry_run: bool = False,
        progress: Tell = _silent,
        stop: Callable[[], bool] = lambda: False,
    ) -> IngestReport:
        """Bring the index up to these files, folders or globs; unchanged files cost nothing.

        `prune` takes documents out whose files are gone from the folders given. `progress` is told of every step, `stop` is asked
        often and ends the ingest after what is finished. Raises RagqaError; a bad file is only reported.
        """
        from ragqa.inference.embedder import load_embedder
        from ragqa.ingestion.ingest import ingest

        embedder = load_embedder(self.settings.ingest.embedder, self.settings.threads)
        others = (self.settings.threads or os.cpu_count() or 1) - 1
        report = ingest(
            self.folder, paths, embedder, self.settings.ingest,
            prune=prune, dry_run=dry_run, processes=max(1, others), progress=progress, stop=stop,
        )  # fmt: skip
        if not dry_run:
            self.journal.note_losses(report.files)
        return report

    def search(
        self, question: str, *, document: str | None = None, section: str | None = None, top_k: int | None = None
    ) -> list[Hit]:
        """The passages that fit a question best, best first. `document` is a glob, `section` a part of the heading path."""
        from ragqa.answering.retrieve import Filters, retrieve

        settings = override(self.settings.ask, top_k=top_k)
        return retrieve(self.opened, self.embedder, well_formed(question), settings, Filters(document, section))

    def ask(self, question: str, *, document: str | None = None, section: str | None = None) -> Response:
        """The best answers to a question, best first, or why there is none. Raises RagqaError.

        A question that was asked before is not read again, as long as index and reader are the same.
        """
        from ragqa.answering.read import answer

        settings: AskSettings = self.settings.ask
        question = well_formed(question)
        threshold = self.threshold
        if not any(character.isalnum() for character in question):
            return Response(question, False, Abstention.NO_QUESTION, (), (), threshold)
        with self.opened.snapshot():
            asked = question, document, section, threshold, settings, self.opened.generation, self.reader
            if asked in self._answers:
                self._answers.move_to_end(asked)
                return self._answers[asked]
            hits = self.search(question, document=document, section=section)
            response = answer(self.opened, self.reader, question, hits, settings.answers, threshold, settings.decisive)
            self._answers[asked] = response
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
            return response

    def evaluate(
        self,
        pairs_file: str | Path | Sequence[QAPair],
        *,
        baseline: bool = False,
        limit: int | None = None,
        document: str | None = None,
        use_document: bool = False,
        strict: bool = False,
        progress: Tell = _silent,
        stop: Callable[[], bool] = lambda: False,
    ) -> Report:
        """Measure retrieval, answers and confidence on question/answer pairs, or on `limit` of them, taken evenly.

        `document` is a glob; with `use_document` each question is looked up only in the document that its pair names. `baseline`
        measures simpler ways too. `strict` refuses a file with a line that cannot be used. Raises RagqaError.
        """
        from ragqa.evaluation.baselines import evaluate_baselines
        from ragqa.evaluation.evaluate import Scope, evaluate
        from ragqa.questions.pairs import pairs_to_ask

        pairs, problems = pairs_to_ask(pairs_file, limit, strict)
        scope, ask = Scope(document, use_document), self.settings.ask
        report = evaluate(self.opened, self.embedder, self.reader, pairs, ask, self.threshold, progress, stop, scope)
        simpler = evaluate_baselines(self.opened, self.embedder, pairs, ask, progress, stop, scope) if baseline else ()
        return replace(report, reader=self.reader_name, baselines=simpler, problems=problems)

    def compare(
        self, pairs_file: str | Path | Sequence[QAPair], before: str, after: str, seed: int = 0, **options: Any
    ) -> Comparison:
        """Measure two readers on the same pairs and tell whether `after` is better; `options` are those of `evaluate`."""
        from ragqa.evaluation.compare import compare

        def report(reader: str) -> Report:
            other = copy(self)  # with the same index and embedder
            other.settings = apply_options(self.settings, reader=reader)
            other.__dict__.pop("reader", None)
            other.__dict__.update(opened=self.opened, embedder=self.embedder)
            return other.evaluate(pairs_file, **options)

        return compare(report(before), report(after), seed)

    def triplets(
        self,
        pairs_file: str | Path | Sequence[QAPair],
        out: Path | None = None,
        *,
        passage_characters: int | None = None,
        strict: bool = False,
        progress: Tell = _silent,
        stop: Callable[[], bool] = lambda: False,
    ) -> Mined:
        """Find what each pair's answer is in the manuals, and what else retrieval brings up; `out` is a file to keep it in.

        Stopped, it keeps what there is. `passage_characters` is the length to which chunks are grown; None grows them where the
        answers are long.
        """
        from ragqa.training.material import mine_pairs, passage_length
        from ragqa.questions.pairs import pairs_to_ask
        from ragqa.training.triplet_file import write_triplets

        pairs, problems = pairs_to_ask(pairs_file, strict=strict)
        if passage_characters is None:
            passage_characters = passage_length(pair.answers[0] for pair in pairs if pair.answers)
        mined = mine_pairs(self.opened, self.embedder, pairs, self.settings.ask, passage_characters, progress, stop)
        if out is not None and mined.triplets:
            write_triplets((triplet for found in mined.triplets for triplet in found), out)
        return replace(mined, problems=problems, passage_characters=passage_characters)

    def finetune(
        self,
        pairs_file: str | Path | Sequence[QAPair] | None = None,
        *,
        triplets: Path | None = None,
        name: str | None = None,
        base: str | None = None,
        train: TrainSettings | None = None,
        promote: Promote = "better",
        max_wrong: float | None = None,
        resume: bool = False,
        strict: bool = False,
        ears: Ears | None = None,
    ) -> Finetuned | None:
        """Train a reader on question/answer pairs, or on a file of triplets, and let it answer for this index if it is better
        than the one that does now.

        `base` is the reader to begin from, by default the one that answers now; `max_wrong` the share of wrong answers, 0..1,
        that its threshold should keep to. None when it was stopped: `resume` goes on, with the name alone. Raises RagqaError.
        """
        from ragqa.files import storage_errors
        from ragqa.training.finetune import Ears, finetune
        from ragqa.training.job import TRIPLETS_FILE, Job, begin_job, read_job
        from ragqa.training.material import from_triplets
        from ragqa.training.train import trainable_model
        from ragqa.training.triplet_file import read_triplets

        ears = ears or Ears()
        name = name or free_reader_name(self.settings.home, self.settings.index)
        folder = new_reader_folder(self.settings.home, name)
        work = working_folder(folder)
        if resume:
            job = read_job(work)
            if job.index != self.settings.index:
                elsewhere = RagQA(job.index, settings=self.settings)
                return elsewhere.finetune(name=name, promote=promote, resume=True, ears=ears)
            index = self.opened
            found, _ = read_triplets(work / TRIPLETS_FILE)
            material = from_triplets(found, job.settings.validation, job.settings.seed)
        else:
            train = train or TrainSettings()
            index = self.opened
            trainable_model(self.load_base(base or self.reader_name))  # told before mining, which takes long
            given = self._material(pairs_file, triplets, train, strict, ears)
            if given is None:
                return None
            found, passage_characters = given
            train = replace(train, passage_characters=passage_characters)
            material = from_triplets(found, train.validation, train.seed)
            job = Job(base or self.reader_name, self.settings.index, train, max_wrong)
            begin_job(work, job, found)
        ears.begun(name)
        with storage_errors(work):
            done = finetune(
                index, self.embedder, self.load_base(job.base), self.reader, material, folder, self.settings.ask,
                job.settings, max_wrong=job.max_wrong, resume=resume, threads=self.settings.threads, ears=ears,
            )  # fmt: skip
        if done is None or promote == "never" or (promote == "better" and not done.better):
            return done
        replaced = index_reader(self.settings.home, self.settings.index)
        self.use_reader(done.name)
        return replace(done, replaced=replaced)

    def plan_training(
        self,
        pairs_file: str | Path | Sequence[QAPair] | None = None,
        *,
        triplets: Path | None = None,
        train: TrainSettings | None = None,
        strict: bool = False,
        ears: Ears | None = None,
    ) -> Plan:
        """What `finetune` would learn from these pairs or triplets, without training. Raises UsageError when it is too little."""
        from ragqa.training.finetune import Ears
        from ragqa.training.material import Plan, from_triplets

        reports: list[MiningReport] = []
        told = ears or Ears()

        def mined(report: MiningReport) -> None:
            reports.append(report)
            told.mined(report)  # before what it found may turn out to be too little

        ears = replace(told, mined=mined)
        train = train or TrainSettings()
        found, _ = self._material(pairs_file, triplets, train, strict, ears) or ((), 0)
        return Plan(from_triplets(found, train.validation, train.seed), reports[0] if reports else None)

    def _material(
        self,
        pairs_file: str | Path | Sequence[QAPair] | None,
        triplets: Path | None,
        train: TrainSettings,
        strict: bool,
        ears: Ears,
    ) -> tuple[list[Triplet], int] | None:
        """The triplets to train on and the length of their passages; None when the mining of them was stopped.

        Raises UsageError when both or none are given.
        """
        from ragqa.training.material import passage_length
        from ragqa.training.triplet_file import read_triplets

        if (pairs_file is None) == (triplets is None):
            raise UsageError("give a QA file or --triplets, one of them", hint="ragqa finetune qa.csv")
        if triplets is not None:
            found, problems = read_triplets(triplets)
            if problems and strict:
                raise UsageError(f"{problems[0]} ({len(problems)} such lines)", hint="Without --strict they are skipped.")
            ears.problems(problems)
            given = train.passage_characters
            return found, passage_length(one.answers[0] for one in found if one.answers) if given is None else given
        assert pairs_file is not None
        mined = self.triplets(
            pairs_file, passage_characters=train.passage_characters, strict=strict, progress=ears.progress, stop=ears.stop
        )
        if mined.stopped:
            return None
        ears.problems(mined.problems)
        ears.mined(mined.report)
        return [triplet for group in mined.triplets for triplet in group], mined.passage_characters

    def load_base(self, name: str) -> TransformerReader:
        """A reader to train on from. Raises ModelError when it cannot be trained."""
        from ragqa.answering.readers import load_trainable

        return load_trainable(locate_reader(self.settings.home, name), self.settings.threads)

    def check(
        self,
        pairs_file: str | Path,
        *,
        update: bool = False,
        document: str | None = None,
        use_document: bool = False,
        strict: bool = False,
        progress: Tell = _silent,
        stop: Callable[[], bool] = lambda: False,
    ) -> CheckReport:
        """Ask golden questions again and tell which answers are not what they were at the last check of this file and index.

        `update` accepts the answers as they are now; without it, the expected answers stay where something changed.
        """
        from ragqa.evaluation.check import check
        from ragqa.evaluation.evaluate import Scope
        from ragqa.questions.pairs import pairs_to_ask

        pairs, problems = pairs_to_ask(pairs_file, strict=strict)
        report = check(
            self.opened, self.embedder, self.reader, Path(pairs_file).name, pairs, self.settings.ask, self.threshold,
            progress, stop, Scope(document, use_document), update,
        )  # fmt: skip
        return replace(report, reader=self.reader_name, problems=problems)

    def documents(self) -> list[DocumentInfo]:
        """What the index knows of every document, by path."""
        from ragqa.indexing.browse import list_documents

        return list_documents(self.opened)

    def remove_documents(self, *paths: str) -> int:
        """Take documents, by their paths in the index, out of it, and return how many there were; no file is touched."""
        from ragqa.indexing.maintenance import remove_documents

        return remove_documents(self.folder, paths)

    def extract(self, document_id: int, start: int, end: int) -> Extract:
        """The stretch of a document that holds the character offsets start..end, in whole blocks."""
        from ragqa.indexing.browse import extract

        return extract(self.opened, document_id, start, end)

    def find(self, document_id: int, wanted: str, start: int = 0, backwards: bool = False) -> tuple[int, int] | None:
        """Where some words stand next in a document, without regard to case; past its end the search begins anew."""
        from ragqa.indexing.browse import find_text

        return find_text(self.opened, document_id, wanted, start, backwards)

    def judge(
        self,
        response: Response,
        verdict: Verdict,
        answer: Answer | None = None,
        span: tuple[int, int, int] | None = None,
    ) -> Feedback:
        """Keep what a person says of a response: of an `answer` that it is right or wrong, that the manuals do not say, or that
        `span` (document id, start, end) is the answer. Returns it as it is kept. Raises StorageError."""
        from ragqa.indexing.browse import passage_around

        given = answer or (response.answers[0] if response.answers else None)
        made = Feedback(
            response.question, verdict, given=given.text if given else "", confidence=given.confidence if given else 0.0,
            reader=self.reader_name,
        )  # fmt: skip
        if verdict is Verdict.RIGHT and answer is not None:
            span = answer.document_id, answer.start, answer.end
        if verdict in (Verdict.RIGHT, Verdict.CORRECTED) and span is not None:
            document_id, start, end = span
            with self.opened.snapshot():
                context, context_start = passage_around(self.opened, document_id, start, end)
                block = next(iter(self.opened.blocks(document_id, start, end)), None)
                path = next(one.path for one in self.opened.documents() if one.id == document_id)
            made = replace(
                made, answer=context[start - context_start : end - context_start], context=context,
                answer_start=start - context_start, document=path, page=block.page if block else None,
                section=block.section if block else (),
            )  # fmt: skip
        return self.journal.add(made)

    def feedback_pairs(self) -> list[QAPair]:
        """The question/answer pairs that people's verdicts make, each with the passage it was found in."""
        from ragqa.journal import pairs_to_learn

        return [pair for one in pairs_to_learn(self.journal.verdicts()) if (pair := one.pair) is not None]

    def warm_up(self) -> None:
        """Load index, embedder and reader now, so that the first question does not wait for them."""
        self.ask("warm up")

    def info(self) -> IndexInfo:
        """What the index holds."""
        from ragqa.indexing.maintenance import describe_index

        return describe_index(self.folder)

    def verify(self) -> list[str]:
        """Every disagreement of the index with itself; empty when it is sound."""
        from ragqa.indexing.maintenance import verify_index

        return verify_index(self.folder)

    def rebuild(self) -> IndexInfo:
        """Make the derived parts of the index anew, without embedding."""
        from ragqa.indexing.maintenance import rebuild_index

        return rebuild_index(self.folder)

    def remove(self) -> None:
        """Delete the index; the manuals are not touched. Raises IndexMissing or IndexBusy."""
        from ragqa.indexing.maintenance import remove_index

        self.close()
        remove_index(self.folder)

    def export(self, target: Path) -> Path:
        """Write the index's last commit to one file, and return its path."""
        from ragqa.indexing.maintenance import export_index

        return export_index(self.folder, target)

    def close(self) -> None:
        """Let go of the index's files."""
        if "opened" in self.__dict__:
            self.opened.close()
            del self.opened

    @property
    def journal(self) -> Journal:
        """What was asked of the index and said of its answers."""
        from ragqa.journal import Journal

        return Journal(self.folder)

    @cached_property
    def opened(self) -> Index:
        """The index, open for reading."""
        from ragqa.indexing.index import Index

        return Index(self.folder)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that the index was made with. Raises IndexMismatch when it is not the one asked for, or has changed."""
        from ragqa.inference.embedder import load_embedder

        manifest = self.opened.manifest
        name = self.settings.ingest.embedder if self._embedder_asked else manifest.embedder
        embedder = load_embedder(name, self.settings.threads)
        if embedder.fingerprint != manifest.fingerprint:
            raise IndexMismatch(
                f"index '{self.opened.name}' was made with embedder {manifest.embedder} ({manifest.fingerprint[:8]}), "
                f"not {name} ({embedder.fingerprint[:8]})",
                hint=f"Leave --embedder out, or make it anew: ragqa index rm {self.opened.name} and ingest again.",
            )
        return embedder

    @cached_property
    def reader(self) -> Reader:
        """The reader that answers, as `reader_name` says."""
        from ragqa.answering.readers import load_reader

        return load_reader(locate_reader(self.settings.home, self.reader_name), self.settings.threads)

    @property
    def reader_name(self) -> str:
        """The reader of the settings, else the index's own, else the default one. Raises ModelError when the index's is gone."""
        given = self.settings.ask.reader
        return index_reader(self.settings.home, self.settings.index) if given is None else given

    def use_reader(self, name: str) -> None:
        """Let a reader, by name, answer for this index from now on. Raises ModelError, IndexMissing or StorageError."""
        use_reader(self.settings.home, self.settings.index, name)
        self.__dict__.pop("reader", None)

    @property
    def threshold(self) -> float:
        """The confidence under which the system abstains: that of the settings, else the reader's own."""
        given = self.settings.ask.threshold
        return self.reader.settings.threshold if given is None else given


def read_qa_file(path: str | Path, strict: bool = False) -> tuple[tuple[QAPair, ...], tuple[PairProblem, ...]]:
    """The question/answer pairs of a file, and what of it cannot be used. Raises UsageError."""
    from ragqa.questions.pairs import pairs_to_ask

    return pairs_to_ask(path, strict=strict)


def ears(**heard: Any) -> Ears:
    """Who hears of a training's steps, and who may stop it: see `ragqa.training.finetune.Ears`."""
    from ragqa.training.finetune import Ears

    return Ears(**heard)


def unfinished_trainings(home: str | Path) -> list[str]:
    """The names of the readers whose training was stopped and can be resumed."""
    from ragqa.paths import models_folder
    from ragqa.training.job import JOB_FILE

    found = models_folder(home).glob(f"{working_folder(Path('*')).name}/{JOB_FILE}")
    return sorted(path.parent.name.removeprefix(".").removesuffix(".training") for path in found)


def all_indexes(home: str | Path) -> Iterator[IndexInfo]:
    """What every index under the home folder holds, by name; damaged ones are left to `verify`."""
    from ragqa.indexing.maintenance import describe_indexes

    return describe_indexes(home)


def import_index(home: str | Path, archive: Path, name: str | None = None) -> IndexInfo:
    """Make an index under the home folder from an exported file. Raises UsageError, IndexDamaged or IndexMismatch."""
    from ragqa.indexing.maintenance import import_index

    return import_index(archive, indexes_folder(home), name)
