from __future__ import annotations

import os
import shutil
from typing import Any

import pytest
from watching_shelf import Far, Shelf, never, step

from ragqa.config import WatchSettings
from ragqa.engine import RagQA
from ragqa.errors import IndexBusy, ParseError
from ragqa.indexing.lock import WriteLock
from ragqa.parsing.registry import parse
from ragqa.watching.mirror import Mirror
from ragqa.watching.resting import Resting
from ragqa.watching.retries import Retries
from ragqa.watching.sources import LocalFolder

pytestmark = pytest.mark.usefixtures("restless")


def test_what_is_added_changed_renamed_and_deleted_follows(shelf: Shelf, fake_models: Any) -> None:
    keeper = shelf.keeper()
    for name in ("a.md", "b.md", "deep/c.md"):
        shelf.write(name)
    step(keeper)
    assert sorted(shelf.kinds()) == ["added a.md", "added b.md", "added c.md"]
    keeper.embed(never)
    assert shelf.kinds() == ["embedded"]
    count = len(fake_models[0].embedded)
    shelf.write("a.md", "It weighs 4 kg now")
    (shelf.folder / "b.md").unlink()
    (shelf.folder / "deep" / "c.md").rename(shelf.folder / "d.md")
    step(keeper)
    assert sorted(shelf.kinds()) == ["changed a.md", "removed b.md", "renamed d.md"]
    assert "4 kg now" in shelf.held()["a.md"] and sorted(shelf.held()) == ["a.md", "d.md"]
    keeper.embed(never)
    assert len(fake_models[0].embedded) == count + 1  # what was only renamed has its vectors
    shelf.kinds()
    step(keeper)
    assert shelf.kinds() == []


def test_nothing_is_done_where_nothing_changed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    step(keeper)
    monkeypatch.setattr(RagQA, "follow", None)
    step(keeper)


