"""What the process does that a reader is tried in: it loads the reader, has it read a question, and says what went wrong."""

from __future__ import annotations

from ragqa.answering.readers import load_reader
from ragqa.answering.windows import Passage
from ragqa.confined import worker
from ragqa.confined.wire import ANSWER, READY, Reader, text
from ragqa.errors import ModelError
from ragqa.inference.foreign_models import model_errors

QUESTION = "How long does the kettle take?"
PASSAGES = (Passage("The kettle boils 1.7 litres in four minutes. Keep the lid closed.", "Kettle"), Passage("It is blue."))
LONG = (Passage("The kettle boils 1.7 litres in four minutes. " * 60, "Kettle"),)
"""Read by itself: a weight of a wrong shape may fit by chance a text that is as long as it is wide."""


def serve(memory_mb: int, parent: int) -> None:
    """Try the readers whose folders are sent, as `ragqa.confined.worker.serve` reads files."""
    worker.serve(memory_mb, parent, _answer)


def _answer(kind: bytes, content: bytes, told: worker.Tell) -> worker.Answer:
    told(READY, b"")
    return ANSWER, text(problem_of(Reader(content).text()))


def problem_of(folder: str) -> str:
    """Why a reader's folder cannot read a question; empty when it can."""
    try:
        with model_errors("it cannot be read with"):
            reader = load_reader(folder)
            for passages in (PASSAGES, LONG):
                reader.read(QUESTION, passages)
    except ModelError as error:
        return "it needs more memory than it may take" if isinstance(error.__cause__, MemoryError) else error.message
    return ""
