"""What a run hands over: the model to ship, and the list to act on.

A holdout ships the very model that was tested. A nested split, a sampled contest or a
table too big for memory ships the winner refitted on all rows by the same plan.

Refitting after a holdout would help most models a little (.001 to .005 of AUC on tables of
a few thousand rows), but the range that was measured would then be another model's: in
replays with known truth it covered 85 instead of 91 of 100 times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.markup import write_csv
from pilothouse.models.calibration import Calibration
from pilothouse.models.fitted import Fitted, schema_of, with_residuals
from pilothouse.models.target import Target
from pilothouse.pipeline.begin import Begun
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.findings import Findings
from pilothouse.pipeline.study import WINNER, Studied
from pilothouse.runs.folder import RunFolder
from pilothouse.steps.decide.flag import Policy, pick
from pilothouse.steps.explain.background import Background
from pilothouse.steps.prepare.columns import clear_infinite
from pilothouse.steps.train.fitting import keep_columns
from pilothouse.types import Context, Data, Role, Table

BATCH = 250_000
MANY_CELLS = 2_000_000


@dataclass(frozen=True)
class Made:
    """The model to ship, and one fitted without the rows that explain it.

    ``sentence`` is the baseline in words.
    """

    fitted: Fitted
    tested: Fitted
    background: Background
    rows: int
    honest: NDArray[Any] = field(repr=False)


def make_model(begun: Begun, studied: Studied, exhibit: Exhibit, folder: RunFolder) -> Made:
    """Fit the winner and save it with all it needs to answer."""
    prepared, split = begun.prepared, begun.prepared.split
    data = prepared.data.with_table(keep_columns(prepared.data.table, studied.frozen.columns))
    honest = honest_figures(begun, exhibit)
    learn = split.outer[0][0] if split.outer else studied.train
    tested = _fitted(begun, studied, exhibit, _fit(begun, studied, data.take(learn)), data)
    every = split.outer or len(studied.train) < len(split.train) or begun.collected.whole is not None
    if not every:
        shipped, rows = tested, len(learn)
    elif begun.collected.whole is not None:
        model, rows = _fit_whole(begun, studied, data)
        shipped = replace(tested, model=model)
    else:
        shipped, rows = replace(tested, model=_fit(begun, studied, data)), data.rows
    background = Background.of(data.table.select(c.name for c in shipped.schema).take(studied.train))
    begun.scenario.servable(shipped, background, prepared.id_name).save(folder.model)
    return Made(shipped, tested, background, rows, honest)


def honest_figures(begun: Begun, exhibit: Exhibit) -> NDArray[Any]:
    """Each row's figure from a model that did not learn from it; NaN where there is none."""
    questions = exhibit.questions
    found = begun.scenario.figure(questions, exhibit.out_of_fold[exhibit.facts["winner"]]).astype(float)
    aside = exhibit.kept_aside
    found[aside] = begun.scenario.figure(questions, exhibit.test[WINNER])[aside]
    return found


def write_list(begun: Begun, exhibit: Exhibit, findings: Findings, made: Made) -> None:
    """Write ``outputs/<use case>/flagged.csv``: whom to act on, likeliest first, raw ids.

    Rows whose outcome is still unknown, where the file has any; else the file's own rows,
    each by a model that did not learn from it.
    """
    if findings.flagged is None:
        return
    prepared, seed = begun.prepared, begun.plan.seed
    folder = begun.product.outputs(begun.name)
    folder.mkdir(parents=True, exist_ok=True)
    if prepared.waiting.rows:
        said = made.fitted.predict(prepared.waiting)["probability"][:, 1]
        chosen = pick(said, _count(findings.flagged.share, len(said)), seed)
        header = [prepared.id_name, f"probability_{exhibit.questions.classes[1]}"]
        listed = zip(prepared.waiting_ids[chosen], said[chosen], strict=True)
        write_csv(folder / "flagged.csv", header, ([i, f"{p:.4f}"] for i, p in listed))
        return
    known = np.flatnonzero(np.isfinite(made.honest))
    chosen = known[pick(made.honest[known], _count(findings.flagged.share, len(known)), seed)]
    labels = np.array(exhibit.questions.classes, dtype=object)[np.asarray(prepared.truth)[chosen]]
    rows = zip(prepared.raw_ids[chosen], made.honest[chosen], labels, strict=True)
    header = [prepared.id_name, f"probability_{exhibit.questions.classes[1]}", begun.target]
    write_csv(folder / "flagged.csv", header, ([i, f"{p:.4f}", t] for i, p, t in rows))


def _count(share: float, rows: int) -> int:
    return max(1, round(share * rows))


def _entry(studied: Studied) -> Any:
    return studied.developed.entries[studied.frozen.winner]


def _fit(begun: Begun, studied: Studied, data: Data) -> Any:
    entry = _entry(studied)
    # Threads that wait for each other cost more than a small fit; the figures are the same.
    threads = begun.plan.workers if data.rows * len(data.table.columns) > MANY_CELLS else 1
    context = Context(seed=begun.plan.seed, threads=threads)
    return entry.candidate.build(entry.parameters).fit(data, context)


def _fitted(begun: Begun, studied: Studied, exhibit: Exhibit, model: Any, data: Data) -> Fitted:
    """Join the model with calibration, threshold and range, all from out-of-fold answers."""
    corrected = studied.developed.calibrations.get(studied.frozen.winner)
    calibration = Calibration() if corrected is None else corrected.calibration  # type: ignore[attr-defined]
    fitted = Fitted(Target.of(data.table), schema_of(data.table), model, calibration)
    told = begun.scenario.figure(exhibit.questions, exhibit.out_of_fold[studied.frozen.winner])
    if fitted.target.is_number:
        return with_residuals(fitted, np.asarray(exhibit.questions.truth), told)
    policy = studied.frozen.policy
    return fitted if policy is None else replace(fitted, threshold=_threshold(Policy(**policy), told))


def _threshold(policy: Policy, told: NDArray[Any]) -> float:
    """Score from which a new row is flagged, so that the same share is."""
    if policy.chance is not None:
        return policy.chance
    known = np.sort(told[np.isfinite(told)])[::-1]
    return float(known[min(len(known) - 1, max(0, round(policy.share * len(known)) - 1))])


def _fit_whole(begun: Begun, studied: Studied, data: Data) -> tuple[Any, int]:
    """Refit on every row of a table too big for memory, batch by batch."""
    whole = begun.collected.whole
    assert whole is not None
    entry = _entry(studied)
    counted = 0

    def batches() -> Iterator[Table]:
        nonlocal counted
        counted = 0
        for batch in whole.batches(BATCH):
            table = _like(batch, data.table)
            counted += table.rows
            yield table

    model = entry.candidate.build(entry.parameters)
    context = Context(seed=begun.plan.seed, threads=begun.plan.workers)
    return model.fit_batches(batches, context), counted


def _like(batch: Table, sample: Table) -> Table:
    """Cut a batch to the sample's columns and to rows whose outcome is known to it."""
    target = sample.of_role(Role.TARGET)[0]
    values = {c.name: batch[c.name] for c in sample.columns}
    if target.classes:
        known = set(target.classes)
        labels = np.array([_label(v) for v in values[target.name].tolist()], dtype=object)
        kept = np.array([v in known for v in labels.tolist()])
        values[target.name] = labels
    else:
        kept = np.isfinite(values[target.name])
    return clear_infinite(Table(sample.columns, values, sample.name).take(kept))


def _label(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:g}"
    return str(value).strip()
