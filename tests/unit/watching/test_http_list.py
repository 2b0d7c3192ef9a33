"""A list of documents on a server of this machine."""

from __future__ import annotations

import gzip
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from ragqa.errors import ParseError, SourceGone, UsageError
from ragqa.watching import arriving
from ragqa.watching import http_list as module
from ragqa.watching.http_list import HttpList
from ragqa.watching.mirror import Mirror
from ragqa.watching.retries import Retries
from ragqa.watching.sources import NotThere

pytestmark = pytest.mark.enable_socket

Answer = tuple[int, dict[str, str], bytes]


class Site:
    """What a server answers, by path, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.address = ""
        self.goes_on: threading.Event | None = None
        """Set where all but the first byte of a document is to wait for it."""

    def put(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = status, {"Content-Length": str(len(body)), **named}, body

    def source(self, path: str = "/docs/list.txt", most: int = 1000) -> HttpList:
        return HttpList(self.address + path, most)


@contextmanager
def serving(site: Site) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, with_body: bool) -> None:
            site.asked.append(f"{self.command} {self.path}")
            page = site.pages.get(f"{self.command} {self.path}") or site.pages.get(self.path)
            status, headers, body = page or (404, {"Content-Length": "0"}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body and site.goes_on is not None:
                self.wfile.write(body[:1])
                self.wfile.flush()
                site.goes_on.wait(60)
                body = body[1:]
            if with_body:
                with suppress(OSError):  # nobody waits for it any more
                    self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(True)

        def do_HEAD(self) -> None:
            self.answer(False)

        def log_message(self, *told: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        site.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with serving(made):
        yield made


def found(source: HttpList) -> dict[str, str]:
    return {entry.name: entry.mark for entry in source.discover().entries}


def test_documents_are_marked_as_the_server_marks_them(site: Site, tmp_path: Path) -> None:
    site.put("/docs/list.txt", b"a.md\ndeep/b%20c.pdf\nnew.md\nview\nlogo.svg\nview2\n", Content_Type="text/plain")
    site.put("/docs/a.md", b"# A\n", ETag='"1"', Last_Modified="Mon")
    site.put("/docs/deep/b%20c.pdf", b"%PDF", Last_Modified="Tue")
    site.put("/docs/new.md", b"# New\n")
    site.put("/docs/view", b"<html>", Content_Type="text/html; charset=utf-8", ETag='"2"')
    site.put("/docs/view2", b"bits", Content_Type="application/octet-stream", ETag='"2"')
    source = site.source()
    assert found(source) == {"a.md": '"1" Mon 4', "deep/b c.pdf": " Tue 4", "new.md": "", "view.html": '"2"  6'}
    entries = {entry.name: entry for entry in source.discover().entries}
    assert source.fetch(entries["deep/b c.pdf"], tmp_path).read_bytes() == b"%PDF"
    assert source.fetch(entries["view.html"], tmp_path).read_bytes() == b"<html>"


def test_a_page_that_is_refused_for_a_moment_is_kept_and_one_that_is_not_there_is_gone(site: Site, tmp_path: Path) -> None:
    site.put("/docs/list.txt", b"intro\nsetup\nfaq\nmore.md\n")
    for name in ("intro", "setup", "faq", "more.md"):
        site.put(f"/docs/{name}", b"<html>x</html>", Content_Type="text/html", ETag="1")
    mirror = Mirror(site.source(), tmp_path / "far", Retries())
    mirror.sync(lambda gone: True)
    for name in ("setup", "more.md"):
        site.put(f"/docs/{name}", status=503)
    site.put("/docs/faq", status=410)
    synced = mirror.sync(lambda gone: True)
    assert synced.removed == ("faq.html",) and (tmp_path / "far" / "setup.html").is_file()
    ((name, why),) = synced.problems
    assert name.endswith(" › setup.html") and "503" in why
    assert [failure.path.rpartition(" ")[2] for failure in mirror.retries.all] == ["more.md"]


@pytest.mark.parametrize("marked", [True, False])
def test_a_document_that_the_server_does_not_have_any_more_is_gone_and_not_tried_for_ever(
    site: Site, tmp_path: Path, marked: bool
) -> None:
    """Whether it is asked for it first, or the list says when it changed, and it is told when it is fetched."""

    def listed(day: int) -> None:
        names = [*(f"{number}.md" for number in range(9)), "never.md"]
        urls = "".join(f"<url><loc>{name}</loc><lastmod>2026-01-0{day}</lastmod></url>" for name in names)
        sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        site.put("/docs/list.txt", sitemap.encode() if marked else "\n".join(names).encode())

    def put(status: int) -> None:
        for number in range(9):
            site.put(f"/docs/{number}.md", b"# A" if status == 200 else b"", status)

    mirror, asked = Mirror(site.source(), tmp_path / "far", Retries()), []
    listed(1)
    put(200)
    for _ in range(2):
        synced = mirror.sync(lambda gone: True)
        assert synced.entries == 9 and mirror.retries.all == ()
        ((name, why),) = synced.problems
        assert name.endswith(" › never.md") and "404" in why
    listed(2)
    site.put("/docs/3.md", status=410)
    assert mirror.sync(lambda gone: True).removed == ("3.md",)
    assert mirror.retries.all == () and "3.md" not in mirror.names
    listed(3)
    put(404)
    synced = mirror.sync(lambda gone: bool(asked.append(gone)))
    assert synced.removed == () and (tmp_path / "far" / "4.md").is_file()  # nothing is left: a person is asked first
    assert [(len(gone.paths), gone.held, gone.found) for gone in asked] == [(8, 8, 0)] and mirror.retries.all == ()


def test_a_server_that_does_not_know_head_is_asked_otherwise(site: Site) -> None:
    site.put("/docs/list.txt", b"intro\nlogo\na.md\n")
    site.put("/docs/intro", b"<html>x</html>", Content_Type="text/html", ETag="1")
    site.put("/docs/logo", b"bits", Content_Type="image/png", ETag="1")
    site.put("/docs/a.md", b"# A", ETag="2")
    for name, status in (("intro", 405), ("logo", 501), ("a.md", 405)):
        site.put(f"HEAD /docs/{name}", status=status)
    assert found(site.source()) == {"intro.html": "1  14", "a.md": "2  3"}


def test_documents_that_only_differ_in_what_is_asked_are_two(site: Site, tmp_path: Path) -> None:
    site.put("/docs/list.txt", "get.pdf?id=1\nget.pdf?id=my file\nget.pdf\nview?page=ü".encode())
    for number, asked in enumerate(("get.pdf?id=1", "get.pdf?id=my%20file", "get.pdf", "view?page=%C3%BC")):
        site.put(f"/docs/{asked}", b"%d" % number, Content_Type="text/html", ETag="1")
    source = site.source()
    entries = source.discover().entries
    assert [re.sub("~[0-9a-f]{12}", "~", entry.name) for entry in entries] == ["get~.pdf", "get~.pdf", "get.pdf", "view~.html"]
    assert [source.fetch(entry, tmp_path).read_bytes() for entry in entries] == [b"0", b"1", b"2", b"3"]


def test_a_list_s_own_address_may_hold_blanks_and_letters_of_any_language(site: Site) -> None:
    site.put("/my%20docs/l%C3%BCst.txt", b"a.md\n")
    site.put("/my%20docs/a.md", b"# A", ETag="1")
    assert list(found(site.source("/my docs/lüst.txt"))) == ["a.md"]


def test_a_list_that_does_not_come_whole_makes_nothing_count_as_gone(site: Site) -> None:
    site.put("/docs/list.txt", b"a.md\n", Content_Length="10")
    with pytest.raises(SourceGone, match="only 5 of 10 bytes"):
        site.source().discover()


@pytest.fixture
def slow(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The site, where no document comes at once, and none may take any time."""
    site.put("/docs/list.txt", b"a.md\n")
    site.put("/docs/a.md", b"# A", ETag="1")
    monkeypatch.setattr(arriving, "LONGEST_SECONDS", -1.0)
    monkeypatch.setattr(module, "SECONDS", 10.0)
    site.goes_on = threading.Event()
    yield site
    site.goes_on.set()


