"""Ingest on real Dask clusters of this machine, with a stand-in for the model."""

from __future__ import annotations

import datetime
import queue
import sqlite3
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dask
import psutil
import pytest
from cluster_embedder import WordsEmbedder, load

from ragqa.config import IngestSettings
from ragqa.errors import ClusterError, UsageError
from ragqa.ingestion import on_dask, on_worker, roster
from ragqa.ingestion.ingest import ingest
from ragqa.ingestion.on_dask import DaskPool, OnDask, connected
from ragqa.ingestion.parcels import Call
from ragqa.types import Cluster, Progress

pytestmark = pytest.mark.enable_socket
SETTINGS = IngestSettings(ocr="off")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for number in range(6):
        (folder / f"m{number}.md").write_text(f"# Manual {number}\n\nThe part {number}00 weighs {number} grams.\n")
    (folder / "bad.docx").write_bytes(b"no zip")
    return folder


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker within this process has no embedder yet."""
    monkeypatch.setattr(on_worker, "_EMBEDDERS", {})


def rows(folder: Path) -> list[tuple[Any, ...]]:
    """All that an index holds of documents and chunks, but for the times."""
    connection = sqlite3.connect(folder / "index.sqlite")
    query = (
        "SELECT documents.id, path, sha256, size, parser, pages, chunks.id, start, end, chunks.text, section, embedding, vector"
        " FROM documents JOIN chunks ON document_id = documents.id JOIN embeddings ON hash = embedding ORDER BY 1, 7"
    )
    found = connection.execute(query).fetchall()
    connection.close()
    return found


def ingested(folder: Path, shelf: Path, cluster: Cluster, seed: str = "1", marks: str = "", **options: Any) -> Any:
    embedder, notes = WordsEmbedder(), options.pop("notes", None)
    workers = partial(OnDask, cluster, embedder, partial(load, seed, marks), notes=notes)
    return ingest(folder, [shelf], embedder, SETTINGS, elsewhere=workers, **options)


def test_processes_make_the_index_that_the_default_makes_though_one_of_them_dies(tmp_path: Path, shelf: Path) -> None:
    (shelf / "m2.md").write_text("# Manual 2\n\nMORTAL is the part 200.\n")
    listening: set[str] = set()

    def look(step: Progress) -> None:
        own = psutil.Process()
        for process in [own, *own.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # one of them is made to die, which may be while it is looked at
                found = process.net_connections()
                listening.update(one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN)

    report = ingested(tmp_path / "index", shelf, Cluster(workers=2), marks=str(tmp_path), progress=look)
    assert (tmp_path / "died").exists() and listening == {"127.0.0.1"}
    plain = ingest(tmp_path / "plain", [shelf], WordsEmbedder(), SETTINGS)
    assert rows(tmp_path / "index") == rows(tmp_path / "plain") and report.files == plain.files and report.documents == 6


@contextmanager
def cluster_here(security: Any = None, protocol: str = "tcp://") -> Iterator[Any]:
    """A cluster within this process, of one worker with two threads."""
    from distributed import Scheduler, Worker
    from distributed.deploy.spec import SpecCluster

    nowhere = {"dashboard": False, "dashboard_address": "127.0.0.1:0", "host": "127.0.0.1"}
    nowhere |= {"protocol": protocol, "security": security}
    worker = {"cls": Worker, "options": {**nowhere, "nthreads": 2}}
    scheduler = {"cls": Scheduler, "options": {**nowhere, "port": 0}}
    cluster = SpecCluster(workers={0: worker}, scheduler=scheduler, security=security)
    try:
        yield cluster
    finally:
        cluster.close()


def test_a_running_cluster_is_used_with_keys_and_shared_storage(tmp_path: Path, shelf: Path) -> None:
    from distributed.security import Security

    key, certificate = self_made(tmp_path)
    files = {
        f"tls_{who}_{what}": path
        for who in ("client", "scheduler", "worker")
        for what, path in (("cert", certificate), ("key", key))
    }
    security = Security(tls_ca_file=certificate, require_encryption=True, **files)
    with cluster_here(security, "tls://") as cluster:
        keys = {"tls_ca": certificate, "tls_cert": certificate, "tls_key": key}
        named = Cluster(cluster.scheduler_address, shared_storage=True, **keys)
        report = ingested(tmp_path / "index", shelf, named)
        assert report.documents == 6 and report.chunks_embedded == 6
        (shelf / "m7.md").write_text("# Manual 7\n\nSTRANGE is the part 700.\n")
        again = {file.path: file for file in ingested(tmp_path / "index", shelf, named).files}
        assert "given up after 3 tries" in again["m7.md"].note and "RecursionError" in again["m7.md"].note
        (shelf / "m7.md").unlink()
        tls = "distributed.comm.tls"  # as in ~/.config/dask/*.yaml, or by DASK_DISTRIBUTED__COMM__TLS__…
        with dask.config.set({f"{tls}.ca-file": certificate, f"{tls}.client.cert": certificate, f"{tls}.client.key": key}):
            assert ingested(tmp_path / "by-settings", shelf, Cluster(cluster.scheduler_address)).documents == 6
        other_key, other_certificate = self_made(tmp_path / "other")
        stranger = Cluster(cluster.scheduler_address, tls_ca=certificate, tls_cert=other_certificate, tls_key=other_key)
        with pytest.raises(ClusterError, match="cannot be reached") as told:
            ingested(tmp_path / "none", shelf, stranger)
        assert "--tls-ca" in told.value.hint and "\n" not in told.value.message and not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("files", "told", "hint"),
    [
        ({}, "--tls-ca is needed", "distributed.comm.tls.ca-file"),
        ({"tls_ca": "ca.pem"}, "--tls-cert is needed", "distributed.comm.tls.client.cert"),
        ({"tls_ca": "ca.pem", "tls_cert": "gone.pem"}, r"--tls-cert: there is no file gone\.pem", "--tls-cert FILE"),
        ({"tls_ca": "ca.pem", "tls_cert": "ca.pem"}, r"--tls-key: there is no file of-settings\.pem", "client.key"),
    ],
)
def test_what_tls_lacks_is_told_before_a_client_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], told: str, hint: str
) -> None:
    """A client of Dask that is begun without takes half a minute to end, and leaves a traceback on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("distributed.Client", None)
    (tmp_path / "ca.pem").touch()
    settings = {"distributed.comm.tls.client.key": "of-settings.pem"}
    with dask.config.set(settings), pytest.raises(UsageError, match=told) as error, connected(Cluster("tls://h:1", **files)):
        pass
    assert hint in error.value.hint


