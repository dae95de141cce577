"""Boosted trees by LightGBM: the strong general model for tables.

Trees are few-leaved, and their number is fixed before training (no early stopping: it
would need rows that the folds already need). On tables of less than 20,000 rows three
boosters stand side by side, from the one that sees everything to one that draws six
tenths of the columns and four fifths of the rows, and their margins are averaged: it
costs three fits and takes some of the luck out. The default settings were chosen on
public tables; ``space`` says what tuning may change, which is one booster's. Figures do
not depend on the number of threads.

References
----------
Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", 2017;
Breiman, "Bagging predictors", 1996.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.messages import Message, say
from pilothouse.models.costs import decline, estimate
from pilothouse.models.encoding import Layout, Ordinal
from pilothouse.models.linear import drawn_rows
from pilothouse.models.target import Target
from pilothouse.types import Answers, Candidate, Context, Cost, Data, Shape, Table
from pilothouse.types.candidate import Parameters

Matrix = NDArray[np.floating[Any]]

_TREES = 300
_RATE = 0.03
_MANY_ROWS = 20_000
_ENCODER_ROWS = 200_000
_ROWS_A_THREAD = 2_000
_BAG = ((1.0, 1.0), (0.8, 0.9), (0.6, 0.8))
"""Shares of columns and rows that each booster of a bag draws from."""
_ALONE = (0.7, 0.8)
_OBJECTIVE = {"binary": "binary", "classes": "multiclass", "number": "regression"}


@dataclass(frozen=True)
class Boosting(Candidate):
    """LightGBM with a fixed number of trees; ``bagged`` where three may share the work."""

    target: Target
    bagged: bool = True
    name: ClassVar[str] = "boosting"
    label: ClassVar[Message] = say("models.boosting")
    rank: ClassVar[int] = 20

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline without columns, or beyond memory or time."""
        return decline(self.cost(shape), budget_s) if shape.columns else say("models.no_columns")

    def cost(self, shape: Shape) -> Cost:
        """Estimate one fit at the default settings from the packaged table."""
        one = self.trial_cost(shape)
        return replace(one, seconds=one.seconds * _boosters(self.bagged, shape.rows))

    def trial_cost(self, shape: Shape) -> Cost:
        """Estimate one booster."""
        return estimate("boosting", shape)

    def space(self, trial: Any) -> Parameters:
        """Draw the settings that matter; trees x rate stays near the default."""
        trees = trial.suggest_categorical("trees", [150, 300, 600])
        drawn = {
            "trees": trees,
            "rate": trial.suggest_float("rate", 0.4, 2.5, log=True) * _RATE * _TREES / trees,
            "leaves": trial.suggest_int("leaves", 4, 63, log=True),
            "smallest_leaf": trial.suggest_int("smallest_leaf", 5, 100, log=True),
            "columns_share": trial.suggest_float("columns_share", 0.2, 1.0),
            "rows_share": trial.suggest_float("rows_share", 0.5, 1.0),
            "ridge": trial.suggest_float("ridge", 0.1, 50.0, log=True),
            "category_ridge": trial.suggest_float("category_ridge", 1.0, 50.0, log=True),
        }
        if self.target.is_number:
            drawn["loss"] = trial.suggest_categorical("loss", ["regression", "regression_l1"])
        return drawn

    def build(self, parameters: Parameters) -> BoostingModel:
        """Make an unfitted model."""
        return BoostingModel(self.target, dict(parameters), self.bagged and "rows_share" not in parameters)


