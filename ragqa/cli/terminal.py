"""What a person sees in the terminal. Text from documents and file names is always data: never markup, never an escape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath

from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ragqa import types
from ragqa.display import one_line, place, printable
from ragqa.errors import RagqaError
from ragqa.types import Answer, Feedback, FileReport, FileState, Hit, IndexInfo, IngestReport, Response, Verdict

OUT = Console(highlight=False, markup=False, emoji=False)
ERR = Console(stderr=True, highlight=False, markup=False, emoji=False)

_SHOWN_FILES = 60
_WEAK, _FAIR = 0.5, 0.75
Tell = Callable[[types.Progress], None]


def print_error(error: RagqaError) -> None:
    """An error with its hint, on stderr."""
    ERR.print(Text.assemble(("Error: ", "bold red"), printable(error.message)), soft_wrap=True)
    if error.hint:
        ERR.print(Text(f"  {printable(error.hint)}", style="dim"), soft_wrap=True)


def print_note(text: str, quiet: bool = False) -> None:
    """A remark on stderr."""
    if not quiet:
        ERR.print(Text(printable(text)), soft_wrap=True)


@contextmanager
def waiting(text: str, quiet: bool = False) -> Iterator[None]:
    """A spinner on stderr while something runs."""
    if quiet or not ERR.is_terminal:
        yield
        return
    with ERR.status(Text(text)):
        yield


@contextmanager
def ingest_progress(quiet: bool = False) -> Iterator[Tell]:
    """A bar with files, chunks a second and the time that is left, on stderr."""
    if quiet or not ERR.is_terminal:
        yield lambda step: None
        return
    with progress_bar() as bar:
        task = bar.add_task("", total=None, counts="")

        def tell(step: types.Progress) -> None:
            if step.stage == "scan":
                bar.update(task, description="Looking at files", counts=f"{step.items}/{step.items_total}")
                return
            rate = f", {step.chunks / step.seconds:.0f} chunks/s" if step.chunks and step.seconds else ""
            counts = f"{step.items}/{step.items_total} files, {step.chunks:,} chunks{rate}"
            bar.update(task, description=_shortened(step.detail) or "Done", completed=step.done, total=step.total, counts=counts)

        yield tell


@contextmanager
def batch_progress(quiet: bool = False) -> Iterator[Tell]:
    """A bar with questions and the time that is left, on stderr."""
    if quiet or not ERR.is_terminal:
        yield lambda step: None
        return
    with progress_bar() as bar:
        task = bar.add_task("", total=None, counts="")
        yield lambda step: bar.update(
            task,
            description=_shortened(step.detail),
            completed=step.done,
            total=step.total,
            counts=f"{step.items}/{step.items_total} questions",
        )


def print_ingest(report: IngestReport, quiet: bool = False) -> None:
    """The summary of an ingest: what each file gave, and the totals."""
    if quiet:
        return
    told, kinds = _split_unreadable_kinds(report.files)
    if told:
        OUT.print(_file_table(told))
    if len(told) < len(report.files) - sum(kinds.values()):
        hidden = len(report.files) - sum(kinds.values()) - len(told)
        OUT.print(Text(f"… and {hidden:,} more without remarks", style="dim"))
    if kinds:
        OUT.print(Text("Left out, nothing here reads them: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())))
    counts = ", ".join(f"{report.count(state)} {state.value}" for state in FileState if report.count(state))
    rate = f" ({report.chunks_embedded / report.seconds:.0f} chunks/s)" if report.chunks_embedded else ""
    OUT.print(Text(f"{counts or 'no files'}; {report.chunks_embedded:,} chunks embedded in {report.seconds:.1f} s{rate}"))
    if not report.dry_run:
        OUT.print(Text(f"Index '{report.index}' holds {report.documents:,} documents, {report.chunks:,} chunks."))
    else:
        OUT.print(Text("Nothing was written (--dry-run)."))
    if report.interrupted:
        print_note("Stopped. What is listed above is kept; run the same command again to go on.")


def print_response(response: Response, explain: bool = False) -> None:
    """The answers, best first, or why there is none and the nearest passages."""
    if response.answered:
        shown: set[tuple[int, int, int]] = set()
        for number, answer in enumerate(response.answers):
            if number and answer.confidence < response.threshold:
                break
            place = (answer.document_id, answer.context.start, answer.context.end)
            OUT.print(_answer(answer, first=number == 0, with_context=place not in shown))
            shown.add(place)
    else:
        OUT.print(Text("The manuals do not say", style="bold yellow"))
        OUT.print(Text(f"  {response.reason.value if response.reason else ''}", style="dim"))
        if response.passages:
            OUT.print(Text("\nThe nearest passages:", style="dim"))
            for hit in response.passages[:3]:
                OUT.print(Padding(_passage(hit), (0, 0, 1, 2), expand=False))
    if explain:
        _print_explanation(response)


def print_hits(hits: Sequence[Hit]) -> None:
    """Ranked passages with their scores."""
    if not hits:
        OUT.print(Text("No passage matches the question and the filters."))
    for number, hit in enumerate(hits, start=1):
        scores = f"{number:>2}. score {hit.score:.3f}  dense {hit.dense:.3f}  lexical {hit.lexical:.2f}"
        OUT.print(Text(scores, style="bold"))
        OUT.print(Padding(_passage(hit), (0, 0, 1, 4), expand=False))


def print_question(question: str) -> None:
    """A question of the demo, as one would type it."""
    OUT.print(Text.assemble("\n$ ", ("ragqa ask ", "bold"), f'"{question}" --index demo'))


def print_indexes(infos: Sequence[IndexInfo]) -> None:
    """A line for each index."""
    if not infos:
        print_note("There are no indexes here. Make one: ragqa ingest FOLDER")
        return
    table = _table("index", "documents", "pages", "chunks", "size", "updated")
    for info in infos:
        problem = info.settings.get("problem")
        counts = (f"{count:,}" for count in (info.documents, info.pages, info.chunks))
        cells = (str(problem),) if problem else (*counts, f"{info.bytes / 1e6:.1f} MB", info.updated)
        table.add_row(*(Text(cell) for cell in (info.name, *cells)))
    OUT.print(table)


def print_info(info: IndexInfo) -> None:
    """What one index holds."""
    table = Table(box=None, show_header=False)
    rows = {
        "index": info.name,
        "folder": info.path,
        "documents": f"{info.documents:,}",
        "pages": f"{info.pages:,}",
        "chunks": f"{info.chunks:,}",
        "vectors": f"{info.vectors:,}",
        "characters": f"{info.characters:,}",
        "size": f"{info.bytes / 1e6:.1f} MB",
        "generation": str(info.generation),
        "schema": str(info.schema),
        "updated": info.updated,
        **{key: str(value) for key, value in info.settings.items()},
    }
    for key, value in rows.items():
        table.add_row(Text(key, style="dim"), Text(one_line(value)))
    OUT.print(table)


def print_feedback(found: Sequence[Feedback]) -> None:
    """A line for each verdict."""
    if not found:
        print_note("No verdicts yet. Ask and judge in: ragqa tui")
        return
    table = _table("", "verdict", "question", "right answer", "place")
    for one in found:
        right = one.answer or ("(the manuals do not say)" if one.verdict is Verdict.UNANSWERABLE else "")
        where = place(one.document, () if one.page is None else (one.page,), one.section) if one.document else ""
        cells = (str(one.id), one.verdict.value, one.question, _shortened_end(right), where)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    OUT.print(table)


def print_verification(name: str, problems: Sequence[str]) -> None:
    """Whether an index is sound."""
    if not problems:
        OUT.print(Text(f"Index '{name}' is sound."))
    for problem in problems:
        OUT.print(Text(printable(problem)), soft_wrap=True)
    if problems:
        print_note(f"ragqa index rebuild {name} makes FAISS and the lexical index anew; what SQLite lost must be ingested again.")


def print_next_steps(index: str, home: str | None) -> None:
    """What to try after the demo."""
    place = f" --home {home}" if home else ""
    OUT.print(Text("\nTry next:", style="bold"))
    for command in (
        f'ragqa{place} ask "How long do I hold the reset button of the router?" --index {index}',
        f'ragqa{place} ask "What does W-07 mean?" --index {index} --json',
        f'ragqa{place} search "storage temperature" --index {index}',
        f'ragqa{place} ingest YOUR-MANUALS/ && ragqa{place} ask "YOUR QUESTION"',
    ):
        OUT.print(Text(f"  {command}"), soft_wrap=True)


def breadcrumb(document: str, pages: Sequence[int], section: Sequence[str]) -> Text:
    """file › page › section"""
    return Text(place(document, pages, section), style="cyan")


def marked(text: str, start: int, end: int) -> Text:
    """Text with the span start..end set off: by style in a terminal, by «» where styles are lost."""
    before, span, after = printable(text[:start]), printable(text[start:end]), printable(text[end:])
    if not OUT.is_terminal:
        span = f"«{span}»"
    return Text.assemble(before, (span, "bold reverse"), after)


def _answer(answer: Answer, first: bool, with_context: bool) -> Group:
    context = answer.context
    parts = [Text.assemble((printable(answer.text), "bold green" if first else "bold"), "  ", _confidence(answer.confidence))]
    if with_context:
        parts.append(marked(context.text, answer.start - context.start, answer.end - context.start))
    parts.append(breadcrumb(answer.document, answer.pages, answer.section))
    margins = [(0, 0, 0, 0), *[(0, 0, 0, 2)] * (len(parts) - 2), (0, 0, 1, 2)]
    return Group(*(Padding(part, margin, expand=False) for part, margin in zip(parts, margins, strict=True)))


def _confidence(value: float) -> Text:
    filled = round(value * 5)
    style = "green" if value >= _FAIR else "yellow" if value >= _WEAK else "red"
    return Text(f"{'■' * filled}{'□' * (5 - filled)} {value:.0%}", style=style)


def _passage(hit: Hit) -> Group:
    text = printable(hit.chunk.text)
    snippet = text if len(text) <= 300 else text[:300].rsplit(" ", 1)[0] + " …"
    return Group(Text(snippet), breadcrumb(hit.document, hit.chunk.pages, hit.chunk.section))


def _print_explanation(response: Response) -> None:
    OUT.print(Text(f"Threshold {response.threshold:.2f}. Candidate spans:", style="bold"))
    table = _table("confidence", "reader margin", "retrieval", "document", "span")
    for answer in response.answers:
        scores = (f"{answer.confidence:.3f}", f"{answer.reader_score:.2f}", f"{answer.retrieval_score:.3f}")
        table.add_row(*scores, Text(one_line(answer.document)), Text(one_line(answer.text)))
    OUT.print(table)
    OUT.print(Text("Passages read:", style="bold"))
    print_hits(response.passages)


def _file_table(files: Sequence[FileReport]) -> Table:
    table = _table("file", "", "pages", "characters", "chunks", "embedded", "remarks")
    styles = {FileState.FAILED: "red", FileState.SKIPPED: "yellow", FileState.MISSING: "yellow", FileState.UNCHANGED: "dim"}
    for file in files:
        pages = "" if file.pages is None else f"{file.pages:,}"
        numbers = (pages, f"{file.characters:,}", f"{file.chunks:,}", f"{file.embedded:,}")
        style = styles.get(file.state, "")
        table.add_row(
            Text(one_line(file.path), style=style), Text(file.state.value, style=style),
            *(Text(number, justify="right") for number in numbers), Text(one_line(file.note)),
        )  # fmt: skip
    return table


def _split_unreadable_kinds(files: Sequence[FileReport]) -> tuple[list[FileReport], Counter[str]]:
    """The files worth a line each, and how many of each suffix nothing reads; among very many, those with remarks come first."""
    kinds: Counter[str] = Counter()
    told = []
    for file in files:
        if file.state is FileState.SKIPPED and file.note.startswith("nothing here reads"):
            kinds[PurePosixPath(one_line(file.path)).suffix.lower() or "without suffix"] += 1
        else:
            told.append(file)
    if len(told) > _SHOWN_FILES:
        plain = [file for file in told if not file.note and file.state is not FileState.FAILED]
        kept = set(map(id, plain[: max(0, _SHOWN_FILES - (len(told) - len(plain)))]))
        told = [file for file in told if file.note or file.state is FileState.FAILED or id(file) in kept]
    return told, kinds


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def progress_bar() -> Progress:
    """A bar on stderr with a field `counts`, the time it took and the time that is left; gone when it is done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[counts]}", markup=False),
        TimeElapsedColumn(),
        TextColumn("left", style="dim"),
        TimeRemainingColumn(),
        console=ERR,
        transient=True,
    )


def _shortened_end(text: str, width: int = 80) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _shortened(text: str, width: int = 36) -> str:
    text = one_line(text)
    return text if len(text) <= width else f"…{text[-(width - 1) :]}"
