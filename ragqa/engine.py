"""The engine: one index of manuals, and all that can be done with it. The command line and the terminal UI are its faces."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from ragqa.config import Settings, apply_options, override
from ragqa.errors import StorageError
from ragqa.library import Library
from ragqa.loaded import Loaded
from ragqa.metadata import Given, wanted
from ragqa.paths import indexes_folder
from ragqa.readers.archive import export_reader, import_reader
from ragqa.readers.registry import ReaderInfo, list_readers, reader_info, reader_names, remove_reader, use_reader
from ragqa.readers.retrievers import Embedded, list_models, model_info, model_names, remove_model
from ragqa.settings import load_settings
from ragqa.training.job import unfinished_trainings
from ragqa.types import IndexInfo, PairProblem, Passages, QAPair, Response, well_formed

if TYPE_CHECKING:
    from ragqa.answering.asker import Asker
    from ragqa.answering.readers import Reader, TransformerReader
    from ragqa.evaluation.check import CheckReport
    from ragqa.evaluation.measure import Asking
    from ragqa.evaluation.results import Comparison, Report
    from ragqa.inference.embedder import Embedder
    from ragqa.training.finetune import Ears, Finetuned
    from ragqa.training.material import Mined, Plan
    from ragqa.training.retriever import Taught, Wish
    from ragqa.training.session import Hearing, Mining, Teaching

__all__ = [
    "Embedded", "RagQA", "ReaderInfo", "all_indexes", "ears", "export_reader", "import_index", "import_reader", "list_models",
    "list_readers", "model_info", "model_names", "read_qa_file", "reader_info", "reader_names", "remove_model", "remove_reader",
    "unfinished_trainings", "use_reader",
]  # fmt: skip

Pairs = str | Path | Sequence[QAPair]

WARMING = "warm up"


class RagQA(Library):
    """One index of manuals: ingest into it, ask it.

    >>> qa = RagQA("manuals")
    >>> qa.ingest("manuals/")
    >>> answer = qa.ask("What does E-24 mean?")[0]
    >>> print(answer.text, answer.document, answer.page)

    `settings` default to ragqa.toml and RAGQA_* variables; `options` override single ones of them: home, threads, and those of
    IngestSettings and AskSettings (embedder, reader, top_k, answers, threshold, …). Models are loaded when first needed.

    Where `index` is a URL, such as http://127.0.0.1:8321, the index is on that server: see `ragqa.client`.

    Safe for threads: any number may use one engine. What it needs is loaded once, by whoever needs it first. Another reader or
    other settings hold from the next question on; a question under way is answered by what it began with. Only `close` and
    `remove` disturb: what is under way then may fail, what comes after opens the index again.
    """

    def __new__(cls, index: str | None = None, **_: Any) -> RagQA:
        """An engine of the kind that the index takes: one on a server where it is a URL."""
        if cls is RagQA and index is not None and index.lower().startswith(("http://", "https://")):
            from ragqa.client.engine import RemoteRagQA

            return super().__new__(RemoteRagQA)
        return super().__new__(cls)

    def __init__(self, index: str | None = None, *, settings: Settings | None = None, **options: Any) -> None:
        given = apply_options(settings or load_settings(), index=index, **options)
        super().__init__(Loaded.of(given, options.get("embedder")))

    @property
    def settings(self) -> Settings:
        """The settings; others may be set, for the questions to come, as long as only `ask` differs (else ValueError)."""
        return self._loaded.settings

    @settings.setter
    def settings(self, changed: Settings) -> None:
        self._loaded.change(changed)

    def using(self, **options: Any) -> RagQA:
        """An engine with some of AskSettings changed, over the same open index and models, and independent of this one but for
        `close`, which lets go of the index for both. None changes nothing. Raises UsageError for a value out of range."""
        other = copy(self)
        other._loaded = self._loaded.using(override(self.settings.ask, **options))
        return other

    def another(self, index: str) -> RagQA:
        """An engine on another index of the same home or server. Raises UsageError for what is no name."""
        return RagQA(index, settings=self.settings)

    def search(
        self,
        question: str,
        *,
        document: str | None = None,
        section: str | None = None,
        metadata: Given | None = None,
        top_k: int | None = None,
    ) -> Passages:
        """The passages that fit a question best, best first. `document` is a glob, `section` a part of the heading path; of
        `metadata` a document must have, of every key, one of the values: {"brand": "Aqua", "model": ["K200", "K300"]}."""
        from ragqa.answering.retrieve import Filters

        filters, settings = Filters(document, section, wanted(metadata)), override(self.settings.ask, top_k=top_k)
        asked = well_formed(question)
        return self._loaded.lasting(lambda: self._loaded.retriever(settings).search(asked, filters))

    def ask(
        self, question: str, *, document: str | None = None, section: str | None = None, metadata: Given | None = None
    ) -> Response:
        """The best answers to a question, best first, or why there is none; filters are those of `search`. Raises RagqaError.

        A question that was asked before is not read again, as long as index and reader are the same.
        """
        from ragqa.answering.respond import has_words, no_question
        from ragqa.answering.retrieve import Filters
        from ragqa.journal import wanted_by

        question, filters = well_formed(question), Filters(document, section, wanted(metadata))
        if not has_words(question):  # told without opening the index
            return no_question(question, self.threshold)
        response = self._loaded.lasting(lambda: self._loaded.serving().ask(question, filters))
        if response.embedded is not None and question != WARMING:
            with suppress(StorageError):  # what it is after gets its vectors first; where that cannot be kept, it waits
                self.journal.want(wanted_by(response))
        return response

    def evaluate(
        self, pairs_file: Pairs, *, baseline: bool = False, limit: int | None = None, **asking: Unpack[Asking]
    ) -> Report:
        """Measure retrieval, answers and confidence on question/answer pairs, or on `limit` of them, taken evenly.

        `baseline` measures simpler ways too. `asking` are document, metadata, use_document, strict, progress and stop: see
        `ragqa.evaluation.measure.Asking`. Raises RagqaError.
        """
        from ragqa.evaluation.measure import evaluate_file

        reader = self.reader_name  # before it begins: another one may be chosen meanwhile
        return replace(evaluate_file(self.asker, pairs_file, baseline, limit, **asking), reader=reader)

    def compare(self, pairs_file: Pairs, before: str, after: str, seed: int = 0, **options: Any) -> Comparison:
        """Measure two readers on the same pairs and tell whether `after` is better; `options` are those of `evaluate`.

        Stopped, it compares what both were asked.
        """
        from ragqa.evaluation.compare import compare

        first, second = (self.using(reader=reader).evaluate(pairs_file, **options) for reader in (before, after))
        return compare(first, second, seed)

    def check(self, pairs_file: str | Path, *, update: bool = False, **asking: Unpack[Asking]) -> CheckReport:
        """Ask golden questions again and tell which answers are not what they were at the last check of this file and index.

        `update` accepts the answers as they are now; without it, the expected answers stay where something changed. `asking` are
        those of `evaluate`. Raises RagqaError.
        """
        from ragqa.evaluation.measure import check_file

        reader = self.reader_name  # before it begins: another one may be chosen meanwhile
        return replace(check_file(self.asker, Path(pairs_file), update, **asking), reader=reader)

    def triplets(self, pairs_file: Pairs, out: Path | None = None, **mining: Unpack[Mining]) -> Mined:
        """Find what each pair's answer is in the manuals, and what else retrieval brings up; `out` is a file to keep it in.

        Stopped, it keeps what there is. `mining` are passage_characters, strict, progress and stop: see
        `ragqa.training.session.Mining`. Raises RagqaError.
        """
        from ragqa.training.session import Session

        return Session(self._loaded).triplets(pairs_file, out, **mining)

    def finetune(
        self, pairs_file: Pairs | None = None, *, resume: bool = False, **teaching: Unpack[Teaching]
    ) -> Finetuned | None:
        """Train a reader on question/answer pairs, or on a file of triplets, and let it answer for this index if it is better
        than the one that does now.

        None when it was stopped: `resume` goes on, with `name` alone. `teaching` are triplets, strict, train, ears, name, base,
        promote and max_wrong: see `ragqa.training.session.Teaching`. Raises RagqaError.
        """
        from ragqa.training.session import Session

        session = Session(self._loaded)
        return session.resume(**teaching) if resume else session.begin(pairs_file, **teaching)

    def plan_training(self, pairs_file: Pairs | None = None, **hearing: Unpack[Hearing]) -> Plan | None:
        """What `finetune` would learn from these pairs or triplets, without training. None when it was stopped. Raises UsageError
        when it is too little.

        `hearing` are triplets, strict, train, ears, name and base: see `ragqa.training.session.Hearing`. Raises RagqaError.
        """
        from ragqa.training.session import Session

        return Session(self._loaded).plan(pairs_file, **hearing)

    def teach_retriever(
        self, pairs_file: Pairs | None = None, *, wish: Wish | None = None, ears: Ears | None = None
    ) -> Taught | None:
        """Teach the retriever of this index on question/answer pairs, or on a file of triplets, and let it take the place of the
        one that finds now if it finds better; the index, given its vectors, can be asked all the while.

        None when it was stopped. See `ragqa.training.retriever.Wish`. Raises RagqaError.
        """
        from ragqa.training.retriever import teach_retriever

        return teach_retriever(self._loaded, pairs_file, wish, ears)

    def plan_teaching(
        self, pairs_file: Pairs | None = None, *, wish: Wish | None = None, ears: Ears | None = None
    ) -> Plan | None:
        """What `teach_retriever` would learn from, without teaching. None when it was stopped. Raises UsageError when it is too
        little."""
        from ragqa.training.retriever import plan_retriever

        return plan_retriever(self._loaded, pairs_file, wish, ears)

    def load_base(self, name: str) -> TransformerReader:
        """A reader to train on from. Raises ModelError when it cannot be trained."""
        from ragqa.training.session import load_base

        return load_base(self.settings.home, name, self.settings.threads)

    def warm_up(self) -> None:
        """Load index, embedder and reader now, so that the first question does not wait for them."""
        self.ask(WARMING)

    @property
    def asker(self) -> Asker:
        """The way from a question to an answer, as it is now: settings and reader do not change under who holds it."""
        return self._loaded.asker()

    @property
    def embedder(self) -> Embedder:
        """The embedder that the index was made with. Raises IndexMismatch when it is not the one asked for, or has changed."""
        return self._loaded.shelf.embedder()

    @property
    def reader(self) -> Reader:
        """The reader that answers, as `reader_name` says."""
        return self._loaded.reader()

    @property
    def reader_name(self) -> str:
        """The reader of the settings, else the index's own, else the default one. Raises ModelError when the index's is gone."""
        return self._loaded.reader_name

    def use_reader(self, name: str) -> None:
        """Let a reader, by name, answer for this index from now on. Raises ModelError, IndexMissing or StorageError."""
        self._loaded.use_reader(name)

    def refresh_reader(self) -> None:
        """Let go of the reader, so that the next question loads the one that the settings, or the index, name by then."""
        self._loaded.refresh_reader()

    @property
    def threshold(self) -> float:
        """The confidence under which the system abstains: that of the settings, else the reader's own."""
        return self._loaded.threshold


