"""What one column tells about the answer by itself, learnt on some rows and asked of others.

These are tables of counts, cheap enough for every column. Nothing here decides
whether a column is a leak (``firewall`` does), and nothing here sees how columns
work together (``probe`` does).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.steps.evaluate.metrics_classes import auc_macro
from pilothouse.steps.evaluate.metrics_number import r2
from pilothouse.types import Column, Kind

Values = NDArray[Any]
Numbers = NDArray[np.float64]
Index = NDArray[np.int64]

BINS = 32
FEW_ROWS = 50
PRIOR_ROWS = 5.0  # a level's rate is drawn this many rows towards the whole's: rare levels stay quiet
_AFTERWARDS = re.compile(
    r"after|refund|cancel|churn|terminat|closed|closing|resolution|recover|chargeback|collections?\b"
    r"|exit|leav|outcome|final|actual|settle|writeoff|write_off"
    r"|后|退款|退订|取消|注销|流失|离职|离网|结案|结清|终止|催收|回款|挽留|核销|实际|最终",
    re.IGNORECASE,
)
_BEFOREHAND = re.compile(
    r"prev|last|past|prior|before|histor|上次|上期|历史|此前|以前|过去|往期|之前", re.IGNORECASE
)


@dataclass(frozen=True)
class Facts:
    """What one column says alone.

    Parameters
    ----------
    own, own_missing
        Out-of-fold AUC of the column by value and by being missing (more than two
        classes: macro one-vs-rest); for a numeric target R2.
    is_copy, is_filled_with
        Each value, or being filled in at all, goes with one answer without exception.
    is_exact
        As many values as answers: a copy under another name, not only a cause.
    is_code
        It names the row.
    later
        Share of filled rows whose time is later than the table's own time.
    sounds_late
        The name sounds like something known afterwards. Never enough by itself.
    """

    column: str
    own: float
    own_missing: float
    is_copy: bool = False
    is_exact: bool = False
    is_filled_with: bool = False
    is_code: bool = False
    later: float = 0.0
    sounds_late: bool = False

    @property
    def best(self) -> float:
        """The better of value and missingness."""
        return max(self.own, self.own_missing)


@dataclass(frozen=True)
class Truth:
    """The answers to the rows at hand: class numbers, or floats when ``classes`` is 0."""

    values: Values
    classes: int

    @property
    def nothing(self) -> float:
        """Score of knowing nothing: 0.5 for AUC, 0 for R2."""
        return 0.5 if self.classes else 0.0


def agreement(truth: Truth, answers: Values) -> float:
    """AUC (macro one-vs-rest beyond two classes) or R2 of ``answers``.

    Parameters
    ----------
    truth
        What happened.
    answers
        Shape (rows, classes), or (rows,) for a numeric target.
    """
    if truth.classes == 0:
        return float(r2(truth.values, answers))
    if truth.classes == 2:
        return float(auc(truth.values, answers[:, 1]))
    return float(auc_macro(truth.values, answers))


def as_numbers(values: Values) -> Numbers | None:
    """Floats with NaN for numbers and times (days), None for words."""
    if values.dtype == object:
        return None
    if values.dtype.kind == "M":
        days = values.astype("datetime64[us]").astype(np.int64) / 86_400e6
        return np.where(np.isnat(values), np.nan, days)
    return values.astype(np.float64)


def is_missing(values: Values) -> NDArray[np.bool_]:
    """Tell which values are None, NaN or NaT."""
    numbers = as_numbers(values)
    if numbers is not None:
        return np.isnan(numbers)
    return np.array([v is None for v in values], dtype=bool)


def levels(values: Values) -> Index:
    """Number the different values; missing is -1."""
    numbers = as_numbers(values)
    gone = is_missing(values)
    placed = np.full(len(values), -1, dtype=np.int64)
    if numbers is None:
        numbering: dict[str, int] = {}
        placed[:] = [-1 if v is None else numbering.setdefault(v, len(numbering)) for v in values]
    else:
        placed[~gone] = np.unique(numbers[~gone], return_inverse=True)[1]
    return placed


def binned(numbers: Numbers, learn: Index) -> Index:
    """Place numbers in quantile bins of the learning rows; missing is -1."""
    known = numbers[learn]
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return np.where(np.isnan(numbers), -1, 0).astype(np.int64)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    # two steps at an edge: a value that many rows share (a zero) gets a bin of its own
    place = np.searchsorted(edges, numbers, side="left") + np.searchsorted(edges, numbers, side="right")
    return np.where(np.isnan(numbers), -1, place).astype(np.int64)


def rates(place: Index, truth: Truth, learn: Index, ask: Index) -> Values:
    """Learn the answer of each place on ``learn`` and give it to ``ask``.

    Parameters
    ----------
    place
        Number of each row's level, -1 or more, shape (rows,).
    truth
        What happened.
    learn, ask
        Positions.

    Returns
    -------
    array
        (asked rows, classes), or (asked rows,) for a numeric target.
    """
    slots = int(place.max()) + 2
    at = place[learn] + 1
    count = np.bincount(at, minlength=slots)
    if truth.classes == 0:
        y = truth.values[learn]
        total = np.bincount(at, weights=y, minlength=slots)
        rate: Values = (total + PRIOR_ROWS * y.mean()) / (count + PRIOR_ROWS)
        return rate[place[ask] + 1]
    y = truth.values[learn].astype(np.int64)
    table = np.bincount(at * truth.classes + y, minlength=slots * truth.classes).reshape(slots, truth.classes)
    share = np.bincount(y, minlength=truth.classes) / len(y)
    rates: Values = (table + PRIOR_ROWS * share) / (count + PRIOR_ROWS)[:, None]
    return rates[place[ask] + 1]


def _line(numbers: Numbers, truth: Truth, learn: Index, ask: Index) -> Values:
    """Least-squares line of a numeric answer; missing gets the mean."""
    x, y = numbers[learn], truth.values[learn]
    known = ~np.isnan(x)
    mean = float(y.mean())
    if known.sum() < 3 or np.ptp(x[known]) == 0:
        return np.full(len(ask), mean)
    centre = x[known].mean()
    slope = np.dot(x[known] - centre, y[known]) / np.dot(x[known] - centre, x[known] - centre)
    said = y[known].mean() + slope * (numbers[ask] - centre)
    return np.where(np.isnan(said), mean, said)


def out_of_fold(values: Values, truth: Truth, folds: Sequence[tuple[Index, Index]]) -> tuple[float, float]:
    """Score one column by value and by missingness, averaged over folds.

    Parameters
    ----------
    values
        Shape (rows,), aligned with ``truth``.
    truth
        What happened.
    folds
        (learn, ask) positions.

    Returns
    -------
    tuple of float
        AUC or R2 by value, and by missingness; never below knowing nothing.
    """
    numbers = as_numbers(values)
    words = levels(values) if numbers is None else None
    gone = is_missing(values).astype(np.int64)
    by_value, by_missing = [], []
    for learn, ask in folds:
        asked = Truth(truth.values[ask], truth.classes)
        place = words if numbers is None else binned(numbers, learn)
        assert place is not None
        score = agreement(asked, rates(place, truth, learn, ask))
        if numbers is not None and truth.classes == 0:
            score = max(score, agreement(asked, _line(numbers, truth, learn, ask)))
        by_value.append(score)
        by_missing.append(agreement(asked, rates(gone, truth, learn, ask)) if gone.any() else truth.nothing)
    pair = [float(np.nanmean(s)) if np.isfinite(s).any() else truth.nothing for s in (by_value, by_missing)]
    return max(pair[0], truth.nothing), max(pair[1], truth.nothing)


def _each_goes_with_one(place: Index, truth: Truth) -> tuple[bool, bool]:
    """Tell whether each level goes with one class only, and whether one-to-one."""
    pairs = np.unique(place * truth.classes + truth.values.astype(np.int64))
    found = len(np.unique(place))
    present = len(np.unique(truth.values))
    pure = len(pairs) == found and found >= present > 1
    enough = found <= max(present, len(place) // 20)  # pure by chance needs few rows a level
    return pure and enough, pure and found == present


def _same_order(numbers: Numbers, truth: Truth) -> bool:
    """Tell whether a numeric column is a one-to-one increasing or decreasing image of the answer."""
    known = ~np.isnan(numbers)
    x, y = numbers[known], truth.values[known]
    if len(x) < max(FEW_ROWS, len(numbers) // 2) or len(np.unique(y)) < 10:
        return False
    pairs = np.unique(np.column_stack([x, y]), axis=0)
    if not len(pairs) == len(np.unique(x)) == len(np.unique(y)):
        return False
    step = np.diff(pairs[:, 1])
    return bool((step > 0).all() or (step < 0).all())


def is_row_number(values: Values, rows: Index) -> bool:
    """Tell whether a column of whole numbers names rows, by how its values fall.

    They never repeat although chance would repeat them, or they run with the file.
    ``prepare.columns`` has left out what is a code by its looks; this sees what needs
    the rows' places.

    Parameters
    ----------
    values
        Shape (n,).
    rows
        Shape (n,), the rows' positions in the file.
    """
    if values.dtype != np.float64:
        return False
    known = ~np.isnan(values)
    x = values[known]
    n = len(x)
    if n < FEW_ROWS or not np.array_equal(x, np.round(x)) or len(np.unique(x)) < n:
        return False
    expected_repeats = n * n / (2.0 * (float(np.ptp(x)) + 1.0))
    step = np.diff(x[np.argsort(rows[known])])
    return expected_repeats >= 5 or bool((step > 0).all() or (step < 0).all())


@dataclass(frozen=True)
class Rows:
    """The training rows that the firewall looks at.

    Parameters
    ----------
    truth
        Their answers.
    places
        Their positions in the file, increasing.
    folds
        (learn, ask) positions among them.
    when
        The table's own time, or None.
    """

    truth: Truth
    places: Index
    folds: Sequence[tuple[Index, Index]]
    when: Values | None = None


def look(column: Column, values: Values, rows: Rows) -> Facts:
    """Gather what one column says alone; ``values`` are those at ``rows``."""
    truth, numbers = rows.truth, as_numbers(values)
    own, own_missing = truth.nothing, truth.nothing
    if column.kind is not Kind.TEXT:
        own, own_missing = out_of_fold(values, truth, rows.folds)
    elif is_missing(values).any():
        own_missing = out_of_fold(values, truth, rows.folds)[1]
    copy = exact = filled = False
    if truth.classes:
        copy, exact = _each_goes_with_one(levels(values), truth)
        filled = truth.classes == 2 and _each_goes_with_one(is_missing(values).astype(np.int64), truth)[1]
    elif numbers is not None:
        copy = exact = _same_order(numbers, truth)
    later = 0.0
    if rows.when is not None and values.dtype.kind == "M":
        both = ~np.isnat(values) & ~np.isnat(rows.when)
        later = float(np.mean(values[both] > rows.when[both])) if both.any() else 0.0
    name = column.name
    sounds = bool(_AFTERWARDS.search(name)) and not _BEFOREHAND.search(name)
    is_code = not copy and is_row_number(values, rows.places)
    return Facts(name, own, own_missing, copy, exact, filled, is_code, later, sounds)