def test_what_comes_too_slowly_is_broken_off_before_a_whole_block_has_come(slow: Site, tmp_path: Path) -> None:
    with pytest.raises(SourceGone, match="only 1 bytes came"):
        slow.source().discover()
    source, slow.goes_on, waits = slow.source(), None, slow.goes_on
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(arriving, "LONGEST_SECONDS", 60.0)
        (entry,) = source.discover().entries
    slow.goes_on = waits
    with pytest.raises(ParseError, match="only 1 bytes came"):
        source.fetch(entry, tmp_path)


def test_only_what_lies_below_the_list_is_asked_for(site: Site) -> None:
    outside = ["/other/x.md", "../up.md", "/docs/../up.md", "/docs/%2e%2e/up.md", "http://localhost:1/docs/a.md"]
    outside += ["https://example.org/docs/a.md", "file:///docs/a.md", "//example.org/docs/a.md", "/docsx/a.md"]
    site.put("/docs/list.txt", "\n".join([*outside, "a.md"]).encode())
    site.put("/docs/a.md", b"# A", ETag="1")
    assert list(found(site.source())) == ["a.md"]
    assert site.asked == ["GET /docs/list.txt", "HEAD /docs/a.md"]


@pytest.mark.parametrize("target", ["/secret.md", "http://localhost:9/docs/a.md", "file:///docs/a.md"])
def test_a_redirect_that_leads_away_is_not_followed(site: Site, tmp_path: Path, target: str) -> None:
    site.put("/docs/list.txt", b"a.md\n")
    site.put("/docs/a.md", status=302, Location=target)
    site.put("/secret.md", b"secret", ETag="1")
    source = site.source()
    (entry,) = source.discover().entries
    with pytest.raises(ParseError):
        source.fetch(entry, tmp_path)
    assert "GET /secret.md" not in site.asked


def test_a_redirect_within_is_followed(site: Site, tmp_path: Path) -> None:
    site.put("/docs/list.txt", b"a.md\n")
    site.put("/docs/a.md", status=302, Location="/docs/b.md")
    site.put("/docs/b.md", b"# B", ETag="1")
    source = site.source()
    (entry,) = source.discover().entries
    assert source.fetch(entry, tmp_path).read_bytes() == b"# B" and entry.mark == "1  3"


def test_folders_that_a_server_lists_are_looked_through(site: Site) -> None:
    links = b"<html><a href='../'>up</a><a href='?C=M'>sort</a><a href='a.md'>a</a><a href='sub/'>s</a>"
    site.put("/docs/", links, Content_Type="text/html")
    site.put("/docs/sub/", b"<html><a href='/docs/'>up</a><a href='b.md'>b</a>", Content_Type="text/html")
    for name in ("a.md", "sub/b.md"):
        site.put(f"/docs/{name}", b"# X", ETag="1")
    assert sorted(found(site.source("/docs/"))) == ["a.md", "sub/b.md"]


def test_part_of_a_list_that_cannot_be_had_makes_nothing_count_as_gone(site: Site) -> None:
    site.put("/docs/", b"<html><a href='a.md'>a</a><a href='sub/'>s</a>", Content_Type="text/html")
    site.put("/docs/sub/", b"", status=503)
    with pytest.raises(SourceGone, match="503"):
        site.source("/docs/").discover()
    with pytest.raises(SourceGone, match="404"):
        site.source("/docs/nothing").discover()


