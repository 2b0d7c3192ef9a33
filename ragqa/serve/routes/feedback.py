"""What people say of answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from ragqa import RagQA
from ragqa.display import nothing_was_asked
from ragqa.schema import feedback_json
from ragqa.serve.access import Role, needs
from ragqa.serve.refusals import Changed, Malformed
from ragqa.serve.routes import examples
from ragqa.serve.routes.answers import Labelled, Manner
from ragqa.serve.routes.documents import stored
from ragqa.serve.routes.given import IndexGiven, Question, ServiceGiven
from ragqa.serve.routes.pages import CursorGiven, LimitGiven, page_of
from ragqa.serve.routes.shapes import FeedbackListShape, FeedbackShape, TakenBackShape, gives
from ragqa.serve.wire import Json
from ragqa.types import Answer, Verdict
from ragqa.types import Response as Answered

router = APIRouter(prefix="/v1/feedback", tags=["feedback"], dependencies=[Depends(needs(Role.JUDGE))])

LONGEST_ANSWER = 5_000
"""Characters of a span that may be called the right answer."""

Offset = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Judge(Manner, Labelled):
    """A verdict on what came of a question, asked in the same manner. `right` and `wrong` are of the answer with this document
    and span, without them of the best one; `corrected` says that the span is the answer, `unanswerable` that the manuals do not
    say."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.JUDGE, examples.JUDGE_LABELLED]})
    question: Question
    verdict: Verdict
    document_id: Offset | None = None
    start: Offset | None = None
    end: Offset | None = None

    @property
    def span(self) -> tuple[int, int, int] | None:
        """The document and the offsets, None where they are not given. Raises Malformed for a part of them."""
        given = (self.document_id, self.start, self.end)
        if self.document_id is None or self.start is None or self.end is None:
            if any(one is not None for one in given):
                raise Malformed("document_id, start and end go together")
            return None
        return self.document_id, self.start, self.end


@router.post("", response_model=None, responses=gives(FeedbackShape, "The verdict as it is kept", examples.VERDICT))
async def judge(given: Judge, service: ServiceGiven) -> Response:
    """Keep a verdict, to learn from and to measure by."""
    span, manner = given.span, given.model_dump(include={"answers", "effort", "threshold"})
    if given.verdict is Verdict.CORRECTED and span is None:
        raise Malformed("corrected takes document_id, start and end: where the answer stands")

    def work(plain: RagQA) -> Response:
        engine = service.asking(plain.settings.index, **manner)
        response = engine.ask(given.question, document=given.document, section=given.section, metadata=given.metadata)
        if nothing_was_asked(response):
            raise Malformed("a question without words has no answer to be judged")
        if given.verdict is Verdict.CORRECTED and span is not None:
            _refuse_no_span(engine, span)
            made = engine.judge(response, given.verdict, span=span)
        elif given.verdict is Verdict.UNANSWERABLE:
            made = engine.judge(response, given.verdict)
        else:
            made = engine.judge(response, given.verdict, _judged(response, span))
        return Json(feedback_json(made))

    return await service.compute(work, given.index)


@router.get("", response_model=None, responses=gives(FeedbackListShape, "The verdicts", examples.VERDICTS))
async def feedback(
    service: ServiceGiven, index: IndexGiven = None, limit: LimitGiven = 50, cursor: CursorGiven = None
) -> Response:
    """The verdicts, in the order they were given."""

    def work(engine: RagQA) -> Response:
        found = engine.journal.verdicts()
        shown, following = page_of(found, lambda one: f"{one.id:020}", limit, cursor)
        return Json({"feedback": [feedback_json(one) for one in shown], "next": following, "total": len(found)})

    return await service.read(work, index)


@router.delete("/{verdict_id}", response_model=None, responses=gives(TakenBackShape, "It is kept no more", examples.TAKEN_BACK))
async def take_back(
    service: ServiceGiven, verdict_id: Annotated[int, Path(ge=1, le=2**53)], index: IndexGiven = None
) -> Response:
    """Take a verdict back: nothing is learnt from it any more. Said twice it is taken back once."""

    def work(engine: RagQA) -> Response:
        return Json({"removed": engine.journal.remove([verdict_id]), "id": verdict_id})

    return await service.read(work, index)


def _judged(response: Answered, span: tuple[int, int, int] | None) -> Answer:
    """The answer that is judged."""
    for one in response.answers:
        if span is None or (one.document_id, one.start, one.end) == span:
            return one
    raise Changed("that is not among the answers to this question, asked in this manner", hint="Ask again, then judge.")


def _refuse_no_span(engine: RagQA, span: tuple[int, int, int]) -> None:
    document_id, start, end = span
    length = stored(engine, document_id).characters
    if not start < end <= length or end - start > LONGEST_ANSWER:
        raise Malformed(f"an answer has 1 to {LONGEST_ANSWER:,} characters, within the {length:,} of the document")
