"""Why a row got its answer, and which single change would give another one.

A column's reason is how far the answer moves, on average, when its value is replaced
by the usual ones. All replacements of all columns are asked in one batch, so that a
single row costs one call. Columns that only work together share what they do between
them unevenly, and reasons do not add up to the answer; both would need all
combinations.

References
----------
Robnik-Sikonja and Kononenko (2008), Explaining classifications for individual
instances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message, say
from pilothouse.steps.explain.background import Background, Usual
from pilothouse.steps.explain.wording import is_gone, is_value, of_100, shown
from pilothouse.types import Answerer, Answers, Context, Table

Values = NDArray[Any]

TOP = 3
LEAST_POINTS = 0.005  # less than half a point of 100 is no reason
LEAST_SHARE = 0.05  # nor is a twentieth of the strongest one
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Asking:
    """The model and what its rows are compared with.

    Parameters
    ----------
    classes
        Class labels; empty for a numeric target. With two, ``classes[1]`` is explained;
        with more, each row's likeliest class.
    """

    model: Answerer
    background: Background
    classes: tuple[str, ...] = ()
    context: Context = Context()


def reasons(asking: Asking, rows: Table, top: int = TOP) -> list[list[Message]]:
    """Tell for each row what moves its answer most, the strongest first.

    Parameters
    ----------
    asking
        Model, usual values and classes.
    rows
        Requests; the background's columns must be there.
    top
        At most this many reasons a row; at least one sentence is always given.

    Returns
    -------
    list of list of Message
        One list a row.
    """
    moved, outcome = effects(asking, rows)
    names = [u.column for u in asking.background.columns]
    told = []
    for i in range(rows.rows):
        strongest = np.argsort(-np.abs(moved[i]), kind="stable")[:top]
        least = LEAST_SHARE * float(np.abs(moved[i]).max(initial=0.0))
        least = max(least, LEAST_POINTS) if asking.classes else least
        said = [
            _reason(
                asking.classes, is_value(names[j], rows[names[j]][i]), float(moved[i, j]), int(outcome[i])
            )
            for j in strongest
            if abs(moved[i, j]) > least
        ]
        told.append(said or [say("explain.usual")])
    return told


def effects(asking: Asking, rows: Table) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How far each column moves each row's answer from what usual values would give.

    Returns
    -------
    tuple of arrays
        (rows, columns) in chances or in the target's unit, and (rows,) the number of
        the class explained (0 for a numeric target).
    """
    changes = asking.background.columns
    own = ask(asking, rows)
    outcome = own.argmax(axis=1) if len(asking.classes) > 2 else np.full(rows.rows, own.shape[1] - 1)
    before = own[np.arange(rows.rows), outcome]
    moved = np.zeros((rows.rows, len(changes)))
    step = max(1, ROWS_AT_ONCE // max(1, sum(len(u.values) for u in changes)))
    for start in range(0, rows.rows, step):
        part = np.arange(start, min(start + step, rows.rows))
        after = changed(asking, rows.take(part))
        for j, (usual, answers) in enumerate(zip(changes, after, strict=True)):
            mine = answers[:, np.arange(len(part)), outcome[part]]
            moved[part, j] = before[part] - usual.shares @ mine
    return moved, outcome.astype(np.int64)


def ask(asking: Asking, rows: Table) -> NDArray[np.float64]:
    """Answers as (rows, classes), or (rows, 1) for a numeric target."""
    answers: Answers = asking.model.predict(rows, asking.context)
    said = answers["probability"] if asking.classes else answers["prediction"][:, None]
    return np.asarray(said, dtype=np.float64)


def changed(asking: Asking, rows: Table) -> list[NDArray[np.float64]]:
    """Answers with each column replaced by each usual value, asked in one batch.

    Returns
    -------
    list of arrays
        For each background column (values, rows, classes).
    """
    columns = asking.background.columns
    copies = sum(len(u.values) for u in columns)
    tiled = rows.take(np.tile(np.arange(rows.rows), copies))
    values = {name: column for name, column in tiled.values.items()}
    start = 0
    for usual in columns:
        size = len(usual.values) * rows.rows
        replaced = values[usual.column].copy()
        replaced[start : start + size] = np.repeat(usual.values, rows.rows)
        values[usual.column] = replaced
        start += size
    if not copies:
        return []
    answers = ask(asking, Table(tiled.columns, values, tiled.name))
    ends = np.cumsum([len(u.values) * rows.rows for u in columns])[:-1]
    return [part.reshape(-1, rows.rows, part.shape[1]) for part in np.split(answers, ends)]


def _reason(classes: Sequence[str], what: Message, moved: float, outcome: int) -> Message:
    if not classes:
        return say("explain.adds" if moved > 0 else "explain.takes", what=what, amount=shown(abs(moved)))
    points = of_100(abs(moved))
    if len(classes) == 2:
        return say("explain.raises" if moved > 0 else "explain.lowers", what=what, points=points)
    key = "explain.raises_class" if moved > 0 else "explain.lowers_class"
    return say(key, what=what, points=points, outcome=classes[outcome])


def what_if(asking: Asking, row: Table, threshold: float = 0.5, top: int = TOP) -> list[Message]:
    """Find the smallest single changes, among usual values, that give one row another answer.

    Which columns can be changed at all is not known here; the last sentence says that a
    prediction is not an effect. Numbers: the value nearest to the row's own is the smallest
    change; between columns, the change that moves fewer rows' worth of values.

    Parameters
    ----------
    asking
        Model, usual values and classes.
    row
        One request.
    threshold
        From this chance of ``classes[1]`` on a row is flagged; two classes only.
    top
        At most this many changes.

    Returns
    -------
    list of Message
        Changes and the reminder; empty for a numeric target.

    Raises
    ------
    ValueError
        When ``row`` is not one row.
    """
    if row.rows != 1:
        raise ValueError(f"what_if takes one row, not {row.rows}")
    if not asking.classes:
        return []
    before = ask(asking, row)[0]
    now = _label(before, threshold)
    found: list[tuple[float, Message]] = []
    for usual, answers in zip(asking.background.columns, changed(asking, row), strict=True):
        own = row[usual.column][0]
        labels = [_label(answer[0], threshold) for answer in answers]
        crossing = [(_distance(usual, own, k), k) for k, label in enumerate(labels) if label != now]
        if crossing:
            far, k = min(crossing)
            found.append((far, _change(asking, usual, own, k, (before, answers[k, 0], threshold))))
    found.sort(key=lambda pair: pair[0])
    told = [message for _, message in found[:top]]
    return [*told, say("explain.not_effect")] if told else [say("explain.no_single")]


def _label(answer: Values, threshold: float) -> int:
    return int(answer[1] >= threshold) if len(answer) == 2 else int(answer.argmax())


def _distance(usual: Usual, own: Any, k: int) -> float:
    """Share of rows between the row's own value and the ``k``-th usual one; rare words are far."""
    value = usual.values[k]
    if usual.values.dtype == object or is_gone(own) or is_gone(value):
        return 1.0 - float(usual.shares[k])
    low, high = min(own, value), max(own, value)
    return float(usual.shares[(usual.values >= low) & (usual.values <= high)].sum())


def _change(asking: Asking, usual: Usual, own: Any, k: int, answers: tuple[Values, Values, float]) -> Message:
    before, after, threshold = answers
    told = {
        "what": is_value(usual.column, usual.values[k]),
        "now": say("explain.nothing") if is_gone(own) else shown(own),
    }
    if len(asking.classes) > 2:
        return say("explain.if_class", outcome=asking.classes[int(after.argmax())], **told)
    key = "explain.if_flagged" if after[1] >= threshold else "explain.if_not_flagged"
    return say(key, before=of_100(float(before[1])), after=of_100(float(after[1])), **told)
