"""What is asked and what is answered: splits, questions, answers, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message
from pilothouse.types.table import Table

Index = NDArray[np.int64]
Array = NDArray[Any]


@dataclass(frozen=True)
class Split:
    """Which rows are learnt from and which are kept aside.

    Parameters
    ----------
    kind
        "holdout" (one test part, opened once), "nested" (every row is kept aside
        exactly once, ``outer`` holds the folds) or "time" (the last part is kept
        aside; ``folds`` are rolling windows).
    train, test
        Positions of rows to learn from, and of questions that are kept aside (where a
        question is not a row, the two count different things); in a nested split
        ``train`` is every row and ``test`` is the union of the outer test folds.
    folds
        (learn, ask) pairs inside ``train``, rows and questions: the contest's folds.
    outer
        (train, test) pairs of a nested split, else empty.
    unit
        For each question, the number of its resampling unit.
    unit_name
        "row", or the column that names the entity.
    notes
        What the reader should know (gap used, duplicates moved, rows dropped).
    """

    kind: str
    train: Index
    test: Index
    folds: tuple[tuple[Index, Index], ...]
    unit: Index
    outer: tuple[tuple[Index, Index], ...] = ()
    unit_name: str = "row"
    notes: tuple[Message, ...] = ()

    @property
    def spread(self) -> float:
        """How many times wider ranges are than the rows kept aside alone would make them.

        The models of outer folds learn from one another's rows and share their luck, so
        their scores vary more than those of separate models: the root of 1 + folds x
        (rows asked / rows learnt from), 1.5 for five folds (Nadeau and Bengio 2003).
        """
        shares = [len(ask) / len(learn) for learn, ask in self.outer]
        return float(np.sqrt(1.0 + sum(shares)))


@dataclass(frozen=True)
class Questions:
    """Requests to a model with, where known, the truth.

    Parameters
    ----------
    requests
        What a model may see: never the target.
    truth
        Class numbers (int64) into ``classes``, or float64, or for rankings words that name
        what was right ("3 17": codes of items); None when unknown.
    unit
        Resampling unit of each request.
    classes
        Class labels in order; empty for a numeric target. In a two-class
        problem ``classes[1]`` is the outcome being looked for.
    known
        What measuring needs besides, as plain values (a catalogue's popularity): the run
        folder keeps it, so that figures can be computed again.
    spread
        How many times wider ranges are than resampling the rows makes them; see ``Split``.
    even
        Whether no class is looked for more than another: then two are "classes" too.
    """

    requests: Table
    truth: Array | None
    unit: Index
    classes: tuple[str, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict, repr=False)
    spread: float = 1.0
    even: bool = False

    @property
    def kind(self) -> str:
        """What is answered: "binary", "classes", "number", "ranking", or what ``known`` says."""
        if "kind" in self.known:
            return str(self.known["kind"])
        if self.truth is not None and self.truth.dtype == object:
            return "ranking"
        return {0: "number", 2: "classes" if self.even else "binary"}.get(len(self.classes), "classes")

    def take(self, index: Index) -> Questions:
        """Return the questions at ``index``."""
        truth = None if self.truth is None else self.truth[index]
        return replace(self, requests=self.requests.take(index), truth=truth, unit=self.unit[index])


@dataclass(frozen=True)
class Answers:
    """Named arrays, one row for each question.

    A classifier answers ``{"probability": (n, classes)}``, a regressor
    ``{"prediction": (n,)}`` with optional ``low`` and ``high``.
    """

    values: Mapping[str, Array] = field(repr=False)

    def __getitem__(self, name: str) -> Array:
        return self.values[name]

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def take(self, index: Index) -> Answers:
        """Return the answers at ``index``."""
        return Answers({k: v[index] for k, v in self.values.items()})

    @staticmethod
    def scatter(parts: Sequence[tuple[Index, Answers]], rows: int) -> Answers:
        """Lay out answers of several parts over ``rows`` positions; gaps are NaN."""
        laid: dict[str, Array] = {}
        for index, part in parts:
            for name, values in part.values.items():
                if name not in laid:
                    laid[name] = np.full((rows, *values.shape[1:]), np.nan)
                laid[name][index] = values
        return Answers(laid)


@dataclass(frozen=True)
class Scores:
    """Metrics of one set of answers, the primary first.

    ``values[name]`` is a float, or an array with one entry for each bootstrap
    draw when ``measure`` was given weights of shape (draws, questions).
    """

    values: Mapping[str, Any]
    higher_is_better: Mapping[str, bool]

    @property
    def primary(self) -> str:
        """Name of the metric that decides the contest."""
        return next(iter(self.values))
