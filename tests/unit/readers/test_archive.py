from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import ModelError, StorageError, UsageError
from ragqa.readers import archive as reader_archive
from ragqa.readers.archive import export_reader, import_reader
from ragqa.readers.registry import reader_names

FILES = {"config.json": b"{}", "model.safetensors": os.urandom(1000), "tokenizer.json": b"{}", "README.md": b"# Shop"}


@pytest.fixture(autouse=True)
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """These files are no models: what is asked of one on trial is tested with tiny ones, in test_trial.py."""
    monkeypatch.setattr(reader_archive, "trial_problem", lambda folder: "")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder that looks like a trained reader, with files that do not travel."""
    return fill(tmp_path / "models" / "shop")


def fill(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, content in {**FILES, "pytorch_model.bin": b"pickle", "modeling.py": b"evil", ".cache": b"x"}.items():
        (folder / name).write_bytes(content)
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def archive(path: Path, members: dict[str, bytes | tarfile.TarInfo]) -> Path:
    """A .tar.gz of members, each its content or a ready header."""
    with tarfile.open(path, "w:gz") as file:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                file.addfile(content)
            else:
                header = tarfile.TarInfo(name)
                header.size = len(content)
                file.addfile(header, io.BytesIO(content))
    return path


def header(kind: bytes, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo()
    made.type, made.linkname = kind, link
    return made


def test_a_reader_comes_back_as_it_was(shop: Path, tmp_path: Path) -> None:
    (shop / "images").mkdir()
    (shop / "images" / "curve.png").write_bytes(b"png")
    target = tmp_path / "shop.tar.gz"
    assert export_reader(tmp_path, "shop", target) == target
    home = tmp_path / "elsewhere"
    info = import_reader(home, target)
    assert (info.name, info.problem, info.path) == ("shop", "", str(home / "models" / "shop"))
    assert content_of(home / "models" / "shop") == {**FILES, "images/curve.png": b"png"}
    assert import_reader(home, target, "copy").name == "copy"
    assert sorted(path.name for path in (home / "models").iterdir()) == ["copy", "shop"]


def test_an_export_is_a_plain_archive_of_one_folder_without_its_owner(shop: Path, tmp_path: Path) -> None:
    (shop / "vocab.txt").symlink_to(shop / "README.md")
    with tarfile.open(export_reader(tmp_path, "shop", tmp_path / "out.tgz"), "r:gz") as file:
        members = file.getmembers()
    assert {member.name for member in members} == {f"shop/{name}" for name in [*FILES, "vocab.txt"]}
    assert all(member.isreg() and not member.uname and member.uid == 0 for member in members)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def test_what_cannot_be_exported(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for target, told in ((tmp_path, "it is a folder"), (tmp_path / "no" / "x.tar.gz", "its folder is not there")):
        with pytest.raises(UsageError, match=told):
            export_reader(tmp_path, "shop", target)
    with pytest.raises(ModelError, match="there is no reader 'lab'"):
        export_reader(tmp_path, "lab", tmp_path / "x.tar.gz")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "add", full)
    with pytest.raises(StorageError, match="No space left"):
        export_reader(tmp_path, "shop", tmp_path / "x.tar.gz")
    (shop / "config.json").unlink()
    with pytest.raises(ModelError, match="cannot be used"):
        export_reader(tmp_path, "shop", tmp_path / "x.tar.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_a_folder_is_imported_with_links_to_files_followed(tmp_path: Path) -> None:
    source = fill(tmp_path / "snapshot")
    (source / "config.json").rename(tmp_path / "blob")
    (source / "config.json").symlink_to(tmp_path / "blob")
    assert import_reader(tmp_path, source).name == "snapshot"
    made = tmp_path / "models" / "snapshot"
    assert content_of(made) == FILES and not (made / "config.json").is_symlink()


@pytest.mark.parametrize("packed", [False, True])
def test_what_would_run_code_is_left_behind_and_told(packed: bool, tmp_path: Path) -> None:
    source = fill(tmp_path / "snapshot")
    if packed:
        members: dict[str, bytes | tarfile.TarInfo] = {f"x/{name}": data for name, data in content_of(source).items()}
        source = archive(tmp_path / "snapshot.tar.gz", members)
    heard: list[str] = []
    import_reader(tmp_path, source, "shop", heard.append)
    assert content_of(tmp_path / "models" / "shop") == FILES
    assert heard == ["Left behind, as loading runs what is in them: 'modeling.py', 'pytorch_model.bin'."]


def test_a_reader_whose_weights_are_a_pickle_is_told_how_to_be_saved(tmp_path: Path) -> None:
    source = fill(tmp_path / "snapshot")
    (source / "model.safetensors").unlink()
    with pytest.raises(UsageError, match="no weights") as caught:
        import_reader(tmp_path, source)
    assert "'pytorch_model.bin'. Save its weights as safetensors" in caught.value.hint


def test_an_archive_without_an_outer_folder_is_named_after_the_file(tmp_path: Path) -> None:
    packed = archive(tmp_path / "shop.tar.gz", {f"./{name}": content for name, content in FILES.items()})
    assert import_reader(tmp_path, packed).name == "shop"
    assert content_of(tmp_path / "models" / "shop") == FILES


@pytest.mark.parametrize(
    "evil",
    [
        {"../evil.json": b"x"},
        {"shop/../../evil.json": b"x"},
        {"/evil.json": b"x"},
        {"shop/evil.json": header(tarfile.SYMTYPE, "/etc/passwd")},
        {"shop/evil": header(tarfile.SYMTYPE, ".."), "shop/evil/x.json": b"x"},
        {"shop/evil.json": header(tarfile.LNKTYPE, "shop/config.json")},
        {"shop/evil": header(tarfile.FIFOTYPE)},
        {"shop/evil": header(tarfile.CHRTYPE)},
    ],
    ids=lambda evil: next(iter(evil)),
)
def test_members_outside_of_the_folder_and_links_are_refused(evil: dict[str, Any], tmp_path: Path) -> None:
    packed = archive(tmp_path / "shop.tar.gz", {**{f"shop/{name}": content for name, content in FILES.items()}, **evil})
    with pytest.raises(UsageError, match="plain files inside its folder"):
        import_reader(tmp_path / "home", packed)
    assert list((tmp_path / "home" / "models").iterdir()) == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["home", "models", "shop.tar.gz"]


def test_files_that_run_code_or_hide_stay_out(tmp_path: Path) -> None:
    odd = {"model.PKL": b"x", "evil.py": b"x", ".hidden": b"x", "._config.json": b"x", ".git/config": b"x", "a b.json": b"x"}
    packed = archive(tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in {**FILES, **odd}.items()})
    import_reader(tmp_path, packed)
    assert content_of(tmp_path / "models" / "shop") == FILES


def test_too_much_is_refused_before_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = fill(tmp_path / "shop")
    packed = archive(tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in FILES.items()})
    for limit, value in (("LARGEST_READER", 500), ("MOST_FILES", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(reader_archive, limit, value)
            for given in (source, packed):
                with pytest.raises(UsageError, match="holds more than"):
                    import_reader(tmp_path, given)
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("cut", [None, 0, 5, 200, 900])
def test_what_is_no_archive(cut: int | None, tmp_path: Path) -> None:
    packed = archive(tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in FILES.items()})
    packed.write_bytes(b"PK\x03\x04 no archive" * 50 if cut is None else packed.read_bytes()[:cut])
    with pytest.raises(UsageError, match=r"shop\.tar\.gz is no exported reader") as caught:
        import_reader(tmp_path, packed)
    assert "ragqa model export" in caught.value.hint
    assert list((tmp_path / "models").iterdir()) == []


def test_what_is_no_reader(tmp_path: Path) -> None:
    for members in ({"a/notes.txt": b"x"}, {"config.json": b"{}", "tokenizer.json": b"{}"}):
        packed = archive(tmp_path / "other.tar.gz", {**members})
        with pytest.raises(UsageError, match="is no reader: there is no"):
            import_reader(tmp_path, packed)
    with pytest.raises(UsageError, match="there is no file or folder"):
        import_reader(tmp_path, tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"is no reader: there is no config\.json"):
        import_reader(tmp_path, tmp_path)
    assert reader_names(tmp_path) == ["default"] and list((tmp_path / "models").iterdir()) == []


def test_no_reader_is_overwritten(shop: Path, tmp_path: Path) -> None:
    before = content_of(shop)
    packed = archive(
        tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in {**FILES, "README.md": b"new"}.items()}
    )
    for name in (None, "shop", "default"):
        with pytest.raises(UsageError, match="already"):
            import_reader(tmp_path, packed, name)
    with pytest.raises(UsageError, match="not a name for a reader"):
        import_reader(tmp_path, packed, "../up")
    assert content_of(shop) == before
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["shop"]


def test_a_header_without_end_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_archive, "LARGEST_HEADER", 1000)
    long = {f"shop/{'x' * 5000}.json": b"x"}
    packed = archive(tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in FILES.items()} | long)
    with pytest.raises(UsageError, match="is no exported reader"):
        import_reader(tmp_path, packed)


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = archive(tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in FILES.items()})
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(reader_archive.shutil, "disk_usage", lambda path: usage._replace(free=500))
    with pytest.raises(StorageError, match="that are left"):
        import_reader(tmp_path, packed)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_disk_that_takes_all_of_it_takes_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the disk already is not free any more, and is not to be written again."""
    given = fill(tmp_path / "given")
    packed = archive(tmp_path / "shop.tar.gz", {f"shop/{name}": content for name, content in FILES.items()})
    usage, room = shutil.disk_usage(tmp_path), 1100
    assert sum(map(len, FILES.values())) <= room < 2 * len(FILES["model.safetensors"])

    def left(path: Path) -> Any:
        return usage._replace(free=room - sum(one.stat().st_size for one in path.rglob("*") if one.is_file()))

    monkeypatch.setattr(reader_archive.shutil, "disk_usage", left)
    assert import_reader(tmp_path, packed).name == "shop"
    assert import_reader(tmp_path, given).name == "given"
