"""Networks to convergence, and what reading texts without labels first is worth at 100, 1,000 and all labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classify.measuring import Told, asked, fitted
from benchmarks.classify.sets import Texts, table_of
from pilothouse.models.labels.network import TextNetwork
from pilothouse.models.pretraining import gain_over_scratch
from pilothouse.models.target import Target
from pilothouse.types import Context, Data

PATIENCE, MOST_PASSES = 3, 40
WIDTH, WINDOW = 96, 64
READ_WIDTH, READ_WINDOW, MOST_READS = 64, 48, 60
COUNTS, SEEDS, SEEDS_ALL = (100, 1_000), 3, 2


def network(maker: str, settings: dict[str, Any]) -> Callable[[Target], TextNetwork]:
    """A candidate's model with settings of its own."""
    return lambda target: TextNetwork(target, maker, settings)


def converged(texts: Texts, maker: str) -> Told:
    """Pass after pass until the texts that check (a tenth) say three times that it got no better."""
    settings = {"width": WIDTH, "window": WINDOW, "epochs": MOST_PASSES, "patience": PATIENCE}
    model, seconds = fitted(network(maker, settings), texts.learn, texts.classes)
    passes, best = model.trained.epochs, model.trained.best_epoch
    return {
        "right": asked(model, texts.ask, texts.classes)[1],
        "cpu_s": seconds,
        "note": f"{passes} passes, the {_th(best)} kept",
        "losses": [round(loss, 3) for loss in model.trained.history],
    }


def gains(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """Read all learning texts without labels until that is flat; then learn from few, more and all labels."""
    started = time.process_time()
    target = Target("label", "classes", texts.classes)
    usual = {"width": READ_WIDTH, "window": READ_WINDOW}
    settings = {**usual, "reads_first": True, "read_epochs": MOST_READS, "patience": PATIENCE}
    begun = network("transformer", settings)(target)
    read = begun.reading([text for text, _ in texts.learn], Context())
    losses = [round(loss, 3) for loss in read.read.history]
    seconds = time.process_time() - started
    note("read", {"cpu_s": seconds, "losses": losses, "texts": len(texts.learn)})
    read = replace(read, settings={**usual, "reads_first": True})
    learn, ask = (table_of(pairs, texts.classes) for pairs in (texts.learn, texts.ask))
    truths = (target.truth(learn), target.truth(ask))

    def answered(rows: NDArray[np.int64], pretrained: bool, seed: int) -> NDArray[np.float64]:
        model = read if pretrained else replace(read, weights={})
        made = model.fit(Data({"rows": learn.take(rows)}), Context(seed=seed))
        return made.predict(ask.drop(["label"]), Context())["probability"]

    measure = partial(gain_over_scratch, truths, learn=answered, score=_right)
    for counts, seeds in ((COUNTS[:1], SEEDS), (COUNTS[1:], SEEDS), ((len(texts.learn),), SEEDS_ALL)):
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


def _th(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ends.get(number % 10, 'th')}"
