"""The JSON that scripts read: documented in the README, and stable. Fields are added, never renamed or removed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ragqa.evaluation.check import CheckReport
from ragqa.evaluation.report import report_json
from ragqa.evaluation.results import Comparison
from ragqa.readers.registry import ReaderInfo
from ragqa.readers.retrievers import Embedded
from ragqa.types import (
    Answer,
    Block,
    DocumentInfo,
    Extract,
    Feedback,
    FileAudit,
    FileReport,
    Hit,
    IndexInfo,
    IngestReport,
    PagePicture,
    Response,
    TableRow,
    unread_share,
)

if TYPE_CHECKING:
    from ragqa.training.finetune import Finetuned
    from ragqa.training.material import Plan
    from ragqa.training.mining import MiningReport
    from ragqa.training.retriever import Taught


def response_json(response: Response, explain: bool = False) -> dict[str, Any]:
    """A question's response. `explain` adds the scores behind every answer and passage."""
    return {
        "question": response.question,
        "answered": response.answered,
        "reason": None if response.reason is None else response.reason.value,
        "threshold": response.threshold,
        "meant": [{"document": one.document, "title": one.title, "words": list(one.words)} for one in response.meant],
        "answers": [answer_json(answer, explain) for answer in response.answers],
        "passages": [hit_json(hit) for hit in response.passages],
        "embedded": None if response.embedded is None else asdict(response.embedded),
        "fallback": response.fallback or None,
    }


def answer_json(answer: Answer, explain: bool = False) -> dict[str, Any]:
    """An answer; `start` and `end` are characters of the document's text, `passage_start` where the passage begins,
    `box` the left, top, right and bottom edge on the page, as shares of its width and height."""
    scores = {"reader_score": answer.reader_score, "retrieval_score": answer.retrieval_score} if explain else {}
    return {
        "text": answer.text,
        "confidence": round(answer.confidence, 4),
        "document": answer.document,
        "page": answer.page,
        "pages": list(answer.pages),
        "section": list(answer.section),
        "start": answer.start,
        "end": answer.end,
        "passage": answer.passage,
        "passage_start": answer.passage_start,
        "context": {
            "kind": answer.context.kind.value,
            "text": answer.context.text,
            "start": answer.context.start,
            "end": answer.context.end,
        },
        "box": None if answer.box is None else list(answer.box),
        "table": None if answer.table is None else table_json(answer.table),
        **scores,
    }


def table_json(row: TableRow) -> dict[str, Any]:
    """The row of a table; `column` counts from 0."""
    return {"heads": list(row.heads), "row": list(row.cells), "column": row.column}


def hit_json(hit: Hit) -> dict[str, Any]:
    """A passage with its scores: `score` ranks, `dense` is the cosine, `lexical` the BM25 score, `product` what a name adds."""
    return {
        "text": hit.chunk.text,
        "document": hit.document,
        "page": hit.chunk.page_first,
        "pages": list(hit.chunk.pages),
        "section": list(hit.chunk.section),
        "start": hit.chunk.start,
        "end": hit.chunk.end,
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
        "product": round(hit.product, 4),
    }


def picture_json(picture: PagePicture, file: str) -> dict[str, Any]:
    """The picture of a page, written to a file; `words` are the boxes of the words found, line by line."""
    return {
        "file": file,
        "document": picture.document,
        "page": picture.page,
        "width": picture.width,
        "height": picture.height,
        "words": [list(box) for box in picture.words],
        "box": None if picture.box is None else list(picture.box),
    }


def ingest_json(report: IngestReport) -> dict[str, Any]:
    """What an ingest did."""
    states = sorted({file.state for file in report.files})
    return {
        "index": report.index,
        "documents": report.documents,
        "chunks": report.chunks,
        "chunks_embedded": report.chunks_embedded,
        "seconds": round(report.seconds, 3),
        "interrupted": report.interrupted,
        "dry_run": report.dry_run,
        "counts": {state.value: report.count(state) for state in states},
        "files": [_file_json(file) for file in report.files],
        "audit": audit_total_json(report) if report.audited else None,
        "embedded": None if report.embedded is None else asdict(report.embedded),
        "notes": list(report.notes),
    }


def audit_json(audit: FileAudit) -> dict[str, Any]:
    """What a file says that its document does not hold; shares are of the characters of both, without spaces."""
    return {
        "warnings": list(audit.warnings),
        "unmeasured": audit.unmeasured,
        "characters": audit.characters,
        "unread_characters": audit.unread_characters,
        "unread_share": round(audit.unread_share, 6),
        "unread": [asdict(one) for one in audit.unread],
    }


def audit_total_json(report: IngestReport) -> dict[str, Any]:
    """The same of all files, in numbers; characters and share are those of the files that were measured."""
    audits = report.audits
    measured = [one for one in audits if not one.unmeasured]
    held, unread = sum(one.characters for one in measured), sum(one.unread_characters for one in measured)
    return {
        "files": len(audits),
        "unmeasured": len(audits) - len(measured),
        "warnings": sum(len(one.warnings) for one in audits),
        "characters": held,
        "unread_characters": unread,
        "unread_share": round(unread_share(held, unread), 6),
        "unread": sum(len(one.unread) for one in measured),
    }


