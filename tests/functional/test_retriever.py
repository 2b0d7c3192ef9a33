"""finetune --retriever, and the commands that look after retrievers and the vectors of an index, from the command line."""

from __future__ import annotations

import json
import sqlite3
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import fake_retrievers
import pytest
from click.testing import CliRunner, Result
from machine_manual import PARTS, lines, question, watts, write_manual, write_pairs

from ragqa import RagQA
from ragqa.cli import terminal
from ragqa.cli.main import ragqa
from ragqa.config import DEFAULT_EMBEDDER, TrainSettings
from ragqa.indexing.index import Index
from ragqa.indexing.reembed import Reembedder
from ragqa.indexing.verify import verify_index
from ragqa.training.job import Job, begin_job, read_job
from ragqa.training.names import kept_name
from ragqa.training.retriever import Wish
from tests.conftest import FakeEmbedder, FakeReader

FOLDER = Path("indexes/manuals")
TEACH = ("finetune", "qa.jsonl", "--retriever", "--val", 0.4)


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEmbedder:
    """The manual of a machine in an index that hardly finds anything in it, and questions on it."""
    for console in (terminal.OUT, terminal.ERR):
        monkeypatch.setattr(console, "width", 400)
    monkeypatch.setattr("ragqa.answering.effort.load_reader_for", lambda effort, name="fake", threads=0: FakeReader())
    base = fake_retrievers.put_in_place(monkeypatch)
    assert run("ingest", write_manual(tmp_path / "manual")).exit_code == 0
    write_pairs(lines())
    return base


