"""What every face of ragqa decides and says in the same way: text made safe to show, how long it may be, places, how sure an
answer is, which answers show, and how far a job is. What is said of evaluations and trainings: display_reports.py.

Text from documents, questions and file names is data: nothing of it may reach a terminal as an escape or a mark of direction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragqa.types import Abstention, FileState

if TYPE_CHECKING:
    from ragqa.types import (
        Answer,
        Coverage,
        Hit,
        IndexInfo,
        IngestReport,
        Meant,
        Passages,
        Progress,
        Reembedding,
        Response,
    )

PASSAGE_LENGTH, CARD_PASSAGE_LENGTH, ANSWER_LENGTH, QUOTE_LENGTH, NAME_LENGTH = 300, 140, 360, 160, 80
"""Characters that show of a passage in print, of one on a card beside others, of an answer on a card, of a question or answer
quoted in a report, and of one quoted in a line about something else."""
NEAREST_PASSAGES, LISTED_PASSAGES = 3, 5
"""How many passages show where there is no answer, in print, and where they can be scrolled through."""
LISTED_MANUALS = 4
"""How many of the manuals that a question fits are listed."""
NAME_THE_PRODUCT = "Name the product, or say which document."
SURE, FAIR = 0.75, 0.5
"""Confidences from which an answer is called sure, and fair; under the second it is unsure."""
OTHERS = 0.1
"""The confidence from which other answers show beside the best one: in one question of seven the second is what was wanted."""
STAGES = {
    "send": "Sending",
    "wait": "Waiting",
    "scan": "Looking at files",
    "workers": "Waiting for workers",
    "ingest": "Reading",
    "audit": "Auditing",
    "ask": "Asking",
    "mine": "Looking for the answers",
    "train": "Training",
    "calibrate": "Calibrating",
    "evaluate": "Asking",
    "judge": "Embedding, to judge",
    "embed": "Embedding",
    "baseline": "Measuring simpler ways",
    "check": "Asking",
    "verify": "Checking",
    "rebuild": "Rebuilding",
}
"""What a long job is doing, in words."""
UNITS = {"scan": "files", "ingest": "files", "audit": "files", "judge": "texts", "embed": "texts"}
"""What of a long job people count, where it is not questions."""
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with control characters, direction marks and undecodable bytes written as escapes."""
    return UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def one_line(text: str) -> str:
    """A name or a snippet on one line."""
    return printable(text.replace("\n", "\\n").replace("\t", "\\t"))


def shortened(text: str, length: int) -> str:
    """The text, or as many of its words as fit into `length` characters."""
    if len(text) <= length:
        return text
    return f"{text[: length + 1].rpartition(' ')[0] or text[:length]} …"


def quoted(text: str, length: int = QUOTE_LENGTH) -> str:
    """The beginning of a text, on one line."""
    return shortened(printable(" ".join(text.split())), length)


def place(document: str, pages: Sequence[int], section: Sequence[str]) -> str:
    """file › page › section"""
    from ragqa.evaluation.wording import place

    return place(one_line(document), tuple(pages), tuple(one_line(heading) for heading in section))


