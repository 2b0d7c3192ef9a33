"""How torch runs here: quiet, offline unless a hub name asks for more, in bf16 where the CPU computes it fast."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any


def quiet_libraries(hub: bool = False) -> None:
    """Keep progress bars, advice and telemetry of the model libraries off the user's screen, and the libraries off the network:
    `hub` lets them go there, for a model that the user named and that is no folder."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    warnings.filterwarnings("ignore", module=r"(transformers|torch|sentence_transformers)(\.|$)")
    _go_offline(not hub)
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def _go_offline(offline: bool) -> None:
    """Let the hub's library use no network, or let it again; what the user's environment says goes first."""
    if "HF_HUB_OFFLINE" in os.environ or "TRANSFORMERS_OFFLINE" in os.environ:
        return
    from huggingface_hub import constants

    constants.HF_HUB_OFFLINE = offline  # read by it whenever it would go there


def set_threads(threads: int) -> None:
    """Use this many CPU threads; 0 leaves the choice to torch."""
    if threads:
        import torch

        torch.set_num_threads(threads)


@contextmanager
def fast_inference(device: Any) -> Iterator[None]:
    """No gradients, and bf16 matrix products where the CPU has instructions for them: twice the speed, cosine .9999 to fp32."""
    import torch

    bf16 = torch.device(device).type == "cpu" and cpu_has_bf16()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16) if bf16 else nullcontext():
        yield


@lru_cache(maxsize=1)
def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bf16 natively (AVX-512 BF16 or AMX)."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
