from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from ragqa.inference import torch_runtime
from ragqa.inference.torch_runtime import cpu_has_bf16, fast_inference, quiet_libraries, set_threads


@pytest.fixture(autouse=True)
def fresh_answer() -> Iterator[None]:
    cpu_has_bf16.cache_clear()
    yield
    cpu_has_bf16.cache_clear()


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("flags : sse2 avx512_bf16 fma", True), ("flags : amx_bf16", True), ("flags : sse2 avx2", False)],
)
def test_bf16_is_told_by_the_cpus_flags(flags: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda self: flags)
    assert cpu_has_bf16() is expected


def test_without_flags_there_is_no_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: Path) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert cpu_has_bf16() is False


@pytest.mark.parametrize(("native", "dtype"), [(True, torch.bfloat16), (False, torch.float32)])
def test_products_are_bf16_only_where_that_is_fast(native: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_runtime, "cpu_has_bf16", lambda: native)
    weights = torch.ones(4, 4, requires_grad=True)
    with fast_inference(torch.device("cpu")):
        product = weights @ weights
    assert product.dtype is dtype and not product.requires_grad


def test_threads_are_set_when_asked_for() -> None:
    before = torch.get_num_threads()
    try:
        set_threads(0)
        assert torch.get_num_threads() == before
        set_threads(1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_the_users_own_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    monkeypatch.delenv("HF_HUB_DISABLE_TELEMETRY", raising=False)
    quiet_libraries()
    assert os.environ["TOKENIZERS_PARALLELISM"] == "false"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