def test_what_was_told_of_is_looked_at_and_nothing_else(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = shelf.keeper(WatchSettings(source=str(shelf.folder), exclude=("draft-*",)))
    for name in ("a.md", "b.md"):
        shelf.write(name)
    step(keeper)
    with monkeypatch.context() as unsearched:
        unsearched.setattr(LocalFolder, "discover", None)
        assert not keeper.look_at([], never).is_behind
        told = [shelf.write("a.md", "It weighs 4 kg now"), shelf.write("c.md"), shelf.write("draft-d.md"), shelf.write(".e/f.md")]
        (shelf.folder / "b.md").unlink()
        outlook = keeper.look_at([*told, shelf.folder / "b.md"], never)
        assert outlook.is_behind and [path.name for path in keeper.followers[0].entries] == ["a.md", "c.md"]
        keeper.take_in(outlook.waiting, never)
        assert sorted(shelf.held()) == ["a.md", "c.md"] and "4 kg now" in shelf.held()["a.md"]
        unsearched.setattr("ragqa.ingestion.ingest.discover", None)  # nor by an ingest, where nothing is gone
        told = [shelf.write("a.md", "It weighs 5 kg now"), shelf.write("deep/b.md")]
        keeper.take_in(keeper.look_at(told, never).waiting, never)
        assert sorted(shelf.held()) == ["a.md", "c.md", "deep/b.md"] and "5 kg now" in shelf.held()["a.md"]


def test_where_what_was_told_of_is_no_file_all_is_looked_at(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    step(keeper)
    (shelf.folder / "g.md").symlink_to("a.md")
    deep = shelf.write("deep/h.md").parent
    for told, holds in ((shelf.folder / "g.md", "g.md"), (deep, "deep/h.md"), (shelf.home / "elsewhere.md", "i.md")):
        shelf.write("i.md")
        assert keeper.look_at([told], never).is_behind
        assert shelf.folder / holds in keeper.followers[0].entries
    shutil.rmtree(deep)
    assert keeper.look_at([deep], never).is_behind and deep / "h.md" not in keeper.followers[0].entries


def test_a_file_that_does_not_rest_is_left_as_it_was(shelf: Shelf, restless: set[str]) -> None:
    keeper = shelf.keeper()
    for name in ("a.md", "b.md"):
        shelf.write(name)
    restless |= {"a.md"}
    step(keeper)
    assert shelf.kinds() == ["waiting a.md", "added b.md"]
    assert [(one.path.rsplit("/")[-1], one.note) for one in shelf.state().waiting] == [("a.md", "is still changing")]
    restless.clear()
    step(keeper)
    restless |= {"b.md"}
    shelf.write("b.md", "Half of")
    shelf.write("c.md")
    step(keeper)
    assert "3 kg" in shelf.held()["b.md"] and "c.md" in shelf.held()


def test_files_that_are_read_are_not_told_as_changing(shelf: Shelf, restless: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was noted while they were waited for stood there as long as they were read."""
    keeper, told = shelf.keeper(), []
    for name in ("a.md", "b.md", "c.md"):
        shelf.write(name)
    restless |= {"a.md", "b.md", "c.md"}
    keeper.look(never)
    keeper.note()
    assert {one.note for one in shelf.state().waiting} == {"is still changing"}
    restless -= {"a.md", "b.md"}
    read = keeper.engine.follow

    def follow(*given: Any, **options: Any) -> Any:
        told.append({one.path.rsplit("/")[-1]: one.note for one in shelf.state().waiting})
        return read(*given, **options)

    monkeypatch.setattr(keeper.engine, "follow", follow)
    step(keeper)
    assert told == [{"a.md": "is being taken in", "b.md": "is being taken in", "c.md": "is still changing"}]
    assert [one.note for one in shelf.state().waiting] == ["is still changing"]


def test_a_file_that_came_after_the_look_is_left_for_the_next(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    outlook = keeper.look(never)
    shelf.write("b.md", "Half of")
    keeper.take_in(outlook.waiting, never)
    assert sorted(shelf.held()) == ["a.md"]


def test_a_file_that_fails_is_listed_and_tried_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("ragqa.watching.retries.time.time", lambda: now[0])
    keeper = shelf.keeper()
    keeper._retries._clock = lambda: now[0]
    (shelf.folder / "bad.pdf").write_bytes(b"no pdf")
    step(keeper)
    assert shelf.kinds() == ["failed bad.pdf"]
    shelf.write("a.md")
    step(keeper)
    assert shelf.kinds() == ["added a.md"] and shelf.state().failing[0].tries == 1  # not read again for another's sake
    assert not keeper.is_due()
    now[0] += 6
    assert keeper.is_due()
    step(keeper)
    (failing,) = shelf.state().failing
    assert (failing.tries, failing.again - now[0]) == (2, 10) and shelf.state().needs_somebody
    (shelf.folder / "bad.pdf").rename(shelf.folder / "bad.md")
    step(keeper)
    assert shelf.state().failing == () and "bad.md" in shelf.held()


def test_a_file_that_failed_and_is_gone_is_neither_listed_nor_due(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    (shelf.folder / "bad.pdf").write_bytes(b"no pdf")
    step(keeper)
    keeper._retries._clock = lambda: 1e12
    assert keeper.is_due()
    (shelf.folder / "bad.pdf").unlink()
    step(keeper)
    assert shelf.state().failing == () and not keeper.is_due()


def test_a_file_that_failed_is_not_forgotten_while_its_folder_is_away(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    (shelf.folder / "bad.pdf").write_bytes(b"no pdf")
    step(keeper)
    shelf.folder.rename(shelf.home / "away")
    step(keeper)
    assert [failing.path for failing in shelf.state().failing] == [str(shelf.folder / "bad.pdf")]


def test_the_document_of_a_file_that_cannot_be_read_by_now_leaves_with_it(
    shelf: Shelf, restless: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "b.md", "c.md", "d.md"):
        shelf.write(name)
    step(shelf.keeper())
    keeper = shelf.keeper()  # which has not taken them in
    restless |= {"b.md"}
    shelf.write("c.md", "It weighs 4 kg now")

    def parsed(data: bytes, path: str) -> Any:
        if path == "c.md":
            raise ParseError("damaged")
        return parse(data, path)

    monkeypatch.setattr("watching_shelf.parse", parsed)
    step(keeper)
    assert [failing.tries for failing in shelf.state().failing] == [1] and len(shelf.held()) == 4
    for name in ("b.md", "c.md"):
        (shelf.folder / name).unlink()
    step(keeper)
    assert sorted(shelf.held()) == ["a.md", "d.md"]


def test_what_nothing_can_read_is_listed_and_read_once_it_looks_otherwise(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    (shelf.folder / "empty.md").touch()
    (shelf.folder / "a.zip").write_bytes(b"PK")
    step(keeper)
    assert sorted(shelf.kinds()) == ["skipped a.zip", "skipped empty.md"]
    step(keeper)
    assert shelf.kinds() == [] and shelf.state().left_out_count == 2 and not shelf.state().needs_somebody
    shelf.write("empty.md")
    step(keeper)
    assert shelf.kinds() == ["added empty.md"]


def many(shelf: Shelf, count: int = 10) -> None:
    for number in range(count):
        shelf.write(f"{number}.md", f"It weighs {number} kg")


def test_an_emptied_folder_asks_and_a_confirmation_takes_its_documents_out(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    many(shelf, 2)
    step(keeper)
    shelf.kinds()
    shutil.rmtree(shelf.folder)
    shelf.folder.mkdir()
    step(keeper)
    assert shelf.kinds() == ["held manuals"] and len(shelf.held()) == 2
    step(keeper)
    assert shelf.kinds() == []  # asked once
    held = shelf.state().sources[0].held
    assert held is not None and (held.count, held.of, held.paths) == (2, 2, ("0.md", "1.md"))
    keeper.kept.agree(str(shelf.folder), held.paths)
    assert keeper.is_due()
    step(keeper)
    assert sorted(shelf.kinds()) == ["removed 0.md", "removed 1.md"] and shelf.held() == {}
    assert keeper.kept.agreed() == {} and shelf.state().sources[0].held is None and not keeper.is_due()


def test_many_gone_at_once_ask_and_come_back_by_themselves(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    many(shelf)
    step(keeper)
    shelf.kinds()
    away = shelf.home / "away"
    away.mkdir()
    for number in range(6):
        shutil.move(shelf.folder / f"{number}.md", away)
    shelf.write("new.md")
    step(keeper)
    assert sorted(shelf.kinds()) == ["added new.md", "held manuals"] and len(shelf.held()) == 11
    for path in away.iterdir():
        shutil.move(path, shelf.folder)
    step(keeper)
    assert shelf.kinds() == [] and shelf.state().sources[0].held is None and len(shelf.held()) == 11


def test_a_confirmation_lasts_until_its_documents_are_out(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    many(shelf)
    step(keeper)
    for number in range(6):
        (shelf.folder / f"{number}.md").unlink()
    step(keeper)
    held = shelf.state().sources[0].held
    assert held is not None and keeper.kept.agree(str(shelf.folder), held.paths) is None
    with WriteLock(keeper.engine.folder), pytest.raises(IndexBusy):
        step(keeper)
    assert keeper.note().sources[0].held == held and keeper.is_due()
    step(keeper)
    assert len(shelf.held()) == 4 and keeper.kept.agreed() == {}


def test_a_confirmation_is_for_what_was_gone_when_it_was_given(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    many(shelf, 20)
    step(keeper)
    for number in range(6):
        (shelf.folder / f"{number}.md").unlink()
    step(keeper)
    held = shelf.state().sources[0].held
    assert held is not None
    keeper.kept.agree(str(shelf.folder), held.paths)
    for number in range(6, 14):
        (shelf.folder / f"{number}.md").unlink()
    step(keeper)
    assert len(shelf.held()) == 20
    held = shelf.state().sources[0].held
    assert held is not None and held.count == 14


def test_a_few_go_without_asking_and_a_limit_may_be_set(shelf: Shelf) -> None:
    keeper = shelf.keeper(WatchSettings(source=str(shelf.folder), max_deletions=1.0))
    many(shelf)
    step(keeper)
    for number in range(10):
        (shelf.folder / f"{number}.md").unlink()
    step(keeper)
    assert shelf.held() == {}


def test_a_folder_that_is_away_keeps_its_documents(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    many(shelf, 3)
    step(keeper)
    shelf.kinds()
    shelf.folder.rename(shelf.home / "away")
    step(keeper)
    step(keeper)
    assert shelf.kinds() == ["gone manuals"] and len(shelf.held()) == 3
    assert "is not there" in shelf.state().sources[0].problem and shelf.state().needs_somebody
    (shelf.home / "away").rename(shelf.folder)
    step(keeper)
    assert shelf.kinds() == ["back manuals"] and not shelf.state().needs_somebody


def test_a_file_may_move_from_one_folder_to_another(shelf: Shelf, fake_models: Any) -> None:
    other = shelf.home / "others"
    other.mkdir()
    keeper = shelf.keeper(WatchSettings(source=str(shelf.folder)), WatchSettings(source=str(other)))
    shelf.write("a.md")
    shelf.write("b.md")
    step(keeper)
    shelf.kinds()
    (shelf.folder / "a.md").rename(other / "c.md")
    step(keeper)
    assert shelf.kinds() == ["renamed c.md"] and sorted(shelf.held()) == ["b.md", "c.md"]


def test_sources_may_include_different_files(shelf: Shelf) -> None:
    other = shelf.home / "others"
    other.mkdir()
    (other / "x.md").write_text("# X\n\nIt weighs 1 kg.\n")
    (other / "y.md").write_text("# Y\n\nIt weighs 2 kg.\n")
    keeper = shelf.keeper(WatchSettings(source=str(shelf.folder)), WatchSettings(source=str(other), exclude=("y*",)))
    shelf.write("y.md")
    step(keeper)
    assert sorted(shelf.held()) == ["x.md", "y.md"]


def test_documents_that_somebody_took_out_come_back(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    shelf.write("b.md")
    step(keeper)
    keeper.engine.remove_documents("a.md")
    step(keeper)
    assert sorted(shelf.held()) == ["a.md", "b.md"]


def test_documents_that_somebody_took_out_before_the_vectors_were_made_come_back(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    shelf.write("b.md")
    step(keeper)
    keeper.engine.remove_documents("a.md")
    assert keeper.embed(never)
    step(keeper)
    assert sorted(shelf.held()) == ["a.md", "b.md"]


def test_while_another_writes_nothing_is_lost(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    with WriteLock(keeper.engine.folder), pytest.raises(IndexBusy):
        step(keeper)
    step(keeper)
    assert sorted(shelf.held()) == ["a.md"]


def test_stopped_in_the_middle_the_rest_follows(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    many(shelf, 6)
    asked = iter(range(100))
    outlook = keeper.look(never)
    keeper.take_in(outlook.waiting, lambda: next(asked) > 2)
    assert len(shelf.held()) < 6
    step(keeper)
    assert len(shelf.held()) == 6


def test_documents_elsewhere_are_fetched_when_they_changed_and_removed_when_they_are_gone(shelf: Shelf, far: Far) -> None:
    keeper = shelf.keeper(source=far)
    step(keeper)
    assert sorted(shelf.held()) == ["a.md", "b.md", "c.md"] and far.fetched == ["a.md", "b.md", "c.md"]
    far.documents["a.md"] = "2", "# a\n\nIt weighs 9 kg.\n"
    far.documents["../../b.md"] = "1", "# other b\n\nIt weighs 8 kg.\n"
    del far.documents["c.md"]
    shelf.kinds()
    step(keeper)
    assert len(shelf.held()) == 3  # not looked at again so soon
    step(keeper, everywhere=True)
    assert far.fetched[3:] == ["a.md", "../../b.md"] and "9 kg" in shelf.held()["a.md"]
    assert len(shelf.held()) == 3 and "c.md" not in shelf.held()
    inside = shelf.home / "sources" / "far"
    assert all(path.is_relative_to(inside) for path in shelf.home.rglob("*.md"))


def test_a_server_that_does_not_answer_keeps_its_documents(shelf: Shelf, far: Far) -> None:
    keeper = shelf.keeper(source=far)
    step(keeper)
    far.is_away, far.documents = True, {}
    step(keeper, everywhere=True)
    assert len(shelf.held()) == 3 and shelf.state().sources[0].problem == "far does not answer"
    far.is_away = False
    step(keeper, everywhere=True)
    held = shelf.state().sources[0].held
    assert len(shelf.held()) == 3 and held is not None and held.count == 3  # an emptied list asks
    keeper.kept.agree(far.name, held.paths)
    step(keeper)
    assert shelf.held() == {} and keeper.kept.agreed() == {} and shelf.state().sources[0].held is None


def test_a_server_that_is_gone_is_back_when_it_answers_and_is_asked_with_growing_pauses(shelf: Shelf, far: Far) -> None:
    keeper, now = shelf.keeper(source=far), [1000.0]
    keeper.followers[0]._clock = lambda: now[0]
    step(keeper)
    shelf.kinds()
    far.is_away, far.asked = True, 0
    step(keeper, everywhere=True)
    assert shelf.kinds() == ["gone manuals"]
    for pause in (5, 10, 20):
        step(keeper)
        assert not keeper.is_due() and shelf.state().sources[0].problem == "far does not answer"
        now[0] += pause
        assert keeper.is_due()
        step(keeper)
    assert far.asked == 4 and shelf.kinds() == []
    far.is_away = False
    now[0] += 40
    step(keeper)
    assert shelf.kinds() == ["back manuals"] and shelf.state().sources[0].problem == "" and not keeper.is_due()


def test_what_another_has_removed_leaves_when_the_source_is_looked_at(shelf: Shelf, far: Far) -> None:
    keeper = shelf.keeper(source=far)
    step(keeper)
    del far.documents["c.md"]
    Mirror(far, shelf.home / "sources" / "far", Retries()).sync(lambda gone: True)
    step(keeper)
    assert len(shelf.held()) == 3
    step(keeper, everywhere=True)
    assert sorted(shelf.held()) == ["a.md", "b.md"]


def test_a_document_that_cannot_be_fetched_is_listed_and_the_old_one_kept(shelf: Shelf, far: Far) -> None:
    keeper = shelf.keeper(source=far)
    step(keeper)
    far.broken = {"a.md", "d.md"}
    for name in far.broken:
        far.documents[name] = "2", "never seen"
    step(keeper, everywhere=True)
    assert sorted(failure.path for failure in shelf.state().failing) == ["far://manuals › a.md", "far://manuals › d.md"]
    assert sorted(shelf.held()) == ["a.md", "b.md", "c.md"] and "0 kg" in shelf.held()["a.md"]
    far.broken = set()
    far.documents["a.md"] = far.documents["d.md"] = "3", "# new\n\nIt weighs 7 kg.\n"
    step(keeper, everywhere=True)
    assert shelf.state().failing == () and "d.md" in shelf.held()


def test_a_file_that_failed_and_is_gone_is_no_loss_any_more(shelf: Shelf) -> None:
    keeper = shelf.keeper()
    shelf.write("a.md")
    bad = shelf.folder / "bad.pdf"
    bad.write_bytes(b"nonsense")
    step(keeper)
    assert [one.path for one in keeper.engine.journal.losses()] == ["bad.pdf"]
    bad.unlink()
    step(keeper)
    assert keeper.engine.journal.losses() == []


def test_what_is_excluded_or_nothing_here_reads_is_not_fetched(shelf: Shelf, far: Far) -> None:
    for name in ("draft-d.md", "films/demo.mp4"):
        far.documents[name] = "1", "# never seen"
    far.broken = {"draft-d.md", "films/demo.mp4"}  # too large, perhaps
    drafts = WatchSettings(source="far://manuals", exclude=("draft-*",))
    step(shelf.keeper(drafts, source=far))
    state = shelf.state()
    assert far.fetched == ["a.md", "b.md", "c.md"] and not state.needs_somebody
    assert [(one.path, "reads" in one.note) for one in state.left_out] == [("far://manuals › films/demo.mp4", True)]
    far.broken = set()
    step(shelf.keeper(source=far))
    step(shelf.keeper(drafts, source=far))
    assert (shelf.home / "sources" / "far" / "draft-d.md").is_file()  # another index may follow it


def test_fetched_files_that_somebody_lost_are_fetched_again_before_anything_is_taken_out(shelf: Shelf, far: Far) -> None:
    keeper = shelf.keeper(source=far)
    step(keeper)
    for path in (shelf.home / "sources" / "far").iterdir():
        path.unlink()
    far.broken = {"a.md"}
    step(keeper)
    assert len(shelf.held()) == 3
    step(keeper, everywhere=True)
    assert len(shelf.held()) == 3 and far.fetched[3:] == ["b.md", "c.md"]


def test_what_has_no_mark_is_fetched_each_time_but_read_only_when_it_differs(shelf: Shelf, far: Far) -> None:
    far.documents = {"a.md": ("", "# a\n\nIt weighs 1 kg.\n")}
    keeper = shelf.keeper(source=far)
    step(keeper)
    shelf.kinds()
    inode = os.stat(shelf.home / "sources" / "far" / "a.md").st_ino
    step(keeper, everywhere=True)
    assert far.fetched == ["a.md", "a.md"] and shelf.kinds() == []
    assert os.stat(shelf.home / "sources" / "far" / "a.md").st_ino == inode


def test_another_start_does_not_fetch_again(shelf: Shelf, far: Far) -> None:
    step(shelf.keeper(source=far))
    far.fetched.clear()
    step(shelf.keeper(source=far))
    assert far.fetched == [] and len(shelf.held()) == 3


def test_a_file_that_is_gone_before_it_was_read_is_not_remembered(shelf: Shelf) -> None:
    """As one that a program writes to and then renames: each had been kept for ever."""
    keeper = shelf.keeper()
    keeper._resting = Resting(60.0)
    half, whole = shelf.write("half.md"), shelf.write("whole.md")
    assert keeper.look(never).waiting.keys() == keeper._resting._since.keys() == {half, whole}
    half.unlink()
    assert keeper.look(never).waiting.keys() == keeper._resting._since.keys() == {whole}


def test_a_source_labels_its_documents(shelf: Shelf) -> None:
    shelf.write("a.md")
    step(shelf.keeper(WatchSettings(source=str(shelf.folder), metadata=("brand=Aqua",))))
    assert RagQA("shelf", settings=shelf.settings).metadata() == {"brand": {"Aqua": 1}}
