"""What the OpenAPI shows as examples, of the sample manuals: made by what makes real responses, where that takes no index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ragqa.errors import IndexBusy, IndexMissing, RagqaError, StorageError, UsageError
from ragqa.schema import block_json, document_json, extract_json, feedback_json, hit_json, info_json, ingest_json
from ragqa.serve.faults import fault_of
from ragqa.serve.job_store import Job, State
from ragqa.serve.job_telling import begun_json, job_json, progress_json
from ragqa.serve.refusals import (
    Busy,
    Changed,
    Forbidden,
    Malformed,
    NoToken,
    Stopping,
    TimedOut,
    TooLarge,
    UnknownDocument,
    status_and_code,
)
from ragqa.types import (
    Block,
    BlockKind,
    Chunk,
    Coverage,
    DocumentInfo,
    Extract,
    Feedback,
    FileReport,
    FileState,
    Hit,
    IndexInfo,
    IngestReport,
    Progress,
    Verdict,
)
from ragqa.watching.state import TAKEN_IN, Noted, SourceState, status_json
from ragqa.watching.state import State as Watched

ASK: dict[str, Any] = {"question": "What does E-24 mean on the espresso machine?"}
ASK_LABELLED: dict[str, Any] = {"question": "What does E-24 mean?", "metadata": {"brand": "Aurora", "model": ["X2", "X3"]}}
BATCH: dict[str, Any] = {"questions": [ASK["question"]], "metadata": {"brand": "Aurora"}}

_ROW = "Code: E-24 | Meaning: Water tank empty or not seated | What to do: Fill the tank and press it down"

ANSWERED: dict[str, Any] = {
    "question": ASK["question"],
    "answered": True,
    "reason": None,
    "threshold": 0.5,
    "meant": [],
    "answers": [
        {
            "text": "Water tank empty or not seated",
            "confidence": 0.93,
            "document": "aurora-x2-espresso-machine.pdf",
            "page": 31,
            "pages": [31],
            "section": ["Troubleshooting", "Error codes"],
            "start": 52_314,
            "end": 52_344,
            "passage": _ROW,
            "passage_start": 52_293,
            "context": {"kind": "table_row", "text": _ROW, "start": 52_293, "end": 52_293 + len(_ROW)},
            "box": [0.1, 0.32, 0.9, 0.35],
            "table": {"heads": ["Code", "Meaning", "What to do"], "row": ["E-24", "…", "…"], "column": 1},
            "document_id": 1,
        }
    ],
    "passages": [],
    "embedded": None,
    "fallback": None,
    "index": "demo",
    "generation": 3,
    "effort": "auto",
}

JUDGE: dict[str, Any] = {**ASK, "verdict": "right", "document_id": 1, "start": 52_314, "end": 52_344}

JUDGE_LABELLED: dict[str, Any] = {**ASK_LABELLED, "verdict": "unanswerable"}

BATCHED: dict[str, Any] = {"responses": [ANSWERED]}

_MANUAL = "aurora-x2-espresso-machine.pdf"
_AT = "2026-03-02T09:41:07+00:00"
_SECTION = ("Troubleshooting", "Error codes")
_HIT = Hit(1, 1, _MANUAL, "Aurora X2", Chunk(_ROW, 52_293, 52_293 + len(_ROW), _SECTION, 31, 31), 0.87, 0.71, 9.4)

FOUND: dict[str, Any] = {"passages": [{**hit_json(_HIT), "document_id": 1}], "fallback": None, "index": "demo", "generation": 3}

_LABELS = {"brand": ("Aurora",), "model": ("X2", "X2 Pro")}
DOCUMENT = document_json(
    DocumentInfo(1, _MANUAL, "Aurora X2 Espresso Machine", "", 36, 61_870, 142, (), _AT, True, metadata=_LABELS)
)
DOCUMENTS: dict[str, Any] = {"documents": [DOCUMENT], "next": None, "total": 1}
METADATA: dict[str, Any] = {
    "metadata": {"brand": {"Aurora": 3, "Lumen": 1}, "model": {"X2": 1, "X2 Pro": 1}}, "index": "demo", "generation": 3,
}  # fmt: skip
LABEL: dict[str, Any] = {"metadata": {"brand": "Aurora", "model": ["X2", "X2 Pro"], "draft": []}}
LABEL_MANY: dict[str, Any] = {
    "labels": [
        {"document": "aurora-*", "metadata": {"brand": "Aurora"}},
        {"document": _MANUAL, "metadata": {"model": ["X2", "X2 Pro"]}},
    ]
}
LABELLED: dict[str, Any] = {"changed": 3, "index": "demo", "generation": 4}
REMOVED: dict[str, Any] = {"removed": 1, "document": _MANUAL}

_HEADING = Block(BlockKind.HEADING, 52_279, 52_290, _SECTION, (1, 2), 31)
_BLOCK = Block(BlockKind.TABLE_ROW, 52_293, 52_293 + len(_ROW), _SECTION, (1, 2), 31, 17)
TEXT = extract_json(Extract(1, _BLOCK.start, _ROW, (_BLOCK,), 61_870))
HEADINGS: dict[str, Any] = {"document_id": 1, "headings": [block_json(_HEADING)]}
SPAN: dict[str, Any] = {"start": 52_314, "end": 52_344}

INDEX = info_json(
    IndexInfo(
        "demo",
        "",
        4,
        391,
        88,
        171_204,
        391,
        2_310_144,
        3,
        12,
        _AT,
        {"embedder": "minilm"},
        {"en": 4},
        None,
        {},
        Coverage(391, 391),
    )
)
INDEXES: dict[str, Any] = {"indexes": [INDEX], "default": "demo"}

VERDICT = feedback_json(
    Feedback(
        ASK["question"], Verdict.RIGHT, "Water tank empty or not seated", _ROW, 21, _MANUAL, 31, _SECTION,
        "Water tank empty or not seated", 0.93, "small", _AT, 7,
    )
)  # fmt: skip
VERDICTS: dict[str, Any] = {"feedback": [VERDICT], "next": None, "total": 1}
TAKEN_BACK: dict[str, Any] = {"removed": 1, "id": 7}

INGEST: dict[str, Any] = {"paths": ["/srv/manuals"], "prune": True, "metadata": {"brand": "Aurora"}}
INGEST_UPLOADS: dict[str, Any] = {"uploads": True, "index": "demo"}
UPLOAD: dict[str, Any] = {"index": "demo", "metadata": {"brand": "Aurora", "model": ["X2", "X2 Pro"]}}
EMBED: dict[str, Any] = {"index": "demo"}
EVALUATE_FILE: dict[str, Any] = {"limit": 100, "strict": True, "metadata": {"brand": "Aurora"}}
EVALUATE: dict[str, Any] = {
    "pairs": [
        {**ASK, "answer": "Water tank empty or not seated", "document": _MANUAL, "page": 31},
        {"question": "Does the espresso machine grind tea?", "answer": None},
    ]
}

_JOB = Job("20260302T094058-5f1c", "ingest", "demo", {"paths": ["/srv/manuals"], "prune": True}, created=_AT)
_AT_WORK = replace(_JOB, state=State.RUNNING, started=_AT)
_DONE = replace(_AT_WORK, state=State.DONE, finished=_AT)
_READ = FileReport(_MANUAL, FileState.ADDED, 36, 61_870, 142, 142)
BEGUN = begun_json(_JOB)
RUNNING = job_json(_AT_WORK, progress_json(Progress("ingest", 3, 4, _MANUAL, 3, 4, 249), 5.2))
JOBS: dict[str, Any] = {"jobs": [RUNNING], "next": None}
ENDED: dict[str, Any] = {**job_json(_DONE), "result": ingest_json(IngestReport("demo", (_READ,), 142, 8.713, 1, 142))}

_WATCHED = Watched(
    "demo", 4711, _AT, _AT, sources=(SourceState("/srv/manuals", "/srv/manuals", 4),),
    waiting=(Noted("/srv/manuals/lamp.pdf", TAKEN_IN),),
)  # fmt: skip
WATCHING: dict[str, Any] = {"watching": [status_json(_WATCHED, "demo", running=True)]}
CONFIRM: dict[str, Any] = {"index": "demo", "source": "/srv/manuals"}
CONFIRMED: dict[str, Any] = {"confirmed": 12}

HEALTHY = {"status": "ok"}
READY: dict[str, Any] = {"status": "ready", "reason": None, "waiting": 0}
LOADING: dict[str, Any] = {"status": "loading models", "reason": None, "waiting": 0}

_ERRORS = (
    UsageError("'../demo' cannot be the name of an index", "Use letters, digits, dots, dashes and underscores."),
    NoToken("this server demands a token", "Send it as: Authorization: Bearer TOKEN"),
    Forbidden("this takes the role 'manage', and the token has 'read'"),
    IndexMissing("there is no index 'desk'", "GET /v1/indexes lists those there are."),
    UnknownDocument("index 'demo' has no document 99", "GET /v1/documents lists them."),
    Changed("that is not among the answers to this question, asked in this manner", "Ask again, then judge."),
    IndexBusy("index 'demo' is being written by another process", "Wait until it has finished."),
    TooLarge("a request here may have 65,536 bytes"),
    Malformed("body.question: Field required"),
    Busy("64 questions wait already", "Ask again later.", retry_after=2),
    StorageError("the disk of the server is full", "Free some space, then do it again."),
    Stopping("the server is being stopped", "Ask again in a moment.", retry_after=5),
    TimedOut("it took longer than 30 seconds", "Ask again, perhaps of one document only.", retry_after=1),
)


def _by_status(errors: tuple[RagqaError, ...]) -> dict[int, dict[str, Any]]:
    """The faults of some errors by their status, and by their code."""
    made: dict[int, dict[str, Any]] = {}
    for error in errors:
        status, code = status_and_code(error)
        made.setdefault(status, {})[code] = fault_of(error)
    return made


FAULTS = _by_status(_ERRORS)
"""What a fault may look like, by its status and code."""