def spell_seconds(seconds: float) -> str:
    """A time that is left or was taken, as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def confidence_words(value: float) -> tuple[str, str, str]:
    """How sure an answer is: a bar with a percentage, a word, so that no meaning hangs on the colour, and the colour."""
    filled = round(value * 5)
    word, colour = ("sure", "green") if value >= SURE else ("fair", "yellow") if value >= FAIR else ("unsure", "red")
    return f"{'■' * filled}{'□' * (5 - filled)} {value:.0%}", word, colour


def shown_answers(response: Response) -> list[Answer]:
    """The answers that show as such: the best one and the others that are likely enough; none where the system abstains."""
    if not response.answered:
        return []
    least = min(OTHERS, response.threshold)
    return [one for number, one in enumerate(response.answers) if not number or one.confidence >= least]


def meant_sentence(response: Response) -> str:
    """Which manuals the answers are looked for in, because the question names them; empty where it names none and they agree."""
    meant = response.meant
    if len(meant) == 1:
        words = ", ".join(f"“{quoted(word, NAME_LENGTH)}”" for word in meant[0].words)
        return f"In the manual “{_manual_names(meant)[0]}”, because of {words}"
    if meant:
        more = f" and {len(meant) - LISTED_MANUALS} more" if len(meant) > LISTED_MANUALS else ""
        return f"Fits {len(meant)} manuals: {', '.join(_manual_names(meant)[:LISTED_MANUALS])}{more}. {NAME_THE_PRODUCT}"
    manuals = len({answer.document_id for answer in shown_answers(response)})
    return f"The answers come from {manuals} manuals. {NAME_THE_PRODUCT}" if manuals > 1 else ""


def _manual_names(meant: Sequence[Meant]) -> list[str]:
    """What the manuals are called: by their titles, where these tell them apart and say what the question names; titles that
    parsing finds in a file may be anything."""
    titles = [one.title.strip() for one in meant]
    tell_apart = len(set(titles)) == len(titles) and all(_says(one.title, one.words) for one in meant)
    return [quoted(one.title if tell_apart else one.document, NAME_LENGTH) for one in meant]


def _says(title: str, words: Sequence[str]) -> bool:
    plain = title.casefold()
    return any(word.casefold() in plain for word in words)


def other_passages(response: Response, answers: Sequence[Answer], count: int) -> list[Hit]:
    """The first passages read, without those that `answers` stand in."""
    told = {(answer.document_id, answer.passage_start) for answer in answers}
    return [hit for hit in response.passages if (hit.document_id, hit.chunk.start) not in told][:count]


def around(answer: Answer) -> tuple[str, str, str]:
    """What a person reads around an answer (its sentence, row or steps): before it, the answer, after it; not yet printable."""
    context = answer.context
    start, end = answer.start - context.start, answer.end - context.start
    return context.text[:start], context.text[start:end], context.text[end:]


def cell_name(answer: Answer) -> str:
    """What gives the cell of a table a meaning: the first cell of its row and the head of its column; empty outside tables."""
    row = answer.table
    if row is None or row.column is None:
        return ""
    names = (row.cells[0] if row.column else "", row.heads[row.column] if row.heads else "")
    return " › ".join(quoted(name, NAME_LENGTH) for name in names if name)


def row_heads(answer: Answer) -> str:
    """The heads over the row of a table that does not itself name its cells; empty for any other answer."""
    row = answer.table
    if row is None or not any(row.heads):
        return ""
    named = all(
        f"{head}: {cell}" in answer.context.text for head, cell in zip(row.heads, row.cells, strict=True) if head and cell
    )
    return "" if named else " | ".join(row.heads)


def progress_counts(step: Progress) -> str:
    """How far a job is, in what people count."""
    if not step.items_total:
        return ""
    unit = UNITS.get(step.stage, "questions")
    chunks = f", {step.chunks:,} chunks" if step.chunks else ""
    rate = f", {step.chunks / step.seconds:.0f} chunks/s" if step.chunks and step.seconds else ""
    return f"{step.items:,}/{step.items_total:,} {unit}{chunks}{rate}{_pages(step)}"


def _pages(step: Progress) -> str:
    """How many scanned pages of the file at work are recognised, and how long the others will take."""
    pages = step.recognised
    if pages is None:
        return ""
    left = f", {spell_seconds(pages.left)} left" if pages.left else ""
    return f", page {pages.done:,} of {pages.total:,} recognised{left}"


def index_facts(info: IndexInfo) -> list[tuple[str, str]]:
    """What a person asks of an index: what it holds, how much that is, and which settings made it."""
    return [
        ("index", info.name),
        ("folder", info.path),
        ("documents", f"{info.documents:,}"),
        ("languages", ", ".join(f"{code} {count:,}" for code, count in info.languages.items()) or "none"),
        *([("metadata", metadata_counts(info))] if info.metadata else []),
        ("pages", f"{info.pages:,}"),
        ("chunks", f"{info.chunks:,}"),
        ("warnings", warning_counts(info)),
        ("size", f"{info.bytes / 1e6:.1f} MB"),
        ("updated", info.updated),
        *((key, str(value)) for key, value in info.settings.items() if key != "retriever"),
        ("retriever", str(info.settings.get("retriever") or "default")),
        *([("embedded", embedded_counts(info))] if info.embedded is not None else []),
        *([("on its way", reembedding_sentence(info.reembedding, info.name))] if info.reembedding is not None else []),
    ]


def metadata_counts(info: IndexInfo) -> str:
    """What the documents of an index are labelled with, and how many values there are of each."""
    return ", ".join(f"{key} ({count:,} value{'' if count == 1 else 's'})" for key, count in info.metadata.items())


def warning_counts(info: IndexInfo) -> str:
    """How much was lost in reading the documents of an index, and of how many."""
    count = sum(map(len, info.warnings.values()))
    return f"{count:,} in {len(info.warnings):,} document{'' if len(info.warnings) == 1 else 's'}" if count else "none"


def reembedding_sentence(way: Reembedding, index: str) -> str:
    """How far an index is on its way to another retriever, and how it goes on."""
    share = f"{100 * way.done // max(way.total, 1)} %"
    return (
        f"to retriever '{way.retriever or 'default'}': {way.done:,} of {way.total:,} texts ({share}). ragqa index embed {index}"
    )


def embedded_counts(info: IndexInfo) -> str:
    """How many passages of an index have vectors, and how the others get theirs."""
    if info.embedded is None or not info.embedded.lacking:
        return "all"
    done, total = info.embedded.done, info.embedded.total
    others = f"the others are found by their words. ragqa index embed {info.name}"
    return f"{done:,} of {total:,} chunks ({100 * done // total} %), {others}"


def embedded_sentence(embedded: Coverage | None) -> str:
    """How far an index is on its way from words to vectors; empty where all passages have theirs."""
    if embedded is None or not embedded.lacking:
        return ""
    return f"By words only so far: {100 * embedded.done // embedded.total} % of the passages have vectors"


def fallback_sentence(found: Response | Passages) -> str:
    """Why only words were looked for; empty where nothing was amiss."""
    return f"By words only: {one_line(found.fallback)}" if found.fallback else ""


def ingest_counts(report: IngestReport) -> str:
    """How many files became what."""
    return ", ".join(f"{report.count(state)} {state.value}" for state in FileState if report.count(state)) or "no files"


def why_not(response: Response) -> tuple[str, str]:
    """What is said where the system abstains, and the reason."""
    return "The manuals do not say", response.reason.value if response.reason is not None else ""


def nothing_was_asked(response: Response) -> bool:
    """Whether the question had no words, so that nothing near it can be shown."""
    return response.reason is Abstention.NO_QUESTION
