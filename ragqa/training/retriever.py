"""A question file to a retriever that finds better in an index: mine, teach, judge on questions kept apart, promote, embed anew.

It is promoted only if it finds better, on questions whose passages it never learnt from: no less recall among the passages that
are read, and a mean reciprocal rank that is higher in nearly all resamples, for a new retriever costs new vectors and a reader's
confidence was fitted on the old one's scores. The vectors that judging takes are those that the index then goes over to.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ragqa.config import DEFAULT_RETRIEVER, RetrieverSettings, TrainSettings
from ragqa.errors import IndexBusy, UsageError
from ragqa.evaluation.bootstrap import Difference
from ragqa.files import storage_errors, take_name
from ragqa.indexing.index import Index
from ragqa.indexing.reembed import becoming
from ragqa.inference.adapter import About, write_adapter
from ragqa.inference.embedder import Embedder, Teachable
from ragqa.loaded import Loaded
from ragqa.paths import reader_folder, working_folder
from ragqa.readers.registry import new_reader_folder
from ragqa.readers.retrievers import Embedded, choose_retriever, embed_index
from ragqa.training.exercises import LOOKED_AT, Exercise, Judged, chunks_of, exercises, judged
from ragqa.training.finetune import Ears
from ragqa.training.material import FEWEST, Material, Plan, from_triplets
from ragqa.training.mining import MiningReport
from ragqa.training.names import kept_name
from ragqa.training.retriever_card import Making, write_papers
from ragqa.training.session import Pairs, Session, one_source, refuse_unsearchable
from ragqa.training.teach import Learnt, teach
from ragqa.training.trial import Found, Pool, TrialIndex, choose_pool, differences, measure, pool_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SURE = 0.95
"""Share of resamples of the validation questions in which the mean reciprocal rank must rise."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a teaching: from which triplets instead of pairs, under which name, and what is to be done at the end.

    `embed`: a promoted one's vectors are made at once; else the index stays as it is until `embed_index`. `settings`: None takes
    those of the engine.
    """

    triplets: Path | None = None
    strict: bool = False
    name: str | None = None
    promote: Literal["always", "better", "never"] = "better"
    embed: bool = True
    settings: RetrieverSettings | None = None

    def settings_of(self, loaded: Loaded) -> RetrieverSettings:
        """How to teach on an engine."""
        return self.settings or loaded.settings.retriever


@dataclass(frozen=True, slots=True)
class Taught:
    """A taught retriever in its folder, and what it is worth: what it and the one in use find for the validation questions.

    `before` and `after` are recall@k for some k, of which `read` passages is one that the reader gets, and mrr. They are of
    `pool` of the index's `chunks`. `replaced` is the retriever that it takes the place of, empty where the index keeps that;
    `embedded` says whether the index has it, None where its vectors are still to be made.
    """

    name: str
    folder: Path
    index: str
    base: str
    training: int
    validation: int
    steps: int
    read: int
    pool: int
    chunks: int
    before: dict[str, float]
    after: dict[str, float]
    differences: dict[str, Difference]
    replaced: str = ""
    embedded: Embedded | None = None

    @property
    def better(self) -> bool:
        """Whether it finds no fewer of the answers among the passages that are read, and brings them further to the front."""
        return is_better(self.differences)


def is_better(found: dict[str, Difference]) -> bool:
    """The rule by which a retriever is promoted: recall does not fall, and the mean reciprocal rank rises, surely enough."""
    recall = next(one for name, one in found.items() if name.startswith("recall@"))
    return recall.mean >= 0 and found["mrr"].probability >= SURE


@dataclass(frozen=True, slots=True)
class Lessons:
    """What there is to learn from and to judge by."""

    material: Material
    exercises: list[Exercise]
    judged: list[Judged]


def plan_retriever(loaded: Loaded, given: Pairs | None, wish: Wish | None = None, ears: Ears | None = None) -> Plan | None:
    """What `teach_retriever` would learn from. None when it was stopped. Raises UsageError when it is too little, or the name
    cannot be given."""
    wish, ears = wish or Wish(), ears or Ears()
    heard = ears.mined
    if wish.name is not None:
        new_reader_folder(loaded.settings.home, wish.name)
    reports: list[MiningReport] = []

    def mined(report: MiningReport) -> None:
        reports.append(report)
        heard(report)

    found = _found(loaded, given, wish, replace(ears, mined=mined))
    return None if found is None else Plan(found.material, reports[0] if reports else None)


def teach_retriever(loaded: Loaded, given: Pairs | None, wish: Wish | None = None, ears: Ears | None = None) -> Taught | None:
    """Teach the index's retriever on pairs or triplets, and let it take that one's place if it is better; None when stopped.

    Nothing is kept of one that was stopped before it was judged. Raises RagqaError.
    """
    from ragqa.inference.embedder import teachable

    wish, ears = wish or Wish(), ears or Ears()
    home, name = loaded.settings.home, loaded.settings.index
    index = loaded.shelf.index()  # missing or damaged: told before anything else
    if becoming(index) is not None:
        raise UsageError(f"index '{name}' is on its way to another retriever", hint=f"Let it arrive: ragqa index embed {name}")
    manifest = index.manifest
    base = teachable(manifest.embedder, reader_folder(home, manifest.retriever) if manifest.retriever else None)
    loaded.shelf.embedder()  # of another version than the index's: told before mining, which takes long
    one_source(given, wish.triplets)
    refuse_unsearchable(loaded)
    with kept_name(home, wish.name, f"{name}-retriever") as folder:
        done = _made(loaded, base, given, folder, wish, ears)
    return None if done is None else _promoted(loaded, *done, wish, ears)


def _made(
    loaded: Loaded, base: Teachable, given: Pairs | None, folder: Path, wish: Wish, ears: Ears
) -> tuple[Taught, dict[bytes, NDArray[np.float32]]] | None:
    """Mine, teach and judge, and give the retriever the name that is kept for it; the vectors that took. None when stopped."""
    lessons = _found(loaded, given, wish, ears)
    learnt = (
        None
        if lessons is None
        else teach(base, lessons.exercises, wish.settings_of(loaded), loaded.settings.threads, ears.told, ears.stop)
    )
    if lessons is None or learnt is None:
        return None
    draft = working_folder(folder) / "retriever"
    try:
        with storage_errors(draft):
            shutil.rmtree(draft, ignore_errors=True)
            done = _judged(loaded, base, lessons, learnt, draft, folder, wish, ears)
            if done is not None:
                take_name(draft, folder)
            return done
    finally:
        shutil.rmtree(working_folder(folder), ignore_errors=True)


def _found(loaded: Loaded, given: Pairs | None, wish: Wish, ears: Ears) -> Lessons | None:
    """Mine, split and look up the passages; None when it was stopped. Raises UsageError when too little is left."""
    settings = wish.settings_of(loaded)
    ask = loaded.settings.ask
    session = Session(loaded.using(replace(ask, top_k=max(ask.top_k, LOOKED_AT))))
    chunks = replace(TrainSettings(), passage_characters=0)  # as they are embedded
    found = session.found(given, {"triplets": wish.triplets, "strict": wish.strict, "ears": ears, "train": chunks})
    if found is None:
        return None
    material = from_triplets(found[0], settings.validation, settings.seed)
    embedder, index = loaded.shelf.embedder(), loaded.shelf.index()
    if index.partly_embedded():
        raise UsageError(f"index '{index.name}' still lacks vectors", hint=f"Make them first: ragqa index embed {index.name}")
    learning = exercises(index, material.training, material.validation, embedder.count_tokens)
    judging = judged(material.validation)
    if len(learning) < FEWEST or len(judging) < FEWEST:
        raise UsageError(
            f"the passages of {len(learning)} training and {len(judging)} validation questions are in the index, but it takes at "
            f"least {FEWEST} each",
            hint="Bring questions that the index's manuals answer; 'ragqa triplets' shows why answers were not found.",
        )
    return Lessons(material, learning, judging)


def _judged(
    loaded: Loaded, base: Teachable, lessons: Lessons, learnt: Learnt, draft: Path, folder: Path, wish: Wish, ears: Ears
) -> tuple[Taught, dict[bytes, NDArray[np.float32]]] | None:
    """Write the retriever into the draft, and measure it beside the one in use; the vectors that took, by hash, for later."""
    from ragqa.inference.embedder import load_embedder

    settings, taught_with, opened = loaded.settings, wish.settings_of(loaded), loaded.shelf.opened()
    index, now_used = opened.index, opened.embedder()
    rank = max(down.shape[0] for down, _ in learnt.deltas.values())
    told = f"{len(lessons.exercises)} questions on index '{index.name}'"
    write_adapter(draft, learnt.deltas, About(base.weights_sha256, rank, told, taught_with.seed))
    embedder = load_embedder(index.manifest.embedder, settings.threads, draft)
    pool = choose_pool(index, now_used, _certain(index, lessons.material), taught_with.seed)
    vectors = pool_vectors(pool, embedder, ears.progress, ears.stop)
    if vectors is None:
        return None
    before = _measured(index, pool, _stored_vectors(index, pool), now_used, loaded, lessons, ears)
    after = None if before is None else _measured(index, pool, vectors, embedder, loaded, lessons, ears)
    if before is None or after is None:
        return None
    read = settings.ask.top_k
    taught = Taught(
        folder.name, folder, index.name, index.manifest.retriever or DEFAULT_RETRIEVER, len(lessons.exercises),
        len(lessons.judged), len(learnt.losses), read, len(pool.texts), pool.chunks, before.figures(read), after.figures(read),
        differences(before, after, read, taught_with.seed),
    )  # fmt: skip
    write_papers(draft, Making(index.manifest.embedder, taught, taught_with, learnt.losses, lessons.material.fingerprint))
    return taught, {text.hash: vectors[row] for row, text in enumerate(pool.texts)}


def _measured(
    index: Index, pool: Pool, vectors: NDArray[np.float32], embedder: Embedder, loaded: Loaded, lessons: Lessons, ears: Ears
) -> Found | None:
    with TrialIndex(index.folder, pool, vectors) as trial:
        return measure(trial, embedder, loaded.settings.ask, lessons.judged, ears.stop)


def _stored_vectors(index: Index, pool: Pool) -> NDArray[np.float32]:
    import numpy as np

    stored = index.embeddings(text.chunk for text in pool.texts)
    return np.stack([stored[text.chunk] for text in pool.texts])


def _certain(index: Index, material: Material) -> set[int]:
    """The chunks that were retrieved for the validation questions, or that answer them."""
    found = chunks_of(index, [one for group in material.validation for one in group.triplets])
    return {chunk for chunks in found.values() for chunk in chunks}


def _promoted(loaded: Loaded, taught: Taught, vectors: dict[bytes, NDArray[np.float32]], wish: Wish, ears: Ears) -> Taught:
    if wish.promote == "never" or (wish.promote == "better" and not taught.better):
        return taught
    home, name, threads = loaded.settings.home, loaded.settings.index, loaded.settings.threads
    try:
        replaced = choose_retriever(home, name, taught.name, threads, vectors)
        if not wish.embed:
            return replace(taught, replaced=replaced)
        embedded = embed_index(home, name, threads, ears.progress, ears.stop)
    except IndexBusy as error:
        hint = f"The retriever is kept. When it has finished: ragqa model use {taught.name} --index {name}"
        raise IndexBusy(error.message, hint=hint) from error
    return replace(taught, replaced=replaced, embedded=embedded)
