from __future__ import annotations

import gc
import json
import shutil
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.errors import ModelError
from ragqa.inference.encoder import load_encoder
from ragqa.inference.openvino_runtime import MANY_BATCHES, OpenVinoEncoder

IDS = np.array([[2, 17, 40, 3, 90, 3], [2, 5, 3, 61, 3, 0]])
MASK = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0]])


@pytest.fixture
def folder(reader_folders: dict[str, Path], tmp_path: Path) -> Path:
    """A tiny BERT in a folder of its own."""
    return Path(shutil.copytree(reader_folders["bert"], tmp_path / "tiny"))


def encoder_of(folder: Path) -> OpenVinoEncoder:
    found = load_encoder(folder)
    assert found is not None
    return found


def test_nothing_is_compiled_before_the_first_batch(folder: Path) -> None:
    encoder = encoder_of(folder)
    assert encoder.has_head and encoder.width == 32
    assert "_compiled" not in vars(encoder)
    encoder.run(IDS, MASK)
    assert "_compiled" in vars(encoder)


def test_threads_share_a_compiled_graph_and_have_requests_of_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, seen = encoder_of(folder), []
    request_of = OpenVinoEncoder._request
    monkeypatch.setattr(OpenVinoEncoder, "_request", lambda self: seen.append((self._compiled, request_of(self))) or seen[-1][1])
    together = threading.Barrier(4)

    def run(_: int) -> None:
        together.wait()
        for _ in range(3):
            encoder.run(IDS, MASK)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    assert len(seen) == 12
    assert len({id(compiled) for compiled, _ in seen}) == 1 and len({id(request) for _, request in seen}) == 4


@pytest.mark.parametrize("options", [{}, MANY_BATCHES])
def test_no_thread_is_tied_to_a_processor_that_other_processes_begin_with_too(options: dict[str, str], folder: Path) -> None:
    encoder = load_encoder(folder, threads=1, **options)
    assert encoder is not None and not encoder._compiled.get_property("ENABLE_CPU_PINNING")


def test_a_request_goes_with_its_thread(folder: Path) -> None:
    encoder = encoder_of(folder)
    requests: list[weakref.ref[Any]] = []

    def run() -> None:
        encoder.run(IDS, MASK)
        requests.append(weakref.ref(encoder._request()))

    for _ in range(3):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    gc.collect()
    assert [request() for request in requests] == [None, None, None]


def test_ids_that_the_model_does_not_have_are_a_model_error(folder: Path) -> None:
    with pytest.raises(ModelError, match="tiny"):
        encoder_of(folder).run(IDS + 10_000, MASK)


@pytest.mark.parametrize("change", [{"num_attention_heads": 0}, {"num_attention_heads": 5}, {"num_attention_heads": "two"}])
def test_a_model_whose_files_do_not_fit_together_is_a_model_error(change: dict[str, Any], folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(ModelError, match="tiny") as caught:
        encoder_of(folder).run(IDS, MASK)
    assert caught.value.hint


def test_weights_of_other_sizes_are_a_model_error(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if name.endswith("layer.0.output.dense.weight"))
    save_file({**weights, name: weights[name][:-1].copy()}, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="tiny"):
        encoder_of(folder).run(IDS, MASK)


def test_the_library_reports_nothing_to_its_maker() -> None:
    """Its telemetry, installed with it, would send an event at each import."""
    code = (
        "import sys; from ragqa.inference.openvino_runtime import quiet_openvino; quiet_openvino(); import openvino.tools.ovc;"
        "print([name for name, module in sys.modules.items() if name.startswith('openvino_telemetry') and module])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "[]"


def test_signals_find_their_stack_when_models_have_gone(tmp_path: Path) -> None:
    """OpenVINO leaves a thread with a signal stack that it frees later; Ctrl-C then ended the process."""
    from tiny_readers import save_reader

    for name in ("one", "other"):
        save_reader("bert", tmp_path / name)
    code = """
import gc, signal, sys
from pathlib import Path
import numpy as np
from ragqa.inference.encoder import load_encoder
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background, it is ignored
rows = np.ones((2, 8), dtype=np.int64)
first = load_encoder(Path(sys.argv[1])); first.run(rows, rows)
other = load_encoder(Path(sys.argv[2])); other.run(rows, rows)
del first; gc.collect()
ballast = [bytearray(1 << 20) for _ in range(64)]
del other, ballast; gc.collect()
for number in range(3):
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        print("interrupted")
"""
    folders = [str(tmp_path / name) for name in ("one", "other")]
    done = subprocess.run([sys.executable, "-c", code, *folders], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["interrupted"] * 3), done.stderr


def test_few_widths_reach_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For each it keeps memory and compiles anew, and rows come in hundreds of lengths."""
    encoder, widths = encoder_of(folder), set()
    inputs_of = OpenVinoEncoder._inputs

    def seen(self: OpenVinoEncoder, *batch: Any) -> Any:
        embedded, mask = inputs_of(self, *batch)
        assert embedded.shape[:2] == mask.shape and mask.dtype == np.int32
        widths.add(mask.shape[1])
        return embedded, mask

    monkeypatch.setattr(OpenVinoEncoder, "_inputs", seen)
    for tokens in range(1, 60):
        ids = np.full((2, tokens), 7)
        assert encoder.run(ids, np.ones_like(ids)).shape == (2, tokens, 2)
    assert widths == {16, 32, 48, 64}


def test_after_a_batch_that_cannot_be_computed_the_others_can(folder: Path) -> None:
    encoder = load_encoder(folder, 2, None, **MANY_BATCHES)
    assert encoder is not None
    strange = np.full_like(IDS, 10**6)
    for _ in range(2):
        with pytest.raises(ModelError):
            encoder.run_each([(IDS, MASK, None), (strange, MASK, None), (IDS, MASK, None)])
        first, second = encoder.run_each([(IDS, MASK, None), (IDS[::-1].copy(), MASK[::-1].copy(), None)])
        assert np.array_equal(first, second[::-1]) and np.array_equal(first, encoder.run(IDS, MASK))
