from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from rich.console import Console

from ragqa import display
from ragqa.cli import show_answers, show_indexes, terminal
from ragqa.errors import RagqaError
from ragqa.types import (
    Abstention,
    Answer,
    BlockKind,
    Chunk,
    Context,
    FileReport,
    FileState,
    Hit,
    IndexInfo,
    IngestReport,
    Response,
    TableRow,
)

TEXT = "Error codes: E-24 means that the lid is open."
EVIL = "[bold red]x[/] \x1b[31mred\x07 \u202ecod.exe :smile:"


@pytest.fixture(autouse=True)
def consoles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Consoles as the module makes them, of a fixed width, on the streams that pytest watches."""
    plain = {"highlight": False, "markup": False, "emoji": False, "width": 160, "force_terminal": False}
    monkeypatch.setattr(terminal, "OUT", Console(**plain))
    monkeypatch.setattr(terminal, "ERR", Console(stderr=True, **plain))
    yield


def an_answer(confidence: float = 0.9, text: str = "the lid is open", document: str = "kettle.pdf") -> Answer:
    start = TEXT.find("the lid")
    context = Context(BlockKind.PARAGRAPH, TEXT, 100, 100 + len(TEXT))
    return Answer(
        text, confidence, document, ("Kettle", "Errors"), (3,), 100 + start, 115 + start, TEXT, 100, context, 1, 2.5, 0.7
    )


def a_hit(text: str = TEXT) -> Hit:
    return Hit(1, 1, "kettle.pdf", "Kettle", Chunk(text, 0, len(text), ("Errors",), 3, 4), 0.71, 0.5, 6.0)


def response(*answers: Answer, answered: bool = True) -> Response:
    return Response("q", answered, None if answered else Abstention.RETRIEVAL_WEAK, answers, (a_hit(),), 0.5)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\x07\x00\x7f\x9b", "a\\x07\\x00\\x7f\\x9b"),
        ("a\rb", "a\\rb"),
        ("x\u202ey\u2066z\u200f", "x\\u202ey\\u2066z\\u200f"),
        ("two\nlines\tand tab", "two\nlines\tand tab"),
        ("é 日本 😀 ×", "é 日本 😀 ×"),
    ],
)
def test_printable_writes_controls_as_escapes(text: str, shown: str) -> None:
    assert display.printable(text) == shown


def test_one_line() -> None:
    assert display.one_line("a\nb\tc\x1b") == "a\\nb\\tc\\x1b"


def test_the_span_is_marked_by_characters_where_styles_are_lost() -> None:
    assert terminal.marked("the ", "lid", " is open").plain == "the «lid» is open"


def test_the_span_is_marked_by_style_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "OUT", Console(force_terminal=True))
    text = terminal.marked("the ", "lid", " is open")
    assert text.plain == "the lid is open"
    assert [(span.start, span.end, span.style) for span in text.spans] == [(4, 7, "bold reverse")]


def test_controls_before_the_span_do_not_move_the_mark() -> None:
    assert terminal.marked("\x07\x07", "lid", "").plain == "\\x07\\x07«lid»"


@pytest.mark.parametrize(
    ("pages", "shown"),
    [((), "a.txt › Use › Lid"), ((3,), "a.txt › page 3 › Use › Lid"), ((3, 4, 5), "a.txt › pages 3–5 › Use › Lid")],
)
def test_breadcrumb(pages: tuple[int, ...], shown: str) -> None:
    assert terminal.breadcrumb("a.txt", pages, ("Use", "Lid")).plain == shown


def test_an_answer_shows_span_sentence_place_and_confidence(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers.print_response(response(an_answer()))
    out = capsys.readouterr().out
    assert out.index("the lid is open") < out.index("E-24 means that «the lid is open».") < out.index("kettle.pdf › page 3")
    assert "kettle.pdf › page 3 › Kettle › Errors" in out
    assert "90%" in out.splitlines()[0]


def test_a_bare_row_of_a_table_comes_under_its_heads(capsys: pytest.CaptureFixture[str]) -> None:
    text = "E-24 | The lid is open"
    row = TableRow(("Code\x07", "Meaning"), ("E-24", "The lid is open"), 1)
    answer = Answer(
        "The lid is open", 0.9, "a.md", (), (), 7, 22, text, 0, Context(BlockKind.TABLE_ROW, text, 0, 22), 1, 0.0, 0.0, None, row
    )
    show_answers.print_response(response(answer))
    assert "  Code\\x07 | Meaning\n  E-24 | «The lid is open»\n" in re.sub(r" +\n", "\n", capsys.readouterr().out)


def test_further_answers_are_shown_only_where_they_are_likely(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers.print_response(response(an_answer(), an_answer(0.2, "second"), an_answer(0.05, "third")))
    out = capsys.readouterr().out
    assert "second" in out and "third" not in out


def test_an_abstention_says_why_and_shows_the_nearest_passages(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers.print_response(response(an_answer(0.1), answered=False))
    out = capsys.readouterr().out
    assert out.startswith("The manuals do not say")
    assert "retrieval weak" in out and TEXT in out and "pages 3–4" in out
    assert "«" not in out


def test_explain_shows_every_score(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers.print_response(response(an_answer(0.1), answered=False), explain=True)
    out = capsys.readouterr().out
    for figure in ("Threshold 0.50", "0.100", "2.50", "0.700", "dense 0.500", "lexical 6.00", "score 0.710"):
        assert figure in out


def test_text_of_documents_is_never_markup_nor_escape(capsys: pytest.CaptureFixture[str]) -> None:
    context = Context(BlockKind.PARAGRAPH, EVIL, 0, len(EVIL))
    answer = Answer(EVIL, 0.9, EVIL, (EVIL,), (), 0, 5, EVIL, 0, context, 1, 0.0, 0.0)
    hit = Hit(1, 1, EVIL, EVIL, Chunk(EVIL, 0, len(EVIL), (EVIL,)), 0, 0, 0)
    show_answers.print_response(Response(EVIL, True, None, (answer,), (hit,), 0.5), explain=True)
    show_answers.print_response(Response(EVIL, False, Abstention.READER_UNSURE, (answer,), (hit,), 0.5))
    show_indexes.print_ingest(IngestReport("i", (FileReport(EVIL, FileState.FAILED, note=EVIL),), 0, 1.0, 0, 0))
    show_indexes.print_info(IndexInfo("i", EVIL, 1, 1, 1, 1, 1, 1, 1, 1, "now", {"embedder": EVIL}))
    show_indexes.print_verification("i", [EVIL])
    terminal.print_error(RagqaError(EVIL, hint=EVIL))
    terminal.print_note(EVIL)
    captured = capsys.readouterr()
    everything = captured.out + captured.err
    assert not set(everything) & {"\x1b", "\x07", "\u202e"}
    assert "[bold red]x[/]" in captured.out and ":smile:" in captured.out
    assert "[bold red]x[/]" in captured.err


def test_errors_and_notes_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_error(RagqaError("it broke", hint="mend it"))
    terminal.print_note("by the way")
    terminal.print_note("unheard", quiet=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["Error: it broke", "  mend it", "by the way"]


def test_an_ingest_table_names_files_states_and_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    files = (
        FileReport("a.pdf", FileState.ADDED, 12, 3456, 7, 5, "2 pages without text"),
        FileReport("b.pdf", FileState.FAILED, note="encrypted"),
        FileReport("c.zip", FileState.SKIPPED, note="nothing here reads a .zip file"),
        FileReport("d.zip", FileState.SKIPPED, note="nothing here reads a .zip file"),
    )
    show_indexes.print_ingest(IngestReport("shelf", files, 5, 2.0, 1, 7))
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("a.pdf"))
    assert row.split(maxsplit=6) == ["a.pdf", "added", "12", "3,456", "7", "5", "2 pages without text"]
    assert "encrypted" in out and "2 .zip" in out and "c.zip" not in out
    assert "1 added, 2 skipped, 1 failed; 5 chunks embedded in 2.0 s" in out
    assert "Index 'shelf' holds 1 documents, 7 chunks." in out


def test_among_many_files_those_with_remarks_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    files = [FileReport(f"{number:03}.pdf", FileState.ADDED) for number in range(200)]
    files[150] = FileReport("150.pdf", FileState.FAILED, note="encrypted")
    show_indexes.print_ingest(IngestReport("shelf", tuple(files), 0, 1.0, 200, 0))
    out = capsys.readouterr().out
    assert "150.pdf" in out and "000.pdf" in out and "199.pdf" not in out
    assert "140 more without remarks" in out


def test_dry_and_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    show_indexes.print_ingest(IngestReport("shelf", (), 0, 1.0, 0, 0, interrupted=True, dry_run=True))
    captured = capsys.readouterr()
    assert "Nothing was written" in captured.out and "no files" in captured.out
    assert "run the same command again" in captured.err


def test_indexes_and_problems(capsys: pytest.CaptureFixture[str]) -> None:
    show_indexes.print_indexes([])
    assert "ragqa ingest" in capsys.readouterr().err
    sound = IndexInfo("shelf", "p", 3, 70, 9, 1, 1, 2_500_000, 1, 1, "now")
    broken = IndexInfo("bent", "p", 0, 0, 0, 0, 0, 0, 0, 0, "", {"problem": "is damaged"})
    show_indexes.print_indexes([sound, broken])
    out = capsys.readouterr().out
    assert "2.5 MB" in out and "70" in out and "is damaged" in out


def test_verification(capsys: pytest.CaptureFixture[str]) -> None:
    show_indexes.print_verification("shelf", [])
    assert "sound" in capsys.readouterr().out
    show_indexes.print_verification("shelf", ["3 chunks without a vector"])
    captured = capsys.readouterr()
    assert captured.out == "3 chunks without a vector\n" and "in its own folder: ragqa index rebuild shelf" in captured.err


def test_long_snippets_end_at_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    show_answers.print_hits([a_hit("word " * 200)])
    out = capsys.readouterr().out
    assert out.count("word") == 60 and "word …" in out
    show_answers.print_hits([])
    assert "No passage" in capsys.readouterr().out