def test_a_server_with_more_lists_than_are_looked_through_is_refused_whole(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.put("/docs/", b"<html><a href='one/'>1</a><a href='two/'>2</a>", Content_Type="text/html")
    for name in ("one", "two"):
        site.put(f"/docs/{name}/", b"<html><a href='a.md'>a</a>", Content_Type="text/html")
        site.put(f"/docs/{name}/a.md", b"# X", ETag="1")
    monkeypatch.setattr(module, "MOST_LISTS", 3)
    assert sorted(found(site.source("/docs/"))) == ["one/a.md", "two/a.md"]
    monkeypatch.setattr(module, "MOST_LISTS", 2)
    with pytest.raises(SourceGone, match="more than 2 lists"):
        site.source("/docs/").discover()


def test_a_folder_that_is_named_without_its_slash_is_the_same_folder(site: Site, tmp_path: Path) -> None:
    site.put("/docs", status=301, Location="/docs/")
    site.put("/docs/", b"<html><a href='../'>up</a><a href='a.md'>a</a><a href='/b.md'>b</a>", Content_Type="text/html")
    site.put("/", b"<html><a href='b.md'>b</a>", Content_Type="text/html")
    site.put("/docs/a.md", b"# A", ETag="1")
    site.put("/b.md", b"# B", ETag="1")
    source = site.source("/docs")
    for _ in range(2):
        (entry,) = source.discover().entries
        assert entry.name == "a.md" and source.fetch(entry, tmp_path).read_bytes() == b"# A"
    assert not {"GET /", "HEAD /b.md"} & set(site.asked)


def test_what_a_list_names_lies_beside_where_the_server_has_it(site: Site) -> None:
    site.put("/docs/list.txt", status=302, Location="/docs/new/list.txt")
    site.put("/docs/new/list.txt", f"a.md\n{site.address}/docs/b.md\n".encode())
    for name in ("new/a.md", "b.md"):
        site.put(f"/docs/{name}", b"# X", ETag="1")
    assert sorted(found(site.source())) == ["b.md", "new/a.md"]


def test_a_list_may_be_compressed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    item = f"<url><loc>{site.address}/docs/a.md</loc><lastmod>2026-01-02</lastmod></url>"
    data = gzip.compress(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{item}</urlset>'.encode())
    site.put("/docs/sitemap.xml.gz", data, Content_Type="application/gzip")
    assert found(site.source("/docs/sitemap.xml.gz")) == {"a.md": "2026-01-02"}
    for cut in (data[:-20], data[:12] + b"nonsense"):
        site.put("/docs/sitemap.xml.gz", cut)
        with pytest.raises(SourceGone, match="cannot be unpacked"):
            site.source("/docs/sitemap.xml.gz").discover()
    monkeypatch.setattr(module, "LIST_BYTES", 100_000)
    site.put("/docs/sitemap.xml.gz", gzip.compress(b"a.md\n" * 50_000))
    with pytest.raises(SourceGone, match="larger than"):
        site.source("/docs/sitemap.xml.gz").discover()


def test_a_sitemap_with_dates_needs_no_other_request(site: Site) -> None:
    item = f"<url><loc>{site.address}/docs/a.md</loc><lastmod>2026-01-02</lastmod></url>"
    site.put("/docs/sitemap.xml", f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{item}</urlset>'.encode())
    assert found(site.source("/docs/sitemap.xml")) == {"a.md": "2026-01-02"}
    assert site.asked == ["GET /docs/sitemap.xml"]


def fetch(site: Site, tmp_path: Path, most: int = 1000) -> Path:
    source = site.source(most=most)
    (entry,) = source.discover().entries
    return source.fetch(entry, tmp_path)


def test_what_does_not_come_whole_is_refused(site: Site, tmp_path: Path) -> None:
    site.put("/docs/list.txt", b"a.md\n")
    site.put("/docs/a.md", b"# A", Content_Length="10", ETag="1")
    with pytest.raises(ParseError, match="only 3 of 10 bytes"):
        fetch(site, tmp_path)
    site.put("/docs/a.md", b"# A" * 10, ETag="1")
    with pytest.raises(ParseError, match="larger than"):
        fetch(site, tmp_path, most=20)
    site.put("/docs/a.md", b"# A", ETag="1", Content_Encoding="gzip")
    with pytest.raises(ParseError, match="compressed"):
        fetch(site, tmp_path)
    source = site.source()
    (entry,) = source.discover().entries
    site.put("/docs/a.md", b"gone", status=410)
    with pytest.raises(NotThere, match="410"):
        source.fetch(entry, tmp_path)


def test_a_server_that_is_not_there(site: Site) -> None:
    with pytest.raises(SourceGone, match="does not answer"):
        HttpList("http://127.0.0.1:9/docs/list.txt", 1000).discover()


def test_a_certificate_that_is_not_trusted_is_told_as_that(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1006)"

    def refuse(*given: Any, **more: Any) -> None:
        raise URLError(ssl.SSLCertVerificationError(1, told))

    source = site.source()
    monkeypatch.setattr(source._opener, "open", refuse)
    with pytest.raises(SourceGone) as error:
        source.discover()
    assert error.value.message == "the certificate of 127.0.0.1 is not trusted: self-signed certificate"
    assert "are kept" in error.value.hint and "SSL_CERT_FILE" in error.value.hint


def test_an_address_with_a_password_is_refused_without_telling_it() -> None:
    with pytest.raises(UsageError) as told:
        HttpList("https://me:hush@example.org/list.txt", 1000)
    assert "hush" not in f"{told.value.message} {told.value.hint}"


@pytest.mark.parametrize("asked", [0, 1, 2, 3])
def test_no_more_is_asked_of_a_server_once_it_is_to_stop(asked: int, site: Site) -> None:
    site.put("/docs/list.txt", b"more.xml\na.md\nb.md\n")
    site.put("/docs/more.xml", b"<urlset/>", Content_Type="application/xml")
    for name in ("a.md", "b.md"):
        site.put(f"/docs/{name}", b"# A", ETag="1")
    source = site.source()
    with pytest.raises(SourceGone, match=r"to stop|broken off"):
        source.discover(lambda: len(site.asked) >= asked)
    assert len(site.asked) == asked


def test_a_list_that_comes_slowly_is_broken_off_when_it_is_to_stop(slow: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "LONGEST_SECONDS", 60.0)
    with pytest.raises(SourceGone, match="broken off"):
        slow.source().discover(lambda: bool(slow.asked))
