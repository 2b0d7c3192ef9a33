"""A model's folder is data: nothing in it is run, and what it makes a library say is one error."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ragqa.answering.readers import load_reader
from ragqa.answering.windows import Passage
from ragqa.errors import ModelError
from ragqa.inference import torch_runtime
from ragqa.inference.embedder import load_embedder
from ragqa.inference.foreign_models import model_errors, refuse_code

EVIL = "from pathlib import Path\nPath({mark!r}).write_text('run')\nclass Evil:\n    pass\n"


def folder_with(folder: Path, mark: Path, **files: Any) -> Path:
    """A model's folder of JSON files, beside a module that leaves a mark when it is imported."""
    folder.mkdir(parents=True)
    (folder / "evil.py").write_text(EVIL.format(mark=str(mark)))
    for name, content in files.items():
        path = folder / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return folder


AUTO = {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Evil", "AutoModel": "evil.Evil", "AutoTokenizer": "evil.Evil"}}
OWN = "sentence_transformers.models.Transformer"
ROUTER = "sentence_transformers.models.Router"


@pytest.mark.parametrize(
    "files",
    [
        {"modules": [{"idx": 0, "name": "0", "path": "", "type": "evil.Evil"}], "config": {"model_type": "bert"}},
        {"modules": [{"idx": 0, "name": "0", "path": "", "type": OWN}, {"path": "1_Odd", "type": "subprocess.Popen"}]},
        {"modules": [{"path": "", "type": OWN}], "config": AUTO},
        {"modules": [{"path": "", "type": OWN}], "tokenizer_config": {"auto_map": {"AutoTokenizer": ["evil.Evil", None]}}},
        {"modules": [{"path": "", "type": OWN}], "1_Dense__config": {"activation_function": "evil.Evil"}},
        {"modules": [{"path": "", "type": OWN}], "router_config": {"types": {"a": "evil.Evil"}}},
        {"modules": [{"path": "", "type": OWN}], "sentence_bert_config": {"model_args": {"trust_remote_code": True}}},
        {"config": {"model_type": "bert"}, "adapter_config": {"base_model_name_or_path": "evil/hub"}},
        {"modules": [{"path": "", "type": OWN}], "a__b__config": {"activation_function": "evil.Evil"}},
        {"modules": [{"path": "a", "type": ROUTER}], "a__config": {"types": {"0_Odd": "evil.Evil"}}},
        {"modules": [{"path": "a", "type": ROUTER}], "a__b__c__router_config": {"types": {"0_Odd": "evil.Evil"}}},
        {"modules": [{"path": "", "type": "sentence_transformers.base.model.pickle"}]},
        {"modules": [{"path": "../elsewhere", "type": OWN}]},
        {"modules": [{"path": "C:/elsewhere", "type": OWN}]},
        {"modules": [{"path": "", "type": "evil.Evil", "more": " " * 5_000_000}]},
        {"config": {"model_type": "bert", "attn_implementation": "evil/kernel"}},
        {"modules": [{"path": "", "type": OWN}], "sentence_bert_config": {"model_args": {"attn_implementation": "evil/kernel"}}},
    ],
    ids=[
        "module", "builtin", "config", "tokenizer", "activation", "router", "asks", "other model", "deep activation",
        "old router", "deep router", "no class", "outside", "drive", "too large", "kernel", "kernel of a module",
    ],
)  # fmt: skip
def test_no_code_of_a_folder_is_run(files: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "mark"
    folder = folder_with(tmp_path / "model", mark, **files)
    monkeypatch.syspath_prepend(folder)
    with pytest.raises(ModelError, match="asks for code to be run") as caught:
        load_embedder(str(folder)).embed_queries(["What?"])
    assert "\n" not in caught.value.message and caught.value.hint
    with pytest.raises(ModelError, match="asks for code to be run"):
        load_reader(str(folder)).read("What?", [Passage("That.")])
    assert not mark.exists()


def test_plain_models_are_let_through(reader_folder: Path, tmp_path: Path) -> None:
    refuse_code(reader_folder)
    sound = {"modules": [{"path": "1_Dense", "type": OWN}], "1_Dense__config": {"activation_function": "torch.nn.Tanh"}}
    kept = {"tokenizer": {"vocab": "w" * 5_000_000}, "config": {"attn_implementation": "sdpa"}}
    refuse_code(folder_with(tmp_path / "sound", tmp_path / "mark", **sound, **kept))


def test_settings_behind_a_link_are_looked_through(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "model", tmp_path / "mark", modules=[{"path": "a", "type": OWN}])
    folder_with(tmp_path / "other", tmp_path / "mark", deep__config={"activation_function": "evil.Evil"})
    (folder / "a").symlink_to(tmp_path / "other")
    (folder / "again").symlink_to(folder)
    with pytest.raises(ModelError, match=r"names 'evil\.Evil'"):
        refuse_code(folder)


def test_nothing_is_let_to_run_code_by_any_loader() -> None:
    """Each call of a loader that could run a model's code is told not to."""
    root = Path(__file__).parents[3]
    for path in (*(root / "ragqa").rglob("*.py"), *(root / "tui").rglob("*.py")):
        for line in path.read_text(encoding="utf-8").splitlines():
            loads = ".from_pretrained(" in line or "SentenceTransformer(" in line or ".from_config(" in line
            if loads and "import" not in line:
                assert "NO_CODE" in line or "**asked" in line, f"{path.name}: {line}"


def test_what_a_library_says_is_one_line() -> None:
    class PanicException(BaseException):
        """As what is written in Rust raises."""

    for error in (ValueError("a\n  b"), KeyError("x"), PanicException("called `Option::unwrap()`"), MemoryError()):
        with pytest.raises(ModelError, match="it broke: ") as caught, model_errors("it broke"):
            raise error
        assert "\n" not in caught.value.message
    with pytest.raises(KeyboardInterrupt), model_errors("it broke"):
        raise KeyboardInterrupt


def test_the_hub_is_off_unless_a_hub_model_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    torch_runtime._go_offline(True)
    assert constants.HF_HUB_OFFLINE is True
    torch_runtime._go_offline(False)
    assert constants.HF_HUB_OFFLINE is False
    os.environ["HF_HUB_OFFLINE"] = "1"
    constants.HF_HUB_OFFLINE = True
    torch_runtime._go_offline(False)
    assert constants.HF_HUB_OFFLINE is True
