"""What a home folder goes through in the campaigns: each scene has a state to begin from, something that changes it durably, what
must hold however that was cut off, and the next run, which completes it.

The embedder is the tests' stand-in and the indexes are small; all that writes is the real thing.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from ragqa.config import IngestSettings, TrainSettings
from ragqa.errors import UsageError
from ragqa.files import delete_whole, full_disk_errors, storage_errors, take_name, write_whole
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index, remove_index
from ragqa.indexing.reembed import Reembedder
from ragqa.indexing.transfer import Trust, export_index, import_index
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.ingestion.ingest import ingest
from ragqa.ingestion.plan import PlannedFile, read_file
from ragqa.ingestion.read_ahead import Fetch, ParsedFile
from ragqa.journal import Journal
from ragqa.last_answers import keep_answers, kept_answers
from ragqa.parsing.registry import parse
from ragqa.paths import DATABASE, index_folder, indexes_folder, models_folder, reader_folder, working_folder
from ragqa.readers.archive import export_reader, import_reader
from ragqa.readers.registry import index_reader, reader_info, reader_names, remove_reader, use_reader
from ragqa.training.checkpoints import newest_checkpoint, seal
from ragqa.training.job import TRIPLETS_FILE, Job, begin_job, read_job, unfinished_trainings
from ragqa.training.triplet_file import read_triplets
from ragqa.types import Answer, BlockKind, Context, Feedback, Triplet, Verdict
from tests.conftest import FakeEmbedder

Say = Callable[[str], None]
MANUALS = 5
SETTINGS = IngestSettings()


class Broken(AssertionError):
    """What must hold does not."""


def must(holds: object, what: str) -> None:
    if not holds:
        raise Broken(what)


class Scene:
    """A thing that is done to a home folder. `act` says what it has done for good, each as soon as it is."""

    name = ""
    next_is_other = False
    """Whether the next run does something else than the one that was cut off, so that only its end shows that it is complete."""

    def prepare(self, home: Path) -> None:
        """Make the state that it begins from."""
        ingest_all(home, 0)

    def act(self, home: Path, say: Say) -> None:
        raise NotImplementedError

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        """What holds at any moment. Raises Broken."""
        check_indexes(home)

    def finish(self, home: Path) -> None:
        """The next run. Raises Broken where what comes of it is not what an undisturbed one gives."""
        self.act(home, lambda word: None)
        self.check_done(home)

    def check_done(self, home: Path) -> None:
        check_indexes(home)


def write_manual(folder: Path, number: int, version: int) -> None:
    """A small manual that says its number and version in each of three sections."""
    sections = (
        f"## Part {part}\n\nVersion {version} of manual {number} says that part {part} weighs {number * 7 + part} grams.\n"
        for part in range(3)
    )
    (folder / f"manual-{number}.md").write_text(f"# Manual {number}\n\n" + "\n".join(sections))


def write_manuals(home: Path, version: int, numbers: Iterable[int] = range(MANUALS)) -> Path:
    folder = home / "manuals"
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        write_manual(folder, number, version)
    return folder


def ingest_all(home: Path, version: int, say: Say = lambda word: None) -> None:
    """Ingest the manuals in this version; says each commit, with the documents it made."""
    manuals = write_manuals(home, version)
    plain = IndexWriter.commit

    def commit(writer: IndexWriter, settle: bool = True) -> None:
        plain(writer, settle)
        say(str(writer.generation))

    IndexWriter.commit = commit  # type: ignore[method-assign]
    try:
        report = ingest(index_folder(home, "shelf"), [manuals], FakeEmbedder(), SETTINGS, prune=True)
    finally:
        IndexWriter.commit = plain  # type: ignore[method-assign]
    must(not report.failed and not report.interrupted, f"the ingest failed: {report.failed}")


def versions(index: Index) -> dict[str, set[str]]:
    """The versions that each document's text and chunks speak of, by path."""
    found = {}
    for document in index.documents():
        texts = [index.text(document.id), *(chunk.chunk.text for chunk in index.document_chunks(document.id))]
        found[document.path] = {word for text in texts for mark, word in pairwise(text.split()) if mark == "Version"}
    return found


