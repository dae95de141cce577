"""Boosted trees by LightGBM: the strong general model for tables.

Trees are few-leaved, drawn from seven tenths of the columns and four fifths of the rows, and
their number is fixed before training (no early stopping: it would need rows that the
folds already need). The default settings were chosen on public tables; ``space`` says
what tuning may change. Figures do not depend on the number of threads.

References
----------
Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", 2017.
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
_OBJECTIVE = {"binary": "binary", "classes": "multiclass", "number": "regression"}


@dataclass(frozen=True)
class Boosting(Candidate):
    """LightGBM with a fixed number of trees."""

    target: Target
    name: ClassVar[str] = "boosting"
    label: ClassVar[Message] = say("models.boosting")
    rank: ClassVar[int] = 20

    def feasible(self, shape: Shape, budget_s: float) -> Message | None:
        """Decline without columns, or beyond memory or time."""
        return decline(self.cost(shape), budget_s) if shape.columns else say("models.no_columns")

    def cost(self, shape: Shape) -> Cost:
        """Estimate one fit at the default settings from the packaged table."""
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
        return BoostingModel(self.target, dict(parameters))


@dataclass(frozen=True)
class BoostingModel:
    """A LightGBM booster over an ``Ordinal`` encoder."""

    target: Target
    parameters: Mapping[str, Any] = field(default_factory=dict)
    encoder: Ordinal | None = None
    booster: Any = None
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
        if self.booster is None or self.encoder is None:
            raise RuntimeError("predict before fit")
        threads = context.threads if requests.rows > _ROWS_A_THREAD else 1
        raw = self.booster.predict(self.encoder.matrix(requests), num_threads=threads)
        return self.target.answers(np.asarray(raw))

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
        if self.booster is None or self.encoder is None:
            raise RuntimeError("contributions before fit")
        matrix = self.encoder.matrix(requests)
        raw = np.asarray(self.booster.predict(matrix, pred_contrib=True, num_threads=1))
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

        settings, trees = self._settings(len(truth), context)
        packed = lightgbm.Dataset(
            matrix, truth, categorical_feature=encoder.categorical, params=settings, free_raw_data=True
        )

        def tell(state: Any) -> None:
            context.progress((state.iteration + 1) / trees)

        booster = lightgbm.train(settings, packed, trees, callbacks=[tell])
        return replace(self, encoder=encoder, booster=booster.free_dataset())

    def _settings(self, rows: int, context: Context) -> tuple[dict[str, Any], int]:
        """LightGBM's settings and the number of trees."""
        chosen = self.parameters
        many = rows >= _MANY_ROWS
        settings = {
            "objective": chosen.get("loss", _OBJECTIVE[self.target.kind]),
            "learning_rate": chosen.get("rate", _RATE),
            "num_leaves": chosen.get("leaves", 31 if many else 15),
            "min_data_in_leaf": chosen.get("smallest_leaf", 40 if many else max(3, min(20, rows // 40))),
            "feature_fraction": chosen.get("columns_share", 0.7),
            "bagging_fraction": chosen.get("rows_share", 0.8),
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
        return settings, int(chosen.get("trees", _TREES))

    def save(self, folder: Path) -> None:
        """Write JSON and LightGBM text."""
        if self.booster is None or self.encoder is None:
            raise RuntimeError("save before fit")
        state = {
            "target": self.target.state(),
            "parameters": dict(self.parameters),
            "layout": self.encoder.layout.state(),
        }
        save_file(folder / "boosting.json", state, "json")
        save_file(folder / "trees.txt", self.booster.model_to_string(), "booster")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        import lightgbm

        state = load_file(folder / "boosting.json", "json")
        encoder = Ordinal(Layout.restore(state["layout"]))
        booster = lightgbm.Booster(model_str=load_file(folder / "trees.txt", "booster"))
        if booster.num_feature() != len(encoder.layout.sources):
            raise ValueError("trees and columns do not match")
        return cls(Target.restore(state["target"]), state["parameters"], encoder, booster)
