from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import IndexMissing, ModelError, StorageError, UsageError
from ragqa.paths import DATABASE
from ragqa.readers.registry import (
    folder_problem,
    index_reader,
    list_readers,
    locate_reader,
    new_reader_folder,
    reader_info,
    reader_names,
    remove_reader,
    usable_reader,
    use_reader,
)

FILES = {"config.json": "{}", "model.safetensors": "weights", "tokenizer.json": "{}"}


def make_reader(home: Path, name: str, **files: str) -> Path:
    """A folder that looks like a trained reader; `metrics="…"` makes metrics.json."""
    folder = home / "models" / name
    folder.mkdir(parents=True)
    for file, text in {**FILES, **{f"{file}.json": text for file, text in files.items()}}.items():
        (folder / file).write_text(text)
    return folder


def make_index(home: Path, name: str, reader: str | None = None) -> Path:
    """A folder that looks like an index."""
    folder = home / "indexes" / name
    folder.mkdir(parents=True)
    (folder / DATABASE).touch()
    if reader is not None:
        (folder / "reader.json").write_text(reader)
    return folder


def stored(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "reader.json").read_text())


def test_without_models_there_is_the_default_reader(tmp_path: Path) -> None:
    [info] = list_readers(tmp_path / "nowhere")
    assert (info.name, info.problem, info.used_by, info.summary) == ("default", "", (), {})
    assert info.bytes > 10_000_000 and (Path(info.path) / "config.json").is_file()


def test_readers_are_listed_by_name_with_what_their_files_say(tmp_path: Path) -> None:
    make_reader(tmp_path, "shop", metrics='{"summary": {"F1": 0.8, "questions": 12, "sure": true, "odd": NaN, "note": "x"}}')
    make_reader(tmp_path, "lab", training='{"base": "shop", "date": "2024-05-01T10:00:00+00:00", "settings": {}}')
    make_index(tmp_path, "parts", '{"reader": "shop", "history": []}')
    make_index(tmp_path, "spares")
    (tmp_path / "models" / ".import-x").mkdir()
    (tmp_path / "models" / "notes.txt").touch()
    default, lab, shop = list_readers(tmp_path)
    assert (default.name, default.used_by) == ("default", ("spares",))
    assert (lab.name, lab.base, lab.created, lab.used_by) == ("lab", "shop", "2024-05-01T10:00:00+00:00", ())
    assert (shop.name, shop.summary, shop.used_by, shop.base) == ("shop", {"F1": 0.8, "questions": 12}, ("parts",), "")
    assert shop.path == str(tmp_path / "models" / "shop")
    assert shop.bytes == sum(path.stat().st_size for path in Path(shop.path).iterdir())


def test_a_folder_called_default_is_not_taken_for_the_default_reader(tmp_path: Path) -> None:
    make_reader(tmp_path, "default")
    assert reader_names(tmp_path) == ["default"]
    assert reader_info(tmp_path, "default").path != str(tmp_path / "models" / "default")
    assert locate_reader(tmp_path, "default") == "default"


@pytest.mark.parametrize("file", FILES)
def test_a_reader_that_lacks_a_file_cannot_be_used(file: str, tmp_path: Path) -> None:
    folder = make_reader(tmp_path, "shop")
    assert folder_problem(folder) == ""
    (folder / file).unlink()
    make_index(tmp_path, "parts")
    assert "there is no " in reader_info(tmp_path, "shop").problem
    for use in (lambda: usable_reader(tmp_path, "shop"), lambda: use_reader(tmp_path, "parts", "shop")):
        with pytest.raises(ModelError, match="cannot be used: there is no") as caught:
            use()
        assert str(folder) in caught.value.hint