def check_indexes(home: Path) -> None:
    """Every index opens and agrees with itself, and each of its documents is whole."""
    for database in indexes_folder(home).glob(f"*/{DATABASE}"):
        problems = verify_index(database.parent)
        must(not problems, f"verify: {problems}")
        with Index(database.parent) as index:
            found = versions(index)
        must(all(len(held) == 1 for held in found.values()), f"mixed: {found}")


def held(home: Path, name: str = "shelf") -> tuple[int, dict[str, str]]:
    """The generation of an index, and each document's version; -1 where there is no index."""
    folder = index_folder(home, name)
    if not (folder / DATABASE).is_file():
        return -1, {}
    with Index(folder) as index:
        return index.generation, {path: next(iter(found)) for path, found in versions(index).items()}


def whole(home: Path, version: int, numbers: Iterable[int] = range(MANUALS)) -> dict[str, str]:
    return {f"manual-{number}.md": str(version) for number in numbers}


def no_leftovers(home: Path) -> None:
    """Nothing is left of what was cut off."""
    patterns = "vectors-*.tmp", "terms-*.tmp", "*.new", "*.removed", ".import-*"
    found = [path for pattern in patterns for path in home.rglob(pattern)]
    must(not found, f"left: {[str(path.relative_to(home)) for path in found]}")
    for folder in indexes_folder(home).iterdir():
        files = [path.name for path in folder.glob("vectors-*")]
        must(len(files) <= 2, f"left in {folder.name}: {files}")


class NewIndex(Scene):
    name = "ingest, new"

    def prepare(self, home: Path) -> None:
        write_manuals(home, 0)

    def act(self, home: Path, say: Say) -> None:
        ingest_all(home, 0, say)

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        generation, _ = held(home)
        must(not said or generation >= int(said[-1]), f"commit {said[-1:]} is lost: {generation}")

    def check_done(self, home: Path) -> None:
        check_indexes(home)
        must(held(home)[1] == whole(home, 0), f"holds {held(home)}")
        no_leftovers(home)


class Update(NewIndex):
    name = "ingest, changed"

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)

    def act(self, home: Path, say: Say) -> None:
        ingest_all(home, 1, say)

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        super().check(home, said)
        generation, found = held(home)
        must(generation >= 1 and found.keys() == whole(home, 0).keys(), f"lost: {generation} {found}")

    def check_done(self, home: Path) -> None:
        check_indexes(home)
        must(held(home)[1] == whole(home, 1), f"holds {held(home)}")
        no_leftovers(home)


class Prune(NewIndex):
    name = "prune"

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        for number in (1, 3):
            (home / "manuals" / f"manual-{number}.md").unlink()

    def act(self, home: Path, say: Say) -> None:
        report = ingest(index_folder(home, "shelf"), [home / "manuals"], FakeEmbedder(), SETTINGS, prune=True)
        must(not report.failed, "failed")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        super().check(home, said)
        must(held(home)[1] in (whole(home, 0), whole(home, 0, (0, 2, 4))), f"pruned by half: {held(home)}")

    def check_done(self, home: Path) -> None:
        check_indexes(home)
        must(held(home)[1] == whole(home, 0, (0, 2, 4)), f"holds {held(home)}")
        no_leftovers(home)


class Rebuild(Scene):
    name = "index rebuild"

    def act(self, home: Path, say: Say) -> None:
        rebuild_index(index_folder(home, "shelf"))

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        must(held(home)[1] == whole(home, 0), f"lost: {held(home)}")

    def check_done(self, home: Path) -> None:
        self.check(home, ())
        no_leftovers(home)


class Remove(Scene):
    """The index has commits in its log, as after a kill; the next run makes another index under its name."""

    name = "index rm"
    next_is_other = True

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        folder = index_folder(home, "shelf")
        Journal(folder).add(Feedback("What?", Verdict.UNANSWERABLE))
        with Index(folder) as index, index.snapshot():
            index.documents()
            ingest_all(home, 1)  # stays in the log: the last one to close it cannot write
        must((folder / f"{DATABASE}-wal").stat().st_size, "there is no log")

    def act(self, home: Path, say: Say) -> None:
        remove_index(index_folder(home, "shelf"))
        say("removed")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        must(held(home)[1] in ({}, whole(home, 1)), f"removed by half: {held(home)}")
        must(not said or held(home)[0] < 0, "it is still there")
        must(len(Journal(index_folder(home, "shelf")).verdicts()) == 1, "a verdict is lost")

    def finish(self, home: Path) -> None:
        folder = index_folder(home, "shelf")
        if (folder / DATABASE).is_file():
            remove_index(folder)
        for number in range(1, MANUALS):
            (home / "manuals" / f"manual-{number}.md").unlink()
        write_manuals(home, 2, [0])
        ingest(folder, [home / "manuals"], FakeEmbedder(), SETTINGS)
        self.check_done(home)

    def check_done(self, home: Path) -> None:
        check_indexes(home)
        must(held(home)[1] == {"manual-0.md": "2"}, f"it came back: {held(home)}")
        must(len(Journal(index_folder(home, "shelf")).verdicts()) == 1, "a verdict is lost")
        no_leftovers(home)


class Export(Scene):
    """A file is there already: it is that one or the new one, whole."""

    name = "index export"

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        export_index(index_folder(home, "shelf"), home / "shelf.ragqa")
        ingest_all(home, 1)

    def act(self, home: Path, say: Say) -> None:
        export_index(index_folder(home, "shelf"), home / "shelf.ragqa")
        say("exported")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        with zipfile.ZipFile(home / "shelf.ragqa") as archive:
            must(archive.testzip() is None, "half an archive")
            changed = archive.read(DATABASE).find(b"Version 1 of manual") >= 0
        must(changed or not said, "the export is lost")

    def check_done(self, home: Path) -> None:
        self.check(home, ("exported",))


class Import(Scene):
    name = "index import"

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        export_index(index_folder(home, "shelf"), home / "shelf.ragqa")
        ingest_all(home, 1)

    def act(self, home: Path, say: Say) -> None:
        take_in(home)
        say("imported")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        must(held(home)[1] == whole(home, 1), f"another index is lost: {held(home)}")
        must(held(home, "copy")[1] in ({}, whole(home, 0)), f"imported by half: {held(home, 'copy')}")
        must(not said or held(home, "copy")[1], "the import is lost")

    def finish(self, home: Path) -> None:
        if held(home, "copy")[0] < 0:
            take_in(home)
        self.check(home, ("imported",))
        take_in(home, "another")
        no_leftovers(home)


def take_in(home: Path, name: str = "copy") -> None:
    import_index(home / "shelf.ragqa", indexes_folder(home), name, Trust(embedders=["fake"]))


class Embed(Scene):
    """The index is taken over to another embedder while it is asked."""

    name = "index embed"
    other = FakeEmbedder("fake", "2")

    def act(self, home: Path, say: Say) -> None:
        with Reembedder(index_folder(home, "shelf")) as work:
            if work.manifest.fingerprint == self.other.fingerprint:
                return
            if work.target is None:
                work.aim(self.other, "better")
                say("aimed")
            must(work.embed(self.other), "it stopped")
            say("embedded")
            work.switch()
            say("switched")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        must(held(home)[1] == whole(home, 0), f"lost: {held(home)}")
        with Index(index_folder(home, "shelf")) as index:
            switched = index.manifest.fingerprint == self.other.fingerprint
        must(switched or "switched" not in said, "the switch is lost")

    def check_done(self, home: Path) -> None:
        self.check(home, ("switched",))
        no_leftovers(home)