def test_a_worker_with_another_embedder_is_named(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "UNFIT_SECONDS", 0.0)
    with (
        cluster_here() as cluster,
        pytest.raises(ClusterError, match=r"can be used: tcp://127\.0\.0\.1:\d+ has another embedder: words"),
    ):
        ingested(tmp_path / "index", shelf, Cluster(cluster.scheduler_address), seed="2")


class StandInClient:
    """Of Dask: calls are done at once, and one thread calls all callbacks. The answer of the worker "frozen" does not come."""

    status = "running"

    def __init__(self) -> None:
        self.thawed = threading.Event()
        self.callbacks = ThreadPoolExecutor(1)

    def submit(self, *_: object, workers: list[str], **__: object) -> Any:
        def result(timeout: float) -> str:
            if workers == ["frozen"] and not self.thawed.wait(timeout):
                raise TimeoutError
            return workers[0]

        future = SimpleNamespace(result=result)
        future.add_done_callback = lambda told: self.callbacks.submit(told, future)
        return future


def test_an_answer_that_does_not_come_holds_up_no_others() -> None:
    client, told = StandInClient(), queue.SimpleQueue[Any]()
    pool = DaskPool(client, "stand-in")  # type: ignore[arg-type]
    try:
        pool.submit("frozen", Call(dict), told.put)
        for _ in range(3):
            pool.submit("fine", Call(dict), told.put)
        assert [told.get(timeout=20) for _ in range(3)] == ["fine"] * 3
        client.thawed.set()
        assert told.get(timeout=20) == "frozen"
        pool.close()
        pool.submit("fine", Call(dict), told.put)
        client.callbacks.shutdown()
        assert told.empty()
    finally:
        client.thawed.set()
        pool.close()
        client.callbacks.shutdown()


def test_answers_behind_one_that_does_not_come_arrive_before_their_workers_count_as_silent() -> None:
    assert 0 < on_dask.RESULT_SECONDS < roster.SILENT_SECONDS


def test_a_scheduler_that_is_not_there_is_told_in_one_line(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_dask, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9 cannot be reached") as told:
        ingested(tmp_path / "index", shelf, Cluster("tcp://127.0.0.1:9"))
    assert "\n" not in told.value.message and "dask scheduler" in told.value.hint


def test_without_dask_it_is_told_what_to_install(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(UsageError) as told:
        ingested(tmp_path / "index", shelf, Cluster(workers=1))
    assert told.value.hint == "pip install 'ragqa[dask]'"


def self_made(folder: Path) -> tuple[str, str]:
    """A key, and a certificate that certifies itself, as files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    folder.mkdir(exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ragqa-test")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    certificate = made.not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(encoding))
    return str(folder / "key.pem"), str(folder / "cert.pem")
