"""What a person sees of answers, passages and verdicts on them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from ragqa.cli import terminal
from ragqa.display import (
    NAME_LENGTH,
    NEAREST_PASSAGES,
    PASSAGE_LENGTH,
    around,
    confidence_words,
    embedded_sentence,
    fallback_sentence,
    meant_sentence,
    one_line,
    place,
    printable,
    quoted,
    row_heads,
    shortened,
    shown_answers,
    why_not,
)
from ragqa.types import Answer, Feedback, Hit, Response, Verdict


def print_response(response: Response, explain: bool = False) -> None:
    """The answers, best first, or why there is none and the nearest passages."""
    for told in filter(None, (fallback_sentence(response), meant_sentence(response), embedded_sentence(response.embedded))):
        terminal.OUT.print(Text(told, style="dim"))
    seen: set[tuple[int, int, int]] = set()
    for number, answer in enumerate(shown_answers(response)):
        stands = (answer.document_id, answer.context.start, answer.context.end)
        terminal.OUT.print(_answer(answer, first=number == 0, with_context=stands not in seen))
        seen.add(stands)
    if not response.answered:
        verdict, reason = why_not(response)
        terminal.OUT.print(Text(verdict, style="bold yellow"))
        terminal.OUT.print(Text(f"  {reason}", style="dim"))
        if response.passages:
            terminal.OUT.print(Text("\nThe nearest passages:", style="dim"))
            for hit in response.passages[:NEAREST_PASSAGES]:
                terminal.OUT.print(Padding(_passage(hit), (0, 0, 1, 2), expand=False))
    if explain:
        _print_explanation(response)


def print_hits(hits: Sequence[Hit]) -> None:
    """Ranked passages with their scores."""
    if not hits:
        terminal.OUT.print(Text("No passage matches the question and the filters."))
    for number, hit in enumerate(hits, start=1):
        scores = f"{number:>2}. score {hit.score:.3f}  dense {hit.dense:.3f}  lexical {hit.lexical:.2f}"
        scores += f"  product {hit.product:.2f}" if hit.product else ""
        terminal.OUT.print(Text(scores, style="bold"))
        terminal.OUT.print(Padding(_passage(hit), (0, 0, 1, 4), expand=False))


def print_feedback(found: Sequence[Feedback]) -> None:
    """A line for each verdict."""
    if not found:
        terminal.print_note("No verdicts yet. Ask and judge in: ragqa tui")
        return
    table = terminal.table_of("", "verdict", "question", "right answer", "place")
    for one in found:
        right = one.answer or ("(the manuals do not say)" if one.verdict is Verdict.UNANSWERABLE else "")
        where = place(one.document, () if one.page is None else (one.page,), one.section) if one.document else ""
        cells = (str(one.id), one.verdict.value, one.question, quoted(right, NAME_LENGTH), where)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    terminal.OUT.print(table)


def print_question(question: str) -> None:
    """A question of the demo, as one would type it."""
    terminal.OUT.print(Text.assemble("\n$ ", ("ragqa ask ", "bold"), f'"{question}" --index demo'))


def print_next_steps(index: str, home: str | None) -> None:
    """What to try after the demo."""
    place = f" --home {home}" if home else ""
    terminal.OUT.print(Text("\nTry next:", style="bold"))
    for command in (
        f'ragqa{place} ask "How long do I hold the reset button of the router?" --index {index}',
        f'ragqa{place} ask "What does W-07 mean?" --index {index} --json',
        f'ragqa{place} search "storage temperature" --index {index}',
        f'ragqa{place} ingest YOUR-MANUALS/ && ragqa{place} ask "YOUR QUESTION"',
    ):
        terminal.OUT.print(Text(f"  {command}"), soft_wrap=True)


def _answer(answer: Answer, first: bool, with_context: bool) -> Group:
    parts = [Text.assemble((printable(answer.text), "bold green" if first else "bold"), "  ", _confidence(answer.confidence))]
    if with_context:
        heads = row_heads(answer)
        parts += [Text(printable(heads), style="dim")] if heads else []
        parts.append(terminal.marked(*around(answer)))
    parts.append(terminal.breadcrumb(answer.document, answer.pages, answer.section))
    margins = [(0, 0, 0, 0), *[(0, 0, 0, 2)] * (len(parts) - 2), (0, 0, 1, 2)]
    return Group(*(Padding(part, margin, expand=False) for part, margin in zip(parts, margins, strict=True)))


def _confidence(value: float) -> Text:
    bar, word, colour = confidence_words(value)
    return Text(f"{bar} {word}", style=colour)


def _passage(hit: Hit) -> Group:
    text = Text(shortened(printable(hit.chunk.text), PASSAGE_LENGTH))
    return Group(text, terminal.breadcrumb(hit.document, hit.chunk.pages, hit.chunk.section))


def _print_explanation(response: Response) -> None:
    terminal.OUT.print(Text(f"Threshold {response.threshold:.2f}. Candidate spans:", style="bold"))
    table = terminal.table_of("confidence", "reader margin", "retrieval", "document", "span")
    for answer in response.answers:
        scores = (f"{answer.confidence:.3f}", f"{answer.reader_score:.2f}", f"{answer.retrieval_score:.3f}")
        table.add_row(*scores, Text(one_line(answer.document)), Text(one_line(answer.text)))
    terminal.OUT.print(table)
    terminal.OUT.print(Text("Passages read:", style="bold"))
    print_hits(response.passages)