class Keep(Scene):
    """Verdicts, questions and the last answers."""

    name = "journal"

    def act(self, home: Path, say: Say) -> None:
        folder = index_folder(home, "shelf")
        journal = Journal(folder)
        first = len(journal.verdicts())
        for number in range(first, 6):
            journal.remember(f"question {number}")
            journal.add(Feedback(f"question {number}", Verdict.UNANSWERABLE))
            say(str(number))
            keep_answers(folder, [_answer(f"{number} {number}")])

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        folder = index_folder(home, "shelf")
        found = [one.question for one in Journal(folder).verdicts()]
        must(found == [f"question {number}" for number in range(len(found))], f"out of order: {found}")
        must(len(found) >= len(said), f"verdicts are lost: {found} of {said}")
        must(len(Journal(folder).questions()) in (len(found), len(found) + 1), "questions are lost")
        kept = [one.text.split() for one in kept_answers(folder)]
        must(len(said) < 2 or kept, "the last answers are lost")
        must(all(len({*words}) == 1 for words in kept), f"mixed: {kept}")

    def finish(self, home: Path) -> None:
        self.act(home, lambda word: None)
        self.check(home, tuple("123456"))


def _answer(text: str) -> Answer:
    context = Context(BlockKind.PARAGRAPH, text, 0, len(text))
    return Answer(text, 0.5, "manual-0.md", (), (), 0, 3, text, 0, context, 1, 1.0, 1.0)


class Finetune(Scene):
    """A training that begins, keeps checkpoints as transformers' Trainer does, writes its reader and lets it answer. The weights
    are copied instead of trained; where they go, and when, is the real thing."""

    name = "finetune"
    steps = 4

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        tiny_reader(home / "tiny")

    def act(self, home: Path, say: Say) -> None:
        folder = reader_folder(home, "taught")
        work = working_folder(folder)
        done: Path | None = None
        with suppress(UsageError):
            read_job(work)
            done = newest_checkpoint(work / "checkpoints")
        if "taught" not in reader_names(home):
            if done is None and "taught" not in unfinished_trainings(home):
                begin_job(work, Job("default", "shelf", TrainSettings()), _triplets())
                say("begun")
            with storage_errors(work), full_disk_errors(work):
                self._train(home, work, int(done.name.split("-")[1]) if done else 0, say)
                shutil.rmtree(work / "reader", ignore_errors=True)
                shutil.copytree(home / "tiny", work / "reader")
                take_name(work / "reader", folder)
                delete_whole(work)
            say("made")
        use_reader(home, "shelf", "taught")
        say("used")

    def _train(self, home: Path, work: Path, done: int, say: Say) -> None:
        for step in range(done + 1, self.steps + 1):
            _checkpoint(home, work / "checkpoints" / f"checkpoint-{step}")
            say(f"checkpoint {step}")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        work = working_folder(reader_folder(home, "taught"))
        for name in reader_names(home):
            must(not reader_info(home, name).problem, f"{name}: {reader_info(home, name).problem}")
        must(index_reader(home, "shelf") in ("default", "taught"), "the index's reader is gone")
        must("made" not in said or "taught" in reader_names(home), "the reader is lost")
        must("used" not in said or index_reader(home, "shelf") == "taught", "the choice of reader is lost")
        if "taught" in reader_names(home):
            must("taught" not in unfinished_trainings(home), "a training that is done is told as unfinished")
        elif "begun" in said:
            must("taught" in unfinished_trainings(home) and read_job(work).index == "shelf", "the job is lost")
            must(len(read_triplets(work / TRIPLETS_FILE)[0]) == len(_triplets()), "triplets are lost")
            kept = newest_checkpoint(work / "checkpoints")
            last = max((int(word.split()[1]) for word in said if word.startswith("checkpoint")), default=0)
            must(not last or (kept and int(kept.name.split("-")[1]) >= last), f"checkpoint {last} is lost: {kept}")

    def check_done(self, home: Path) -> None:
        self.check(home, ("made", "used"))
        begin_job(working_folder(reader_folder(home, "another")), Job("default", "shelf", TrainSettings()), _triplets())
        must(not working_folder(reader_folder(home, "taught")).exists(), "the checkpoints are left")
        no_leftovers(home)


