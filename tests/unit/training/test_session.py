from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Unpack

import pytest
from machine_manual import lines, write_manual

from ragqa.answering.asker import Asker
from ragqa.config import TrainSettings
from ragqa.engine import RagQA
from ragqa.errors import BackendUnavailable, IndexMissing, UsageError
from ragqa.evaluation.bootstrap import Difference
from ragqa.indexing.search.embedded import Embedded
from ragqa.indexing.search.generations import Generations
from ragqa.loaded import Loaded
from ragqa.training.finetune import Ears, Finetuned
from ragqa.training.job import read_job
from ragqa.training.material import Material
from ragqa.training.mining import MiningReport
from ragqa.training.names import kept_name
from ragqa.training.retriever import Wish, plan_retriever, teach_retriever
from ragqa.training.session import Session, Teaching
from ragqa.types import QAPair


@pytest.fixture
def session(tmp_path: Path, fake_models: Any) -> Session:
    """The training side of an index with the manual of a machine."""
    qa = RagQA("machine", home=str(tmp_path))
    qa.ingest(write_manual(tmp_path / "manual"))
    return Session(Loaded.of(qa.settings))


@pytest.fixture
def pairs() -> list[QAPair]:
    return [QAPair(one["question"], (one["answer"],) if one["answer"] else (), str(at)) for at, one in enumerate(lines())]


def test_pairs_or_triplets_are_needed_but_not_both(session: Session, pairs: list[QAPair], tmp_path: Path) -> None:
    for given, triplets in ((None, None), (pairs, tmp_path / "t.jsonl")):
        with pytest.raises(UsageError, match="one of them"):
            session.plan(given, triplets=triplets)


def test_a_plan_tells_what_was_found_and_what_would_be_learnt(session: Session, pairs: list[QAPair]) -> None:
    told: list[MiningReport] = []
    plan = session.plan(pairs, train=TrainSettings(validation=0.4), ears=Ears(mined=told.append))
    assert told == [plan.report] and plan.report.questions == len(pairs)
    assert len(plan.material.training) + len(plan.material.validation) <= len(pairs)


def test_what_was_found_is_told_before_it_turns_out_to_be_too_little(session: Session, pairs: list[QAPair]) -> None:
    told: list[MiningReport] = []
    with pytest.raises(UsageError, match="answerable questions"):
        session.plan(pairs[:3], ears=Ears(mined=told.append))
    assert told[0].questions == 3


def test_triplets_that_were_kept_give_the_same_plan(session: Session, pairs: list[QAPair], tmp_path: Path) -> None:
    out = tmp_path / "kept.jsonl"
    mined = session.triplets(pairs, out)
    train = TrainSettings(validation=0.4)
    kept = session.plan(None, triplets=out, train=train)
    assert kept.report is None and kept.material == session.plan(pairs, train=train).material
    assert mined.report.questions == len(pairs) and not mined.stopped


def test_a_training_to_resume_must_be_named_and_there(session: Session) -> None:
    with pytest.raises(UsageError, match="which training"):
        session.resume()
    with pytest.raises(UsageError, match="no training to resume"):
        session.resume(name="nothing")


def test_a_plan_that_was_stopped_is_none(session: Session, pairs: list[QAPair]) -> None:
    assert session.plan(pairs, ears=Ears(stop=lambda: True)) is None


