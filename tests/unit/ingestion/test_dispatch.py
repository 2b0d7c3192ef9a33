"""Files given out to workers that end, hang, lie or do not fit: a stand-in for a cluster, without Dask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.confined.values import pack_error
from ragqa.errors import ClusterError, ParseError, SkippedFile
from ragqa.ingestion import dispatch, roster
from ragqa.ingestion.discover import discover
from ragqa.ingestion.dispatch import Dispatcher
from ragqa.ingestion.ingest import ingest
from ragqa.ingestion.on_worker import introduce
from ragqa.ingestion.parcels import BROKEN, FAILED, READ, UNFIT, UNSEEN, Answer, Call, FileOrder, Terms, pack_read
from ragqa.ingestion.plan import make_plan
from ragqa.ingestion.pool import Done
from ragqa.ingestion.prepare import cut, hashes_of
from ragqa.ingestion.roster import Seen
from ragqa.ingestion.workers import Errand, Fetch, Pages, ParsedFile, Prepared, Told, fetching
from ragqa.parsing.registry import parse
from ragqa.types import FileState, PagesRecognised

SETTINGS = IngestSettings()
Behaviour = Callable[[str, FileOrder], "Answer | Exception | None"]
"""What comes back from a worker for a file; None: nothing, for the worker has ended."""


class StandInPool:
    """Workers that answer at once, as they are told to behave."""

    name = "tcp://stand-in"

    def __init__(self, embedder: Any, threads: dict[str, int], behaviour: Behaviour | None = None) -> None:
        self.embedder, self.threads = embedder, dict(threads)
        self.behaviour = behaviour or (lambda worker, order: self.read(order))
        self.introductions: dict[str, Answer | Exception] = {}
        self.given: list[tuple[str, str]] = []
        self.dropped: list[object] = []
        self.heard: Callable[[object], None] = lambda told: None
        self.is_lost = False

    def census(self) -> dict[str, Seen]:
        if self.is_lost:
            raise ClusterError("the scheduler was lost")
        return {address: Seen(threads, 0.0) for address, threads in self.threads.items()}

    def listen(self, topic: str, heard: Callable[[object], None]) -> None:
        self.heard = heard

    def drop(self, submitted: object) -> None:
        self.dropped.append(submitted)

    def submit(self, worker: str, call: Call, done: Done) -> object:
        if call.function is introduce:
            done(self.introductions.get(worker, (READ, b"")))
            return None
        (order,) = call.arguments
        assert isinstance(order, FileOrder)
        self.given.append((order.path, worker))
        outcome = self.behaviour(worker, order)
        if outcome is None:
            self.threads.pop(worker, None)
        else:
            done(outcome)
        return order

    def read(self, order: FileOrder) -> Answer:
        document = parse(order.data or Path(order.source.decode()).read_bytes(), order.path)
        chunks, texts = cut(document, order.settings, self.embedder)
        hashes = hashes_of(texts)
        lacking = [number for number, key in enumerate(hashes) if order.embed and key not in order.known]
        vectors = self.embedder.embed_passages([texts[number] for number in lacking]).astype("float16")
        made = {hashes[number]: vector for number, vector in zip(lacking, vectors, strict=True)}
        return READ, pack_read(document, None, Prepared(chunks, hashes, made))


class StandInWorkers:
    """See `ragqa.ingestion.workers.Workers`."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self.dispatcher = dispatcher
        self.most = 0

    def __enter__(self) -> StandInWorkers:
        self.dispatcher.start()
        self.dispatcher.usable.wait(30)
        if self.dispatcher.error:
            raise self.dispatcher.error
        return self

    def __exit__(self, *error: object) -> None:
        self.dispatcher.stop()

    def has_room(self, waiting: int, size: int) -> bool:
        self.most = max(self.most, waiting)
        return waiting <= 3

    def submit(self, errand: Errand, told: Told) -> Fetch:
        pages = Pages()
        return fetching(self.dispatcher.submit(errand, pages), pages, told)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(dispatch, "CENSUS_SECONDS", 0.0)
    monkeypatch.setattr(roster, "WAIT_SECONDS", 0.1)
    monkeypatch.setattr(roster, "UNFIT_SECONDS", 0.0)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for number in range(8):
        (folder / f"m{number}.md").write_text(f"# Manual {number}\n\nThe part {number}00 weighs {number} grams.\n")
    return folder