@pytest.mark.parametrize("file", ["ragqa", "metrics", "training"])
@pytest.mark.parametrize("text", ["{", "[1]", "\udcff", "[" * 100_000])
def test_a_damaged_file_is_the_readers_problem(file: str, text: str, tmp_path: Path) -> None:
    folder = make_reader(tmp_path, "shop")
    (folder / f"{file}.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    info = list_readers(tmp_path)[1]
    assert f"{file}.json cannot be read" in info.problem
    assert (info.summary, info.base) == ({}, "")


def test_other_tokenizers_and_sharded_weights_will_do(tmp_path: Path) -> None:
    folder = make_reader(tmp_path, "shop")
    (folder / "tokenizer.json").rename(folder / "vocab.txt")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    assert folder_problem(folder) == ""


def test_names_of_no_reader(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no reader 'shop'") as caught:
        reader_info(tmp_path, "shop")
    assert "ragqa model list" in caught.value.hint
    for name in ("../shop", "", ".hidden", "a/b"):
        with pytest.raises(UsageError, match="not a name for a reader"):
            reader_info(tmp_path, name)


def test_a_trained_readers_name_goes_before_folders_and_hub_names(tmp_path: Path) -> None:
    folder = make_reader(tmp_path, "shop")
    Path("shop").mkdir()
    assert locate_reader(tmp_path, "shop") == str(folder)
    for name in ("./shop", "lab", "somebody/shop", "default", "..", "", str(folder)):
        assert locate_reader(tmp_path, name) == name


def test_an_index_is_answered_by_the_default_reader_unless_it_remembers_another(tmp_path: Path) -> None:
    make_reader(tmp_path, "shop")
    parts = make_index(tmp_path, "parts")
    assert index_reader(tmp_path, "parts") == index_reader(tmp_path, "not-yet-made") == "default"
    use_reader(tmp_path, "parts", "shop")
    assert index_reader(tmp_path, "parts") == "shop"
    use_reader(tmp_path, "parts", "shop")
    use_reader(tmp_path, "parts", "default")
    assert index_reader(tmp_path, "parts") == "default"
    assert stored(parts)["reader"] == "default"
    assert [entry["reader"] for entry in stored(parts)["history"]] == ["shop", "default"]
    assert all(entry["since"].endswith("+00:00") for entry in stored(parts)["history"])
    assert {path.name for path in parts.iterdir()} == {DATABASE, "reader.json", "reader.json.lock"}


def test_a_reader_is_used_by_an_index_that_is_there(tmp_path: Path) -> None:
    make_reader(tmp_path, "shop")
    with pytest.raises(IndexMissing, match="parts"):
        use_reader(tmp_path, "parts", "shop")
    make_index(tmp_path, "parts")
    with pytest.raises(ModelError, match="there is no reader 'lab'"):
        use_reader(tmp_path, "parts", "lab")
    assert not (tmp_path / "indexes" / "parts" / "reader.json").exists()


def test_a_reader_that_is_gone_is_told_with_the_fix(tmp_path: Path) -> None:
    make_index(tmp_path, "parts", '{"reader": "shop", "history": []}')
    with pytest.raises(ModelError, match="reader 'shop' of index 'parts' is gone") as caught:
        index_reader(tmp_path, "parts")
    assert "ragqa model use default --index parts" in caught.value.hint
    assert list_readers(tmp_path)[0].used_by == ()
    use_reader(tmp_path, "parts", "default")
    assert index_reader(tmp_path, "parts") == "default"


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"reader": 3, "history": []}', '{"reader": "shop"}', '{"history": []}'])
def test_a_damaged_choice_is_told_and_can_be_made_anew(text: str, tmp_path: Path) -> None:
    make_reader(tmp_path, "shop")
    folder = make_index(tmp_path, "parts", text)
    with pytest.raises(ModelError, match=r"reader\.json") as caught:
        index_reader(tmp_path, "parts")
    assert "ragqa model use default --index parts" in caught.value.hint
    use_reader(tmp_path, "parts", "shop")
    assert len(stored(folder)["history"]) == 1 and index_reader(tmp_path, "parts") == "shop"


@pytest.mark.parametrize("name", ["../../elsewhere", "/tmp", "somebody/shop", ""])
def test_a_remembered_name_never_leads_out_of_the_models_folder(name: str, tmp_path: Path) -> None:
    make_index(tmp_path, "parts", json.dumps({"reader": name, "history": []}))
    with pytest.raises(ModelError, match="is gone"):
        index_reader(tmp_path, "parts")


def test_a_choice_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_reader(tmp_path, "shop")
    folder = make_index(tmp_path, "parts", '{"reader": "lab", "history": []}')

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        use_reader(tmp_path, "parts", "shop")
    assert stored(folder)["reader"] == "lab"
    assert {path.name for path in folder.iterdir()} == {DATABASE, "reader.json", "reader.json.lock"}


def test_the_file_is_synced_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_reader(tmp_path, "shop")
    make_index(tmp_path, "parts")
    calls: list[str] = []

    def seen(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arguments: (calls.append(name), real(*arguments))[1]

    monkeypatch.setattr(os, "fsync", seen("fsync", os.fsync))
    monkeypatch.setattr(os, "replace", seen("replace", os.replace))
    use_reader(tmp_path, "parts", "shop")
    assert calls[:2] == ["fsync", "replace"]


def test_a_reader_in_use_is_removed_only_by_force(tmp_path: Path) -> None:
    folder = make_reader(tmp_path, "shop")
    for index in ("parts", "spares", "third"):
        make_index(tmp_path, index)
    use_reader(tmp_path, "parts", "shop")
    use_reader(tmp_path, "spares", "shop")
    with pytest.raises(ModelError, match="answers for: parts, spares") as caught:
        remove_reader(tmp_path, "shop")
    assert "--force" in caught.value.hint and folder.is_dir()
    assert remove_reader(tmp_path, "shop", force=True) == ("parts", "spares")
    assert list((tmp_path / "models").iterdir()) == []
    assert {index_reader(tmp_path, index) for index in ("parts", "spares", "third")} == {"default"}
    assert not (tmp_path / "indexes" / "third" / "reader.json").exists()


def test_broken_and_linked_readers_can_be_removed_the_default_one_cannot(tmp_path: Path) -> None:
    (tmp_path / "models" / "broken").mkdir(parents=True)
    elsewhere = make_reader(tmp_path / "elsewhere", "shop")
    (tmp_path / "models" / "linked").symlink_to(elsewhere)
    assert remove_reader(tmp_path, "broken") == remove_reader(tmp_path, "linked") == ()
    assert reader_names(tmp_path) == ["default"] and (elsewhere / "config.json").is_file()
    with pytest.raises(UsageError, match="default"):
        remove_reader(tmp_path, "default", force=True)
    with pytest.raises(ModelError, match="there is no reader"):
        remove_reader(tmp_path, "broken")


def test_a_new_reader_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    make_reader(tmp_path, "shop")
    assert new_reader_folder(tmp_path, "lab") == tmp_path / "models" / "lab"
    for name in ("shop", "default"):
        with pytest.raises(UsageError, match="already"):
            new_reader_folder(tmp_path, name)
    with pytest.raises(UsageError, match="not a name for a reader"):
        new_reader_folder(tmp_path, "a b")


def test_nobodys_choice_is_lost_where_many_choose_at_once(tmp_path: Path) -> None:
    parts, names = make_index(tmp_path, "parts"), [f"reader-{number}" for number in range(6)]
    for name in names:
        make_reader(tmp_path, name)
    threads = [threading.Thread(target=use_reader, args=(tmp_path, "parts", name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entry["reader"] for entry in stored(parts)["history"]) == names
    assert stored(parts)["reader"] == stored(parts)["history"][-1]["reader"]
