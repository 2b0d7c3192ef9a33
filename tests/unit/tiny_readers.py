"""Tiny readers with random weights, saved as folders such as Hugging Face models come in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

TEXTS = [
    "The kettle boils 1.7 litres in four minutes. Keep the lid closed while it heats!",
    "What does E-24 mean? The lid is open. Press the button marked MENU for 3 seconds.",
    "How long is the warranty of the lamp? It lasts 30 months from the day of purchase, café not included.",
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,:;!?-()/%",
]
SPECIAL = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]"}
ROBERTA_SPECIAL = {
    "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>", "mask_token": "<mask>",
    "bos_token": "<s>", "eos_token": "</s>",
}  # fmt: skip


def _numbered(tokens: list[str]) -> dict[str, int]:
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def _pieces() -> list[str]:
    """The same each time, which pieces that are learnt are not: letters, letters within words, beginnings of words, and words."""
    words = sorted({word for text in TEXTS for word in re.findall(r"\w+|[^\w\s]", text.lower())})
    letters = sorted({letter for word in words for letter in word.replace("é", "e")})
    whole = [part for word in words if word.isascii() and len(word) < 20 for part in (word[:2], word[:3], word)]
    return [*letters, *(f"##{letter}" for letter in letters), *whole]


def _joined() -> list[tuple[str, str]]:
    """What is put together, in this order: words from their first letters on, "Ġ" being the space before one; then the same words
    where there is none."""
    words = sorted({word for text in TEXTS for word in re.findall(r"[a-z]{3,}", text) if len(word) < 20})
    longest = max(map(len, words))
    ends = [(word[:end], word[end]) for end in range(longest) for word in words if end < len(word)]
    pairs = [(space + start, letter) for space in ("Ġ", "") for start, letter in ends if space or start]
    return [*dict.fromkeys(pairs), ("Ã", "©")]  # the two bytes of é


def wordpiece() -> Tokenizer:
    """As BERT cuts text: lower case, pieces marked ##, segments numbered 0 and 1."""
    tokenizer = Tokenizer(models.WordPiece(_numbered([*SPECIAL.values(), *_pieces()]), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1", special_tokens=[("[CLS]", cls), ("[SEP]", sep)]
    )
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(list(SPECIAL.values()))
    return tokenizer


def byte_pairs() -> Tokenizer:
    """As RoBERTa cuts text: bytes, the space before a word in its token, no segments."""
    joined = _joined()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = _numbered([*special, *letters, *("".join(pair) for pair in joined)])
    tokenizer = Tokenizer(models.BPE(tokens, joined, unk_token="<unk>"))
    tokenizer.add_special_tokens(special)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


KINDS = ["bert", "distilbert", "mpnet", "roberta", "xlm-roberta"]
"""The architectures that have a graph."""

BYTES = {"roberta", "xlm-roberta"}
"""Those whose tokenizer here is RoBERTa's."""

SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def settings_of(kind: str, words: int) -> Any:
    """The configuration of a tiny model of one kind."""
    from transformers import BertConfig, DistilBertConfig, ElectraConfig, MPNetConfig, RobertaConfig, XLMRobertaConfig

    if kind == "distilbert":
        return DistilBertConfig(vocab_size=words, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    if kind in BYTES:
        made = RobertaConfig if kind == "roberta" else XLMRobertaConfig
        return made(vocab_size=words, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, **SIZE)
    if kind == "mpnet":
        return MPNetConfig(vocab_size=words, max_position_embeddings=514, **SIZE)
    made = {"bert": BertConfig, "electra": ElectraConfig}[kind]
    return made(vocab_size=words, max_position_embeddings=512, **SIZE)


def tokenizer_of(kind: str) -> Any:
    """The tokenizer that goes with a kind, as transformers has it."""
    from transformers import PreTrainedTokenizerFast

    inputs = ["input_ids", "attention_mask"]
    if kind in BYTES:
        return PreTrainedTokenizerFast(tokenizer_object=byte_pairs(), model_input_names=inputs, **ROBERTA_SPECIAL)
    names = ["input_ids", "token_type_ids", "attention_mask"] if kind in ("bert", "electra") else inputs
    return PreTrainedTokenizerFast(tokenizer_object=wordpiece(), model_input_names=names, **SPECIAL)


def save_model(kind: str, folder: Path, head: bool = True, spread: float | None = None) -> None:
    """A model of one kind with its tokenizer, about 50,000 random weights, with or without a head for spans.

    With a `spread` the weights are that far spread, not as near to nought as a new model's: so what a graph leaves out shows.
    """
    import torch
    from transformers import AutoModel, AutoModelForQuestionAnswering

    torch.manual_seed(5)
    tokenizer = tokenizer_of(kind)
    model = (AutoModelForQuestionAnswering if head else AutoModel).from_config(settings_of(kind, len(tokenizer)))
    if spread is not None:
        with torch.no_grad():
            for values in model.parameters():
                values.normal_(0.0, spread)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def save_reader(kind: str, folder: Path) -> None:
    """A reader of one kind with random weights."""
    save_model(kind, folder)


def save_sentence_model(kind: str, folder: Path, pooling: str = "mean", **declared: Any) -> None:
    """A sentence-transformers folder as that library writes it; `declared` are its prompts and default_prompt_name."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    save_model(kind, folder / "plain", head=False, spread=0.3)
    modules = [Transformer(str(folder / "plain"), max_seq_length=48), Pooling(32, pooling), Normalize()]
    SentenceTransformer(modules=modules, device="cpu", **declared).save(str(folder / "model"))
