"""The line of jobs: one writer an index, so many at once, the others told; nothing is lost with a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import IndexBusy, StorageError, UsageError
from ragqa.serve import jobs as module
from ragqa.serve.job_store import Job, JobStore, State
from ragqa.serve.job_telling import Teller, job_json
from ragqa.serve.job_work import Outcome, Task, Work
from ragqa.serve.jobs import JobLimits, Jobs
from ragqa.serve.presence import Presence
from ragqa.serve.refusals import Busy
from ragqa.types import Progress


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)


class Worked:
    """Works that last until they are let go, and say what they were told."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun: list[str] = []
        self.error: Exception | None = None

    def __call__(self, task: Task) -> Outcome:
        self.begun.append(task.job.id)
        task.tell(Progress("ingest", 1, 4, "a.md", 1, 4))
        while not self.go.wait(0.01):
            if task.stop():
                return Outcome({"so far": 1}, stopped=True)
        if self.error is not None:
            raise self.error
        return Outcome({"all": [path.name for path in task.files.glob("*")]})


@pytest.fixture
def work() -> Worked:
    return Worked()


@pytest.fixture
def servers(tmp_path: Path, work: Worked) -> Iterator[Callable[..., Jobs]]:
    """Makes what processes of a server would have: lines of jobs of one home folder."""
    with ExitStack() as opened:

        def make(limits: JobLimits = JobLimits(), **works: Work) -> Jobs:  # noqa: B008 - frozen
            jobs = Jobs(JobStore(tmp_path), works or {"ingest": Work(work), "evaluate": Work(work, writes=False)}, limits)
            jobs.open()
            opened.callback(jobs.close)
            return jobs

        yield make
        work.go.set()


def until(holds: Callable[[], Any]) -> None:
    """Wait for something that another thread does."""
    late = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < late, "it did not come about"
        time.sleep(0.005)


def state(jobs: Jobs, job: Job) -> State:
    found = jobs.get(job.id)
    assert found is not None
    return found.state


def test_a_job_runs_and_its_result_is_kept(servers: Callable[..., Jobs], work: Worked) -> None:
    jobs = servers()
    work.go.set()
    job = jobs.start("ingest", "manuals", {"paths": ["x"]}, lambda folder: (folder / "qa.csv").touch())
    until(lambda: jobs.events(job.id)[-1].name == "done")
    assert state(jobs, job) is State.DONE
    assert jobs.store.result(job.id) == {"all": ["qa.csv"]}
    assert [event.name for event in jobs.events(job.id)] == ["waiting", "running", "progress", "done"]
    assert [event.name for event in jobs.events(job.id, after=2)] == ["progress", "done"]
    found = jobs.get(job.id)
    assert found is not None
    told = job_json(found, jobs.progress(found))
    assert (told["progress"]["done"], told["progress"]["total"], told["error"]) == (1, 4, None)
    assert not jobs.store.files(job.id).exists()


def test_a_job_begins_when_its_turn_has_come_and_before_it_counts_as_running(servers: Callable[..., Jobs], work: Worked) -> None:
    """One that is killed in between waits on, with what it works on."""
    begun: list[tuple[str, State, bool]] = []

    def begin(job: Job, files: Path) -> None:
        begun.append((job.id, state(jobs, job), files.is_dir()))
        raise StorageError("the disk is full")  # which is for the work to tell

    jobs = servers(ingest=Work(work, begin=begin))
    first, second = (jobs.start("ingest", "one", {}, lambda folder: None) for _ in range(2))
    until(lambda: work.begun == [first.id])
    assert begun == [(first.id, State.WAITING, True)]
    work.go.set()
    until(lambda: state(jobs, second) is State.DONE)
    assert begun[1:] == [(second.id, State.WAITING, True)]


def test_one_writes_an_index_the_others_wait_and_say_so(servers: Callable[..., Jobs], work: Worked) -> None:
    jobs = servers(JobLimits(running=3))
    first, second = jobs.start("ingest", "one", {}), jobs.start("ingest", "one", {})
    other, reads = jobs.start("ingest", "two", {}), jobs.start("evaluate", "one", {})
    until(lambda: len(work.begun) == 3)
    assert sorted(work.begun) == sorted([first.id, other.id, reads.id])
    until(lambda: (jobs.get(second.id) or second).waiting_for == "1 job before it on index 'one'")
    work.go.set()
    until(lambda: state(jobs, second) is State.DONE)


