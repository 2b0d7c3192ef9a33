"""Which manuals a question means: told by its words, and what retrieval and answers make of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ragqa.answering import name_table, products
from ragqa.answering.asker import Asker
from ragqa.answering.products import SURE, Named, best_named, meant, named_documents, without_names
from ragqa.answering.retrieve import Filters, retrieve
from ragqa.config import AskSettings
from ragqa.display import meant_sentence
from ragqa.indexing.index import Index
from ragqa.indexing.writer import IndexWriter
from ragqa.types import Document

Make = Callable[..., Index]

MANUALS = {
    "fridges/Kelvor-KX-200.pdf": "Kelvor KX-200 Refrigerator User Manual",
    "washers/Boltor-WAE24367GB.pdf": "Instruction manual",
    "washers/Zanker-CTF950.pdf": "Zanker Classic User Guide",
    "alarms/Tridor-RTH2.pdf": "Tridor RTH2",
    "alarms/Tridor-R-IP12.pdf": "Tridor R-IP12",
    "Fisher & Paykel oven.pdf": "Fisher & Paykel oven",
}


@pytest.fixture
def shelf(make_index: Make, script_document: Callable[..., Document]) -> Index:
    """Six manuals that all say nearly the same, none with its name in the text."""
    said = [("heading", "Care", 2), ("paragraph", "Clean the display with a dry cloth. The display shows the time.")]
    weights = [("paragraph", "The machine weighs {} kilograms without water.")]
    documents = []
    for number, (path, title) in enumerate(MANUALS.items(), start=11):
        weight = [(kind, text.format(number)) for kind, text in weights]
        documents.append(replace(script_document(path, [*said, *weight]), title=title))
    return make_index(*documents)


def names(index: Index, question: str) -> dict[str, float]:
    """Path and strength of what a question names, best first."""
    path = {document.id: document.path for document in index.documents()}
    found = named_documents(index, question)
    return {path[document]: found[document].strength for document in sorted(found, key=lambda one: -found[one].strength)}


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("How heavy is my Kelvor?", "fridges/Kelvor-KX-200.pdf"),
        ("How heavy is my kx200", "fridges/Kelvor-KX-200.pdf"),
        ("weight of the fridge", "fridges/Kelvor-KX-200.pdf"),
        ("The Kelvro is heavy", "fridges/Kelvor-KX-200.pdf"),
        ("WAE24367 weight", "washers/Boltor-WAE24367GB.pdf"),
        ("WAE24367GB/05 weight", "washers/Boltor-WAE24367GB.pdf"),
        ("Is the RIP12 heavy", "alarms/Tridor-R-IP12.pdf"),
        ("Tridor R IP12: weight", "alarms/Tridor-R-IP12.pdf"),
        ("What does the F&P weigh?", "Fisher & Paykel oven.pdf"),
        ("How heavy are the Zankers?", "washers/Zanker-CTF950.pdf"),
    ],
)
def test_a_product_is_known_by_name_model_kind_initials_and_with_slips(shelf: Index, question: str, path: str) -> None:
    assert next(iter(names(shelf, question))) == path


@pytest.mark.parametrize(
    "question",
    ["How do I clean the display?", "What does the user manual say?", "the time", "", "?", "Which machine weighs 12 kilograms?"],
)
def test_ordinary_words_name_nothing(shelf: Index, question: str) -> None:
    assert not best_named(named_documents(shelf, question))


def test_several_manuals_may_fit_and_a_model_tells_them_apart(shelf: Index) -> None:
    brand = names(shelf, "How heavy is the Tridor?")
    assert len(brand) == 2 and len(set(brand.values())) == 1 and max(brand.values()) >= SURE
    model = names(shelf, "How heavy is the Tridor RTH2?")
    assert model["alarms/Tridor-RTH2.pdf"] == pytest.approx(1.0) and model["alarms/Tridor-R-IP12.pdf"] < SURE


def test_a_word_that_is_nearly_a_title_word_known_by_its_stem_alone_is_asked_about(
    make_index: Make, script_document: Callable[..., Document]
) -> None:
    titles = ("Getting started with the Kelvor", "Tridor hood", "Boltor washer")
    said = [("paragraph", "Clean the display with a dry cloth.")]
    shelf = make_index(*(replace(script_document(f"{at}.pdf", said), title=title) for at, title in enumerate(titles)))
    assert not best_named(named_documents(shelf, "The greeting is gone"))  # one slip from "getting", which is looked for as "get"


TWINS = [
    ("Apple iPhone 12", "Apple iPhone 13"), ("Garmin Forerunner 45", "Garmin Forerunner 55"),
    ("Watch Series 7", "Watch Series 9"), ("Lathe Model A", "Lathe Model B"), ("Roomba i3+", "Roomba i3"), ("Pixel 7", "Pixel 8"),
]  # fmt: skip


@pytest.fixture
def twins(make_index: Make, script_document: Callable[..., Document]) -> Index:
    """Manuals of products that a short number tells apart, none of which says its name."""
    titles = [title for pair in TWINS for title in pair]
    return make_index(*(replace(script_document(f"{number}.pdf", [("paragraph", f"It weighs {number} kilograms.")]), title=title)
                        for number, title in enumerate(titles)))  # fmt: skip


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_a_short_number_tells_products_apart(twins: Index, one: str, other: str) -> None:
    title = {document.id: document.title for document in twins.documents()}

    def named(words: str) -> list[str]:
        return [title[document] for document in best_named(named_documents(twins, f"How heavy is the {words}?"))]

    assert named(one) == [one]
    assert other in named(other) and (other in one or named(other) == [other])
    assert {one, other} <= set(named(one.rpartition(" ")[0]))


def test_a_number_typed_in_one_with_its_word_is_known(twins: Index) -> None:
    assert list(names(twins, "my iphone13 is heavy")) == ["1.pdf"]


def test_a_name_is_no_part_of_a_longer_word(make_index: Make, script_document: Callable[..., Document]) -> None:
    said = [("paragraph", "It weighs 5 kilograms.")]
    titles = ["Boltor Profi Pro", "Boltor Profi", "Kelvor", "Zanker"]
    index = make_index(*(replace(script_document(f"{title}.md", said), title=title) for title in titles))
    assert named_documents(index, "Is the Profi Pro heavy?")[1].words == ("Profi", "Pro")


def test_the_right_one_of_manuals_that_say_the_same_comes_first(shelf: Index, embedder: Any) -> None:
    for path in MANUALS:
        question = f"How do I clean the display of the {path.rpartition('/')[2].removesuffix('.pdf')}?"
        hits = retrieve(shelf, embedder, question, AskSettings())
        assert hits[0].document == path and hits[0].product > 0
        assert hits[0].score == pytest.approx(hits[0].dense + 0.04 * hits[0].lexical + hits[0].product)


def test_a_named_manual_is_searched_even_where_others_fill_the_candidates(shelf: Index, embedder: Any) -> None:
    question = "How many kilograms does the RTH2 weigh without water?"
    settings = AskSettings(candidates=1, top_k=6)
    assert retrieve(shelf, embedder, question, settings)[0].document == "alarms/Tridor-RTH2.pdf"


def test_without_a_name_or_without_a_weight_nothing_changes(shelf: Index, embedder: Any) -> None:
    off = AskSettings(product_weight=0.0)
    assert retrieve(shelf, embedder, "clean the display", AskSettings()) == retrieve(shelf, embedder, "clean the display", off)
    assert all(hit.product == 0 for hit in retrieve(shelf, embedder, "clean the display of the RTH2", off))


def test_filters_go_before_names(shelf: Index, embedder: Any) -> None:
    hits = retrieve(shelf, embedder, "the display of the RTH2", AskSettings(), Filters(document="fridges/*"))
    assert {hit.document for hit in hits} == {"fridges/Kelvor-KX-200.pdf"}


def test_names_follow_what_comes_and_goes(
    shelf: Index, embedder: Any, manifest: Any, script_document: Callable[..., Document], put_document: Callable[..., None]
) -> None:
    assert not names(shelf, "the Quorvex")
    with IndexWriter(shelf.folder, manifest) as writer:
        put_document(writer, embedder, script_document("new/Quorvex-9.md", [("paragraph", "It weighs 5 kilograms.")]))
        writer.remove_document(next(one.id for one in shelf.documents() if "RTH2" in one.path))
        writer.commit()
    assert list(names(shelf, "the Quorvex")) == ["new/Quorvex-9.md"]
    assert "alarms/Tridor-RTH2.pdf" not in names(shelf, "the RTH2")


def test_one_manual_alone_is_known_by_its_name_but_never_chosen(make_index: Make, kettle: Document) -> None:
    index = make_index(kettle)
    assert [named.words for named in named_documents(index, "the Kettle K1 leaks").values()] == [("Kettle",)]
    assert meant(index, "the Kettle K1 leaks", {1: ("kettle.pdf", "Kettle K1")}) == ()
    assert named_documents(make_index(name="empty"), "the Kettle K1") == {}


def test_a_response_says_what_was_understood(shelf: Index, embedder: Any, fake_models: Any) -> None:
    asker = Asker(shelf, embedder, AskSettings(), fake_models[1], 0.0)
    one = asker.ask("How heavy is the Tridor RTH2?")
    assert [(meant.document, meant.title, meant.words) for meant in one.meant] == [
        ("alarms/Tridor-RTH2.pdf", "Tridor RTH2", ("Tridor", "RTH2"))
    ]
    assert meant_sentence(one) == "In the manual “Tridor RTH2”, because of “Tridor”, “RTH2”"
    both = asker.ask("How many kilograms does the Tridor weigh?")
    assert {answer.document for answer in both.answers} >= {one.document for one in both.meant}
    ill_titled = replace(one, meant=(replace(one.meant[0], title="Warranty"),))
    assert meant_sentence(ill_titled) == "In the manual “alarms/Tridor-RTH2.pdf”, because of “Tridor”, “RTH2”"
    assert meant_sentence(both).startswith("Fits 2 manuals: Tridor R-IP12, Tridor RTH2. ")
    assert asker.ask("clean the display").meant == ()


def test_a_question_that_names_a_manual_is_answered_from_no_other(shelf: Index, embedder: Any, fake_models: Any) -> None:
    asker = Asker(shelf, embedder, AskSettings(answers=10), fake_models[1], 0.0)
    named, unnamed = asker.ask("How heavy is the Tridor RTH2?"), asker.ask("How heavy is the machine?")
    assert {answer.document for answer in named.answers} == {"alarms/Tridor-RTH2.pdf"}
    assert len({hit.document for hit in named.passages}) > 1 < len({answer.document for answer in unnamed.answers})


def test_only_manuals_that_were_read_are_meant(shelf: Index) -> None:
    assert meant(shelf, "the RTH2", {1: ("a.pdf", "A")}) == ()


def test_hostile_names_are_data(make_index: Make, script_document: Callable[..., Document]) -> None:
    wicked = ["\x1b[31mRED", "' OR 1=1 --", "[a-z]+(.*", "\u202etxt.exe", "x" * 5000, "%s{0}", "   "]
    documents = [
        replace(script_document(f"{number}.md", [("paragraph", f"Number {number} is a text.")]), title=title)
        for number, title in enumerate(wicked)
    ]
    index = make_index(*documents)
    for title in wicked:
        named_documents(index, title)
        named_documents(index, f"What does the {title} weigh?")


@pytest.mark.parametrize(
    ("question", "words", "left"),
    [
        ("How heavy is the RTH2?", ("RTH2",), "How heavy is the ?"),
        ("Clean the UV-K5's knob, K5 owners say", ("UV-K5", "K5"), "Clean the knob, owners say"),
        ("Is RTH20 louder than RTH2?", ("RTH2",), "Is RTH20 louder than ?"),
        ("What is the RTH2?", ("RTH2",), "What is the RTH2?"),
        ("Price of C++ (F&P)?", ("C++", "F&P"), "Price of ( )?"),
        ("Anything else?", (), "Anything else?"),
    ],
)
def test_a_question_without_the_names(question: str, words: tuple[str, ...], left: str) -> None:
    assert without_names(question, [Named(1.0, (*words, "say"), words)], ["en"]) == left


QUESTIONS = ["How heavy is my Kelvor?", "weight of the fridge", "The Kelvro is heavy", "WAE24367GB/05 weight", "ctf", "F&P oven"]


def test_names_are_the_same_gathered_or_looked_up(shelf: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = [named_documents(shelf, question) for question in QUESTIONS]
    with Index(shelf.folder) as other:
        monkeypatch.setattr(name_table, "NAMED_BY", "another version")
        assert [named_documents(other, question) for question in QUESTIONS] == stored
    assert sum(map(bool, stored)) > 3


def test_no_question_reads_the_names_of_all_documents(shelf: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Index, "names", lambda index: 1 / 0)
    with Index(shelf.folder) as other:
        assert [named_documents(other, question) for question in QUESTIONS]


def test_words_that_never_come_again_fill_no_memory(shelf: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's questions bring new numbers and misspellings for ever."""
    monkeypatch.setattr(products, "MOST_REMEMBERED", 100)
    for number in range(0, 400, 8):
        names(shelf, " ".join(f"part{one}" for one in range(number, number + 8)))
        assert 0 < len(products._names(shelf)._known) <= 100
    assert names(shelf, "How heavy is my Kelvor?") == {"fridges/Kelvor-KX-200.pdf": 1.0}
    assert len(products._names(shelf)._known) > 0  # the latest are remembered, however many were met before