def info_json(info: IndexInfo) -> dict[str, Any]:
    """What an index holds."""
    return asdict(info)


def document_json(info: DocumentInfo) -> dict[str, Any]:
    """What an index knows of a document, but for the place of its file, which is the server's own affair."""
    return {
        "id": info.id,
        "path": info.path,
        "title": info.title,
        "pages": info.pages,
        "characters": info.characters,
        "chunks": info.chunks,
        "warnings": list(info.warnings),
        "ingested_at": info.ingested_at,
        "present": info.present,
        "foreign": info.foreign,
        "metadata": {key: list(values) for key, values in info.metadata.items()},
    }


def extract_json(extract: Extract) -> dict[str, Any]:
    """A stretch of a document, with its blocks, those of one list or table of one `group`; `length` is the whole document's."""
    return {
        "document_id": extract.document_id,
        "start": extract.start,
        "end": extract.end,
        "length": extract.length,
        "text": extract.text,
        "blocks": [block_json(one) for one in extract.blocks],
    }


def block_json(block: Block) -> dict[str, Any]:
    """A heading, paragraph, item, row, warning, listing or caption; a heading's own words end its `section`."""
    return {
        "kind": block.kind.value,
        "start": block.start,
        "end": block.end,
        "section": list(block.section),
        "levels": list(block.levels),
        "page": block.page,
        "group": block.group,
    }


def reader_json(info: ReaderInfo) -> dict[str, Any]:
    """What is known of a reader; `problem` is empty when it can be used."""
    return {**asdict(info), "used_by": list(info.used_by)}


def embedded_json(done: Embedded) -> dict[str, Any]:
    """Which retriever an index has now and had before; `stopped`: on its way it still has the old one."""
    return {
        "index": done.index,
        "retriever": done.retriever,
        "before": done.before,
        "stopped": done.stopped,
        "embedded": asdict(done.embedded),
    }


def taught_json(done: Taught) -> dict[str, Any]:
    """A taught retriever: where it is, how it was made, and what it finds against the one before it."""
    return {
        "name": done.name,
        "folder": str(done.folder),
        "index": done.index,
        "base": done.base,
        "questions": {"training": done.training, "validation": done.validation},
        "steps": done.steps,
        "searched": {"chunks": done.pool, "of": done.chunks},
        "before": done.before,
        "after": done.after,
        "differences": {name: asdict(difference) for name, difference in done.differences.items()},
        "better": done.better,
        "promoted": bool(done.replaced),
        "embedded": None if done.embedded is None else embedded_json(done.embedded),
    }


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Two readers on the same questions; differences are after − before, in shares."""
    return {
        "verdict": comparison.verdict,
        "differences": {name: asdict(difference) for name, difference in comparison.differences.items()},
        "before": report_json(comparison.before),
        "after": report_json(comparison.after),
    }


def mining_json(report: MiningReport) -> dict[str, Any]:
    """How the answers of question/answer pairs were found in the manuals."""
    examples = {match.value: [asdict(example) for example in some] for match, some in report.examples.items()}
    return {**asdict(report), "aligned": {match.value: count for match, count in report.aligned.items()}, "examples": examples}


def plan_json(plan: Plan) -> dict[str, Any]:
    """What a training would learn from; `mining` is null where triplets were given."""
    return {
        "training": len(plan.material.training),
        "validation": len(plan.material.validation),
        "fingerprint": plan.material.fingerprint,
        "mining": None if plan.report is None else mining_json(plan.report),
    }


def finetuned_json(done: Finetuned) -> dict[str, Any]:
    """A trained reader: where it is, how it was made, and the comparison with the reader before it."""
    return {
        "name": done.name,
        "folder": str(done.folder),
        "base": done.base,
        "questions": {"training": done.training, "validation": done.validation},
        "steps": done.steps,
        "best_step": done.best_step,
        "mix": done.mix,
        "better": done.better,
        "promoted": bool(done.replaced),
        "calibration_error": done.calibration_error,
        "max_wrong": None if done.limit is None else asdict(done.limit),
        "comparison": comparison_json(done.comparison),
    }


def check_json(report: CheckReport) -> dict[str, Any]:
    """What golden questions have become since the last check."""
    return asdict(report)


def _file_json(file: FileReport) -> dict[str, Any]:
    return {**asdict(file), "state": file.state.value, "audit": None if file.audit is None else audit_json(file.audit)}


def feedback_json(feedback: Feedback) -> dict[str, Any]:
    """A verdict; `answer` is empty where it names none, and begins at `answer_start` of `context`."""
    return {**asdict(feedback), "verdict": feedback.verdict.value, "section": list(feedback.section)}