def test_only_so_many_run_and_wait(servers: Callable[..., Jobs], work: Worked) -> None:
    jobs = servers(JobLimits(running=1, waiting=1))
    jobs.start("ingest", "one", {})
    until(lambda: len(work.begun) == 1)
    waits = jobs.start("ingest", "two", {})
    until(lambda: (jobs.get(waits.id) or waits).waiting_for == "one of the 1 jobs that run")
    with pytest.raises(Busy):
        jobs.start("ingest", "three", {})
    assert len(work.begun) == 1


def test_every_process_sees_and_cancels_and_takes_from_the_line(servers: Callable[..., Jobs], work: Worked) -> None:
    one, other = servers(JobLimits(running=2)), servers(JobLimits(running=2))
    runs, waits = one.start("ingest", "a", {}), one.start("ingest", "a", {})
    until(lambda: work.begun == [runs.id])
    assert [job.id for job in other.newest(lambda job: True)] == [waits.id, runs.id]
    cancelled = other.cancel(waits.id)
    assert cancelled is not None and cancelled.state is State.CANCELLED
    other.cancel(runs.id)
    until(lambda: state(one, runs) is State.CANCELLED)
    assert one.store.result(runs.id) == {"so far": 1}
    one.close()
    later = one.start("ingest", "a", {})  # one took it in and is gone
    work.go.set()
    until(lambda: state(other, later) is State.DONE)
    ended = other.cancel(later.id)
    assert ended is not None and ended.state is State.DONE
    assert other.cancel("0" * 16 + "-" + "0" * 8) is None


def test_what_runs_is_interrupted_when_its_server_stops_and_what_waits_goes_on(
    servers: Callable[..., Jobs], work: Worked
) -> None:
    jobs = servers()
    runs, waits = jobs.start("ingest", "a", {}), jobs.start("ingest", "a", {})
    until(lambda: work.begun == [runs.id])
    jobs.close()
    found = jobs.get(runs.id)
    assert found is not None and found.error is not None
    assert (found.state, found.error["message"]) == (State.INTERRUPTED, "the server was stopped")
    assert state(jobs, waits) is State.WAITING
    work.go.set()
    next_server = servers()
    until(lambda: state(next_server, waits) is State.DONE)


