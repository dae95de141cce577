"""What every figure of a run is computed from, and how a run folder keeps it.

``predictions.parquet`` holds truth, fold, part, unit, the columns that slices look at
and every candidate's answers; ``exhibit.json`` holds the rest as plain values. Written
once by ``run`` and read again by ``verify``: the same findings must come out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.pipeline.begin import Begun
from pilothouse.pipeline.study import CurvePoints, Studied
from pilothouse.runs.folder import RunFolder
from pilothouse.types import Answers, Column, Kind, Questions, Table
from pilothouse.types.contest import Index

EXHIBIT = "exhibit.json"
_GROUP = "column:"
_SEVERAL = {"probability", "item", "features"}
"""Fields of answers with several numbers for each question."""


@dataclass(frozen=True)
class Exhibit:
    """Answers and facts of one run; positions are those of the prepared table.

    ``fold`` is the contest fold that asked a row, -1 where none did; ``kept_aside``
    tells the rows of the test part.
    """

    questions: Questions = field(repr=False)
    ids: NDArray[Any] = field(repr=False)
    fold: Index = field(repr=False)
    kept_aside: NDArray[np.bool_] = field(repr=False)
    out_of_fold: dict[str, Answers] = field(repr=False)
    test: dict[str, Answers] = field(repr=False)
    facts: dict[str, Any]

    @property
    def curve(self) -> CurvePoints | None:
        """Points of the learning curve."""
        kept = self.facts["curve"]
        if kept is None:
            return None
        return CurvePoints(
            kept["candidate"],
            tuple(kept["sizes"]),
            tuple(tuple(line) for line in kept["scores"]),
            tuple(kept["baseline"]),
        )


def exhibit_of(begun: Begun, studied: Studied) -> Exhibit:
    """Lay out what a study showed."""
    rows = len(begun.questions.unit)
    fold = np.full(rows, -1, dtype=np.int64)
    for number, (_, ask) in enumerate(studied.folds):
        fold[ask] = number
    kept = np.zeros(rows, dtype=bool)
    kept[begun.prepared.split.test] = True
    if begun.prepared.split.outer:
        kept[:] = False
        for _, ask in begun.prepared.split.outer:
            kept[ask] = True
    table = begun.questions.requests.select(studied.frozen.slices)
    questions = replace(begun.questions, requests=table)
    keep = begun.scenario.kept
    curve = studied.curve
    facts = {
        "use": begun.use.model_dump(mode="json"),
        **_asked(begun.questions),
        "kinds": {c.name: c.kind.value for c in table.columns},
        "rows": begun.collected.provenance.rows,
        "place": f"{begun.product.folder.name} {begun.name}",
        "currency": begun.currency,
        "unit_name": begun.prepared.split.unit_name,
        "split": begun.prepared.split.kind,
        "learn_rows": float(np.mean([len(learn) for learn, _ in studied.folds])),
        "ask_rows": float(np.mean([len(ask) for _, ask in studied.folds])),
        "shown": getattr(begun.scenario.options, "k", 0),
        "winner": studied.frozen.winner,
        "baseline": studied.frozen.baseline,
        "policy": studied.frozen.policy,
        "look": studied.look,
        "open_questions": list(studied.leaks.open_questions),
        "curve": None
        if curve is None
        else {
            "candidate": curve.candidate,
            "sizes": list(curve.sizes),
            "scores": [list(line) for line in curve.scores],
            "baseline": list(curve.baseline),
        },
    }
    return Exhibit(
        questions,
        begun.prepared.ids,
        fold,
        kept,
        {name: keep(answers) for name, answers in studied.developed.out_of_fold.items()},
        {name: keep(answers) for name, answers in studied.test.items()},
        facts,
    )


def _asked(questions: Questions) -> dict[str, Any]:
    """What is kept of questions besides their rows."""
    return {
        "classes": list(questions.classes),
        "known": dict(questions.known),
        "spread": questions.spread,
        "even": questions.even,
    }


def write_exhibit(exhibit: Exhibit, folder: RunFolder) -> None:
    """Write ``predictions.parquet`` and ``exhibit.json``."""
    rows = len(exhibit.fold)
    columns: dict[str, NDArray[Any]] = {
        "row": np.arange(rows, dtype=np.int64),
        "id": exhibit.ids,
        "unit": exhibit.questions.unit,
        "fold": exhibit.fold,
        "kept_aside": exhibit.kept_aside,
        "truth": np.asarray(exhibit.questions.truth),
    }
    for part, said in (("out_of_fold", exhibit.out_of_fold), ("test", exhibit.test)):
        for name, answers in said.items():
            for field_name, values in answers.values.items():
                for number, column in enumerate(values.T if values.ndim == 2 else [values]):
                    columns[f"{part}:{name}:{field_name}:{number}"] = column
    for column_ in exhibit.questions.requests.columns:
        columns[_GROUP + column_.name] = exhibit.questions.requests[column_.name]
    folder.put_predictions(columns)
    folder.put_json(EXHIBIT, exhibit.facts)


def read_exhibit(folder: RunFolder) -> Exhibit:
    """Read back what ``write_exhibit`` wrote."""
    facts, columns = folder.get_json(EXHIBIT), folder.get_predictions()
    described = tuple(Column(name, Kind(kind)) for name, kind in facts["kinds"].items())
    table = Table(described, {c.name: columns[_GROUP + c.name] for c in described})
    truth = columns["truth"]
    classes = tuple(facts["classes"])
    truth = truth.astype(np.int64) if classes else truth
    questions = Questions(
        table, truth, columns["unit"], classes, facts["known"], facts["spread"], facts["even"]
    )
    return Exhibit(
        questions,
        columns["id"],
        columns["fold"],
        columns["kept_aside"].astype(bool),
        _answers(columns, "out_of_fold"),
        _answers(columns, "test"),
        facts,
    )


def _answers(columns: dict[str, NDArray[Any]], part: str) -> dict[str, Answers]:
    found: dict[str, dict[str, list[NDArray[Any]]]] = {}
    for key, values in columns.items():
        if key.startswith(f"{part}:"):
            _, name, field_name, _ = key.split(":")
            found.setdefault(name, {}).setdefault(field_name, []).append(values)
    return {
        name: Answers(
            {f: np.stack(parts, axis=1) if f in _SEVERAL else parts[0] for f, parts in fields.items()}
        )
        for name, fields in found.items()
    }
