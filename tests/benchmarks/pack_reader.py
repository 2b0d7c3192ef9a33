"""Writes a reader's folder with its matrices as eight-bit numbers, a scale for each row: a quarter of the size in fp32.

    python tests/benchmarks/pack_reader.py CHECKPOINT OUT [--settings FOLDER] [--max-answer-tokens 64]

`--settings` takes ragqa.json from another reader's folder. reader_squad.py tells what it costs in F1.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import TOKENIZER_FILE
from ragqa.inference.weights import SCALE, WEIGHTS_FILE, Int8Rows


def packed(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Matrices of weights as eight-bit numbers and their scales; what is small, or a head, in half precision."""
    made: dict[str, np.ndarray] = {}
    for name, one in tensors.items():
        if one.ndim == 2 and min(one.shape) > 64 and "position_embeddings" not in name:
            rows = Int8Rows.of(one.astype(np.float32))
            made[name], made[name + SCALE] = rows.numbers, rows.scales
        elif one.dtype.kind == "f":
            made[name] = one.astype(np.float16)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--settings", type=Path, help="a reader's folder; the checkpoint's own, else those of a plain model")
    parser.add_argument("--max-answer-tokens", type=int)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(packed(load_file(options.checkpoint / WEIGHTS_FILE)), options.out / WEIGHTS_FILE, metadata={"format": "pt"})
    for name in ("config.json", TOKENIZER_FILE, "tokenizer_config.json"):
        shutil.copyfile(options.checkpoint / name, options.out / name)
    settings = ReaderSettings.load(options.settings or options.checkpoint)
    longest = options.max_answer_tokens or settings.max_answer_tokens
    replace(settings, max_answer_tokens=longest).save(options.out)
    size = (options.out / WEIGHTS_FILE).stat().st_size
    print(f"{options.out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