def terms(embedder: Any) -> Terms:
    return Terms("1", embedder.fingerprint, None, lambda threads: embedder)


def ingested(folder: Path, shelf: Path, pool: StandInPool, embed: bool = True, **options: Any) -> Any:
    workers = StandInWorkers(Dispatcher(pool, terms(pool.embedder), pool.embedder.dimension, **options))
    return ingest(folder, [shelf], pool.embedder, SETTINGS, embed=embed, elsewhere=lambda: workers)


def rows(folder: Path) -> list[tuple[Any, ...]]:
    """All that an index holds but for the times."""
    import sqlite3

    connection = sqlite3.connect(folder / "index.sqlite")
    query = (
        "SELECT documents.id, path, sha256, size, mtime_ns, parser, pages, language, chunks.id, start, end, chunks.text, section,"
        " embedding, vector"
        " FROM documents JOIN chunks ON document_id = documents.id JOIN embeddings ON hash = embedding ORDER BY 1, 9"
    )
    found = connection.execute(query).fetchall()
    connection.close()
    return found


@pytest.fixture
def running(embedder: Any) -> Iterator[Callable[..., tuple[StandInPool, Dispatcher]]]:
    started: list[Dispatcher] = []

    def start(threads: dict[str, int], behaviour: Behaviour | None = None) -> tuple[StandInPool, Dispatcher]:
        pool = StandInPool(embedder, threads, behaviour)
        started.append(Dispatcher(pool, terms(embedder), embedder.dimension))
        started[-1].start()
        return pool, started[-1]

    yield start
    for one in started:
        one.stop()


def errand(shelf: Path, name: str) -> Errand:
    (planned,) = make_plan(discover([shelf / name]), [], SETTINGS).to_read
    return Errand(planned, SETTINGS, embed=True)


