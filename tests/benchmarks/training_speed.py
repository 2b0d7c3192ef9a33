"""How fast a reader trains on this CPU with each kind of attention: one step is forward, backward and AdamW.

python tests/benchmarks/training_speed.py [--tokens 176] [--windows 32]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import torch

from ragqa.answering.readers import TransformerReader, load_reader
from ragqa.inference.torch_runtime import cpu_has_bf16
from ragqa.training.attention import register_attention

STEPS = 6


def make_step(reader: TransformerReader, attention: str, windows: int, tokens: int) -> Callable[[], None]:
    model = reader.load_model(attn_implementation=attention).train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.get_input_embeddings().weight.requires_grad = False
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=1e-6, fused=True)
    ids = torch.randint(1000, 20000, (windows, tokens))
    mask = torch.ones_like(ids)
    mask[:, -8:] = 0
    target = torch.randint(0, tokens - 8, (windows,))

    def step() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=cpu_has_bf16()):
            output = model(input_ids=ids, attention_mask=mask)
        loss = sum(torch.nn.functional.cross_entropy(one.float(), target) for one in (output.start_logits, output.end_logits))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=176)
    parser.add_argument("--windows", type=int, default=32)
    options = parser.parse_args()
    reader = load_reader()
    assert isinstance(reader, TransformerReader)
    kinds = ("sdpa", "eager", register_attention())
    steps = {kind: make_step(reader, kind, options.windows, options.tokens) for kind in kinds}
    for step in steps.values():
        step()
    seconds = {kind: [] for kind in kinds}
    for _ in range(STEPS):  # in turn, so that noise hits all alike
        for kind, step in steps.items():
            began = time.perf_counter()
            step()
            seconds[kind].append(time.perf_counter() - began)
    for kind, measured in seconds.items():
        median = sorted(measured)[STEPS // 2]
        print(f"{kind:16} {median:.2f} s a step, {options.windows / median:.1f} windows/s")


if __name__ == "__main__":
    main()
