"""Where it is computed, and in how many bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pilothouse.lazy import require
from pilothouse.models.training.plan import TrainingPlan


def has_bfloat16() -> bool:
    """Tell whether this CPU multiplies bfloat16 in hardware."""
    torch = require("torch", extra="deep")
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def device_of(torch: Any, plan: TrainingPlan, place: int = 0) -> Any:
    """Return the device of the plan; ``place`` counts the processes of this machine."""
    if plan.device != "auto":
        return torch.device(plan.device)
    if torch.cuda.is_available():
        return torch.device("cuda", place % torch.cuda.device_count())
    return torch.device("cpu")


def half_type(torch: Any, device: Any) -> Any:
    """Return the 16-bit type that ``device`` computes fast, or None."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    return torch.bfloat16 if device.type == "cpu" and has_bfloat16() else None


@contextmanager
def in_half(torch: Any, device: Any, kind: Any) -> Iterator[None]:
    """Run in 16 bits where the type is known; else change nothing."""
    with torch.autocast(device.type, dtype=kind or torch.bfloat16, enabled=kind is not None):
        yield


@contextmanager
def alone(torch: Any, threads: int) -> Iterator[None]:
    """Give torch its threads and a random state of its own, then put both back."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            yield
    finally:
        torch.set_num_threads(before)
