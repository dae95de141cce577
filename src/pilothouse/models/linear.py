"""The linear model: logistic, multinomial or ridge regression on bent, bounded columns.

Numbers enter tamed (asinh around the median) and again in pieces cut at quantiles, so
that a curve such as churn over tenure is learnt without a tree; categories enter by
level. It is small, calibrated and hard to beat on tables of a few thousand rows.

It learns from at most as many rows as fill 40 million cells, drawn by the seed: more
rows no longer move a few hundred coefficients. It finds no interplay of two columns.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline, estimate
from pilothouse.models.encoding import Dense
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

Matrix = NDArray[np.float64]

_STRENGTH = 0.1
_PIECES = 10
_MOST_CELLS = 40_000_000
_MOST_ROWS = 400_000
_FEW_OUTPUTS = 6


@dataclass(frozen=True)
class Linear(Candidate):
    """Regularised linear model; ``strength`` is scikit-learn's C, ``pieces`` the bends a number."""

    target: Target
    name: ClassVar[str] = "linear"
    label: ClassVar[Message] = say("models.linear")
    rank: ClassVar[int] = 10

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline without columns, or beyond memory or time."""
        return decline(self.cost(shape), budget_s) if shape.columns else say("models.no_columns")

    def cost(self, shape: Shape) -> Cost:
        """Estimate one fit from the packaged table."""
        return estimate("linear", shape, most_cells=_MOST_CELLS)

    def space(self, trial: Any) -> Parameters:
        """Draw the strength and the number of pieces."""
        return {
            "strength": trial.suggest_categorical("strength", [0.01, 0.03, 0.1, 0.3, 1.0, 3.0]),
            "pieces": trial.suggest_categorical("pieces", [4, 10, 20]),
        }

    def build(self, parameters: Parameters) -> LinearModel:
        """Make an unfitted model."""
        strength = float(parameters.get("strength", _STRENGTH))
        return LinearModel(self.target, strength, int(parameters.get("pieces", _PIECES)))


@dataclass(frozen=True)
class LinearModel:
    """Weights over the parts of a ``Dense`` encoder.

    Parameters
    ----------
    weights
        (parts, outputs): one output for two classes or a number, else one a class.
    base
        (outputs,).
    centre
        (parts,) mean of each part while learning; contributions are measured from it.
    """

    target: Target
    strength: float
    pieces: int
    encoder: Dense | None = None
    weights: Matrix | None = None
    base: Matrix | None = None
    centre: Matrix | None = None
    kind: ClassVar[str] = "linear"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn encoder and weights from the rows of ``data``, or a sample of many."""
        table = data.table
        if table.rows > _MOST_ROWS:
            table = table.take(_drawn(table.rows, _MOST_ROWS, context.seed))
        encoder = Dense.learn(table, self.pieces)
        rows = max(1_000, _MOST_CELLS // max(1, len(encoder.sources)))
        if table.rows > rows:
            table = table.take(_drawn(table.rows, rows, context.seed + 1))
        context.progress(0.2)
        parts = encoder.matrix(table)
        weights, base = self._solve(parts, self.target.truth(table))
        context.progress(1.0)
        return replace(self, encoder=encoder, weights=weights, base=base, centre=parts.mean(axis=0))

    def fit_batches(self, batches: Callable[[], Iterator[Table]], context: Context) -> Self:
        """Learn from a table too large for memory: from 400,000 rows drawn over all batches.

        Parameters
        ----------
        batches
            Gives the table's batches from the start, each time it is called.
        context
            As for ``fit``.
        """
        return self.fit(Data({"rows": drawn_rows(batches, _MOST_ROWS, context.seed)[0]}), context)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each row."""
        margin = self.margin(requests)
        if self.target.is_number:
            return self.target.answers(margin[:, 0])
        if margin.shape[1] == 1:
            return self.target.answers(1.0 / (1.0 + np.exp(-np.clip(margin[:, 0], -500.0, 500.0))))
        margin -= margin.max(axis=1, keepdims=True)
        np.exp(margin, out=margin)
        return self.target.answers(margin / margin.sum(axis=1, keepdims=True))

    def margin(self, requests: Table) -> Matrix:
        """Return (n, outputs): log-odds, class scores or the number itself."""
        if self.encoder is None or self.weights is None or self.base is None:
            raise RuntimeError("predict before fit")
        numbers = self.encoder.numbers(requests)
        count = numbers.shape[1]
        margin = numbers @ self.weights[:count] + self.base
        margin += self.weights[self.encoder.hot(requests) + count].sum(axis=1)
        return np.asarray(margin)

    def contributions(self, requests: Table) -> dict[str, Matrix]:
        """Return what each source column adds to the margin, against the average row.

        Returns
        -------
        dict
            Column -> (n, outputs).
        """
        if self.encoder is None or self.weights is None or self.centre is None:
            raise RuntimeError("contributions before fit")
        away = self.encoder.matrix(requests) - self.centre
        found: dict[str, Matrix] = {}
        for place, source in enumerate(self.encoder.sources):
            part = away[:, place : place + 1] * self.weights[place]
            found[source] = found[source] + part if source in found else part
        return found

    def _solve(self, parts: Matrix, truth: NDArray[Any]) -> tuple[Matrix, Matrix]:
        """Weights (parts, outputs) and base (outputs,)."""
        if self.target.is_number:
            return _ridge(parts, truth, self.strength)
        present = np.unique(truth)
        outputs = 1 if len(self.target.classes) == 2 else len(self.target.classes)
        if len(present) < 2:
            base = np.where(np.arange(outputs) == present[0], 3.0, -3.0).astype(np.float64)
            base = base if outputs > 1 else np.array([6.0 if present[0] == 1 else -6.0])
            return np.zeros((parts.shape[1], outputs)), base
        weights, base = _logistic(parts, truth, self.strength)
        if outputs > 1 and len(present) < outputs:
            return _widen(weights, base, present, outputs)
        return weights, base

    def save(self, folder: Path) -> None:
        """Write JSON and npz."""
        if self.encoder is None or self.weights is None or self.base is None or self.centre is None:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "strength": self.strength,
            "pieces": self.pieces,
            "encoder": self.encoder.state(),
        }
        save_file(folder / "linear.json", state, "json")
        arrays = {"weights": self.weights, "base": self.base, "centre": self.centre}
        save_file(folder / "weights.npz", arrays, "arrays")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        state = load_file(folder / "linear.json", "json")
        arrays = load_file(folder / "weights.npz", "arrays")
        return cls(
            Target.restore(state["target"]),
            state["strength"],
            state["pieces"],
            Dense.restore(state["encoder"]),
            arrays["weights"],
            arrays["base"],
            arrays["centre"],
        )


def drawn_rows(batches: Callable[[], Iterator[Table]], most: int, seed: int) -> tuple[Table, int]:
    """Draw about ``most`` rows evenly over all batches; return them and the number of all rows."""
    total = sum(batch.rows for batch in batches())
    chosen = _drawn(total, most, seed) if total > most else np.arange(total)
    parts: list[Table] = []
    start = 0
    for batch in batches():
        inside = chosen[(chosen >= start) & (chosen < start + batch.rows)] - start
        parts.append(batch.take(inside))
        start += batch.rows
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0].names}
    return replace(parts[0], values=values), total


def _drawn(rows: int, most: int, seed: int) -> NDArray[np.int64]:
    """Positions of ``most`` rows in their order."""
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False)).astype(np.int64)


def _ridge(parts: Matrix, truth: Matrix, strength: float) -> tuple[Matrix, Matrix]:
    """Ridge regression on a standardised number, (parts, 1) and (1,)."""
    from sklearn.linear_model import Ridge

    middle, scale = float(truth.mean()), float(truth.std()) or 1.0
    solver = Ridge(alpha=1.0 / strength, solver="cholesky").fit(parts, (truth - middle) / scale)
    return solver.coef_.reshape(-1, 1) * scale, np.array([float(solver.intercept_) * scale + middle])


def _logistic(parts: Matrix, truth: NDArray[np.int64], strength: float) -> tuple[Matrix, Matrix]:
    """Logistic regression: (parts, outputs) and (outputs,)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    few = len(np.unique(truth)) <= _FEW_OUTPUTS and parts.shape[1] <= 1_000
    solver = LogisticRegression(
        C=strength, solver="newton-cholesky" if few else "lbfgs", max_iter=100 if few else 400, tol=1e-5
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        solver.fit(parts, truth)
    return np.ascontiguousarray(solver.coef_.T), np.asarray(solver.intercept_, dtype=np.float64)


def _widen(weights: Matrix, base: Matrix, present: NDArray[np.int64], outputs: int) -> tuple[Matrix, Matrix]:
    """Lay weights of the classes that were seen over all classes; the others get little."""
    if weights.shape[1] == 1:
        weights = np.concatenate([-weights / 2, weights / 2], axis=1)
        base = np.concatenate([-base / 2, base / 2])
    wide, wide_base = np.zeros((weights.shape[0], outputs)), np.full(outputs, -10.0)
    wide[:, present], wide_base[present] = weights, base
    return wide, wide_base
