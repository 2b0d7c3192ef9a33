"""`ragqa` with stand-ins for the models, whose server does its jobs in its own process: to be started by campaigns.

python -m tests.campaigns.stand_in_server --home HOME serve --port N
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from ragqa.cli.main import main
from ragqa.config import Settings
from ragqa.engine import RagQA
from ragqa.schema import ingest_json
from ragqa.serve import service
from ragqa.serve.job_work import Outcome, Task, Work
from ragqa.serve.roots import Roots
from ragqa.serve.uploads import Uploads
from ragqa.serve.works import paths_of, take_in
from tests.campaigns.asking import stand_in

LASTS = 0.3
"""Seconds that a job takes at least, so that it can be killed."""


def works_of(settings: Settings, roots: Roots, uploads: Uploads) -> Mapping[str, Work]:
    """The works of a server, done here."""

    def ingest(task: Task) -> Outcome:
        paths = paths_of(task, roots, uploads)
        report = RagQA(task.job.index, settings=settings).ingest(*paths, progress=task.tell, stop=task.stop)
        time.sleep(LASTS)
        return Outcome(ingest_json(report), report.interrupted)

    def evaluate(task: Task) -> Outcome:
        report = RagQA(task.job.index, settings=settings).evaluate(next(task.files.iterdir()), stop=task.stop)
        return Outcome({"questions": len(report.results)}, report.interrupted)

    return {
        "ingest": Work(ingest, begin=partial(take_in, uploads)), "embed": Work(lambda task: Outcome({})),
        "evaluate": Work(evaluate, writes=False),
    }  # fmt: skip


if __name__ in ("__main__", "__mp_main__"):  # the latter in the processes of `--workers`
    stand_in()
    service.works_of = works_of
if __name__ == "__main__":
    main()