def test_what_ends_because_its_server_stops_leaves_its_turn_to_the_next_server(
    servers: Callable[..., Jobs], work: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is told to stop while it looks at the line, and what runs has ended by then."""
    jobs = servers()
    runs, waits = jobs.start("ingest", "a", {}), jobs.start("ingest", "a", {})
    until(lambda: work.begun == [runs.id])
    looked, line = threading.Event(), jobs.store.unfinished

    def unfinished() -> list[Job]:
        if threading.current_thread().name == "jobs" and not looked.is_set():
            jobs._closing.set()
            until(lambda: state(jobs, runs) is State.INTERRUPTED)
            looked.set()
        return line()

    monkeypatch.setattr(jobs.store, "unfinished", unfinished)
    until(looked.is_set)
    jobs.close()
    assert state(jobs, waits) is State.WAITING and work.begun == [runs.id]


def test_what_a_dead_process_began_does_not_hold_up_the_line(servers: Callable[..., Jobs], work: Worked) -> None:
    jobs = servers()
    with jobs.store.alone():
        job = jobs.store.add("ingest", "a", {}, True)
        jobs.store.put(Job(**{**vars_of(job), "state": State.RUNNING, "worker": "1-00000000"}))
    work.go.set()
    next_job = jobs.start("ingest", "a", {})
    until(lambda: state(jobs, next_job) is State.DONE)
    assert state(jobs, job) is State.INTERRUPTED


def test_what_ended_while_its_process_was_looked_for_stays_as_it_ended(tmp_path: Path, work: Worked) -> None:
    """Its process died right after it had ended the job, which another one had just looked at."""
    jobs = Jobs(JobStore(tmp_path), {"ingest": Work(work)})
    with jobs.store.alone():
        running = replace(jobs.store.add("ingest", "a", {}, True), state=State.RUNNING, worker="1-00000000")
        jobs.store.put(running)
    jobs.store.unfinished = lambda: [running]  # type: ignore[method-assign]
    jobs.store.end(running, State.DONE, result={"all": 1})
    assert not jobs._take_next()
    assert state(jobs, running) is State.DONE
    assert jobs.store.events(running.id)[-1].name == "done"


def test_a_job_is_done_though_its_beginning_could_not_be_told(
    servers: Callable[..., Jobs], work: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = servers()
    tell = jobs.store.tell

    def refuse(id: str, name: str, data: Any = None) -> None:
        if name == "running":
            raise StorageError("the disk is full")
        tell(id, name, data)

    monkeypatch.setattr(jobs.store, "tell", refuse)
    work.go.set()
    job = jobs.start("ingest", "a", {})
    until(lambda: state(jobs, job) is State.DONE)


def test_a_job_that_no_thread_could_be_had_for_waits(
    servers: Callable[..., Jobs], work: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = servers()
    start, refused = threading.Thread.start, [True]

    def few(thread: threading.Thread) -> None:
        if thread.name.startswith("job ") and refused:
            refused.pop()
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", few)
    work.go.set()
    job = jobs.start("ingest", "a", {})
    until(lambda: state(jobs, job) is State.DONE)
    assert not refused and work.begun == [job.id]


def test_a_disk_that_refuses_at_the_start_is_told_once_and_tried_again(
    servers: Callable[..., Jobs], work: Worked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = [True] * 5

    def present(folder: Path) -> Presence:
        if full:
            full.pop()
            raise StorageError("the disk is read only")
        return Presence(folder)

    monkeypatch.setattr(module, "Presence", present)
    jobs = servers()
    work.go.set()
    job = jobs.start("ingest", "a", {})
    until(lambda: state(jobs, job) is State.DONE)
    assert [record.message for record in caplog.records] == ["jobs: the disk is read only"]


def vars_of(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in Job.__dataclass_fields__}


def test_a_job_waits_for_who_else_writes_its_index(servers: Callable[..., Jobs], work: Worked) -> None:
    jobs = servers()
    work.error = IndexBusy("index 'a' is being written by pid 7")
    work.go.set()
    job = jobs.start("ingest", "a", {})
    until(lambda: len(work.begun) > 1)
    assert "pid 7" in [event.data.get("waiting_for", "") for event in jobs.events(job.id) if event.name == "waiting"][-1]
    work.error = None
    until(lambda: state(jobs, job) is State.DONE)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [(UsageError("no such thing"), "usage", "no such thing"), (ValueError("a secret"), "internal", "something went wrong")],
)
def test_a_failure_is_told_in_words(
    servers: Callable[..., Jobs], work: Worked, error: Exception, code: str, message: str
) -> None:
    jobs = servers()
    work.error = error
    work.go.set()
    job = jobs.start("ingest", "a", {})
    until(lambda: state(jobs, job) is State.FAILED)
    found = (jobs.get(job.id) or job).error
    assert found is not None and found["code"] == code and found["message"].startswith(message)
    assert "secret" not in str(jobs.events(job.id))


def test_how_a_job_ended_is_kept_when_the_disk_has_room_again(
    servers: Callable[..., Jobs], work: Worked, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = servers()
    job = jobs.start("ingest", "a", {})
    until(lambda: work.begun == [job.id])
    full = [True, True, True]
    kept = jobs.store.end

    def end(*given: Any, **more: Any) -> Job:
        if full:
            full.pop()
            raise StorageError("the disk is full")
        return kept(*given, **more)

    monkeypatch.setattr(jobs.store, "end", end)
    work.go.set()
    until(lambda: state(jobs, job) is State.DONE)
    assert not full


def test_steps_are_told_now_and_then_with_the_seconds_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = JobStore(tmp_path)
    with store.alone():
        job = store.add("ingest", "a", {}, True)
    clock = iter([0.0, 0.0, 0.1, 0.6, 10.0, 10.1])
    monkeypatch.setattr("ragqa.serve.job_telling.time.monotonic", lambda: next(clock))
    teller = Teller(store, job.id)
    for step in (("scan", 0), ("scan", 10), ("scan", 20), ("embed", 0), ("embed", 100)):
        teller.tell(Progress(*step, 100))
    told = [(event.data["stage"], event.data["done"], event.data["left"]) for event in store.events(job.id)[1:]]
    assert told == [("scan", 0, None), ("scan", 20, 2.4), ("embed", 0, None), ("embed", 100, 0.0)]


def test_a_full_disk_does_not_stop_what_tells_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = JobStore(tmp_path)

    def refuse(*given: Any) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(store, "tell", refuse)
    Teller(store, "0" * 16 + "-" + "0" * 8).tell(Progress("scan", 1, 2))
