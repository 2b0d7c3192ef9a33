from __future__ import annotations

import shutil
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import AskSettings, IngestSettings, Settings, apply_options
from ragqa.engine import RagQA, all_indexes, import_index, read_qa_file
from ragqa.errors import IndexMismatch, IndexMissing, ModelError, UsageError
from ragqa.types import Abstention, QAPair


def test_options_go_where_they_belong() -> None:
    settings = apply_options(Settings(), home="h", index="i", threads=2, chunk_tokens=99, embedder="e", top_k=5, reader="r")
    assert settings == Settings("h", "i", 2, IngestSettings(embedder="e", chunk_tokens=99), AskSettings(reader="r", top_k=5))


def test_options_that_are_none_change_nothing() -> None:
    settings = Settings(index="i", ask=AskSettings(top_k=3))
    assert apply_options(settings, index=None, top_k=None, threshold=None) == settings


def test_zero_is_a_value() -> None:
    assert apply_options(Settings(), threshold=0.0).ask.threshold == 0.0


def test_an_unknown_option_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="colour"):
        apply_options(Settings(), colour="red")
    with pytest.raises(TypeError, match="colour"):
        RagQA(colour="red")


def test_an_option_out_of_range_is_refused() -> None:
    with pytest.raises(UsageError, match="top_k"):
        RagQA(top_k=0)


def test_options_go_before_settings_and_settings_before_the_file(tmp_path: Path) -> None:
    Path("ragqa.toml").write_text('index = "from-file"\n[ask]\ntop_k = 5')
    assert RagQA().settings.index == "from-file"
    assert RagQA("mine").settings.index == "mine"
    assert RagQA("mine").settings.ask.top_k == 5
    assert RagQA(settings=Settings(index="given")).settings == Settings(index="given")


def test_a_bad_index_name_is_refused_at_once() -> None:
    with pytest.raises(UsageError):
        RagQA("../elsewhere")


def test_a_qa_file_in_the_users_folder_may_be_named_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    (tmp_path / "qa.csv").write_text("question,answer\nHow long?,30 months\n")
    assert [pair.question for pair in read_qa_file("~/qa.csv")[0]] == ["How long?"]


@pytest.mark.parametrize("question", ["", "   ", "?!…", "—\n"])
def test_a_question_without_words_is_not_asked(question: str, fake_models: tuple[Any, Any]) -> None:
    response = RagQA("nothing-there").ask(question)
    assert (response.answered, response.reason, len(response)) == (False, Abstention.NO_QUESTION, 0)