def run(*arguments: object) -> Result:
    """The command's result; whatever it does, it ends without a traceback."""
    result = CliRunner().invoke(ragqa, ["--threads", "1", *(str(argument) for argument in arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def retriever() -> str:
    """The retriever that the index has."""
    with Index(FOLDER) as index:
        return index.manifest.retriever


def models() -> set[str]:
    """Everything in models/ but locks, what is in the making too."""
    return {path.name for path in Path("models").iterdir() if path.suffix != ".lock"}


def found() -> int:
    """For how many parts the first passage is the one about it."""
    with closing_engine() as qa:
        return sum(f"The {part} draws" in qa.search(question(part)["question"])[0].chunk.text for part in PARTS)


def closing_engine() -> Any:
    return closing(RagQA("manuals"))


def test_a_better_retriever_takes_over_and_the_way_back_is_one_command(shop: FakeEmbedder) -> None:
    before = found()
    result = run(*TEACH)
    assert result.exit_code == 0, result.output
    assert "MRR" in result.stdout and "manuals-retriever-1 finds better than default" in result.stdout
    assert "Back to the one before: ragqa model use default --retriever --index manuals" in result.stderr
    assert retriever() == "manuals-retriever-1" and found() > before and verify_index(FOLDER) == []
    assert models() == {"manuals-retriever-1"}
    card = Path("models/manuals-retriever-1/README.md").read_text()
    assert "all" in card and "| MRR |" in card and "low rank" in card
    shop.embedded.clear()
    back = run("model", "use", "default", "--retriever")
    assert back.exit_code == 0 and retriever() == "" and found() == before
    assert not any("draws" in text and "How many" not in text for text in shop.embedded)  # its vectors were kept


def test_a_name_in_the_making_is_left_alone(tmp_path: Path) -> None:
    work = Path("models/.shop.training")
    begin_job(work, Job("default", "manuals", TrainSettings()), ())
    refused = run(*TEACH, "--name", "shop")
    assert refused.exit_code == 2 and "ragqa finetune --resume --name shop" in refused.stderr and read_job(work)
    with kept_name(".", "another"):
        refused = run(*TEACH, "--name", "another")
    assert refused.exit_code == 2 and "training 'another' is under way" in refused.stderr


def test_a_dry_run_that_was_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.cli.interrupt.stop_on_interrupt", lambda: nullcontext(lambda: True))
    stopped = run(*TEACH, "--dry-run")
    assert stopped.exit_code == 130 and "Stopped early" in stopped.stderr and not stopped.stdout


def test_json_says_what_was_found_before_and_after() -> None:
    done = json.loads(run(*TEACH, "--json", "--name", "shop", "--seed", 5).stdout)
    assert (done["name"], done["base"], done["better"], done["promoted"]) == ("shop", "default", True, True)
    assert done["after"]["mrr"] > done["before"]["mrr"] and done["differences"]["mrr"]["low"] > 0
    all_of_them = {"done": len(PARTS), "total": len(PARTS)}
    assert done["embedded"] == {
        "index": "manuals", "retriever": "shop", "before": "default", "stopped": False, "embedded": all_of_them,
    }  # fmt: skip
    assert done["searched"] == {"chunks": len(PARTS), "of": len(PARTS)} and done["questions"]["validation"] >= 8
    [listed] = [one for one in json.loads(run("model", "list", "--json").stdout) if one["kind"] == "retriever"]
    assert listed == json.loads(run("model", "info", "shop", "--json").stdout)
    assert (listed["used_by"], listed["problem"]) == (["manuals"], "") and set(listed["summary"]) == {"recall@12", "mrr"}
    assert "retriever" in run("model", "info", "shop").stdout


def test_one_that_is_not_better_is_kept_but_does_not_find(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_retrievers.put_in_place(monkeypatch, taught=lambda sha256: fake_retrievers.Dull(DEFAULT_EMBEDDER, sha256))
    result = run(*TEACH)
    assert result.exit_code == 0 and "No difference is shown" in result.stdout
    assert "ragqa model use manuals-retriever-1 --index manuals" in result.stderr and retriever() == ""
    assert run(*TEACH, "--promote", "always", "--name", "forced").exit_code == 0 and retriever() == "forced"


def test_never_is_never() -> None:
    assert run(*TEACH, "--promote", "never").exit_code == 0 and retriever() == ""


def test_where_vectors_still_follow_there_is_nothing_to_compare_a_retriever_with(tmp_path: Path) -> None:
    assert run("index", "rm", "manuals", "--yes").exit_code == 0
    assert run("ingest", tmp_path / "manual", "--no-embed").exit_code == 0
    result = run(*TEACH)
    assert result.exit_code == 2 and "still lacks vectors" in result.stderr and "ragqa index embed manuals" in result.stderr


def test_the_vectors_may_be_made_later(shop: FakeEmbedder) -> None:
    result = run(*TEACH, "--no-embed")
    assert "goes over to it with: ragqa index embed manuals" in result.stderr and retriever() == ""
    assert run("ask", question("pump")["question"]).exit_code in (0, 1)
    told = json.loads(run("index", "info", "--json").stdout)
    assert told["reembedding"] == {"retriever": "manuals-retriever-1", "done": len(PARTS), "total": len(PARTS)}
    assert told["settings"]["retriever"] == ""
    assert "to retriever 'manuals-retriever-1': 24 of 24 texts (100 %)" in run("index", "info").stdout
    assert run(*TEACH).exit_code == 2  # it is on its way
    done = json.loads(run("index", "embed", "--json").stdout)
    assert (done["retriever"], done["before"], done["stopped"]) == ("manuals-retriever-1", "default", False)
    assert done["embedded"] == {"done": len(PARTS), "total": len(PARTS)}
    assert retriever() == "manuals-retriever-1"
    again = run("index", "embed")
    assert again.exit_code == 0 and "has all vectors of retriever 'manuals-retriever-1'" in again.stdout


def test_an_ingest_goes_on_with_the_taught_retriever(tmp_path: Path) -> None:
    assert run(*TEACH).exit_code == 0
    more = tmp_path / "more"
    more.mkdir()
    (more / "oven.md").write_text("# Oven\n\nThe oven draws 900 watts.\n")
    assert run("ingest", more).exit_code == 0 and verify_index(FOLDER) == []
    with closing_engine() as qa:
        assert qa.search("How many watts does the oven draw?")[0].document == "oven.md"


def test_a_second_teaching_builds_on_the_first() -> None:
    assert run(*TEACH).exit_code == 0
    done = json.loads(run(*TEACH, "--promote", "always", "--json").stdout)
    assert (done["name"], done["base"]) == ("manuals-retriever-2", "manuals-retriever-1")
    assert retriever() == "manuals-retriever-2"


def test_an_engine_that_is_open_meanwhile_asks_on(shop: FakeEmbedder) -> None:
    with closing_engine() as qa:
        asked = question("gasket")["question"]
        assert qa.ask(asked).passages
        assert run(*TEACH).exit_code == 0
        assert f"The gasket draws {watts('gasket')}" in qa.ask(asked).passages[0].chunk.text
        assert qa.embedder is not shop


def test_threads_ask_while_the_index_goes_over_and_back() -> None:
    assert run(*TEACH, "--promote", "never").exit_code == 0
    done = threading.Event()
    with closing_engine() as qa, ThreadPoolExecutor(3) as pool:

        def ask(first: int) -> int:
            asked = 0
            while not done.is_set():
                part = PARTS[(first + asked) % len(PARTS)]
                assert qa.using(top_k=len(PARTS)).search(question(part)["question"])
                assert qa.ask(question(part)["question"]).passages
                asked += 1
            return asked

        asking = [pool.submit(ask, first) for first in (0, 7, 14)]
        try:
            for name in ("manuals-retriever-1", "default") * 3:
                assert run("model", "use", name, "--retriever").exit_code == 0
        finally:
            done.set()
        assert all(one.result(60) > 3 for one in asking)
    assert verify_index(FOLDER) == []


def test_a_retriever_in_use_cannot_be_removed() -> None:
    assert run(*TEACH).exit_code == 0
    for force in ((), ("--force",)):
        refused = run("model", "rm", "manuals-retriever-1", "-y", *force)
        assert refused.exit_code == 1 and "ragqa model use default --retriever --index manuals" in refused.stderr
    assert run("model", "use", "default", "--retriever").exit_code == 0
    removed = run("model", "rm", "manuals-retriever-1", "-y")
    assert removed.exit_code == 0 and "Deleted retriever" in removed.stderr and models() == set()


def test_a_retriever_that_is_gone_is_told_with_the_ways_out() -> None:
    assert run(*TEACH).exit_code == 0
    Path("models/manuals-retriever-1").rename("elsewhere")
    for command in (("ask", "What is it?"), ("ingest", "elsewhere")):
        told = run(*command)
        assert told.exit_code == 1 and "'manuals-retriever-1' is gone" in told.stderr and "ragqa model import" in told.stderr
    assert run("model", "use", "default", "--retriever", "--index", "manuals").exit_code == 0 and retriever() == ""


def test_a_retriever_travels(tmp_path: Path) -> None:
    assert run(*TEACH).exit_code == 0
    archive = tmp_path / "retriever.tar.gz"
    assert run("model", "export", "manuals-retriever-1", archive).exit_code == 0
    imported = run("model", "import", archive, "--name", "copy")
    assert imported.exit_code == 0 and "Retriever 'copy'" in imported.stderr
    assert run("model", "use", "copy").exit_code == 0 and retriever() == "copy" and verify_index(FOLDER) == []
    taken = run("model", "import", archive, "--name", "copy")
    assert taken.exit_code == 2 and "retriever 'copy' already" in taken.stderr


def test_what_is_no_adapter_is_not_imported(tmp_path: Path) -> None:
    folder = fake_retrievers.write_retriever("bent")
    with open(folder / "adapter.safetensors", "r+b") as file:
        file.truncate(20)
    archive = tmp_path / "bent.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, "bent")
    for source in (archive, folder):
        refused = run("model", "import", source, "--name", "other")
        assert refused.exit_code == 2 and "no retriever" in refused.stderr
    assert run("model", "info", "bent").exit_code == 1 and run("model", "use", "bent").exit_code == 1
    assert retriever() == ""


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--base", "default"), "--base is for readers"),
        (("--max-wrong", "5%"), "--max-wrong is for readers"),
        (("--patience", "2"), "--patience is for readers"),
        (("--objective", "both"), "--objective is for readers"),
        (("--epochs", "0"), "epochs is 0"),
        (("--val", "0.95"), "validation is 0.95"),
        (("--name", "../x"), "is not a name"),
        (("--name", "../x", "--dry-run"), "is not a name"),
        (("--triplets", "qa.jsonl"), "one of them"),
        (("--index", "none"), "there is no index 'none'"),
    ],
)
def test_what_makes_no_sense_is_told(options: tuple[str, ...], told: str) -> None:
    result = run("finetune", "qa.jsonl", "--retriever", *options)
    assert result.exit_code in (1, 2) and told in result.stderr and not Path("models").exists()


def test_no_embed_is_not_for_readers_and_too_few_questions_are_too_few() -> None:
    assert "--no-embed is for --retriever" in run("finetune", "qa.jsonl", "--no-embed").stderr
    write_pairs(lines()[:6], "few.jsonl")
    few = run("finetune", "few.jsonl", "--retriever")
    assert few.exit_code == 2 and "at least 8" in few.stderr


def test_a_dry_run_writes_nothing() -> None:
    result = run(*TEACH, "--dry-run")
    assert result.exit_code == 0 and "questions to train on" in result.stdout and "Nothing was trained" in result.stdout
    assert json.loads(run(*TEACH, "--dry-run", "--json").stdout)["training"] > 0
    assert not Path("models").exists() and retriever() == ""


def test_the_settings_of_the_file_are_what_it_begins_with() -> None:
    def split(*options: object) -> tuple[int, int]:
        plan = json.loads(run("finetune", "qa.jsonl", "--retriever", "--dry-run", "--json", *options).stdout)
        return plan["training"], plan["validation"]

    Path("ragqa.toml").write_text("[retriever]\nvalidation = 0.4\n")
    with closing_engine() as qa:
        plan = qa.plan_teaching("qa.jsonl", wish=Wish(name="shop"))
    assert plan is not None
    of_the_file, typed = split(), split("--val", 0.5)
    assert of_the_file == (len(plan.material.training), len(plan.material.validation)) != typed
    Path("ragqa.toml").unlink()
    assert split("--val", 0.4) == of_the_file


def test_triplets_teach_as_well() -> None:
    assert run("triplets", "qa.jsonl", "--out", "triplets.jsonl").exit_code == 0
    assert run("finetune", "--triplets", "triplets.jsonl", "--retriever", "--val", 0.4).exit_code == 0
    assert retriever() == "manuals-retriever-1"


def test_while_another_writes_the_retriever_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with Reembedder(FOLDER):
        busy = run(*TEACH)
    assert busy.exit_code == 1 and "ragqa model use manuals-retriever-1 --index manuals" in busy.stderr
    assert run("model", "use", "manuals-retriever-1").exit_code == 0 and retriever() == "manuals-retriever-1"


def test_an_index_of_another_versions_embedder_can_be_embedded_anew(shop: FakeEmbedder) -> None:
    with closing(sqlite3.connect(FOLDER / "index.sqlite")) as connection:
        [(stored,)] = connection.execute("SELECT value FROM meta WHERE key = 'manifest'").fetchall()
        old = json.dumps({**json.loads(stored), "fingerprint": "f" * 32})
        connection.execute("UPDATE meta SET value = ? WHERE key = 'manifest'", (old,))
        connection.commit()
    told = run("ask", "What is it?")
    assert told.exit_code == 1 and "ragqa index embed manuals" in told.stderr
    assert run("index", "embed").exit_code == 0
    with Index(FOLDER) as index:
        assert index.manifest.fingerprint == shop.fingerprint
    assert verify_index(FOLDER) == []


def test_completion_knows_retrievers(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_retrievers.write_retriever("shop")
    monkeypatch.setenv("_RAGQA_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "ragqa model use s")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert "shop" in CliRunner().invoke(ragqa, [], prog_name="ragqa", complete_var="_RAGQA_COMPLETE").output
