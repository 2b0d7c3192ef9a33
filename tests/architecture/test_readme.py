"""What README says, compared with the code: numbers, the drawing of the tree, JSON fields, commands, options, files."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from ragqa.config import AskSettings, IngestSettings, RetrieverSettings, ServeSettings, Settings, TrainSettings
from ragqa.settings import NO_SETTINGS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = " ".join(README.split())
SECTIONS = {
    "": Settings, "ask": AskSettings, "ingest": IngestSettings, "train": TrainSettings, "retriever": RetrieverSettings,
    "serve": ServeSettings,
}  # fmt: skip


# Numbers.


def demo_pairs() -> list[dict[str, object]]:
    return [json.loads(line) for line in (ROOT / "ragqa/demo/qa.jsonl").read_text(encoding="utf-8").splitlines()]


def constant(module: str, name: str) -> object:
    """A constant of a module, read off its text: what it would import is not needed here."""
    for node in ast.parse((ROOT / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            return ast.literal_eval(node.value)
    raise AssertionError(f"{module} has no {name}")


def test_the_chunks() -> None:
    assert f"≤ {IngestSettings().chunk_tokens} tokens" in TEXT


def test_how_far_vectors_are_searched_exactly() -> None:
    assert f"exactly up to {constant('ragqa/indexing/search/vector_kinds.py', 'FLAT_UP_TO'):,} chunks" in TEXT


def test_the_fewest_questions_to_learn_from() -> None:
    assert f"refuses fewer than {constant('ragqa/training/material.py', 'FEWEST')} answerable ones" in TEXT


def test_how_often_long_work_tells_where_it_is() -> None:
    from ragqa.cli.progress import PLAIN_EVERY

    assert PLAIN_EVERY == 10 and "a line every ten seconds" in TEXT


def test_how_many_passages_decide() -> None:
    words = {2: "two", 3: "three", 4: "four", 5: "five"}
    name = "FIRST_PASSAGES"
    (module,) = (path for path in (ROOT / "ragqa/answering").glob("*.py") if f"\n{name} = " in path.read_text(encoding="utf-8"))
    assert f"in the first {words[constant(f'ragqa/answering/{module.name}', name)]} passages" in TEXT  # type: ignore[index]


def test_the_samples() -> None:
    pairs = demo_pairs()
    answered = sum(bool(pair.get("answer") or pair.get("answers")) for pair in pairs)
    assert f"{len(pairs)} questions: {answered} with an answer, {len(pairs) - answered} without." in TEXT
    manuals = list((ROOT / "ragqa/demo/manuals").iterdir())
    assert len(manuals) == 5 and "the five sample manuals" in TEXT


def test_what_the_samples_teach() -> None:
    from ragqa.demo.tour import lesson_and_test, sample_pairs

    lesson, test = lesson_and_test(sample_pairs())
    assert f"from {len(lesson)} questions" in TEXT and f"on {len(test)} others" in TEXT


def test_the_share_kept_to_judge_by() -> None:
    assert TrainSettings().validation == 0.2 and "A fifth of the questions is kept apart" in TEXT


def test_the_python_that_is_needed() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f"Python {needed.removeprefix('>=')} or newer" in TEXT


# Settings.


def settings_example() -> str:
    return next(block for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL) if "[ask]" in block)


def test_the_settings_of_the_example_are_the_defaults(tmp_path: Path) -> None:
    from ragqa.settings import load_settings

    example = settings_example()
    (tmp_path / "ragqa.toml").write_text(example)
    given, defaults = load_settings(tmp_path), Settings()
    assert given.ingest.exclude == ("draft-*",)
    assert (given.index, given.ask, given.train) == (defaults.index, defaults.ask, defaults.train)
    assert given.retriever == defaults.retriever


def test_the_variables_of_the_example_are_settings() -> None:
    for name in re.findall(r"RAGQA_([A-Z_]+)", README):
        if f"RAGQA_{name}" in NO_SETTINGS:
            continue
        section, _, setting = name.lower().partition("_")
        kind = SECTIONS[section] if setting else Settings
        assert (setting or section) in kind.__dataclass_fields__, name


def test_every_section_of_settings_is_shown() -> None:
    sections = {item.name for item in fields(Settings) if item.name in SECTIONS}
    assert sections == set(re.findall(r"^\[(\w+)\]", settings_example(), re.MULTILINE))


# The tree.


def drawn_tree() -> dict[str, set[str]]:
    """The names that the drawing has under each top-level folder, without what it says of them."""
    (block,) = (block for block in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if block.startswith("ragqa/ "))
    drawn: dict[str, set[str]] = {}
    folder = ""
    for line in block.splitlines():
        folder = line[:8].strip() or folder
        names = re.split(r"\s{3,}", line[8:], maxsplit=1)[0] if folder == "ragqa/" else ""
        drawn.setdefault(folder, set()).update(names.split())
    return drawn


def test_the_drawing_is_the_tree() -> None:
    drawn = drawn_tree()
    own = {path for path in (ROOT / "ragqa").iterdir() if not path.name.startswith("_")}
    modules = {path.stem for path in own if path.suffix == ".py"}
    folders = {f"{path.name}/" for path in own if path.is_dir()}
    assert drawn["ragqa/"] == modules | folders
    assert set(drawn) == {"ragqa/", "tui/", "tests/"}


def test_the_folders_of_the_tests_are_named() -> None:
    line = next(line for line in README.splitlines() if line.startswith("tests/  "))
    folders = {f"{path.name}/" for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == set(re.findall(r"\w+/", line.removeprefix("tests/")))


def test_what_the_terminal_ui_may_import() -> None:
    told = re.search(r"of ragqa it knows ([\w, ]+) and (\w+)\n", README)
    assert told is not None
    known = {*told[1].split(", "), told[2]}
    imported = set()
    for path in (ROOT / "tui").rglob("*.py"):
        imported |= set(re.findall(r"(?:from|import) ragqa\.(\w+)", path.read_text(encoding="utf-8")))
    assert known == imported


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:ragqa|tests|tui|parsing|cli|inference|indexing|text)/[\w./-]*)`", README)))
)
def test_files_that_are_named_exist(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / "ragqa" / path).exists()


# JSON.


def told_fields(name: str) -> set[str]:
    """The fields that README lists for a command or a part of one, without those within braces and remarks in parentheses."""
    for block in re.findall(r"```text\n(.*?)```", README, re.DOTALL):
        entry = re.search(rf"^{name} {{2,}}(.*?)(?=^\w|\Z)", block, re.MULTILINE | re.DOTALL)
        if entry is not None and "," in entry[1]:
            return _names(entry[1].partition(". ")[0])
    raise AssertionError(f"README lists no fields of {name}")


def _names(text: str) -> set[str]:
    while re.search(r"[{(\[][^{}()\[\]]*[})\]]", text):
        text = re.sub(r"[{(\[][^{}()\[\]]*[})\]]", "", text)
    return {part.split()[0] for part in re.split(r"[,;]", text) if part.strip()}


def written(module: str, function: str) -> set[str]:
    """The fields that a function writes: the keys of the dictionary that it returns, or those of the class that it lays open."""
    for node in ast.parse((ROOT / module).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            returned = next(one.value for one in ast.walk(node) if isinstance(one, ast.Return))
            assert isinstance(returned, ast.Dict)
            return {str(key.value) for key in returned.keys if isinstance(key, ast.Constant)}
    raise AssertionError(f"{module} has no {function}")


SCHEMA = "ragqa/schema.py"


@pytest.mark.parametrize(
    ("told", "function"),
    [
        ("answers", "answer_json"),
        ("passages", "hit_json"),
        ("finetune", "finetuned_json"),
        ("retriever", "taught_json"),
        ("ingest", "ingest_json"),
        ("audit", "audit_json"),
        ("show", "picture_json"),
    ],
)
def test_the_fields_of_the_json(told: str, function: str) -> None:
    assert told_fields(told) == written(SCHEMA, function)


def test_the_fields_of_an_evaluation() -> None:
    assert told_fields("eval") - {"max_wrong"} == written("ragqa/evaluation/report.py", "report_json")


def test_the_fields_of_a_response() -> None:
    (block,) = (block for block in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if block.startswith("question "))
    named = set(re.findall(r"(?:^|\s{3,})(\w+) {2,}", block, re.MULTILINE))
    assert named == written(SCHEMA, "response_json")


def test_the_fields_of_what_is_laid_open_whole() -> None:
    from ragqa.evaluation.check import Change, CheckReport
    from ragqa.readers.registry import ReaderInfo
    from ragqa.training.mining import MiningReport
    from ragqa.types import Feedback, FileReport, IndexInfo, Match, Verdict

    shown = {"check": CheckReport, "triplets": MiningReport, "model": ReaderInfo, "feedback": Feedback, "index": IndexInfo}
    for name, kind in shown.items():
        assert told_fields(name) == {item.name for item in fields(kind)}, name
    aligned = re.search(r"aligned \{(.*?)\}", TEXT)
    assert aligned is not None and aligned[1].split(", ") == [match.value for match in Match]
    verdicts = re.search(r"verdict \{(.*?)\}", TEXT)
    assert verdicts is not None and set(verdicts[1].split(" | ")) == {verdict.value for verdict in Verdict}
    files = re.search(r"files \[\{(.*?)\}\]", TEXT)
    assert files is not None and files[1].split(", ") == [item.name for item in fields(FileReport)]
    changes = re.search(r"changes \[\{kind: [\w| ]+, (.*?)\}", TEXT)
    assert changes is not None and ["kind", *changes[1].split(", ")] == [item.name for item in fields(Change)]


# Commands and options.


def commands() -> dict[str, set[str]]:
    """Every command as it is typed, with its options."""
    import click

    from ragqa.cli.main import COMMANDS

    found: dict[str, set[str]] = {}
    for name, entry in COMMANDS.items():
        loaded = entry.load()
        found[name] = {option for parameter in loaded.params for option in parameter.opts}
        if isinstance(loaded, click.Group):
            for sub, command in loaded.commands.items():
                found[f"{name} {sub}"] = {option for parameter in command.params for option in parameter.opts}
    return found


def typed() -> list[str]:
    """What follows `ragqa` in every command line of README, as far as it is words: "index list | info"."""
    lines = re.findall(r"`(ragqa [^`\n]+)`", README) + re.findall(r"^\$ (ragqa .*)$", README, re.MULTILINE)
    return [found[1] for line in lines if (found := re.match(r"ragqa ([a-z]+(?: [a-z]+(?: \| [a-z]+)*)?)(?![\w/.])", line))]


def test_commands_that_are_named_exist() -> None:
    known = commands()
    assert len(typed()) > 20
    for line in typed():
        name, _, rest = line.partition(" ")
        assert name in known, line
        grouped = any(one.startswith(f"{name} ") for one in known)
        assert not grouped or {f"{name} {sub}" for sub in rest.split(" | ") if sub} <= set(known), line


def test_every_command_is_named() -> None:
    named = set(re.findall(r"ragqa ([a-z]+)", README))
    assert {name for name in commands() if " " not in name} <= named


def test_options_that_are_named_exist() -> None:
    known = set().union(*commands().values()) | {"--home"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README)) - known == set()
