"""A fitted model with all it needs to answer: schema, calibration, threshold, margin.

What a run keeps and a release serves. Batch and service call the same ``predict``, so
they give the same answers. It does not choose the model, the threshold or the map; it
applies them.

References
----------
Ranges of a number: split-conformal with out-of-fold residuals; Vovk, Gammerman and
Shafer 2005; Barber et al., "Predictive inference with the jackknife+", 2021.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import BadTable, Corrupt, MissingColumn
from pilothouse.guards.modelfile import check_manifest, load_file, save_file, write_manifest
from pilothouse.messages import say
from pilothouse.models.calibration import Calibration
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.target import Target
from pilothouse.types import Answers, Column, Context, Door, Kind, Role, Table

_STATE = "fitted.json"
_VERSION = 1


@dataclass(frozen=True)
class Fitted:
    """A model that can be served.

    Parameters
    ----------
    target
        What it predicts.
    schema
        The columns that a request must have: names, kinds and roles.
    model
        A fitted model.
    calibration
        Applied to its probabilities.
    threshold
        Probability from which a row of a binary target is flagged; where nothing is
        flagged, the likeliest label's probability from which it is told.
    residual
        (low, high) added to a number's prediction for its 90 % range, or None.
    llm
        The way to a language model, where a context has none; not kept.
    """

    target: Target
    schema: tuple[Column, ...]
    model: Any
    calibration: Calibration = field(default_factory=Calibration)
    threshold: float = 0.5
    residual: tuple[float, float] | None = None
    llm: Door | None = None

    def predict(self, table: Table, context: Context | None = None) -> Answers:
        """Answer each row of ``table``.

        Columns beyond the schema are left out of account; a column whose values are
        all missing may be of any kind.

        Returns
        -------
        Answers
            "probability" (n, classes), calibrated; or "prediction", and "low" and
            "high" where residuals are known.

        Raises
        ------
        MissingColumn
            When a column of the schema is not there; names the nearest.
        BadTable
            When a column holds another kind of values than was learnt from.
        """
        given = context or Context()
        given = replace(given, llm=given.llm or self.llm)
        raw = self.model.predict(self._checked(table), given)
        if not self.target.is_number:
            return Answers({"probability": self.calibration.apply(raw["probability"])})
        said = raw["prediction"]
        if self.residual is None:
            return Answers({"prediction": said})
        low, high = self.residual
        return Answers({"prediction": said, "low": said + low, "high": said + high})

    def labels(self, answers: Answers) -> NDArray[Any]:
        """Return the label of each answer: by threshold for two classes, else the likeliest."""
        probability = answers["probability"]
        if self.target.kind == "binary":
            return self.target.labels((probability[:, 1] >= self.threshold).astype(np.int64))
        return self.target.labels(probability.argmax(axis=1))

    def save(self, folder: Path) -> str:
        """Write the whole into ``folder`` with its manifest; return the manifest's digest."""
        save_model(self.model, folder / "model")
        state = {
            "version": _VERSION,
            "target": self.target.state(),
            "schema": [[c.name, c.kind.value, c.role.value] for c in self.schema],
            "calibration": self.calibration.state(),
            "threshold": self.threshold,
            "residual": None if self.residual is None else list(self.residual),
        }
        save_file(folder / _STATE, state, "json")
        return write_manifest(folder)

    @classmethod
    def load(cls, folder: Path, expected: str | None = None) -> Self:
        """Check every hash, then read back what ``save`` wrote.

        Parameters
        ----------
        folder
            Where ``save`` wrote.
        expected
            The digest that ``save`` returned, where the caller kept it.

        Raises
        ------
        Corrupt, Refused
            See ``guards.modelfile.check_manifest``.
        """
        check_manifest(folder, expected)
        state = load_file(folder / _STATE, "json")
        try:
            if state["version"] != _VERSION:
                raise Corrupt(say("modelfile.newer"), say("modelfile.newer_fix"))
            residual = state["residual"]
            return cls(
                target=Target.restore(state["target"]),
                schema=tuple(Column(n, Kind(k), Role(r)) for n, k, r in state["schema"]),
                model=load_model(folder / "model"),
                calibration=Calibration.restore(state["calibration"]),
                threshold=float(state["threshold"]),
                residual=None if residual is None else (residual[0], residual[1]),
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise Corrupt(say("modelfile.corrupt", file=_STATE), say("modelfile.again")) from fault

    def _checked(self, table: Table) -> Table:
        """Return the schema's columns of ``table``, each of its own kind."""
        kinds = {column.name: column.kind for column in table.columns}
        values = {}
        for column in self.schema:
            name = column.name
            if name not in kinds:
                raise _missing(name, table.names)
            own = table.values[name]
            values[name] = own if _same(kinds[name], column.kind) else _empty(own, column, kinds[name])
        return Table(self.schema, values, table.name)


def schema_of(table: Table) -> tuple[Column, ...]:
    """Return what a request must have, without statistics: what a model may see."""
    wanted = (Role.FEATURE, Role.ITEM, Role.TODAY, Role.PAST, Role.IMAGE, Role.TEXT)
    return tuple(Column(c.name, c.kind, c.role) for c in table.columns if c.role in wanted)


def with_residuals(fitted: Fitted, truth: NDArray[np.float64], said: NDArray[np.float64]) -> Fitted:
    """Return ``fitted`` with a 90 % range from out-of-fold answers to a number.

    Parameters
    ----------
    fitted
        Predicts a number.
    truth, said
        (n,) truth and out-of-fold predictions; rows with NaN are left out.
    """
    away = truth - said
    away = np.sort(away[np.isfinite(away)])
    if len(away) < 20:
        return fitted
    # The conformal rank (n + 1) instead of n keeps at least 90 % inside.
    below = max(0, int(np.floor(0.05 * (len(away) + 1))) - 1)
    above = min(len(away) - 1, int(np.ceil(0.95 * (len(away) + 1))) - 1)
    return replace(fitted, residual=(float(away[below]), float(away[above])))


def _same(found: Kind, wanted: Kind) -> bool:
    """Words are words, whether they are called categories or text."""
    words = (Kind.CATEGORY, Kind.TEXT)
    return found is wanted or (found in words and wanted in words)


def _empty(values: NDArray[Any], column: Column, found: Kind) -> NDArray[Any]:
    """A column without any value, in the kind that is wanted; else the kinds do not match."""
    rows = len(values)
    missing = [v is None for v in values.tolist()] if values.dtype == object else np.isnan(values)
    if not np.all(missing):
        expected = say(f"models.kind_{column.kind.value}")
        raise BadTable(
            say(
                "models.wrong_kind",
                column=column.name,
                found=say(f"models.kind_{found.value}"),
                expected=expected,
            ),
            say("models.wrong_kind_fix", column=column.name, expected=expected),
        )
    if column.kind is Kind.NUMBER:
        return np.full(rows, np.nan)
    if column.kind is Kind.TIME:
        return np.full(rows, np.datetime64("NaT", "us"))
    return np.full(rows, None, dtype=object)


def _missing(name: str, given: tuple[str, ...]) -> MissingColumn:
    """Name the column, and the nearest of those given."""
    near = difflib.get_close_matches(name, given, 1)
    fix = say("models.missing_column_near", near=near[0]) if near else say("models.missing_column_fix")
    return MissingColumn(say("models.missing_column", column=name), fix)
