from __future__ import annotations

from pathlib import Path

import fake_retrievers
import numpy as np
import pytest

from ragqa.errors import ModelError, UsageError
from ragqa.inference.adapter import About, write_adapter
from ragqa.readers.registry import list_readers, new_reader_folder, reader_names
from ragqa.readers.retrievers import (
    choose_retriever,
    embedder_of,
    list_models,
    list_retrievers,
    model_names,
    remove_model,
    retriever_info,
    retriever_names,
)


def test_retrievers_stand_beside_the_readers() -> None:
    folder = fake_retrievers.write_retriever("shop")
    (Path("models") / "reads").mkdir()
    assert retriever_names(".") == ["default", "shop"] and reader_names(".") == ["default", "reads"]
    assert model_names(".") == ["default", "reads", "shop"]
    [info] = list_retrievers(".")
    assert info == retriever_info(".", "shop") and (info.kind, info.problem, info.base) == ("retriever", "", "default")
    assert info.bytes == sum(path.stat().st_size for path in folder.iterdir()) and info.summary == {"recall@8": 0.75, "mrr": 0.5}
    assert [one.kind for one in list_models(".")] == ["reader", "reader", "retriever"] and len(list_readers(".")) == 2
    with pytest.raises(UsageError, match="retriever 'shop' already"):
        new_reader_folder(".", "shop")


@pytest.mark.parametrize("name", ["none", "default", "../shop"])
def test_what_is_no_retriever_is_told(name: str) -> None:
    fake_retrievers.write_retriever("shop")
    with pytest.raises((ModelError, UsageError)):
        retriever_info(".", name)
    if name != "default":
        with pytest.raises((ModelError, UsageError)):
            choose_retriever(".", "shelf", name)
        with pytest.raises(ModelError, match="is gone"):
            embedder_of(".", "all-MiniLM-L6-v2", name)


@pytest.mark.parametrize("spoil", ["cut", "nan", "no about", "no json"])
def test_a_damaged_one_says_what_is_wrong(spoil: str) -> None:
    folder = fake_retrievers.write_retriever("shop")
    if spoil == "cut":
        (folder / "adapter.safetensors").write_bytes(b"\x10\x00\x00")
    elif spoil == "nan":
        write_adapter(folder, {"w": (np.full((1, 2), np.nan), np.ones((2, 1)))}, About(fake_retrievers.BASE, 1))
    elif spoil == "no about":
        (folder / "adapter.json").unlink()
    else:
        (folder / "metrics.json").write_text("{")
    info = retriever_info(".", "shop")
    assert info.problem and info.summary == {} and "shop" in info.problem


def test_one_that_nobody_uses_can_be_removed() -> None:
    folder = fake_retrievers.write_retriever("shop")
    assert remove_model(".", "shop") == () and not folder.exists() and list(Path("models").iterdir()) == []