def test_ingest_and_ask(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    qa = RagQA("shelf")
    report = qa.ingest(manuals)
    assert report.documents == 3
    response = qa.ask("How long does the warranty last?")
    best = response[0]
    assert (best.text, best.document) == ("The warranty lasts 30 months.", "lamp.html")
    assert qa.opened.text(best.document_id, best.start, best.end) == best.text
    assert qa.info().documents == 3 and qa.verify() == []


def test_a_question_asked_again_is_not_read_again(
    manuals: Path, fake_models: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = fake_models[1]
    reads: list[str] = []
    plain = reader.read
    monkeypatch.setattr(reader, "read", lambda question, passages: reads.append(question) or plain(question, passages))
    qa = RagQA("shelf")
    qa.ingest(manuals)
    question = "How long does the warranty last?"
    first = qa.ask(question)
    count = len(reads)
    assert qa.ask(question) == first and len(reads) == count > 0
    qa.ask(question, document="kettle.md")
    assert len(reads) > count  # asked elsewhere, it is another question
    (manuals / "lamp.html").write_text("<h1>Lamp</h1><p>The warranty lasts 99 months.</p>")
    RagQA("shelf").ingest(manuals)
    assert qa.ask(question)[0].text == "The warranty lasts 99 months."


def test_the_readers_threshold_holds_unless_one_is_given(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    RagQA("shelf").ingest(manuals)
    question = "How long does the warranty last?"
    assert RagQA("shelf").ask(question).threshold == fake_models[1].settings.threshold
    assert RagQA("shelf", threshold=0.0).ask(question).answered
    strict = RagQA("shelf", threshold=1.0).ask(question)
    assert not strict.answered and strict.answers and strict.reason is Abstention.READER_UNSURE


def test_answers_and_top_k_are_counts(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    RagQA("shelf").ingest(manuals)
    qa = RagQA("shelf", answers=2, top_k=3)
    response = qa.ask("the lid is open")
    assert len(response) == 2 and len(response.passages) == 3
    assert len(qa.search("the lid", top_k=1)) == 1


def test_filters_that_leave_nothing(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    qa = RagQA("shelf")
    qa.ingest(manuals)
    response = qa.ask("How long does the warranty last?", document="*.epub")
    assert (response.reason, response.passages) == (Abstention.NO_PASSAGES, ())


def test_a_missing_index_is_named_with_the_command(fake_models: tuple[Any, Any]) -> None:
    with pytest.raises(IndexMissing, match="shelf") as caught:
        RagQA("shelf").ask("What is E-24?")
    assert "ragqa ingest" in caught.value.hint


def test_an_index_of_another_embedder_is_refused_with_the_command(
    manuals: Path, fake_models: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    RagQA("shelf").ingest(manuals)
    other = type(fake_models[0])("other", "2")
    monkeypatch.setattr("ragqa.inference.embedder.load_embedder", lambda name="fake", threads=0: other)
    with pytest.raises(IndexMismatch, match="embedder") as caught:
        RagQA("shelf", embedder="other").search("lid")
    assert "ragqa index rm shelf" in caught.value.hint
    with pytest.raises(IndexMismatch, match="other"):
        RagQA("shelf").ingest(manuals)


def test_one_engine_sees_what_another_one_adds(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    reading = RagQA("shelf")
    reading.ingest(manuals / "fan.txt")
    assert reading.ask("warranty months", document="lamp.html").reason is Abstention.NO_PASSAGES
    RagQA("shelf").ingest(manuals)
    assert reading.ask("warranty months", document="lamp.html")[0].document == "lamp.html"


def test_close_lets_go_and_opens_again(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    qa = RagQA("shelf")
    qa.ingest(manuals)
    qa.warm_up()
    first = qa.opened
    qa.close()
    qa.close()
    assert qa.opened is not first
    qa.remove()
    with pytest.raises(IndexMissing):
        qa.info()


def test_all_indexes_lists_the_damaged_too(manuals: Path, fake_models: tuple[Any, Any]) -> None:
    RagQA("sound").ingest(manuals)
    bent = Path("indexes/bent")
    bent.mkdir()
    (bent / "index.sqlite").write_bytes(b"no database " * 100)
    found = {info.name: info for info in all_indexes(".")}
    assert found["sound"].documents == 3
    assert "problem" in found["bent"].settings


def test_export_and_import(manuals: Path, fake_models: tuple[Any, Any], tmp_path: Path) -> None:
    qa = RagQA("shelf")
    qa.ingest(manuals)
    archive = qa.export(tmp_path / "shelf.zip")
    assert import_index(tmp_path / "elsewhere", archive, "copy", embedder="fake").documents == 3
    copy = RagQA("copy", home=str(tmp_path / "elsewhere"))
    assert copy.ask("warranty")[0].document == "lamp.html" and copy.verify() == []


@pytest.fixture
def loaded(manuals: Path, fake_models: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An index "shelf" and a trained reader "shop"; the names that readers are loaded by."""
    RagQA("shelf").ingest(manuals)
    shop = Path("models/shop")
    shop.mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (shop / name).touch()
    names: list[str] = []
    monkeypatch.setattr(
        "ragqa.answering.effort.load_reader_for", lambda effort, name, threads=0: names.append(name) or copy(fake_models[1])
    )
    return names


def test_a_reader_asked_for_goes_before_the_settings_the_index_and_the_default(loaded: list[str]) -> None:
    RagQA("shelf").ask("warranty")
    RagQA("shelf").use_reader("shop")
    RagQA("shelf").ask("warranty")
    Path("ragqa.toml").write_text('[ask]\nreader = "somebody/reader"')
    RagQA("shelf").ask("warranty")
    RagQA("shelf", reader="./folder").ask("warranty")
    RagQA("shelf", reader="default").ask("warranty")
    assert loaded == ["default", "models/shop", "somebody/reader", "./folder", "default"]


def test_a_trained_readers_name_is_found_in_the_home_folder(loaded: list[str], tmp_path: Path) -> None:
    RagQA("shelf", reader="shop").ask("warranty")
    RagQA("shelf", reader="shop", home=str(tmp_path)).ask("?")
    assert loaded == ["models/shop", "shop"]


def test_another_reader_answers_from_the_next_question_on(loaded: list[str]) -> None:
    qa = RagQA("shelf")
    qa.ask("warranty")
    qa.use_reader("shop")
    assert qa.reader_name == "shop"
    qa.ask("warranty")
    qa.ask("warranty")
    assert loaded == ["default", "models/shop"]


def test_a_reader_that_is_gone_is_told_unless_another_is_asked_for(loaded: list[str]) -> None:
    RagQA("shelf").use_reader("shop")
    Path("models/shop").rename("models/elsewhere")
    with pytest.raises(ModelError, match="is gone") as caught:
        RagQA("shelf").ask("warranty")
    assert "ragqa model use default --index shelf" in caught.value.hint
    assert RagQA("shelf", reader="default").ask("warranty").answers


def test_an_index_made_anew_forgets_its_reader(loaded: list[str], manuals: Path) -> None:
    qa = RagQA("shelf")
    qa.use_reader("shop")
    qa.remove()
    RagQA("shelf").ingest(manuals)
    assert RagQA("shelf").reader_name == "default"


def test_settings_can_change_but_not_the_index(loaded: list[str]) -> None:
    qa = RagQA("shelf")
    assert len(qa.ask("warranty")) == 3
    qa.settings = apply_options(qa.settings, answers=1, threshold=1.0)
    response = qa.ask("warranty")
    assert (len(response), response.answered, qa.threshold) == (1, False, 1.0)
    assert loaded == ["default"]  # the reader stays
    qa.settings = apply_options(qa.settings, reader="./folder")
    qa.ask("warranty")
    assert loaded == ["default", "./folder"]
    for other in ({"index": "other"}, {"home": "elsewhere"}, {"embedder": "other"}):
        with pytest.raises(ValueError, match="another RagQA"):
            qa.settings = apply_options(qa.settings, **other)


def test_equal_settings_keep_what_is_remembered(loaded: list[str]) -> None:
    qa = RagQA("shelf")
    first = qa.ask("warranty")
    qa.settings = apply_options(qa.settings, top_k=qa.settings.ask.top_k)
    assert qa.ask("warranty") is first


def test_another_engine_over_the_same_index_and_models(loaded: list[str]) -> None:
    qa = RagQA("shelf")
    strict = qa.using(threshold=1.0, answers=1, top_k=None)
    question = "How long does the warranty last?"
    assert qa.ask(question).answered and not strict.ask(question).answered
    assert (len(qa.ask(question)), len(strict.ask(question))) == (3, 1)
    assert strict.opened is qa.opened and strict.embedder is qa.embedder and strict.reader is qa.reader
    other = qa.using(reader="./folder")
    assert other.reader_name == "./folder" and qa.reader_name == "default"
    other.ask("warranty")
    assert loaded == ["default", "./folder"] and other.opened is qa.opened
    with pytest.raises(UsageError, match="top_k"):
        qa.using(top_k=0)
    with pytest.raises(TypeError):
        qa.using(colour="red")
    strict.close()
    assert qa.ask(question).answered and strict.ask(question).answers  # opened again, for both


def test_a_reader_that_another_process_chose_answers_from_the_next_question_on(loaded: list[str]) -> None:
    qa = RagQA("shelf")
    other, given = qa.using(answers=1), qa.using(reader="default")
    before, kept = qa.ask("warranty"), given.ask("warranty")
    assert qa.ask("warranty") is before
    RagQA("shelf").use_reader("shop")  # as another process would
    assert qa.ask("warranty") is not before and qa.reader_name == "shop"
    assert other.reader is qa.reader and given.ask("warranty") is kept
    assert loaded == ["default", "default", "models/shop"]


@pytest.mark.parametrize("chosen", ["shop", "models/shop"])
def test_another_reader_under_the_same_name_answers_from_the_next_question_on(chosen: str, loaded: list[str]) -> None:
    folder = Path("models/shop")
    (folder / "ragqa.json").write_text("{}")
    qa = RagQA("shelf", reader=chosen)
    before = qa.ask("warranty")
    assert qa.ask("warranty") is before and loaded == ["models/shop"]
    (folder / "ragqa.json.new").write_text("{ }")  # its settings are replaced
    (folder / "ragqa.json.new").rename(folder / "ragqa.json")
    after = qa.ask("warranty")
    assert qa.ask("warranty") is after is not before and loaded == ["models/shop"] * 2
    shutil.copytree(folder, "models/other")  # the reader is removed, and another one imported under its name
    folder.rename("models/gone")
    Path("models/other").rename(folder)
    assert qa.ask("warranty") is not after and loaded == ["models/shop"] * 3


def test_a_refreshed_reader_is_loaded_anew(loaded: list[str]) -> None:
    """Another one may stand under the same name."""
    qa = RagQA("shelf")
    before = qa.ask("warranty")
    qa.refresh_reader()
    assert qa.ask("warranty") is not before
    assert loaded == ["default", "default"]


def test_an_evaluation_is_of_the_reader_that_it_began_with(loaded: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    qa = RagQA("shelf")
    pairs = [QAPair("How long does the warranty last?", ("30 months",))]

    def choose_another(*told: object) -> None:
        RagQA("shelf").use_reader("shop")  # as another process would

    assert qa.evaluate(pairs, progress=choose_another).reader == "default"
    assert qa.evaluate(pairs).reader == "shop"


def test_searching_needs_no_reader(loaded: list[str]) -> None:
    RagQA("shelf").use_reader("shop")
    Path("models/shop").rename("models/elsewhere")
    assert RagQA("shelf").search("warranty")[0].document == "lamp.html"
    assert loaded == []


def test_an_index_made_anew_with_another_embedder_is_not_searched_with_the_old_one(
    manuals: Path, fake_models: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    qa = RagQA("shelf")
    qa.ingest(manuals)
    qa.ask("warranty")
    qa.remove()
    other = type(fake_models[0])("other", "2")
    monkeypatch.setattr("ragqa.inference.embedder.load_embedder", lambda name="fake", threads=0: other)
    RagQA("shelf", embedder="other").ingest(manuals)
    assert qa.ask("warranty")[0].document == "lamp.html" and qa.embedder is other