def read_qa_file(path: str | Path, strict: bool = False) -> tuple[tuple[QAPair, ...], tuple[PairProblem, ...]]:
    """The question/answer pairs of a file, `~` standing for the user's folder, and what of it cannot be used. Raises
    UsageError."""
    from ragqa.questions.pairs import pairs_to_ask

    return pairs_to_ask(os.path.expanduser(path), strict=strict)


def ears(**heard: Any) -> Ears:
    """Who hears of a training's steps, and who may stop it: see `ragqa.training.finetune.Ears`."""
    from ragqa.training.finetune import Ears

    return Ears(**heard)


def all_indexes(home: str | Path) -> Iterator[IndexInfo]:
    """What every index under the home folder holds, by name; damaged ones are left to `verify`."""
    from ragqa.indexing.maintenance import describe_indexes

    return describe_indexes(home)


def import_index(
    home: str | Path,
    archive: Path,
    name: str | None = None,
    *,
    embedder: str | None = None,
    trust_paths: bool = False,
    settings: Settings | None = None,
) -> IndexInfo:
    """Make an index under the home folder from an exported file.

    It must have been made with the default embedder or the one of the settings; `embedder` names the model that it was made with,
    whatever the file calls it. Only with `trust_paths` are its documents' files looked for where the file says.
    Raises UsageError, IndexDamaged, IndexMismatch, IndexBusy or StorageError.
    """
    from ragqa.indexing.transfer import Trust, import_index

    named = (settings or load_settings()).ingest.embedder
    return import_index(archive, indexes_folder(home), name, Trust((named,), embedder, trust_paths))
