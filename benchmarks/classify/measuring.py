"""One candidate on one set: fitted, asked, timed; and what its doubt tells of strangers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classify.sets import Pairs, Texts, table_of
from pilothouse.models.target import Target
from pilothouse.types import Context, Data

Told = dict[str, Any]
IN_SCOPE = 0.92


def fitted(
    make: Callable[[Target], Any], pairs: Pairs, classes: tuple[str, ...], seed: int = 0
) -> tuple[Any, float]:
    """Fit a model; return it with its CPU seconds."""
    started = time.process_time()
    table = table_of(pairs, classes)
    model = make(Target("label", "classes", classes)).fit(Data({"rows": table}), Context(seed=seed))
    return model, time.process_time() - started


def asked(model: Any, pairs: Pairs, classes: tuple[str, ...]) -> tuple[NDArray[np.float64], float]:
    """Probabilities (n, labels), and the share told right."""
    said = model.predict(table_of(pairs, classes).drop(["label"]), Context())["probability"]
    truth = np.array([classes.index(label) for _, label in pairs])
    return said, float((said.argmax(axis=1) == truth).mean())


def full(make: Callable[[Target], Any], texts: Texts) -> Told:
    """Learn from all."""
    model, seconds = fitted(make, texts.learn, texts.classes)
    return {"right": asked(model, texts.ask, texts.classes)[1], "cpu_s": seconds}


def few(make: Callable[[Target], Any], texts: Texts, shots: int, draws: int, most: int) -> Told:
    """Learn from ``shots`` a label, ``draws`` times; at most ``most`` are asked, drawn once."""
    order = np.random.default_rng(9).permutation(len(texts.ask))[:most]
    ask = [texts.ask[i] for i in np.sort(order).tolist()]
    found = []
    seconds = 0.0
    for seed in range(draws):
        model, took = fitted(make, texts.few(shots, seed), texts.classes, seed)
        found.append(asked(model, ask, texts.classes)[1])
        seconds += took
    return {
        "right": float(np.mean(found)),
        "spread": float(np.std(found)),
        "cpu_s": seconds / draws,
        "asked": len(ask),
    }


def strangers(make: Callable[[Target], Any], texts: Texts, *, known: bool) -> Told:
    """Tell strangers by the likeliest label's probability; the limit is chosen on texts of their own.

    ``known``: strangers stand in the learning part as one more label, and what is looked at
    is the likeliest of the others.
    """
    learn, choose, ask = texts.strangers
    outside = "(none)"
    classes = (*texts.classes, outside) if known else texts.classes
    extra = [(text, outside) for text in learn] if known else []
    model, seconds = fitted(make, [*texts.learn, *extra], classes)
    parts = {}
    for name, inside, foreign in (("choose", texts.choose, choose), ("ask", texts.ask, ask)):
        said = model.predict(table_of([*inside, *((t, classes[0]) for t in foreign)], classes), Context())[
            "probability"
        ]
        own = said[:, : len(texts.classes)]
        truth = np.array([texts.classes.index(label) for _, label in inside])
        parts[name] = (own.max(axis=1), own[: len(inside)].argmax(axis=1) == truth, len(inside))
    sure, right, count = parts["choose"]
    limits = np.unique(sure)
    kept = np.array([(right & (sure[:count] >= limit)).mean() for limit in limits])
    limit = float(limits[np.flatnonzero(kept >= IN_SCOPE)].max(initial=0.0))
    sure, right, count = parts["ask"]
    inside, foreign = sure[:count], sure[count:]
    order = np.concatenate([inside, foreign]).argsort().argsort() + 1
    auroc = (order[:count].sum() - count * (count + 1) / 2) / (count * len(foreign))
    return {
        "right": float(right.mean()),
        "in_scope": float((right & (inside >= limit)).mean()),
        "recall": float((foreign < limit).mean()),
        "auroc": float(auroc),
        "limit_in_scope": float(kept[kept >= IN_SCOPE].min(initial=1.0)),
        "cpu_s": seconds,
    }