def test_the_index_is_what_the_default_makes(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    plain = ingest(tmp_path / "plain", [shelf], embedder, SETTINGS)
    report = ingested(tmp_path / "index", shelf, StandInPool(embedder, {"a": 1, "b": 2}))
    assert rows(tmp_path / "index") == rows(tmp_path / "plain") and len(rows(tmp_path / "plain")) >= 8
    assert report.files == plain.files and report.chunks_embedded == plain.chunks_embedded
    assert report.embedded == plain.embedded and not report.embedded.lacking


def test_only_new_texts_of_a_changed_file_are_embedded(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    (shelf / "m0.md").write_text("# One\n\nIt weighs 1 gram.\n\n# Two\n\nIt weighs 2 grams.\n")
    ingested(tmp_path / "index", shelf, StandInPool(embedder, {"a": 1}))
    (shelf / "m0.md").write_text("# One\n\nIt weighs 1 gram.\n\n# Two\n\nIt weighs 22 grams.\n")
    before = len(embedder.embedded)
    report = ingested(tmp_path / "index", shelf, StandInPool(embedder, {"a": 1}))
    assert (
        report.chunks_embedded == 1
        and [text for text in embedder.embedded[before:] if "22" in text] == embedder.embedded[before:]
    )


def test_words_first_leaves_the_vectors_to_be_made(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    report = ingested(tmp_path / "index", shelf, StandInPool(embedder, {"a": 1}), embed=False)
    assert report.embedded.lacking == report.chunks and not embedder.embedded
    assert ingest(tmp_path / "index", [shelf], embedder, SETTINGS).embedded.lacking == 0


def test_a_cluster_is_not_called_in_where_nothing_is_to_be_read(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    ingested(tmp_path / "index", shelf, StandInPool(embedder, {"a": 1}))
    pool = StandInPool(embedder, {})
    assert ingested(tmp_path / "index", shelf, pool).count(FileState.UNCHANGED) == 8 and not pool.given


def test_the_files_of_a_worker_that_ends_go_to_others(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    ended: list[str] = []

    def behaviour(worker: str, order: FileOrder) -> Answer | None:
        if len(ended) < 2 and order.path in ("m2.md", "m5.md") and order.path not in ended:
            ended.append(order.path)
            return None
        return pool.read(order)

    pool = StandInPool(embedder, {"a": 1, "b": 1, "c": 1}, behaviour)
    report = ingested(tmp_path / "index", shelf, pool)
    assert report.documents == 8 and not report.failed and len(pool.given) == 10
    ingest(tmp_path / "plain", [shelf], embedder, SETTINGS)
    assert rows(tmp_path / "index") == rows(tmp_path / "plain")


def test_poison_is_tried_three_times_and_told(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    def behaviour(worker: str, order: FileOrder) -> Answer | None:
        return None if order.path == "m3.md" else pool.read(order)

    pool = StandInPool(embedder, dict.fromkeys("abcdef", 1), behaviour)
    report = ingested(tmp_path / "index", shelf, pool)
    (failed,) = [file for file in report.files if file.state is FileState.FAILED]
    assert failed.path == "m3.md" and "given up after 3 tries" in failed.note and "--exclude" in failed.note
    assert [path for path, _ in pool.given].count("m3.md") == 3 and report.documents == 7
    assert len({worker for path, worker in pool.given if path == "m3.md"}) == 3


def test_poison_does_not_take_the_same_neighbours_with_it_twice(shelf: Path, running: Any) -> None:
    """From its second try on, a file has a worker of many threads to itself."""
    pool, dispatcher = running({"a": 2})
    held: dict[str, Done] = {}
    one, both = threading.Event(), threading.Event()

    def hold(worker: str, call: Call, done: Done) -> object:
        if call.function is introduce:
            done((READ, b""))
        else:
            held[f"{call.arguments[0].path} {worker}"] = lambda outcome: done(pool.read(call.arguments[0]))
            one.set()
            if len(held) >= 2:
                both.set()
        return None

    pool.submit = hold
    futures = [dispatcher.submit(errand(shelf, name), Pages()) for name in ("m1.md", "m2.md")]
    assert both.wait(20) and set(held) == {"m1.md a", "m2.md a"}
    held.clear()
    one.clear()
    both.clear()
    pool.threads = {"b": 2}
    assert one.wait(20) and not both.wait(0.5) and len(held) == 1
    held.popitem()[1]((READ, b""))
    done, _ = wait(futures, 20, FIRST_COMPLETED)
    assert len(done) == 1


def test_what_a_worker_says_of_a_file_is_told(shelf: Path, running: Any) -> None:
    _, dispatcher = running({"a": 1}, lambda worker, order: (FAILED, pack_error(SkippedFile("no text in it"))))
    with pytest.raises(SkippedFile, match="no text in it"):
        dispatcher.submit(errand(shelf, "m1.md"), Pages()).result(20)


def test_what_was_not_foreseen_on_a_worker_is_tried_elsewhere(shelf: Path, running: Any) -> None:
    outcomes: list[Answer | Exception] = [(BROKEN, b"ValueError: strange"), ConnectionError("gone"), (BROKEN, b"ValueError: odd")]
    _, dispatcher = running({"a": 1, "b": 1}, lambda worker, order: outcomes.pop(0))
    with pytest.raises(ParseError, match=r"given up after 3 tries, at last since the worker . failed \(ValueError: odd\)"):
        dispatcher.submit(errand(shelf, "m1.md"), Pages()).result(20)


FULL = BROKEN, b"OSError: [Errno 28] No space left on device"


def test_a_worker_that_fails_at_what_others_read_costs_no_file_and_is_given_up(shelf: Path, running: Any) -> None:
    """It answers at once, so it is always the idle one."""
    pool, dispatcher = running({"full": 1, "good": 1}, lambda worker, order: FULL if worker == "full" else pool.read(order))
    for number in range(5):
        assert isinstance(dispatcher.submit(errand(shelf, f"m{number}.md"), Pages()).result(20), ParsedFile)
    by_both = [(f"m{number}.md", worker) for number in range(3) for worker in ("full", "good")]
    assert pool.given == [*by_both, ("m3.md", "good"), ("m4.md", "good")]
    assert dispatcher.refused == {"full": f"failed ({FULL[1].decode()}), 3 times or more in a row, at what others read"}


def test_a_machine_of_many_workers_that_all_fail_costs_no_file(
    shelf: Path, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that fails at one of them is not given to the next: they fail at theirs, too."""
    monkeypatch.setattr(roster, "WAIT_SECONDS", 60.0)
    full = ["full1", "full2", "full3", "full4"]
    pool, dispatcher = running({}, lambda worker, order: FULL if worker in full else pool.read(order))
    futures = [dispatcher.submit(errand(shelf, f"m{number}.md"), Pages()) for number in range(8)]
    pool.threads = dict.fromkeys([*full, "good"], 1)
    assert all(isinstance(future.result(20), ParsedFile) for future in futures)


def test_a_worker_that_fails_now_and_then_is_kept(shelf: Path, running: Any) -> None:
    bad = ("m0.md", "m1.md", "m3.md", "m4.md")
    pool, dispatcher = running(
        {"a": 1, "b": 1}, lambda worker, order: FULL if worker == "a" and order.path in bad else pool.read(order)
    )
    for number in range(6):
        assert isinstance(dispatcher.submit(errand(shelf, f"m{number}.md"), Pages()).result(20), ParsedFile)
    assert not dispatcher.refused and ("m5.md", "a") in pool.given


def test_files_that_nobody_can_read_cost_no_worker(shelf: Path, running: Any) -> None:
    """So many in a row that each worker failed at three and more."""
    pool, dispatcher = running({"a": 1, "b": 1}, lambda worker, order: pool.read(order) if order.path == "m4.md" else FULL)
    for number in range(4):
        with pytest.raises(ParseError, match="No space left"):
            dispatcher.submit(errand(shelf, f"m{number}.md"), Pages()).result(20)
    assert isinstance(dispatcher.submit(errand(shelf, "m4.md"), Pages()).result(20), ParsedFile) and not dispatcher.refused


def test_a_file_that_waits_for_another_worker_does_not_hold_up_those_behind_it(shelf: Path, running: Any) -> None:
    finish: list[Callable[[], None]] = []
    pool, dispatcher = running({"busy": 1, "a": 1}, lambda worker, order: FULL if order.path == "m1.md" else pool.read(order))
    plain = pool.submit

    def busy(worker: str, call: Call, done: Done) -> object:
        if worker != "busy" or call.function is introduce or finish:
            return plain(worker, call, done)
        finish.append(lambda: plain(worker, call, done))
        return None

    pool.submit = busy
    first, second, third = (dispatcher.submit(errand(shelf, f"m{number}.md"), Pages()) for number in range(3))
    assert isinstance(third.result(20), ParsedFile) and pool.given == [("m1.md", "a"), ("m2.md", "a")]
    finish[0]()
    assert isinstance(first.result(20), ParsedFile)
    with pytest.raises(ParseError):
        second.result(20)
    assert ("m1.md", "busy") in pool.given


def test_who_waits_for_a_file_is_told_where_home_fails_to_read_it(
    shelf: Path, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(dispatch, "read_file", exhausted)
    _, dispatcher = running({"a": 1})
    with pytest.raises(ClusterError, match="MemoryError"):
        dispatcher.submit(errand(shelf, "m1.md"), Pages()).result(20)


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x00" * 400])
def test_nonsense_is_no_document(content: bytes, shelf: Path, running: Any) -> None:
    _, dispatcher = running({"a": 1}, lambda worker, order: (READ, content))
    with pytest.raises(ParseError, match="answers nonsense"):
        dispatcher.submit(errand(shelf, "m1.md"), Pages()).result(20)


@pytest.mark.parametrize(
    ("introduction", "told"),
    [
        ((UNFIT, b"runs ragqa 0.0.9, and here it is 1"), "runs ragqa 0.0.9"),
        (ModuleNotFoundError("No module named 'ragqa'", name="ragqa"), "has no ragqa"),
        (AttributeError("module has no attribute 'introduce'"), "has another ragqa"),
        (ValueError("other"), "failed (ValueError: other)"),
        ((BROKEN, b"OSError: no disk"), "failed (OSError: no disk)"),
    ],
)
def test_a_worker_that_does_not_fit_is_named_and_not_used(
    introduction: Any, told: str, tmp_path: Path, shelf: Path, embedder: Any
) -> None:
    pool = StandInPool(embedder, {"good": 1, "bad": 4})
    pool.introductions["bad"] = introduction
    dispatcher = Dispatcher(pool, terms(embedder), embedder.dimension)
    report = ingest(tmp_path / "index", [shelf], embedder, SETTINGS, elsewhere=lambda: StandInWorkers(dispatcher))
    assert report.documents == 8 and {worker for _, worker in pool.given} == {"good"}
    assert told in dispatcher.refused["bad"]


def test_a_worker_that_changes_under_way_is_not_used_any_more(shelf: Path, running: Any) -> None:
    """As one that was started anew at the same address by another version."""

    def behaviour(worker: str, order: FileOrder) -> Answer:
        return (UNFIT, b"runs another") if worker == "a" else pool.read(order)

    pool, dispatcher = running({"a": 1}, behaviour)
    future = dispatcher.submit(errand(shelf, "m1.md"), Pages())
    pool.threads["b"] = 1
    assert isinstance(future.result(20), ParsedFile) and dispatcher.refused == {"a": "runs another"}


def test_without_a_worker_that_fits_there_is_no_index(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    pool = StandInPool(embedder, {"bad": 1})
    pool.introductions["bad"] = UNFIT, b"runs ragqa 0.0.9, and here it is 1"
    with pytest.raises(ClusterError, match=r"no worker of the cluster tcp://stand-in can be used: bad runs ragqa 0\.0\.9"):
        ingested(tmp_path / "index", shelf, pool)
    with pytest.raises(ClusterError, match="has no workers") as told:
        ingested(tmp_path / "index", shelf, StandInPool(embedder, {}))
    assert "dask worker tcp://stand-in" in told.value.hint and not (tmp_path / "index").exists()


def test_what_came_before_the_scheduler_was_lost_is_kept(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    def behaviour(worker: str, order: FileOrder) -> Answer | Exception:
        pool.is_lost = order.path == "m6.md"
        return ConnectionError("lost") if pool.is_lost else pool.read(order)

    pool = StandInPool(embedder, {"a": 1}, behaviour)
    with pytest.raises(ClusterError, match="the scheduler was lost"):
        ingested(tmp_path / "index", shelf, pool)
    kept = {row[1] for row in rows(tmp_path / "index")}
    assert kept == {f"m{number}.md" for number in range(6)}
    pool = StandInPool(embedder, {"a": 1})
    assert ingested(tmp_path / "index", shelf, pool).documents == 8
    assert {path for path, _ in pool.given} == {"m6.md", "m7.md"}


@pytest.mark.parametrize("rehearsed", [True, False])
def test_a_scheduler_that_is_lost_ends_what_writes_nothing_too(
    rehearsed: bool, tmp_path: Path, shelf: Path, embedder: Any
) -> None:
    """A dry run, and the audit of files that the index has already."""
    if not rehearsed:
        ingest(tmp_path / "index", [shelf], embedder, SETTINGS)

    def behaviour(worker: str, order: FileOrder) -> Answer | Exception:
        pool.is_lost = order.path == "m6.md"
        return ConnectionError("lost") if pool.is_lost else pool.read(order)

    pool = StandInPool(embedder, {"a": 1}, behaviour)
    workers = StandInWorkers(Dispatcher(pool, terms(embedder), embedder.dimension))
    options = {"dry_run": True} if rehearsed else {"audit": True}
    with pytest.raises(ClusterError, match="the scheduler was lost"):
        ingest(tmp_path / "index", [shelf], embedder, SETTINGS, elsewhere=lambda: workers, **options)


def test_a_worker_that_falls_silent_is_given_up(shelf: Path, running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "SILENT_SECONDS", 0.3)
    hanging = threading.Event()
    pool, dispatcher = running({"a": 1})
    submit = pool.submit

    def silent(worker: str, call: Call, done: Done) -> object:
        if worker == "a" and call.function is not introduce:
            hanging.set()
            return "never done"
        return submit(worker, call, done)

    pool.submit = silent
    future = dispatcher.submit(errand(shelf, "m1.md"), Pages())
    assert hanging.wait(20)
    pool.threads["b"] = 1
    assert isinstance(future.result(20), ParsedFile)
    assert "without a sign of life" in dispatcher.refused["a"] and "never done" in pool.dropped


def test_of_recognised_pages_is_told(shelf: Path, running: Any) -> None:
    told = threading.Event()

    class Heard(Pages):
        def hear(self, pages: PagesRecognised) -> None:
            super().hear(pages)
            told.set()

    pages = Heard()
    pool, dispatcher = running({"a": 1})
    finish: list[Callable[[], None]] = []
    plain = pool.submit

    def slow(worker: str, call: Call, done: Done) -> object:
        if call.function is introduce:
            return plain(worker, call, done)
        order = call.arguments[0]
        finish.append(lambda: done(pool.read(order)))
        for strange in (
            "nonsense",
            {"file": "x"},
            {"file": order.number, "pages": "x"},
            {"file": order.number, "pages": [9, 3, 1]},
        ):
            pool.heard(strange)
        pool.heard({"file": order.number, "pages": [1, 3, 5.0]})
        return None

    pool.submit = slow
    future = dispatcher.submit(errand(shelf, "m1.md"), pages)
    assert told.wait(20) and pages.take() == PagesRecognised(1, 3, 5.0)
    finish[0]()
    assert isinstance(future.result(20), ParsedFile)


def test_a_file_that_a_worker_does_not_see_is_sent(shelf: Path, embedder: Any, tmp_path: Path) -> None:
    def behaviour(worker: str, order: FileOrder) -> Answer:
        return (UNSEEN, b"") if order.data is None and order.path == "m4.md" else pool.read(order)

    pool = StandInPool(embedder, {"a": 1}, behaviour)
    assert ingested(tmp_path / "index", shelf, pool, shared_storage=True).documents == 8
    assert [path for path, _ in pool.given].count("m4.md") == 2 and len(pool.given) == 9


def test_what_is_too_large_to_send_is_told(shelf: Path, running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "MOST_SENT_MB", 0)
    _, dispatcher = running({"a": 1})
    with pytest.raises(SkippedFile, match="more than the 0 MB that are sent") as told:
        dispatcher.submit(errand(shelf, "m1.md"), Pages()).result(20)
    assert "--shared-storage" in told.value.hint


def test_a_wish_to_stop_is_heard_while_workers_read(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    pool = StandInPool(embedder, {"a": 1})
    pool.submit, submit = (
        (lambda worker, call, done: submit(worker, call, done) if call.function is introduce else "x"),
        pool.submit,
    )
    workers = StandInWorkers(Dispatcher(pool, terms(embedder), embedder.dimension))
    waited = iter([False] * 12)
    report = ingest(tmp_path / "i", [shelf], embedder, SETTINGS, stop=lambda: next(waited, True), elsewhere=lambda: workers)
    assert report.interrupted and report.documents == 0 and "x" in pool.dropped


def test_only_so_many_results_are_held(tmp_path: Path, shelf: Path, embedder: Any) -> None:
    pool = StandInPool(embedder, {"a": 8})
    workers = StandInWorkers(Dispatcher(pool, terms(embedder), embedder.dimension))
    assert ingest(tmp_path / "i", [shelf], embedder, SETTINGS, elsewhere=lambda: workers).documents == 8
    assert workers.most == 4
