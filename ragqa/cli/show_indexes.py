"""What a person sees of ingests and indexes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from rich.table import Table
from rich.text import Text

from ragqa.cli import terminal
from ragqa.cli.show_audit import print_audit
from ragqa.display import index_facts, ingest_counts, one_line, printable
from ragqa.engine import Embedded
from ragqa.metadata import told
from ragqa.types import DocumentInfo, FileReport, FileState, IndexInfo, IngestReport

_SHOWN_FILES = 60
_SHOWN_WARNED = 20


def print_ingest(report: IngestReport) -> None:
    """The summary of an ingest: what each file gave, and the totals."""
    told, kinds = _split_unreadable_kinds(report.files)
    if told:
        terminal.OUT.print(_file_table(told))
    if len(told) < len(report.files) - sum(kinds.values()):
        hidden = len(report.files) - sum(kinds.values()) - len(told)
        terminal.OUT.print(Text(f"… and {hidden:,} more without remarks", style="dim"))
    if kinds:
        terminal.OUT.print(
            Text("Left out, nothing here reads them: " + ", ".join(f"{n} {kind}" for kind, n in kinds.most_common()))
        )
    rate = f" ({report.chunks_embedded / report.seconds:.0f} chunks/s)" if report.chunks_embedded else ""
    terminal.OUT.print(
        Text(f"{ingest_counts(report)}; {report.chunks_embedded:,} chunks embedded in {report.seconds:.1f} s{rate}")
    )
    if not report.dry_run:
        terminal.OUT.print(Text(f"Index '{report.index}' holds {report.documents:,} documents, {report.chunks:,} chunks."))
    else:
        terminal.OUT.print(Text("Nothing was written (--dry-run)."))
    for note in report.notes:
        terminal.print_note(one_line(note))
    if report.audited:
        print_audit(report)
    if report.interrupted:
        terminal.print_note("Stopped. What is listed above is kept; run the same command again to go on.")
    if report.embedded is not None and report.embedded.lacking and not report.dry_run:
        lack = f"{report.embedded.lacking:,} of its {report.embedded.total:,} passages are found by their words only so far."
        terminal.print_note(f"{lack} Their vectors: ragqa index embed {report.index}")


def print_indexes(infos: Sequence[IndexInfo]) -> None:
    """A line for each index."""
    if not infos:
        terminal.print_note("There are no indexes here. Make one: ragqa ingest FOLDER")
        return
    table = terminal.table_of("index", "documents", "pages", "chunks", "warnings", "size", "updated")
    for info in infos:
        problem = info.settings.get("problem")
        counts = (f"{count:,}" for count in (info.documents, info.pages, info.chunks, sum(map(len, info.warnings.values()))))
        cells = (str(problem),) if problem else (*counts, f"{info.bytes / 1e6:.1f} MB", info.updated)
        table.add_row(*(Text(cell) for cell in (info.name, *cells)))
    terminal.OUT.print(table)


def print_uploads_left(left: Mapping[str, int]) -> None:
    """What was uploaded for indexes that are not there, how many files for each."""
    for name, files in left.items():
        counted = f"{files:,} {'file was' if files == 1 else 'files were'}"
        terminal.print_note(f"{counted} uploaded for index '{name}', which is not there. To delete them: ragqa index rm {name}")


def print_info(info: IndexInfo) -> None:
    """What one index holds."""
    table = Table(box=None, show_header=False)
    inside = {"characters": info.characters, "vectors": info.vectors, "generation": info.generation, "schema": info.schema}
    for key, value in (*index_facts(info), *((name, f"{count:,}") for name, count in inside.items())):
        table.add_row(Text(key, style="dim"), Text(one_line(value)))
    terminal.OUT.print(table)
    _print_warnings(info)


def _print_warnings(info: IndexInfo) -> None:
    """What was lost in reading the documents, of the first that have such warnings."""
    for path, warnings in list(info.warnings.items())[:_SHOWN_WARNED]:
        terminal.OUT.print(Text(f"⚠ {one_line(path)}: {one_line('; '.join(warnings))}", style="yellow"), soft_wrap=True)
    if len(info.warnings) > _SHOWN_WARNED:
        hidden = len(info.warnings) - _SHOWN_WARNED
        terminal.OUT.print(Text(f"… and {hidden:,} more documents with warnings; --json has them all", style="dim"))


def print_labels(documents: Sequence[DocumentInfo]) -> None:
    """What documents are labelled with."""
    table = terminal.table_of("document", "metadata")
    for one in documents:
        table.add_row(Text(one_line(one.path)), Text(one_line(", ".join(told(one.metadata)))))
    terminal.OUT.print(table)


def print_embedded(done: Embedded) -> None:
    """Which retriever an index has now, or that it has the old one still."""
    name = one_line(done.retriever)
    if done.stopped:
        told = f"index '{done.index}' has vectors of {done.embedded.done:,} of its {done.embedded.total:,} passages"
        terminal.print_note(f"Stopped; {told} for retriever '{name}'. To go on: ragqa index embed {done.index}")
    elif done.before == done.retriever:
        terminal.OUT.print(Text(f"Index '{done.index}' has all vectors of retriever '{name}'."))
    else:
        terminal.OUT.print(Text(f"Index '{done.index}' is searched by retriever '{name}' from now on."))
        back = f"ragqa model use {one_line(done.before)} --retriever --index {done.index}"
        terminal.print_note(f"Back to the one before: {back}")


def print_verification(name: str, problems: Sequence[str]) -> None:
    """Whether an index is sound."""
    if not problems:
        terminal.OUT.print(Text(f"Index '{name}' is sound."))
    for problem in problems:
        terminal.OUT.print(Text(printable(problem)), soft_wrap=True)
    if problems:
        told = f"What is wrong in its own folder: ragqa index rebuild {name} makes FAISS and the lexical index anew"
        terminal.print_note(f"{told}; what SQLite lost must be ingested again.")


def _file_table(files: Sequence[FileReport]) -> Table:
    table = terminal.table_of("file", "", "pages", "characters", "chunks", "embedded", "remarks")
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
