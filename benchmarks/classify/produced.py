"""The product's own path: declare, run, ask its winner the kept test part; with its defaults, and with more time."""

from __future__ import annotations

import csv
import resource
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.classify.measuring import Told
from benchmarks.classify.sets import Texts, table_of
from pilothouse import pipeline
from pilothouse.product import ProductSettings, TableSettings, UseCaseSettings, create
from pilothouse.types import Role

OUTSIDE = "out of scope"


LONGER_S = 400.0


def produced_longer(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """The same with time for the embeddings of some thousand sentences."""
    if texts.name == "sst2":
        _produced(texts, {"time_budget_s": LONGER_S}, partial(note, "product longer"))


def produced(texts: Texts, note: Callable[[str, Told], None]) -> None:
    """Run ``classify`` on the learning part and answer the test part."""
    _produced(texts, {}, partial(note, "product"))


def _produced(texts: Texts, extra: dict[str, Any], note: Callable[[Told], None]) -> None:
    learn, _, foreign = texts.strangers
    rows = [*texts.learn, *((text, OUTSIDE) for text in learn)]
    options: dict[str, Any] = {"target": "label", "to_label": 0, **extra}
    if learn:
        options["out_of_scope"] = OUTSIDE
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "texts.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("text", "label"))
            writer.writerows(rows)
        product = create(Path(place) / "product", ProductSettings(name="benchmark", language="en"))
        table = TableSettings(source=str(source), columns={"text": Role.TEXT})
        product.declare("tables", "rows", table)
        product.declare(
            "use_cases", "labels", UseCaseSettings(scenario="classify", table="rows", options=options)
        )
        before = _cpu_s()
        *_, last = pipeline.run(product, "labels", language="en")
        spent = _cpu_s() - before
        record = last.record  # type: ignore[union-attr]
        servable: Any = pipeline.servable_in(last.folder.model, None)  # type: ignore[union-attr]
        asked = [*texts.ask, *((text, OUTSIDE) for text in foreign)]
        answers = servable.predict(
            table_of(asked, tuple(sorted({label for _, label in rows}))).drop(["label"])
        )
        told = servable.rows(table_of(asked, ()).drop(["label"]), answers)
    said = answers["probability"]
    classes = servable.fitted.target.classes
    likely = np.array([classes[i] for i in said.argmax(axis=1)], dtype=object)
    truth = np.array([label for _, label in asked], dtype=object)
    inside = truth != OUTSIDE
    silent = np.array([row[-1] for row in told], dtype=bool)
    found: Told = {
        "right": float((likely == truth)[inside].mean()),
        "winner": record.winner,
        "verdict": record.verdict.code,
        "own_test": record.test.score,
        "cpu_s": spent,
        "seconds": record.seconds,
        "answered": float((~silent)[inside].mean()),
        "right_of_answered": float((likely == truth)[inside & ~silent].mean()),
    }
    if foreign:
        left = silent | (likely == OUTSIDE)
        found["recall"] = float(left[~inside].mean())
        found["in_scope"] = float(((likely == truth) & ~silent)[inside].mean())
    note(found)


def _cpu_s() -> float:
    """CPU seconds of this process and of those it waited for."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
