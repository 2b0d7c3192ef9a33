"""What `finetune --retriever` does: teach a retriever, and let the index go over to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragqa.cli.exits import EXIT_INTERRUPTED
from ragqa.cli.support import engine, present, quiet, show, tell_problems
from ragqa.config import RetrieverSettings, override
from ragqa.errors import UsageError

_OPTIONS = {
    "batch_size": "--batch-size",
    "patience": "--patience",
    "max_answer_tokens": "--max-answer-tokens",
    "objective": "--objective",
    "device": "--device",
}
"""Those of a reader's training that mean nothing here, by the setting that they are for."""


def teach_retriever(
    qa: Path | None,
    index: str | None,
    dry_run: bool,
    as_json: bool,
    wish: dict[str, Any],
    unfit: dict[str, Any],
    chosen: dict[str, Any],
) -> int:
    """Teach, judge, promote, embed; or, with `dry_run`, show what there is to learn from.

    Raises UsageError for options that only a reader's training has.

    `wish` is what `ragqa.training.retriever.Wish` takes, `unfit` and `chosen` are the command's options by name and by setting.
    """
    given = [name for name, value in unfit.items() if value is not None]
    given += [option for name, option in _OPTIONS.items() if chosen.get(name) is not None]
    if given:
        raise UsageError(f"{given[0]} is for readers, not for --retriever", hint="ragqa finetune QA --retriever")
    known = {name: value for name, value in chosen.items() if name in RetrieverSettings.__dataclass_fields__}
    answers = engine(index)
    from ragqa.cli.interrupt import stop_on_interrupt
    from ragqa.training.finetune import Ears
    from ragqa.training.retriever import Wish

    wanted = Wish(**wish, settings=override(answers.settings.retriever, **known))
    with stop_on_interrupt() as stop, show("show_training:training_display")(quiet=quiet() or as_json) as display:
        if dry_run:
            ears = Ears(progress=display.progress, problems=tell_problems, stop=stop)
            done: Any = answers.plan_teaching(qa, wish=wanted, ears=ears)
        else:
            ears = Ears(lambda name: None, display.progress, tell_problems, display.mined, display.told, stop)
            done = answers.teach_retriever(qa, wish=wanted, ears=ears)
    if done is None:
        show("terminal:print_note")("Stopped early; nothing was written.")
        return EXIT_INTERRUPTED
    if dry_run:
        present(done, as_json, "plan_json", "show_training:print_plan")
        return 0
    present(done, as_json, "taught_json", "show_training:print_taught")
    return EXIT_INTERRUPTED if done.embedded is not None and done.embedded.stopped else 0
