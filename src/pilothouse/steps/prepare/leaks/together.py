"""Columns that tell the same story, and columns that add up to the answer.

Tables of numbers only; nothing here decides (``firewall`` does).

Not seen here: parts that must be multiplied, or words that must be put together.
The drop test in ``probe`` sees those when the cheap model can use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.steps.prepare.leaks.single import Truth, as_numbers, is_missing, levels

Values = NDArray[Any]
Index = NDArray[np.int64]

SAME_STORY = 0.95  # rank correlation from which two columns are taken as one
EXACT_R2 = 0.9999
MOST_PARTS = 4
MOST_ROWS = 5_000


@dataclass(frozen=True)
class Formula:
    """Columns that give a numeric answer exactly; ``is_sum`` when by plain adding and subtracting."""

    parts: tuple[str, ...]
    is_sum: bool


def _ranks(x: Values) -> Values:
    _, place, count = np.unique(x, return_inverse=True, return_counts=True)
    ranks: Values = (np.cumsum(count) - (count - 1) / 2.0)[place]
    return ranks


def _as_story(values: Values, truth: Truth) -> Values:
    """One number a row: ranks, words by the mean answer of the word."""
    numbers = as_numbers(values)
    if numbers is None:
        place = levels(values) + 1
        y = truth.values if truth.classes <= 2 else (truth.values == np.bincount(truth.values).argmax())
        numbers = (np.bincount(place, weights=y) / np.maximum(np.bincount(place), 1))[place]
    gone = np.isnan(numbers)
    ranks = np.empty(len(numbers))
    ranks[~gone] = _ranks(numbers[~gone])
    ranks[gone] = ranks[~gone].mean() if (~gone).any() else 0.0
    return ranks


def same_story(columns: Mapping[str, Values], truth: Truth) -> dict[str, frozenset[str]]:
    """Find for each column the others that say nearly the same, by value or by where they are missing.

    Parameters
    ----------
    columns
        Name to values, each of shape (rows,).
    truth
        What happened: it gives words a number.

    Returns
    -------
    dict
        Name to the names of its near-duplicates (connected, itself left out).
    """
    names = list(columns)
    some = slice(0, MOST_ROWS)
    few = Truth(truth.values[some], truth.classes)
    tracks, owner = [], []
    for i, name in enumerate(names):
        gone = is_missing(columns[name][some]).astype(float)
        for track in (_as_story(columns[name][some], few), gone):
            if np.ptp(track) > 0:
                tracks.append((track - track.mean()) / (np.linalg.norm(track - track.mean())))
                owner.append(i)
    if not tracks:
        return {n: frozenset() for n in names}
    stack = np.array(tracks)
    near = np.argwhere(np.abs(stack @ stack.T) >= SAME_STORY)
    group = list(range(len(names)))
    for a, b in near:
        one, other = group[owner[a]], group[owner[b]]
        group = [one if g == other else g for g in group]
    return {
        name: frozenset(n for n, g in zip(names, group, strict=True) if g == group[i] and n != name)
        for i, name in enumerate(names)
    }


def find_formula(
    columns: Mapping[str, Values], truth: Truth, folds: Sequence[tuple[Index, Index]]
) -> Formula | None:
    """Find two to four numeric columns whose linear combination is the numeric answer itself.

    Parts are found by orthogonal matching pursuit on the rows learnt from and
    checked on the rows asked of the first fold.
    """
    learn, ask = folds[0]
    numbers = {n: as_numbers(v) for n, v in columns.items() if v.dtype == np.float64}
    whole = {n: x for n, x in numbers.items() if x is not None and not np.isnan(x).any()}
    full = {n: x for n, x in whole.items() if np.ptp(x[learn]) > 0}
    if truth.classes or len(full) < 2:
        return None
    names = list(full)
    stack = np.column_stack([full[n] for n in names])
    chosen: list[int] = []
    rest = truth.values[learn] - truth.values[learn].mean()
    scaled = stack[learn] - stack[learn].mean(axis=0)
    scaled /= np.linalg.norm(scaled, axis=0)
    for _ in range(min(MOST_PARTS, len(names))):
        chosen.append(int(np.argmax(np.abs(scaled.T @ rest) * ~np.isin(np.arange(len(names)), chosen))))
        weights, rest = _fit(stack, truth.values, chosen, learn)
        if len(chosen) >= 2 and _r2(stack, truth.values, chosen, ask, weights) > EXACT_R2:
            chosen, weights = _without_idle(stack, truth.values, chosen, learn, ask)
            plain = bool(np.allclose(np.abs(weights[:-1]), 1.0, atol=1e-3))
            return Formula(tuple(names[i] for i in chosen), plain) if len(chosen) >= 2 else None
    return None


def _design(stack: Values, chosen: list[int], rows: Index) -> Values:
    return np.column_stack([stack[rows][:, chosen], np.ones(len(rows))])


def _fit(stack: Values, y: Values, chosen: list[int], rows: Index) -> tuple[Values, Values]:
    design = _design(stack, chosen, rows)
    weights = np.linalg.lstsq(design, y[rows], rcond=None)[0]
    return weights, y[rows] - design @ weights


def _r2(stack: Values, y: Values, chosen: list[int], rows: Index, weights: Values) -> float:
    wrong = y[rows] - _design(stack, chosen, rows) @ weights
    return 1.0 - float(np.var(wrong)) / max(float(np.var(y[rows])), 1e-300)


def _without_idle(
    stack: Values, y: Values, chosen: list[int], learn: Index, ask: Index
) -> tuple[list[int], Values]:
    """Leave out parts without which the formula still holds."""
    for part in list(chosen):
        fewer = [c for c in chosen if c != part]
        if fewer:
            weights, _ = _fit(stack, y, fewer, learn)
            if _r2(stack, y, fewer, ask, weights) > EXACT_R2:
                chosen = fewer
    return chosen, _fit(stack, y, chosen, learn)[0]
