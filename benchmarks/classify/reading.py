"""Networks to convergence, and what reading texts without labels first is worth at 100, 1,000 and all labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classify.measuring import Told, full
from benchmarks.classify.sets import Texts, table_of
from pilothouse.models.labels.network import TextNetwork
from pilothouse.models.pretraining import gain_over_scratch
from pilothouse.models.target import Target
from pilothouse.types import Context, Data

WINDOW, WIDTH, READS = 48, 64, 6
COUNTS, SEEDS = (100, 1_000), 3


def network(maker: str, settings: dict[str, Any]) -> Callable[[Target], TextNetwork]:
    """A candidate's model with settings of its own."""
    return lambda target: TextNetwork(target, maker, {"window": WINDOW, "width": WIDTH, **settings})


def converged(texts: Texts, maker: str) -> Told:
    """Ten passes, the best of which is kept."""
    return full(network(maker, {}), texts)


def gains(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """Read all learning texts once, without labels; then learn from few, more and all labels, with and without."""
    started = time.process_time()
    target = Target("label", "classes", texts.classes)
    begun = network("transformer", {"reads_first": True, "read_epochs": READS})(target)
    read = begun.reading([text for text, _ in texts.learn], Context())
    losses = [round(loss, 3) for loss in read.read.history]
    note("read", {"cpu_s": time.process_time() - started, "losses": losses, "texts": len(texts.learn)})
    learn, ask = (table_of(pairs, texts.classes) for pairs in (texts.learn, texts.ask))
    truths = (target.truth(learn), target.truth(ask))

    def answered(rows: NDArray[np.int64], pretrained: bool, seed: int) -> NDArray[np.float64]:
        from dataclasses import replace

        model = read if pretrained else replace(read, weights={})
        made = model.fit(Data({"rows": learn.take(rows)}), Context(seed=seed))
        return made.predict(ask.drop(["label"]), Context())["probability"]

    measure = partial(gain_over_scratch, truths, learn=answered, score=_right)
    for counts, seeds in ((COUNTS[:1], SEEDS), (COUNTS[1:], SEEDS), ((len(texts.learn),), 1)):
        started = time.process_time()
        (gain,) = measure(counts, seeds=seeds)
        low, high = gain.gain.interval.low, gain.gain.interval.high
        note(
            f"labels {gain.labels}",
            {
                "scratch": gain.scratch,
                "pretrained": gain.pretrained,
                "gain": gain.gain.value,
                "low": low,
                "high": high,
                "seeds": seeds,
                "cpu_s": time.process_time() - started,
            },
        )


def _right(truth: NDArray[np.generic], said: NDArray[np.float64]) -> float:
    return float((said.argmax(axis=1) == truth).mean())