def test_two_trainings_of_an_index_at_once_have_two_names(
    session: Session, pairs: list[QAPair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def go_on(_: Session, job: object, material: Material, folder: Path, *__: object, **___: Unpack[Teaching]) -> None:
        names.append(folder.name)

    monkeypatch.setattr("ragqa.training.session.load_base", lambda home, name, threads: None)
    monkeypatch.setattr("ragqa.training.session.trainable_model", lambda base: None)
    monkeypatch.setattr(Session, "_go_on", go_on)
    train = TrainSettings(validation=0.4)
    session.begin(pairs, train=train, ears=Ears(mined=lambda report: session.begin(pairs, train=train)))
    assert names == ["machine-2", "machine-1"]
    for name in names:
        assert read_job(tmp_path / "models" / f".{name}.training").index == "machine"


def test_a_training_under_way_is_not_resumed_beside_itself(session: Session, tmp_path: Path) -> None:
    with kept_name(tmp_path, "shop"), pytest.raises(UsageError, match="training 'shop' is under way"):
        session.resume(name="shop")


def test_an_index_that_is_missing_is_told_first(tmp_path: Path, fake_models: Any, pairs: list[QAPair]) -> None:
    qa = RagQA("nowhere", home=str(tmp_path))
    with pytest.raises(IndexMissing):
        qa.finetune(pairs)


def test_a_resumed_training_knows_when_to_answer(
    session: Session, pairs: list[QAPair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was told when it began, unless it is told otherwise."""
    comparison: Any = SimpleNamespace(differences={"f1": Difference(0.1, 0.0, 0.2, 1.0)})
    better = Finetuned("shop", tmp_path, "base", 1, 1, 1, 1, 1.0, comparison, 0.0, None)
    used: list[str] = []
    monkeypatch.setattr("ragqa.training.session.load_base", lambda home, name, threads: None)
    monkeypatch.setattr("ragqa.training.session.trainable_model", lambda base: None)
    monkeypatch.setattr(Loaded, "use_reader", lambda self, name: used.append(name))
    monkeypatch.setattr("ragqa.training.session.finetune", lambda *given, **options: better if options["resume"] else None)
    assert session.begin(pairs, name="shop", train=TrainSettings(validation=0.4), promote="never") is None
    session.resume(name="shop")
    assert used == []
    session.resume(name="shop", promote="better")
    assert used == ["shop"]


def test_nothing_is_learnt_or_judged_by_words_alone(
    session: Session, pairs: list[QAPair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be taken for what the system finds: while a Milvus is out of reach, a training waits."""
    settings = session.loaded.settings
    lenient = Session(session.loaded.using(replace(settings.ask, fallback="lexical")))
    askers: list[Asker] = []
    monkeypatch.setattr("ragqa.training.session.load_base", lambda home, name, threads: None)
    monkeypatch.setattr("ragqa.training.session.trainable_model", lambda base: None)
    monkeypatch.setattr("ragqa.training.session.finetune", lambda asker, *given, **options: askers.append(asker))
    assert lenient.begin(pairs, name="shop", train=TrainSettings(validation=0.4)) is None

    def away(*_: object) -> None:
        raise BackendUnavailable("it is out of reach")

    monkeypatch.setattr(Generations, "at", away)
    assert lenient.loaded.asker().ask(pairs[0].question).fallback == "it is out of reach"
    with pytest.raises(BackendUnavailable, match="it is out of reach"):
        askers[0].ask(pairs[0].question)
    for mined in (lenient.triplets, lenient.plan):
        with pytest.raises(BackendUnavailable, match="it is out of reach"):
            mined(pairs)
    with pytest.raises(BackendUnavailable, match="it is out of reach"):
        plan_retriever(lenient.loaded, pairs, Wish(), Ears())


def test_an_index_that_cannot_be_searched_is_told_before_a_training(
    session: Session, pairs: list[QAPair], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Triplets are learnt from without a search: that a Milvus is out of reach was told when all was learnt."""
    kept, train, trained = tmp_path / "kept.jsonl", TrainSettings(validation=0.4), []
    session.triplets(pairs, kept)
    monkeypatch.setattr("ragqa.training.session.load_base", lambda home, name, threads: None)
    monkeypatch.setattr("ragqa.training.session.trainable_model", lambda base: None)
    monkeypatch.setattr("ragqa.training.session.finetune", lambda *given, **options: trained.append(given))
    monkeypatch.setattr("ragqa.training.retriever._made", lambda *given: trained.append(given))
    monkeypatch.setattr("ragqa.inference.embedder.teachable", lambda *given: None)
    session.begin(None, triplets=kept, name="shop", train=train)
    assert len(trained) == 1  # and was stopped

    def away(*_: object) -> None:
        raise BackendUnavailable("it is out of reach")

    monkeypatch.setattr(Embedded, "dense", away)  # of what was searched already, as in the terminal UI
    for learn in (
        lambda: session.begin(None, triplets=kept, name="other", train=train),
        lambda: session.resume(name="shop"),
        lambda: teach_retriever(session.loaded, None, Wish(triplets=kept), Ears()),
    ):
        with pytest.raises(BackendUnavailable, match="it is out of reach"):
            learn()
    assert len(trained) == 1


def test_a_device_that_is_not_here_is_told_before_mining(
    session: Session, pairs: list[QAPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    told: list[object] = []
    with pytest.raises(UsageError, match="no device 'cuda' here"):
        session.begin(pairs, train=TrainSettings(validation=0.4, device="cuda"), ears=Ears(progress=told.append))
    assert told == []
