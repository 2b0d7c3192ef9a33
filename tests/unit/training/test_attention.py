from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ragqa.training.attention import NAME, attend, register_attention


def load(folder: Path, attention: str) -> Any:
    from transformers import AutoModelForQuestionAnswering

    model = AutoModelForQuestionAnswering.from_pretrained(str(folder), attn_implementation=attention, local_files_only=True)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def test_it_is_known_by_its_name() -> None:
    from transformers import AttentionInterface

    assert register_attention() == NAME
    assert AttentionInterface()[NAME] is attend


@pytest.mark.parametrize("padded", [False, True])
def test_a_model_computes_and_learns_as_with_eager_attention(padded: bool, reader_folder: Path) -> None:
    ids = torch.randint(10, 100, (3, 24), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    if padded:
        mask[0, 9:], mask[1, 20:] = 0, 0
    seen = mask.bool()
    results = []
    for attention in ("eager", register_attention()):
        model = load(reader_folder, attention).train()
        outputs = model(input_ids=ids, attention_mask=mask)
        (outputs.start_logits[seen].square().sum() + outputs.end_logits[seen].square().sum()).backward()
        gradients = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
        results.append((outputs.start_logits[seen].detach(), outputs.end_logits[seen].detach(), gradients))
    (start, end, gradients), (other_start, other_end, other_gradients) = results
    torch.testing.assert_close(start, other_start, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(end, other_end, atol=1e-6, rtol=1e-5)
    assert gradients.keys() == other_gradients.keys() and any("query" in name or "q_lin" in name for name in gradients)
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, other_gradients[name], atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("scaling", [None, 0.5])
def test_values_and_shape(scaling: float | None) -> None:
    query, key, value = torch.randn(3, 2, 4, 5, 8, generator=torch.Generator().manual_seed(2)).unbind(0)
    mask = torch.zeros(2, 1, 5, 5)
    mask[1, :, :, 3:] = torch.finfo(torch.float32).min
    mixed, weights = attend(None, query, key, value, mask, scaling)
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask, scale=scaling).transpose(1, 2)
    assert weights is None and mixed.shape == (2, 5, 4, 8) and mixed.is_contiguous()
    torch.testing.assert_close(mixed, expected, atol=1e-6, rtol=1e-5)


def test_masked_tokens_do_not_count() -> None:
    query, key, value = torch.randn(3, 1, 2, 6, 4, generator=torch.Generator().manual_seed(2)).unbind(0)
    mask = torch.zeros(1, 1, 6, 6)
    mask[..., 4:] = torch.finfo(torch.float32).min
    changed = value.clone()
    changed[:, :, 4:] += 100
    assert torch.equal(attend(None, query, key, value, mask)[0], attend(None, query, key, changed, mask)[0])


def test_the_dtype_at_hand_is_kept_under_autocast() -> None:
    query, key, value = torch.randn(3, 1, 2, 6, 4, dtype=torch.bfloat16).unbind(0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert attend(None, query, key, value, torch.zeros(1, 1, 6, 6))[0].dtype is torch.bfloat16
