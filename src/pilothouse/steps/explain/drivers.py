"""What drives a fitted model: how much the score falls when a column is shuffled, and how answers bend.

Rows must be rows that the model was not fitted on. Columns that say the same share
their importance: each looks smaller than both together. A bend shows the model's mean
answer with one column set to a value in every row, also in rows where that value would
never occur.

References
----------
Breiman (2001), Random forests, section 10; Friedman (2001), Greedy function
approximation, section 8.2; Efron and Tibshirani (1993), chapter 11, on the grouped
jackknife that gives the ranges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.models.encoding import features
from pilothouse.steps.explain.background import Background
from pilothouse.steps.explain.reasons import Asking, changed
from pilothouse.steps.explain.wording import is_gone, of_100, shown
from pilothouse.types import Answerer, Answers, Context, Estimate, Interval, Kind, Questions, Scores, Table

Measure = Callable[[Questions, Answers], Scores]

GROUPS = 10
GLIMPSE = 500
Z_90 = 1.645


@dataclass(frozen=True)
class Effort:
    """How much asking is worth it.

    Parameters
    ----------
    rows
        At most this many questions are used, drawn at random.
    repeats
        Shuffles of each column.
    top
        At most this many columns are told of. Where there are more than twice as many,
        one shuffle on ``GLIMPSE`` rows chooses those that are looked at closely.
    bent
        Of these, this many get a bend and a direction.
    bend_rows
        Rows that a bend averages over.
    """

    rows: int = 2_000
    repeats: int = 3
    top: int = 12
    bent: int = 6
    bend_rows: int = 300


@dataclass(frozen=True)
class Driver:
    """A column that drives the answers.

    Parameters
    ----------
    importance
        Loss of the primary score when the column is shuffled, with its 90 % interval
        over rows and shuffles; above 0 the column helps.
    direction
        Which way it works, in words.
    bends
        (value, mean answer), numbers in order, words by their answer.
    """

    column: str
    importance: Estimate
    direction: Message | None = None
    bends: tuple[tuple[float | str, float], ...] = ()


def drivers(
    model: Answerer,
    questions: Questions,
    measure: Measure,
    *,
    seed: int = 0,
    effort: Effort | None = None,
    context: Context | None = None,
) -> tuple[Driver, ...]:
    """Rank the columns of a fitted model.

    Parameters
    ----------
    model
        Fitted on other rows than those of ``questions``.
    questions
        With their truth.
    measure
        ``measure(questions, answers)``; the primary metric counts.
    seed
        Of shuffles and draws; the same seed gives the same figures.
    effort, context
        How much asking is worth it; threads.

    Raises
    ------
    ValueError
        When the truth is not known.
    """
    if questions.truth is None:
        raise ValueError("drivers need the truth")
    effort, context = effort or Effort(), context or Context()
    rng = np.random.default_rng(seed)
    if len(questions.unit) > effort.rows:
        questions = questions.take(np.sort(rng.choice(len(questions.unit), effort.rows, replace=False)))
    names = {c.name: place for place, c in enumerate(features(questions.requests))}
    asked = list(names)
    if len(asked) > 2 * effort.top:
        few = questions.take(np.arange(min(GLIMPSE, len(questions.unit))))
        glimpse = _Shuffling(model, few, measure, context, seed)
        worth = {n: glimpse.importance(n, np.random.default_rng([seed, names[n]]), 1).value for n in asked}
        asked = sorted(asked, key=lambda n: (-worth[n], n))[: 2 * effort.top]
    shuffling = _Shuffling(model, questions, measure, context, seed)
    ranked = [
        (name, shuffling.importance(name, np.random.default_rng([seed, names[name]]), effort.repeats))
        for name in asked
    ]
    ranked.sort(key=lambda pair: (-pair[1].value, pair[0]))
    told = ranked[: effort.top]
    some = questions.requests.take(slice(0, effort.bend_rows))
    bent = {name for name, importance in told[: effort.bent] if importance.value > 0}
    return tuple(
        _bend(Driver(name, importance), model, some, questions.classes, context)
        if name in bent
        else Driver(name, importance)
        for name, importance in told
    )


class _Shuffling:
    """The score as it is, kept to compare with."""

    def __init__(
        self, model: Answerer, questions: Questions, measure: Measure, context: Context, seed: int
    ) -> None:
        self._model, self._questions, self._measure, self._context = model, questions, measure, context
        units, place = np.unique(questions.unit, return_inverse=True)
        groups = min(GROUPS, len(units))
        group = (np.random.default_rng(seed).permutation(len(units)) % groups)[place]
        self._parts = [np.arange(len(place)), *(np.flatnonzero(group != g) for g in range(groups))]
        self._whole = self._scores(questions.requests)

    def _scores(self, requests: Table) -> NDArray[np.float64]:
        """Score of all rows, then without each group; more is better."""
        answers = self._model.predict(requests, self._context)
        found = []
        for part in self._parts:
            scores = self._measure(self._questions.take(part), answers.take(part))
            sign = 1.0 if scores.higher_is_better[scores.primary] else -1.0
            found.append(sign * float(scores.values[scores.primary]))
        return np.array(found)

    def importance(self, name: str, rng: np.random.Generator, repeats: int) -> Estimate:
        """Mean loss over shuffles; its range covers rows (jackknife) and shuffles."""
        requests = self._questions.requests
        losses = np.empty((repeats, len(self._parts)))
        for line in losses:
            order = rng.permutation(requests.rows)
            line[:] = self._whole - self._scores(requests.put(requests.column(name), requests[name][order]))
        value, without = float(losses[:, 0].mean()), losses[:, 1:].mean(axis=0)
        groups = len(without)
        rows = (groups - 1) / groups * float(np.sum((without - without.mean()) ** 2))
        shuffles = float(losses[:, 0].var(ddof=1)) / repeats if repeats > 1 else 0.0
        half = Z_90 * float(np.sqrt(rows + shuffles))
        return Estimate(value, Interval(value - half, value + half, 0.9))


def bends(
    model: Answerer, requests: Table, column: str, classes: tuple[str, ...], context: Context | None = None
) -> tuple[tuple[float | str, float], ...]:
    """Mean answer with ``column`` set to each of its usual values in every row.

    Parameters
    ----------
    model
        Fitted.
    requests
        The rows to average over; a few hundred are enough.
    column
        A feature column of ``requests``.
    classes
        As in ``Questions``; with two the answer is the chance of ``classes[1]``, with
        more the chance of the class that the column moves most.
    context
        Threads.

    Returns
    -------
    tuple of pairs
        Numbers and times (as days, ISO) in order, words by falling answer; missing left out.
    """
    usual = tuple(u for u in Background.of(requests).columns if u.column == column)
    asking = Asking(model, Background(usual), classes, context or Context())
    if not usual:
        return ()
    means = changed(asking, requests)[0].mean(axis=1)
    outcome = int(np.ptp(means, axis=0).argmax()) if len(classes) > 2 else means.shape[1] - 1
    pairs: list[tuple[float | str, float]] = []
    for value, mean in zip(usual[0].values, means[:, outcome], strict=True):
        if not is_gone(value):
            pairs.append((float(value) if usual[0].kind is Kind.NUMBER else shown(value), float(mean)))
    if usual[0].kind not in (Kind.NUMBER, Kind.TIME):
        pairs.sort(key=lambda pair: (-pair[1], str(pair[0])))
    return tuple(pairs)


def direction(
    column: str, bent: tuple[tuple[float | str, float], ...], *, ordered: bool, is_number: bool
) -> Message | None:
    """Say which way a column works.

    Parameters
    ----------
    column
        Its name.
    bent
        What ``bends`` gave.
    ordered
        Numbers and times; words are named instead.
    is_number
        The target is a number, not a chance.
    """
    if len(bent) < 2:
        return None
    answers = np.array([answer for _, answer in bent])
    high, low = int(answers.argmax()), int(answers.argmin())
    if answers[high] == answers[low]:
        return None
    told = {
        "column": column,
        "high": shown(answers[high]) if is_number else of_100(float(answers[high])),
        "low": shown(answers[low]) if is_number else of_100(float(answers[low])),
    }
    kind = "_number" if is_number else ""
    if ordered:
        steps = np.diff(answers)
        steady = float(steps.sum() / np.abs(steps).sum())  # 1 all the way up, -1 all the way down
        if abs(steady) >= 0.8:
            return say(f"explain.{'more' if steady > 0 else 'less'}{kind}", **told)
    name = "peak" if ordered else "groups"
    return say(f"explain.{name}{kind}", most=shown(bent[high][0]), least=shown(bent[low][0]), **told)


def _bend(driver: Driver, model: Answerer, some: Table, classes: tuple[str, ...], context: Context) -> Driver:
    found = bends(model, some, driver.column, classes, context)
    ordered = some.column(driver.column).kind in (Kind.NUMBER, Kind.TIME)
    many = len(classes) > 2  # which class it moves is not one direction
    said = None if many else direction(driver.column, found, ordered=ordered, is_number=not classes)
    return Driver(driver.column, driver.importance, said, found)