class Models(Scene):
    """A reader goes out to a file, is removed, and comes back under another name."""

    name = "model export, rm, import"

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        models_folder(home).mkdir()
        tiny_reader(models_folder(home) / "first")

    def act(self, home: Path, say: Say) -> None:
        out = home / "first.tar.gz"
        if "first" in reader_names(home):
            export_reader(home, "first", out)
            say("exported")
            remove_reader(home, "first")
            say("removed")
        if "second" not in reader_names(home):
            import_reader(home, out, "second")
        say("imported")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        for name in reader_names(home):
            must(not reader_info(home, name).problem, f"{name}: {reader_info(home, name).problem}")
        names = reader_names(home)
        must("first" in names or (home / "first.tar.gz").is_file(), "the reader is lost")
        must("removed" not in said or "first" not in names, "it is still there")
        must("imported" not in said or "second" in names, "the import is lost")

    def check_done(self, home: Path) -> None:
        self.check(home, ("exported", "removed", "imported"))
        import_reader(home, home / "first.tar.gz", "another")
        no_leftovers(home)


def _triplets() -> list[Triplet]:
    return [Triplet(str(number), "How heavy?", "It weighs 7 grams.", 10, 17, ("7 grams",)) for number in range(20)]


def _checkpoint(home: Path, folder: Path) -> None:
    """As transformers writes one: the state last, then the one before the last goes; the seal after that."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(home / "tiny" / "model.safetensors", folder / "model.safetensors")
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth"):
        (folder / name).write_bytes(bytes(5000))
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": int(folder.name.split("-")[1])}))
    older = sorted(folder.parent.glob("checkpoint-*"))[:-2]
    for one in older:
        shutil.rmtree(one)
    seal(folder)


def tiny_reader(folder: Path) -> None:
    """A reader of 12 numbers: enough for all that looks at its files."""
    import numpy as np
    from safetensors.numpy import save_file

    from ragqa.answering.reader_settings import ReaderSettings

    folder.mkdir(parents=True)
    write_whole(folder / "config.json", json.dumps({"model_type": "bert", "architectures": ["BertForQuestionAnswering"]}))
    write_whole(folder / "tokenizer.json", "{}")
    save_file({"qa_outputs.weight": np.zeros((2, 5000), np.float32)}, folder / "model.safetensors")
    ReaderSettings().save(folder)


SCENES: tuple[Scene, ...] = (
    NewIndex(), Update(), Prune(), Rebuild(), Remove(), Export(), Import(), Embed(), Keep(), Finetune(), Models(),
)  # fmt: skip


def read_here(
    files: Sequence[PlannedFile], settings: IngestSettings, *options: Any, **more: Any
) -> Generator[tuple[PlannedFile, Fetch]]:
    """What reads files ahead in an ingest, without other processes and threads: those do not go with forks."""
    for planned in files:
        content = read_file(planned.file, settings)
        parsed = ParsedFile(parse(content.data, planned.file.path), content.sha256, len(content.data), content.mtime_ns)
        yield planned, lambda stop, parsed=parsed: parsed  # type: ignore[misc]


def set_up() -> None:
    """Let every file be committed, and every commit make new files."""
    from ragqa.indexing import embedding
    from ragqa.indexing.search import derived
    from ragqa.ingestion import ingest as ingesting
    from ragqa.readers import archive

    ingesting.read_ahead = read_here
    archive.trial_problem = lambda folder: ""  # its few numbers answer nothing
    settings: dict[Any, dict[str, float]] = {
        embedding: {"COMMIT_EVERY_SECONDS": 0.0, "COMMIT_SHARE": 1e9, "TEXTS_AT_ONCE": 1},
        derived: {"RUNNING_CHUNKS": 0, "RUNNING_SHARE": 0.0, "SETTLED_CHUNKS": 0, "SETTLED_SHARE": 0.0},
    }
    for module, values in settings.items():
        for name, value in values.items():
            getattr(module, name)  # a name that went would be set in vain
            setattr(module, name, value)