@dataclass(frozen=True)
class BoostingModel:
    """LightGBM boosters over an ``Ordinal`` encoder; their margins are averaged."""

    target: Target
    parameters: Mapping[str, Any] = field(default_factory=dict)
    bagged: bool = False
    encoder: Ordinal | None = None
    boosters: tuple[Any, ...] = ()
    kind: ClassVar[str] = "boosting"

    def fit(self, data: Data, context: Context) -> Self:
        """Learn encoder and trees from the rows of ``data``."""
        encoder = Ordinal.learn(data.table)
        matrix, truth = encoder.matrix(data.table), self.target.truth(data.table)
        return self._train(encoder, matrix, truth, context)

    def fit_batches(self, batches: Callable[[], Iterator[Table]], context: Context) -> Self:
        """Learn from every row of a table too large to hold as words.

        Levels come from 200,000 rows drawn over all batches; then each batch is
        written as float32 into one matrix, which LightGBM bins to a byte a cell
        (5 million rows of 20 columns: 0.4 GB and 0.1 GB).

        Parameters
        ----------
        batches
            Gives the table's batches from the start, each time it is called.
        context
            As for ``fit``.
        """
        sample, rows = drawn_rows(batches, _ENCODER_ROWS, context.seed)
        encoder = Ordinal.learn(sample)
        matrix = np.empty((rows, len(encoder.layout.sources)), dtype=np.float32)
        truth = np.empty(rows)
        start = 0
        for batch in batches():
            end = start + batch.rows
            matrix[start:end] = encoder.matrix(batch)
            truth[start:end] = self.target.truth(batch)
            start = end
        return self._train(encoder, matrix, truth, context)

    def predict(self, requests: Table, context: Context) -> Answers:
        """Answer each row."""
        if self.encoder is None:
            raise RuntimeError("predict before fit")
        threads = context.threads if requests.rows > _ROWS_A_THREAD else 1
        matrix = self.encoder.matrix(requests)
        if len(self.boosters) == 1:
            return self.target.answers(np.asarray(self.boosters[0].predict(matrix, num_threads=threads)))
        margins = [b.predict(matrix, raw_score=True, num_threads=threads) for b in self.boosters]
        return self.target.answers(_linked(self.target.kind, np.mean(margins, axis=0)))

    def contributions(self, requests: Table) -> dict[str, NDArray[np.float64]]:
        """Return what each source column adds to the margin (exact SHAP values of the trees).

        Returns
        -------
        dict
            Column -> (n, outputs), one output for two classes or a number.

        References
        ----------
        Lundberg et al., "From local explanations to global understanding", 2020.
        """
        if self.encoder is None:
            raise RuntimeError("contributions before fit")
        matrix = self.encoder.matrix(requests)
        raw = np.mean([b.predict(matrix, pred_contrib=True, num_threads=1) for b in self.boosters], axis=0)
        sources = self.encoder.layout.sources
        shaped = raw.reshape(len(raw), -1, len(sources) + 1)
        found: dict[str, NDArray[np.float64]] = {}
        for place, source in enumerate(sources):
            part = shaped[:, :, place]
            found[source] = found[source] + part if source in found else part
        return found

    def _train(self, encoder: Ordinal, matrix: Matrix, truth: NDArray[Any], context: Context) -> Self:
        """Fix the settings from the number of rows and train."""
        import lightgbm

        shares = _BAG if _boosters(self.bagged, len(truth)) > 1 else (_ALONE,)
        trees = int(self.parameters.get("trees", _TREES))
        made: list[Any] = []

        def tell(state: Any) -> None:
            context.progress((len(made) + (state.iteration + 1) / trees) / len(shares))

        for number, share in enumerate(shares):
            settings = self._settings(len(truth), share, replace(context, seed=context.seed + number))
            packed = lightgbm.Dataset(
                matrix, truth, categorical_feature=encoder.categorical, params=settings, free_raw_data=True
            )
            made.append(lightgbm.train(settings, packed, trees, callbacks=[tell]).free_dataset())
        return replace(self, encoder=encoder, boosters=tuple(made))

    def _settings(self, rows: int, share: tuple[float, float], context: Context) -> dict[str, Any]:
        """LightGBM's settings."""
        chosen = self.parameters
        many = rows >= _MANY_ROWS
        settings = {
            "objective": chosen.get("loss", _OBJECTIVE[self.target.kind]),
            "learning_rate": chosen.get("rate", _RATE),
            "num_leaves": chosen.get("leaves", 31 if many else 15),
            "min_data_in_leaf": chosen.get("smallest_leaf", 40 if many else max(3, min(20, rows // 40))),
            "feature_fraction": chosen.get("columns_share", share[0]),
            "bagging_fraction": chosen.get("rows_share", share[1]),
            "bagging_freq": 1,
            "lambda_l2": chosen.get("ridge", 5.0),
            "cat_l2": chosen.get("category_ridge", 10.0),
            "cat_smooth": 20.0,
            "min_data_per_group": 30,
            "max_cat_to_onehot": 8,
            "seed": context.seed % (1 << 31),
            "num_threads": context.threads,
            "deterministic": True,
            "force_row_wise": True,
            "feature_pre_filter": False,
            "verbosity": -1,
        }
        if self.target.kind == "classes":
            settings["num_class"] = len(self.target.classes)
        return settings

    def save(self, folder: Path) -> None:
        """Write JSON and LightGBM text."""
        if self.encoder is None:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "parameters": dict(self.parameters),
            "bagged": self.bagged,
            "boosters": len(self.boosters),
            "layout": self.encoder.layout.state(),
        }
        save_file(folder / "boosting.json", state, "json")
        for number, booster in enumerate(self.boosters):
            save_file(folder / f"trees-{number}.txt", booster.model_to_string(), "booster")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        import lightgbm

        state = load_file(folder / "boosting.json", "json")
        encoder = Ordinal(Layout.restore(state["layout"]))
        texts = [load_file(folder / f"trees-{number}.txt", "booster") for number in range(state["boosters"])]
        boosters = tuple(lightgbm.Booster(model_str=text) for text in texts)
        if {b.num_feature() for b in boosters} != {len(encoder.layout.sources)}:
            raise ValueError("trees and columns do not match")
        target = Target.restore(state["target"])
        return cls(target, state["parameters"], state["bagged"], encoder, boosters)


def _boosters(bagged: bool, rows: int) -> int:
    """How many boosters share the work."""
    return len(_BAG) if bagged and rows < _MANY_ROWS else 1


def _linked(kind: str, margin: Matrix) -> Matrix:
    """From margins to what LightGBM answers: chances, or the number itself."""
    if kind == "number":
        return margin
    if kind == "binary":
        return np.asarray(1.0 / (1.0 + np.exp(-margin)))
    powers = np.exp(margin - margin.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
