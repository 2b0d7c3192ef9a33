"""The commands that train, from the command line: triplets and finetune, with a reader so small that it learns in seconds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from machine_manual import lines, question, write_manual, write_pairs

from ragqa.cli import terminal
from ragqa.cli.main import ragqa

SETTINGS = ("--base", "tiny", "--val", 0.4, "--epochs", 3, "--lr", 3e-3, "--batch-size", 4)
LONGER = (*SETTINGS, "--epochs", 20)
HOSTILE = "\x1b[2J[red]\x07"


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, embedder: Any, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The manual of a machine in an index, a tiny reader beside it, and lines that are not folded."""
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)
    monkeypatch.setattr("ragqa.inference.embedder.load_embedder", lambda name="fake", threads=0: embedder)
    shutil.copytree(tiny, "models/tiny")
    manual = write_manual(tmp_path / "manual")
    assert run("ingest", manual).exit_code == 0
    assert run("model", "use", "tiny").exit_code == 0
    return manual


@pytest.fixture
def qa() -> Path:
    return write_pairs(lines())


def run(*arguments: object) -> Result:
    """The command's result; whatever it does, it ends without a traceback."""
    result = CliRunner().invoke(ragqa, ["--threads", "1", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def json_of(result: Result) -> Any:
    """What the command printed, which must be one JSON value and nothing beside it."""
    return json.loads(result.stdout)


def readers() -> set[str]:
    """Everything in models/ but locks, trainings under way too."""
    return {path.name for path in Path("models").iterdir() if path.suffix != ".lock"}


def reader_of_index() -> str:
    (name,) = [one["name"] for one in json_of(run("model", "list", "--json")) if "manuals" in one["used_by"]]
    return str(name)


def stop_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C at the time when a command asks for it once more than `calls` times."""
    asked = iter(range(10**9))

    @contextmanager
    def later() -> Iterator[Any]:
        yield lambda: next(asked) >= calls

    monkeypatch.setattr("ragqa.cli.interrupt.stop_on_interrupt", later)


# triplets.


def test_what_mining_found(qa: Path) -> None:
    result = run("triplets", qa)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "26 questions: 24 with an answer, 2 without." in result.stdout
    assert "found word for word                        24  100 %" in result.stdout
    assert "24 passages hold an answer, " in result.stdout


def test_mining_as_json_and_as_a_file(qa: Path) -> None:
    result = run("triplets", qa, "--json", "--out", "out/t.jsonl", "--top-k", 3)
    values = json_of(result)
    assert (values["questions"], values["aligned"]) == (26, {"exact": 24, "normalised": 0, "fuzzy": 0, "none": 0})
    assert (values["unanswerable"], values["missed"], values["positives"]) == (2, 0, 24)
    written = [json.loads(line) for line in Path("out/t.jsonl").read_text().splitlines()]
    assert len(written) == values["positives"] + values["negatives"] and {one["rank"] for one in written} == {1, 2, 3}
    assert next(one["answer"] for one in written if one["question"] == question("pump")["question"]) == "40 watts"
    assert f"Wrote out/t.jsonl: {len(written)} triplets." in result.stderr
    assert run("-q", "triplets", qa, "--json", "--out", "again.jsonl").stderr == ""


def test_answers_that_are_not_found_are_shown() -> None:
    strange = {"question": "How does the pump sound?", "answer": "like a contented cat in the sun"}
    result = run("triplets", write_pairs([*lines(), strange]))
    assert "not found: left out                         1   4 %" in result.stdout
    assert "Not found: left out, for example:\n  How does the pump sound?\n     given: like a contented cat" in result.stdout


def test_stopped_mining_keeps_what_it_has(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(5, monkeypatch)
    result = run("triplets", qa, "--out", "t.jsonl")
    assert result.exit_code == 130 and "5 questions:" in result.stdout
    written = [json.loads(line) for line in Path("t.jsonl").read_text().splitlines()]
    assert len({one["question"] for one in written}) == 5
    assert f"Stopped early; t.jsonl holds the {len(written)} triplets of the questions mined so far." in result.stderr
    assert "nothing was written" in run("triplets", qa).stderr


def test_mining_stopped_at_once_writes_nothing(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(0, monkeypatch)
    result = run("triplets", qa, "--out", "t.jsonl")
    assert result.exit_code == 130 and "Stopped early; nothing was written." in result.stderr
    assert not Path("t.jsonl").exists()


def test_bad_lines_are_told_and_left_out_or_refused() -> None:
    mixed = write_pairs([*lines(), '{"question": 3, "answer": "x"}', "{broken"], "mixed.jsonl")
    for command in (("triplets", mixed), ("finetune", mixed, "--dry-run", "--val", 0.4)):
        result = run(*command)
        assert result.exit_code == 0 and "26 questions" in result.stdout
        assert "mixed.jsonl:27: " in result.stderr and "mixed.jsonl:28: " in result.stderr
        strict = run(*command, "--strict")
        assert strict.exit_code == 2 and "mixed.jsonl:27: " in strict.stderr and strict.stdout == ""


def test_text_is_data(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / f"kiln{HOSTILE}.md").write_text("# Kiln\n\nThe kiln [bold]bakes[/bold] at most at 93 degrees.\n")
    assert run("ingest", folder).exit_code == 0
    given = [
        {"question": f"How hot {HOSTILE} is the kiln?", "answer": "[bold]bakes[/bold] at mst at 93 degrees"},
        {"question": f"What {HOSTILE}?", "answer": f"nothing of {HOSTILE} the kind anywhere"},
        f'{{"question": "{HOSTILE}',
    ]
    result = run("triplets", write_pairs([*lines(), *given], f"qa{HOSTILE}.jsonl"), "--out", f"t{HOSTILE}.jsonl")
    assert result.exit_code == 0
    assert not {"\x1b", "\x07"} & set(result.output)
    assert (
        "How hot \\x1b[2J[red]\\x07 is the kiln?" in result.stdout and "(kiln\\x1b[2J[red]\\x07.md, similarity" in result.stdout
    )
    assert "qa\\x1b[2J[red]\\x07.jsonl:29: " in result.stderr and "Wrote t\\x1b[2J[red]\\x07.jsonl" in result.stderr


# finetune --dry-run.


def test_a_dry_run_shows_what_there_is_to_learn_from(qa: Path) -> None:
    result = run("finetune", qa, "--dry-run", "--val", 0.4)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("16 questions to train on, 10 to judge by.\nNothing was trained or written.\n")
    values = json_of(run("finetune", qa, "--dry-run", "--val", 0.4, "--json"))
    assert (values["training"], values["validation"], values["mining"]["questions"]) == (16, 10, 26)
    assert len(values["fingerprint"]) == 64
    assert readers() == {"tiny"}


def test_a_dry_run_on_triplets(qa: Path) -> None:
    run("triplets", qa, "--out", "t.jsonl")
    values = json_of(run("finetune", "--triplets", "t.jsonl", "--dry-run", "--val", 0.4, "--json"))
    same = json_of(run("finetune", qa, "--dry-run", "--val", 0.4, "--json"))
    assert values == {**same, "mining": None}


# finetune.


def test_a_reader_is_trained_compared_and_answers(qa: Path) -> None:
    result = run("finetune", qa, *LONGER, "--max-wrong", "5%")
    assert result.exit_code == 0
    assert "10 validation questions on index 'manuals', trained on 16" in result.stdout
    assert (
        "before" in result.stdout and "95 % interval" in result.stdout and "Reader manuals-1: models/manuals-1" in result.stdout
    )
    assert "at most 5 % wrong answers: cannot be shown with 10 questions" in result.stdout
    assert "26 questions" in result.stderr and "F1" in result.stderr
    assert "It answers for index 'manuals' from now on. Back: ragqa model use tiny --index manuals" in result.stderr
    assert reader_of_index() == "manuals-1"
    assert readers() == {"tiny", "manuals-1"}
    assert {path.name for path in Path("models/manuals-1").iterdir()} == {
        "README.md", "config.json", "curves.png", "metrics.json", "model.safetensors", "ragqa.json", "risk_coverage.png",
        "tokenizer.json", "tokenizer_config.json", "training.json",
    }  # fmt: skip
    (info,) = [one for one in json_of(run("model", "list", "--json")) if one["name"] == "manuals-1"]
    assert info["base"] == "tiny" and info["problem"] == "" and info["summary"]["f1"] > 0.1
    assert run("ask", question("pump")["question"], "--threshold", 0).exit_code == 0


def test_json_is_all_that_is_printed(qa: Path) -> None:
    result = run("finetune", qa, *SETTINGS, "--json", "--name", "mine", "--promote", "never")
    values = json_of(result)
    assert (values["name"], values["folder"], values["base"], values["promoted"]) == ("mine", "models/mine", "tiny", False)
    assert values["questions"] == {"training": 16, "validation": 10} and values["max_wrong"] is None
    assert values["better"] == (values["comparison"]["differences"]["f1"]["mean"] > 0)
    assert len(values["comparison"]["after"]["results"]) == 10
    assert result.stderr == "" and reader_of_index() == "tiny"


def test_triplets_train_as_their_pairs_do(qa: Path) -> None:
    run("triplets", qa, "--out", "t.jsonl")
    for name, source in (("pairs", (qa,)), ("triplets", ("--triplets", "t.jsonl"))):
        result = run("finetune", *source, *SETTINGS, "--name", name, "--promote", "never")
        assert result.exit_code == 0 and "It does not answer yet. To change: ragqa model use" in result.stderr
    one, other = (Path("models", name, "model.safetensors").read_bytes() for name in ("pairs", "triplets"))
    assert one == other


def test_bad_triplets_are_told_and_left_out_or_refused(qa: Path) -> None:
    run("triplets", qa, "--out", "t.jsonl")
    path = Path("t.jsonl")
    path.write_text('{"question": "How hot?"}\n' + path.read_text())
    result = run("finetune", "--triplets", path, "--dry-run", "--val", 0.4)
    assert result.exit_code == 0 and "t.jsonl:1: context: is missing" in result.stderr
    strict = run("finetune", "--triplets", path, *SETTINGS, "--strict")
    assert strict.exit_code == 2 and "t.jsonl:1: context: is missing (1 such lines)" in strict.stderr
    assert readers() == {"tiny"}


@pytest.mark.parametrize(
    ("promote", "gain", "promoted"),
    [("better", 0.1, True), ("better", 0.0, False), ("better", -0.1, False), ("always", -0.1, True), ("never", 0.1, False)],
)
def test_promotion(promote: str, gain: float, promoted: bool, qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ragqa.training import finetune as module

    monkeypatch.setattr(module.Finetuned, "better", property(lambda done: gain > 0))
    values = json_of(run("finetune", qa, *SETTINGS, "--epochs", 0.1, "--promote", promote, "--json"))
    assert values["promoted"] is promoted
    assert reader_of_index() == ("manuals-1" if promoted else "tiny")


def test_a_new_reader_must_beat_the_one_that_answers_now(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = json_of(run("finetune", qa, *LONGER, "--json"))
    assert values["promoted"] is True and reader_of_index() == "manuals-1"
    again = json_of(run("finetune", qa, *SETTINGS, "--epochs", 0.1, "--json"))  # from the same base
    assert again["base"] == "tiny" and again["comparison"]["before"]["reader"] == "manuals-1"
    assert again["promoted"] is again["better"]  # which of two tiny readers is better, 10 questions may say either way
    assert reader_of_index() == (again["name"] if again["better"] else "manuals-1")
    answering = reader_of_index()
    monkeypatch.setenv("RAGQA_ASK_READER", "tiny")
    told = run("finetune", qa, *SETTINGS, "--epochs", 0.1, "--promote", "always").stderr
    assert f"Back: ragqa model use {answering} --index manuals" in told and "ask for 'tiny', which goes first" in told


def test_a_stopped_training_is_resumed_to_the_same_reader(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("finetune", qa, *SETTINGS, "--name", "straight", "--promote", "never")
    with monkeypatch.context() as patch:
        stop_after(26 + 5, patch)
        stopped = run("finetune", qa, *SETTINGS)
    assert stopped.exit_code == 130 and "To go on: ragqa finetune --resume --name manuals-1" in stopped.stderr
    assert readers() == {"tiny", "straight", ".manuals-1.training"}
    qa.unlink()
    result = run("finetune", "--resume", "--name", "manuals-1", "--promote", "always")
    assert result.exit_code == 0 and reader_of_index() == "manuals-1"
    assert readers() == {"tiny", "straight", "manuals-1"}
    one, other = (Path("models", name) for name in ("straight", "manuals-1"))
    for file in ("model.safetensors", "ragqa.json"):
        assert (one / file).read_bytes() == (other / file).read_bytes()


def test_a_resumed_training_goes_on_with_its_own_index(shop: Path, qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", shop, "-i", "other")
    with monkeypatch.context() as patch:
        stop_after(26 + 1, patch)
        assert run("finetune", qa, *SETTINGS, "-i", "other").exit_code == 130
    values = json_of(run("finetune", "--resume", "--name", "other-1", "--promote", "always", "--json"))
    assert values["comparison"]["after"]["index"] == "other" and reader_of_index() == "tiny"


def test_a_stopped_training_keeps_its_name(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        stop_after(26, monkeypatch)
        assert f"--resume --name manuals-{number}" in run("finetune", qa, *SETTINGS).stderr
    assert readers() == {"tiny", ".manuals-1.training", ".manuals-2.training"}


def test_stopped_before_there_is_anything_to_resume(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(3, monkeypatch)
    result = run("finetune", qa, *SETTINGS)
    assert result.exit_code == 130 and "nothing was written" in result.stderr and readers() == {"tiny"}


def test_a_full_disk_is_told_and_leaves_no_reader(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path, *_: Any) -> None:
        raise OSError(28, "No space left on device", str(folder))

    with monkeypatch.context() as patch:
        patch.setattr("ragqa.training.finetune.write_papers", full)
        result = run("finetune", qa, *SETTINGS)
    assert result.exit_code == 1 and "No space left on device" in result.stderr
    assert readers() == {"tiny", ".manuals-1.training"}
    assert run("finetune", "--resume", "--name", "manuals-1").exit_code == 0
    assert readers() == {"tiny", "manuals-1"}


# What cannot be done.


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "give a QA file or --triplets"),
        (("qa.jsonl", "--triplets", "t.jsonl"), 2, "give a QA file or --triplets"),
        (("qa.jsonl", "--name", "tiny"), 2, "there is a reader 'tiny' already"),
        (("qa.jsonl", "--name", "default"), 2, "there is a reader 'default' already"),
        (("qa.jsonl", "--name", "../x"), 2, "not a name for a reader"),
        (("qa.jsonl", "--base", "./nowhere"), 1, "there is no folder ./nowhere"),
        (("qa.jsonl", "--base", "models/empty"), 1, "cannot be loaded"),
        (("qa.jsonl", "-i", "nope"), 1, "there is no index 'nope'"),
        (("--triplets", "t.jsonl", "-i", "nope"), 1, "there is no index 'nope'"),
        (("--triplets", "missing.jsonl"), 2, "missing.jsonl cannot be read"),
        (("missing.jsonl",), 2, "missing.jsonl"),
        (("few.jsonl",), 2, "answerable questions are left for"),
        (("few.jsonl", "--dry-run"), 2, "answerable questions are left for"),
        (("qa.jsonl", "--dry-run", "--max-wrong", "5"), 2, "Write 5% or 0.05"),
        (("qa.jsonl", "--dry-run", "--name", "tiny"), 2, "there is a reader 'tiny' already"),
        (("qa.jsonl", "--dry-run", "--name", "../x"), 2, "not a name for a reader"),
        (("qa.jsonl", "--dry-run", "--base", "./nowhere"), 1, "there is no folder ./nowhere"),
        (("qa.jsonl", "--dry-run", "--base", "models/empty"), 1, "cannot be loaded"),
        (("qa.jsonl", "--max-wrong", "5"), 2, "Write 5% or 0.05"),
        (("qa.jsonl", "--val", "0.95"), 2, "validation is 0.95"),
        (("qa.jsonl", "--epochs", "0"), 2, "epochs is 0.0"),
        (("qa.jsonl", "--objective", "best"), 2, "--objective"),
        (("--resume",), 2, "which training is to be resumed"),
        (("--resume", "--name", "gone"), 2, "there is no training to resume"),
        (("--resume", "--name", "tiny"), 2, "there is a reader 'tiny' already"),
        (("qa.jsonl", "--resume", "--name", "x"), 2, "has its questions already"),
        (("--resume", "--name", "x", "--epochs", "2"), 2, "keeps the settings it began with"),
        (("--resume", "--name", "x", "--base", "tiny"), 2, "keeps the settings it began with"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told(arguments: tuple[str, ...], code: int, told: str, qa: Path) -> None:
    Path("models/empty").mkdir()
    write_pairs(lines()[:12], "few.jsonl")
    assert run("triplets", qa, "--out", "t.jsonl").exit_code == 0
    base = () if "--base" in arguments or "--resume" in arguments else ("--base", "tiny")
    validation = () if "--val" in arguments or "--resume" in arguments else ("--val", "0.4")
    result = run("finetune", *arguments, *base, *validation)
    assert result.exit_code == code and told in result.stderr and result.stdout == ""
    assert readers() == {"tiny", "empty"}


def test_damaged_work_cannot_be_resumed_but_begun_anew(qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        stop_after(26, patch)
        run("finetune", qa, *SETTINGS)
    job = Path("models/.manuals-1.training/job.json")
    job.write_text(job.read_text()[:40])
    result = run("finetune", "--resume", "--name", "manuals-1")
    assert result.exit_code == 2 and "job.json cannot be read" in result.stderr and "anew" in result.stderr
    assert run("finetune", qa, *SETTINGS, "--name", "manuals-1", "--epochs", 0.1).exit_code == 0


def test_hostile_names_are_data() -> None:
    for arguments in (("--base", HOSTILE), ("--name", HOSTILE), ("--resume", "--name", HOSTILE), ("--triplets", HOSTILE)):
        result = run("finetune", *(() if arguments[0] in ("--resume", "--triplets") else (write_pairs(lines()),)), *arguments)
        assert result.exit_code in (1, 2) and not {"\x1b", "\x07"} & set(result.output)
        assert "\\x1b[2J[red]\\x07" in result.stderr


@pytest.mark.parametrize("command", ["triplets", "finetune"])
def test_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0 and "--strict" in result.stdout
