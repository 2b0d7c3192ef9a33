"""Text to vectors by sentence-transformers, on torch: for the models that have no graph of their own here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from ragqa.inference.foreign_models import NO_CODE, model_errors, refuse_code
from ragqa.inference.once import once
from ragqa.inference.portions import by_length
from ragqa.inference.prefixes import Prefixes, prefixes_of
from ragqa.inference.sentence_model import folder_prefixes
from ragqa.inference.torch_runtime import fast_inference, quiet_libraries, set_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_SIZE = 32


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, a folder or a hub name, on torch. Loaded at the first text.

    Threads: any number may embed and count at the same time. The library promises nothing, so they embed one after another.
    """

    def __init__(self, name: str, location: str, fingerprint: str, threads: int = 0) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self._location = location
        self._threads = threads
        self._one_at_a_time = Lock()

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @once
    def max_tokens(self) -> int:
        """Tokens of a passage that are seen, special tokens and the model's prefix not counted."""
        special = self._counter.num_special_tokens_to_add(False)
        return int(self._model.max_seq_length or 512) - special - self.count_tokens([self._prefixes.passage])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding) for encoding in self._counter.encode_batch_fast(list(texts), add_special_tokens=False)]

    def portions(self, texts: Sequence[str]) -> list[list[int]]:
        return by_length(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(self._model.encode_query, texts, self._prefixes.query)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(self._model.encode_document, texts, self._prefixes.passage)

    def _embed(self, encode: Any, texts: Sequence[str], prefix: str) -> NDArray[np.float32]:
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        with self._one_at_a_time, fast_inference(self._model.device):
            vectors = encode(
                list(texts), prompt=prefix, batch_size=BATCH_SIZE, convert_to_numpy=True, normalize_embeddings=False,
                show_progress_bar=False,
            )  # fmt: skip
        vectors = vectors.astype(np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    @once
    def _model(self) -> Any:
        is_folder = Path(self._location).is_dir()
        if is_folder:
            refuse_code(Path(self._location))
        quiet_libraries(hub=not is_folder)
        hint = "Give a sentence-transformers model: a local folder, or a hub name with network access."
        with model_errors(f"the embedder '{self.name}' cannot be loaded", hint):
            from sentence_transformers import SentenceTransformer

            set_threads(self._threads)
            options = {"use_safetensors": True, **NO_CODE}
            return SentenceTransformer(self._location, local_files_only=is_folder, model_kwargs=options, **NO_CODE)

    @once
    def _prefixes(self) -> Prefixes:
        if Path(self._location).is_dir():
            return folder_prefixes(Path(self._location), self.name)
        declared = {"prompts": self._model.prompts, "default_prompt_name": self._model.default_prompt_name}
        return prefixes_of(declared, self.name)

    @once
    def _counter(self) -> Any:
        """The tokenizer that counts: a copy, for the model's own one cuts."""
        from tokenizers import Tokenizer

        with self._one_at_a_time:  # while the model embeds, it changes its tokenizer
            tokenizer = Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer
