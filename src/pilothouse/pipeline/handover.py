"""What a run hands over: the model to ship, and the list to act on.

The winner is refitted on all rows by the same plan. What was measured on the rows kept
aside stays the measure of the fit that had not seen them: a careful estimate of the one
that is shipped, which has learnt from a quarter more. In 200 whole runs with known truth the
90 % range held the gain of the fit that was measured in 179, of the one that is shipped in
173; the others of these are mostly better than promised (``benchmarks/honesty``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.markup import write_csv
from pilothouse.messages import Language, Message
from pilothouse.models.calibration import Calibration
from pilothouse.models.fitted import Fitted, schema_of, with_residuals
from pilothouse.models.pasts import has_past
from pilothouse.models.target import Target
from pilothouse.pipeline.begin import Begun
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.findings import Findings
from pilothouse.pipeline.study import WINNER, Studied
from pilothouse.product import write_text
from pilothouse.runs.folder import RunFolder
from pilothouse.scenario import Listing
from pilothouse.steps.decide.flag import Flagged, Policy, pick
from pilothouse.steps.deploy.contract import Servable
from pilothouse.steps.deploy.eventful import Eventful
from pilothouse.steps.deploy.served import Served
from pilothouse.steps.explain.background import Background
from pilothouse.steps.prepare.columns import clear_infinite
from pilothouse.steps.prepare.supervise import Prepared
from pilothouse.steps.train.develop import Entry
from pilothouse.steps.train.fitting import keep_columns
from pilothouse.types import Context, Data, Role, Table

BATCH = 250_000
MANY_CELLS = 2_000_000


@dataclass(frozen=True)
class Rows:
    """Where columns are clues: the model to ship, and one fitted without the rows that explain it.

    ``honest`` is each row's figure from a model that did not learn from it.
    """

    fitted: Fitted
    tested: Fitted
    background: Background
    honest: NDArray[Any] = field(repr=False)


@dataclass(frozen=True)
class Made:
    """What answers from now on, and what explains it where columns are clues."""

    servable: Servable
    rows: Rows | None = None


def make_model(begun: Begun, studied: Studied, exhibit: Exhibit, folder: RunFolder) -> Made:
    """Fit the winner and save it with all it needs to answer."""
    made = _rows(begun, studied, exhibit) if begun.scenario.rows_are_asked else _whole(begun, studied)
    made.servable.save(folder.model)
    return made


def _whole(begun: Begun, studied: Studied) -> Made:
    """Winner and baseline, both fitted on everything: what happened last matters most to them."""
    entries = studied.developed.entries
    data = begun.prepared.data.take(begun.prepared.learnable)
    winner = _fit_entry(begun, entries[studied.frozen.winner], data)
    baseline = _fit_entry(begun, entries[studied.frozen.baseline], data)
    return Made(begun.scenario.release(winner, baseline, begun.prepared))


def _rows(begun: Begun, studied: Studied, exhibit: Exhibit) -> Made:
    prepared, split = begun.prepared, begun.prepared.split
    data = prepared.data.with_table(keep_columns(prepared.data.table, studied.frozen.columns))
    # Batches of a table too big for memory come without a past, and texts in them with personal
    # values: what was held of it is learnt from.
    whole = begun.collected.whole is not None and begun.scenario.columns_are_clues
    whole = whole and not has_past(data.table)
    model = (_fit_whole if whole else _fit)(begun, studied, data)
    shipped = _fitted(begun, studied, exhibit, model, data)
    if not begun.scenario.columns_are_clues:
        return Made(begun.scenario.servable(shipped, None, prepared.id_name))
    learn = split.outer[0][0] if split.outer else studied.train
    tested = replace(shipped, model=_fit(begun, studied, data.take(learn)))
    background = Background.of(data.table.select(c.name for c in shipped.schema).take(studied.train))
    servable = begun.scenario.servable(shipped, background, prepared.id_name)
    rows = Rows(shipped, tested, background, honest_figures(begun, exhibit))
    if isinstance(prepared, Prepared) and prepared.lens is not None and isinstance(servable, Served):
        return Made(Eventful.of(servable, prepared.lens), rows)
    return Made(servable, rows)


def honest_figures(begun: Begun, exhibit: Exhibit) -> NDArray[Any]:
    """Each row's figure from a model that did not learn from it; NaN where there is none."""
    questions = exhibit.questions
    found = begun.scenario.figure(questions, exhibit.out_of_fold[exhibit.facts["winner"]]).astype(float)
    aside = exhibit.kept_aside
    found[aside] = begun.scenario.figure(questions, exhibit.test[WINNER])[aside]
    return found


def write_list(begun: Begun, exhibit: Exhibit, findings: Findings, made: Made) -> None:
    """Write what the reader acts on into ``outputs/<use case>/``, under raw ids."""
    folder = begun.product.outputs(begun.name)
    folder.mkdir(parents=True, exist_ok=True)
    listing = begun.scenario.lists(made.servable, begun.prepared)
    if listing is not None:
        _write_listing(listing, folder, begun.language)
    if findings.flagged is not None and made.rows is not None:
        _write_flagged(begun, exhibit, findings.flagged, made.rows, folder)


def _write_listing(listing: Listing, folder: Path, language: Language) -> None:
    """Write a table and its pages in one language."""

    def told(cells: Iterable[Any]) -> list[Any]:
        return [cell.text(language) if isinstance(cell, Message) else cell for cell in cells]

    rows = (told(row) for row in listing.rows)
    write_csv(folder / listing.name, told(listing.header), rows, bom=listing.bom)
    for name, lines in listing.pages.items():
        write_text(folder / name, "\n".join(told(lines)) + "\n")


def _write_flagged(begun: Begun, exhibit: Exhibit, flagged: Flagged, made: Rows, folder: Path) -> None:
    """Write ``flagged.csv``: whom to act on, likeliest first.

    Rows whose outcome is still unknown, where the file has any; else the file's own rows,
    each by a model that did not learn from it.
    """
    prepared, seed = begun.prepared, begun.plan.seed
    assert isinstance(prepared, Prepared)
    if prepared.waiting.rows:
        said = made.fitted.predict(prepared.waiting)["probability"][:, 1]
        chosen = pick(said, _count(flagged.share, len(said)), seed)
        header = [prepared.id_name, f"probability_{exhibit.questions.classes[1]}"]
        listed = zip(prepared.waiting_ids[chosen], said[chosen], strict=True)
        write_csv(folder / "flagged.csv", header, ([i, f"{p:.4f}"] for i, p in listed))
        return
    known = np.flatnonzero(np.isfinite(made.honest))
    chosen = known[pick(made.honest[known], _count(flagged.share, len(known)), seed)]
    labels = np.array(exhibit.questions.classes, dtype=object)[np.asarray(prepared.truth)[chosen]]
    rows = zip(prepared.raw_ids[chosen], made.honest[chosen], labels, strict=True)
    header = [prepared.id_name, f"probability_{exhibit.questions.classes[1]}", begun.target]
    write_csv(folder / "flagged.csv", header, ([i, f"{p:.4f}", t] for i, p, t in rows))


def _count(share: float, rows: int) -> int:
    return max(1, round(share * rows))


def _winner(studied: Studied) -> Entry:
    return studied.developed.entries[studied.frozen.winner]


def _fit(begun: Begun, studied: Studied, data: Data) -> Any:
    return _fit_entry(begun, _winner(studied), data)


def _fit_entry(begun: Begun, entry: Entry, data: Data) -> Any:
    # Threads that wait for each other cost more than a small fit; the figures are the same.
    threads = begun.plan.workers if data.rows * len(data.table.columns) > MANY_CELLS else 1
    context = Context(seed=begun.plan.seed, threads=threads, llm=begun.llm)
    return entry.candidate.build(entry.parameters).fit(data, context)


def _fitted(begun: Begun, studied: Studied, exhibit: Exhibit, model: Any, data: Data) -> Fitted:
    """Join the model with calibration, threshold and range, all from out-of-fold answers."""
    corrected = studied.developed.calibrations.get(studied.frozen.winner)
    calibration = Calibration() if corrected is None else corrected.calibration  # type: ignore[attr-defined]
    fitted = Fitted(Target.of(data.table), schema_of(data.table), model, calibration, llm=begun.llm)
    told = begun.scenario.figure(exhibit.questions, exhibit.out_of_fold[studied.frozen.winner])
    if fitted.target.is_number:
        return with_residuals(fitted, np.asarray(exhibit.questions.truth), told)
    if studied.frozen.confidence is not None:
        return replace(fitted, threshold=studied.frozen.confidence)
    policy = studied.frozen.policy
    return fitted if policy is None else replace(fitted, threshold=_threshold(Policy(**policy), told))


def _threshold(policy: Policy, told: NDArray[Any]) -> float:
    """Score from which a new row is flagged, so that the same share is."""
    if policy.chance is not None:
        return policy.chance
    known = np.sort(told[np.isfinite(told)])[::-1]
    return float(known[min(len(known) - 1, max(0, round(policy.share * len(known)) - 1))])


def _fit_whole(begun: Begun, studied: Studied, data: Data) -> Any:
    """Refit on every row of a table too big for memory, batch by batch."""
    whole = begun.collected.whole
    assert whole is not None
    entry = _winner(studied)

    def batches() -> Iterator[Table]:
        for batch in whole.batches(BATCH):
            yield _like(batch, data.table)

    model: Any = entry.candidate.build(entry.parameters)
    context = Context(seed=begun.plan.seed, threads=begun.plan.workers, llm=begun.llm)
    return model.fit_batches(batches, context)


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
