"""What compression costs and gives: size, packed size, latency, metric, side by side.

All files are asked in turns on the same rows, so that a busy moment meets all of them,
and the median of each is told. With one thread the clock counts the CPU time of the
asking thread, which a neighbour's load does not stretch; with several it is wall time.
Latencies hold for the CPU they were measured on, whose flags are told.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.compress.onnx import answers, session

_FLAGS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "amx_int8", "asimddp", "i8mm")
_TURNS, _WARM, _TURN_S = 60, 5, 0.004


@dataclass(frozen=True)
class Measured:
    """One file.

    Parameters
    ----------
    name
        Which.
    size, packed
        Bytes, as they are and under gzip.
    latency_ms
        Batch -> median milliseconds of one call.
    metric
        Of the rows that judge.
    """

    name: str
    size: int
    packed: int
    latency_ms: Mapping[int, float]
    metric: float


@dataclass(frozen=True)
class Conditions:
    """Where latencies were measured: threads, the CPU's name, its flags that matter to int8."""

    threads: int
    cpu: str
    flags: tuple[str, ...]
    runtime: str


def measure(
    files: Mapping[str, bytes],
    inputs: Sequence[NDArray[Any]],
    metric: Callable[[NDArray[np.float32]], float],
    batches: Sequence[int] = (1, 32),
    threads: int = 1,
) -> list[Measured]:
    """Measure ONNX files on the same rows.

    Parameters
    ----------
    files
        Name -> ONNX bytes.
    inputs
        Rows of each input: those that judge.
    metric
        ``metric(margins of all rows)`` -> a number.
    batches
        Rows of a call.
    threads
        Cores that onnxruntime may use.
    """
    opened = {name: session(content, threads) for name, content in files.items()}
    took: dict[str, dict[int, float]] = {name: {} for name in files}
    for batch in batches:
        for name, median in _latency(opened, inputs, batch, threads).items():
            took[name][batch] = median
    return [
        Measured(
            name, len(content), len(gzip.compress(content)), took[name], metric(answers(opened[name], inputs))
        )
        for name, content in files.items()
    ]


def conditions(threads: int = 1) -> Conditions:
    """Tell where this process measures; what the system does not tell is "?"."""
    told: dict[str, str] = {}
    place = Path("/proc/cpuinfo")
    if place.is_file():
        for line in place.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            told.setdefault(name.strip().lower(), value.strip())
    known = (told.get("flags") or told.get("features") or "").split()
    name = told.get("model name", "?")
    runtime = str(require("onnxruntime", extra="deep").__version__)
    return Conditions(threads, name, tuple(flag for flag in _FLAGS if flag in known), runtime)


def header(batches: Sequence[int], metric: Message | str) -> tuple[Message | str, ...]:
    """Headings of ``rows``."""
    latencies = (say("compress.latency", batch=batch) for batch in batches)
    return (say("compress.file"), say("compress.size"), say("compress.packed"), *latencies, metric)


def rows(measured: Sequence[Measured]) -> tuple[tuple[str, ...], ...]:
    """A row for each file: its figures, and what share of the first file's they are."""
    first = measured[0]
    return tuple(
        (
            one.name,
            f"{one.size / 1024:,.0f} ({one.size / first.size:.0%})",
            f"{one.packed / 1024:,.0f} ({one.packed / first.packed:.0%})",
            *(f"{ms:.3f} ({ms / first.latency_ms[batch]:.0%})" for batch, ms in one.latency_ms.items()),
            f"{one.metric:.4f}",
        )
        for one in measured
    )


def _latency(
    opened: Mapping[str, Any], inputs: Sequence[NDArray[Any]], batch: int, threads: int
) -> dict[str, float]:
    """Median milliseconds of one call, each session asked in turns."""
    clock = time.thread_time if threads == 1 else time.perf_counter
    took: dict[str, list[float]] = {name: [] for name in opened}
    calls: dict[str, int] = {}
    for turn in range(-_WARM, _TURNS):
        start = (max(turn, 0) * batch) % max(1, len(inputs[0]) - batch)
        for name, one in opened.items():
            asked = {i.name: x[start : start + batch] for i, x in zip(one.get_inputs(), inputs, strict=True)}
            began = clock()
            for _ in range(calls.get(name, 1)):
                one.run(None, asked)
            each = (clock() - began) / calls.get(name, 1)
            # Short calls are counted several at a time: the clock has its own grain.
            calls[name] = min(100, max(1, int(_TURN_S / max(each, 1e-6))))
            if turn >= 0:
                took[name].append(1_000.0 * each)
    return {name: float(np.median(one)) for name, one in took.items()}
