from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from office_samples import manual_pptx, manual_xlsx
from parsing_samples import HTML, manual_docx, manual_epub

from ragqa.errors import ParseError
from ragqa.parsing import converters
from ragqa.parsing.registry import parse

OLE = b"\xd0\xcf\x11\xe0" + bytes(600)
KINDLE = bytes(60) + b"BOOKMOBI" + bytes(100)
PAGE = b"<html><body><table><tr><td>Model</td><td>X1</td></tr><tr><td>Weight</td><td>12 kg</td></tr></table></body></html>"
OFFICE = "import sys, pathlib\nout = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
OFFICE += "target = out / ('document.' + sys.argv[sys.argv.index('--convert-to') + 1])\n"
BOOKS = "import sys, pathlib\ntarget = pathlib.Path(sys.argv[2])\n"


def program(folder: Path, name: str, code: str) -> None:
    """A program on the PATH."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def writing(begin: str, content: bytes, folder: Path) -> str:
    """The code of a converter whose output is `content`."""
    (folder / "content").write_bytes(content)
    return f"{begin}target.write_bytes(pathlib.Path({str(folder / 'content')!r}).read_bytes())\n"


@pytest.mark.parametrize(
    ("name", "data", "tool", "begin", "result", "words"),
    [
        ("a.doc", OLE, "soffice", OFFICE, manual_docx(), "Fill the tank"),
        ("a.DOC", b"{\\rtf1 x}" + bytes(9), "libreoffice", OFFICE, manual_docx(), "Fill the tank"),
        ("a.xls", OLE, "soffice", OFFICE, manual_xlsx(), "Model: X1 | Weight: 12.0 kg"),
        ("a.xlsb", manual_xlsx(), "soffice", OFFICE, manual_xlsx(), "Model: X1"),
        ("a.ppt", OLE, "soffice", OFFICE, manual_pptx(), "wash the filter"),
        ("a.chm", b"ITSF" + bytes(99), "ebook-convert", BOOKS, manual_epub(), "Press twice"),
        ("a.mobi", KINDLE, "ebook-convert", BOOKS, manual_epub(), "Press twice"),
        ("a.azw3", KINDLE, "ebook-convert", BOOKS, manual_epub(), "Press twice"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 9 else "",
)
def test_a_converter_on_the_path_is_used(
    name: str, data: bytes, tool: str, begin: str, result: bytes, words: str, bin_folder: Path
) -> None:
    program(bin_folder, tool, writing(begin, result, bin_folder))
    document = parse(data, f"shelf/{name}")
    assert words in document.text
    assert document.path == f"shelf/{name}"


def test_the_converter_gets_a_folder_a_profile_and_nothing_of_the_user(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = bin_folder / "seen"
    note = f"import json, os\npathlib.Path({str(seen)!r}).write_text(json.dumps([sys.argv, dict(os.environ), os.getcwd()]))\n"
    note += "assert pathlib.Path(sys.argv[-1]).read_bytes().startswith(b'\\xd0\\xcf')\n"
    note += "profile = sys.argv[1].removeprefix('-env:UserInstallation=file://')\n"
    note += "assert 'DisableMacrosExecution' in (pathlib.Path(profile) / 'user' / 'registrymodifications.xcu').read_text()\n"
    program(bin_folder, "soffice", writing(OFFICE, manual_docx(), bin_folder) + note)
    monkeypatch.setenv("SECRET_TOKEN", "hidden")
    assert parse(OLE, "--help; rm.doc").blocks
    told = seen.read_text()
    assert "SECRET_TOKEN" not in told and "rm.doc" not in told
    arguments, environment, folder = json.loads(told)
    assert environment["HOME"] == folder != os.getcwd()
    assert not Path(folder).exists()
    assert "--headless" in arguments


@pytest.mark.parametrize(
    ("name", "data", "product", "target"),
    [("a.doc", OLE, "LibreOffice", ".docx"), ("a.ppt", OLE, "LibreOffice", ".pptx"), ("a.mobi", KINDLE, "Calibre", ".epub")],
)
def test_without_a_converter_it_is_said_what_would_help(
    name: str, data: bytes, product: str, target: str, bin_folder: Path
) -> None:
    with pytest.raises(ParseError, match=f"by way of {product}, which is not installed here") as caught:
        parse(data, name)
    assert product in caught.value.hint and target in caught.value.hint


def test_a_program_in_the_working_folder_is_not_run(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bin_folder, "soffice", writing(OFFICE, manual_docx(), bin_folder))
    monkeypatch.chdir(bin_folder)
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "nowhere"]))
    with pytest.raises(ParseError, match="not installed"):
        parse(OLE, "a.doc")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise SystemExit(3)", "LibreOffice could not convert it"),
        ("pass", "LibreOffice could not convert it"),
        (f"{OFFICE}target.write_bytes(b'no zip')", "a.docx is not a Word document"),
        (f"{OFFICE}target.symlink_to('/etc/hostname')", "LibreOffice could not convert it"),
    ],
)
def test_a_converter_that_fails_is_told(code: str, message: str, bin_folder: Path) -> None:
    program(bin_folder, "soffice", code)
    with pytest.raises(ParseError, match=message):
        parse(OLE, "a.doc")


def test_a_converter_that_does_not_start_is_told(bin_folder: Path) -> None:
    path = bin_folder / "soffice"
    path.write_bytes(b"\x7fELF no program")
    path.chmod(0o755)
    with pytest.raises(ParseError, match="LibreOffice does not start"):
        parse(OLE, "a.doc")


def test_a_converter_is_ended_with_what_it_started(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converters, "SECONDS", 1)
    child = bin_folder / "child"
    code = "import subprocess, sys, time, pathlib\n"
    code += f"child = subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])\n"
    program(bin_folder, "soffice", f"{code}pathlib.Path({str(child)!r}).write_text(str(child.pid))\ntime.sleep(60)\n")
    began = time.monotonic()
    with pytest.raises(ParseError, match="LibreOffice took longer than 5 seconds"):
        parse(OLE, "a.doc")
    assert time.monotonic() - began < 30
    while child.exists() and _state(child.read_text()) not in ("", "Z"):  # it is told to end, which a busy machine does later
        assert time.monotonic() - began < 30
        time.sleep(0.05)


def _state(pid: str) -> str:
    return subprocess.run(["/bin/ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout.strip()[:1]


ASKING = """
import sys
sys.path[:] = {path!r}
from ragqa.parsing.converters import OFFICE, convert
convert(b"x", ".doc", OFFICE, ".docx")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no groups of processes")
def test_a_converter_does_not_outlive_the_process_that_waits_for_it(bin_folder: Path) -> None:
    told = bin_folder / "told"
    os.mkfifo(told)
    code = "import os, subprocess, time\nchild = subprocess.Popen(['/bin/sleep', '300'])\n"
    program(bin_folder, "soffice", f"{code}open({str(told)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\ntime.sleep(300)\n")
    asking = subprocess.Popen([sys.executable, "-c", ASKING.format(path=sys.path)])
    started = [int(pid) for pid in told.read_text().split()]
    asking.kill()
    asking.wait()
    deadline = time.monotonic() + 60
    while any(map(is_running, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        assert not any(map(is_running, started))
    finally:
        for pid in started:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    done = subprocess.run(["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] not in ("", "Z")


def test_output_without_end_is_refused(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converters, "LARGEST_OUTPUT", 2**20)
    code = f"{OFFICE}import time\nwith target.open('wb') as file:\n    file.write(bytes(2**21)); file.flush(); time.sleep(60)\n"
    program(bin_folder, "soffice", code)
    with pytest.raises(ParseError, match="LibreOffice makes more than 1 MB of it: refused"):
        parse(OLE, "a.doc")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xls", PAGE, "Weight | 12 kg"),
        ("a.xls", manual_xlsx(), "Model: X1"),
        ("a.doc", manual_docx(), "Fill the tank"),
        ("a.ppt", manual_pptx(), "wash the filter"),
        ("a.mobi", manual_epub(), "Press twice"),
    ],
    ids=range(5),
)
def test_a_file_of_a_newer_kind_is_read_as_what_it_is(name: str, data: bytes, words: str, bin_folder: Path) -> None:
    document = parse(data, name)
    assert words in document.text and document.path == name


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.doc", b"only words", "a.doc is not an old Word document"),
        ("a.chm", OLE, "a.chm is an old Office document .*, not a compiled help file"),
        ("a.ppt", b"<html><body>Not found</body></html>", "a.ppt is an HTML page, not an old PowerPoint presentation"),
        ("a.doc", OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        ("a.mobi", HTML.encode()[:40] + bytes(99), "a.mobi is an HTML page, not a Kindle book"),
    ],
    ids=range(5),
)
def test_misnamed_files_are_told_and_no_converter_is_asked(name: str, data: bytes, message: str, bin_folder: Path) -> None:
    for tool in ("soffice", "ebook-convert"):
        program(bin_folder, tool, "raise SystemExit(1)")
    with pytest.raises(ParseError, match=message):
        parse(data, name)
