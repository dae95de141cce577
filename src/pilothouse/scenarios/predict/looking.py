"""Which past events the behaviour model looked at, beside what it says without each of them.

A look is where numbers flow from, not why an answer comes out as it does: so beside each
stands the answer to the same row whose past lacks that event. Figures over windows stay
as they are. Of models that read no past there is nothing to show.

References
----------
Jain and Wallace, "Attention is not explanation", 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.models.behaviour import BehaviourModel
from pilothouse.models.fitted import Fitted
from pilothouse.models.inside.pasts import looks
from pilothouse.models.pasts import FIRST, GAPS, ITEMS, TYPES, left_out, lengths
from pilothouse.scenario import Panel
from pilothouse.steps.explain.wording import of_100, shown
from pilothouse.types import Answers, Questions, Table
from pilothouse.types.contest import Array

SHOWN, EVENTS = 3, 5
_DAY_S = 86_400.0


def looks_panel(fitted: Fitted, questions: Questions, figure: Array) -> list[Panel]:
    """Show for a few rows the events that the answer looked at most.

    Parameters
    ----------
    fitted
        The winner; nothing is shown unless it is the behaviour model, with its past left in.
    questions
        Rows kept aside.
    figure
        (rows,) what is shown first: the highest, among rows with two events or more.
    """
    reads = isinstance(fitted.model, BehaviourModel) and any(c.name == TYPES for c in fitted.schema)
    if not reads:
        return []
    able = np.flatnonzero(lengths(questions.requests) > 1)
    chosen = able[np.argsort(-figure[able], kind="stable")][:SHOWN]
    lines = [
        line
        for number, row in enumerate(chosen.tolist(), 1)
        for line in _lines(fitted, fitted.model, questions.requests.take(slice(row, row + 1)), number)
    ]
    if not lines:
        return []
    header = [say(f"behaviour.looks_{n}") for n in ("row", "event", "before", "share", "answer", "without")]
    told = say("behaviour.looks_told", most=EVENTS)
    return [Panel(say("behaviour.looks_title"), told, header=tuple(header), rows=tuple(lines))]


def _lines(
    fitted: Fitted, model: BehaviourModel, row: Table, number: int
) -> Iterator[tuple[Message | str, ...]]:
    """One line for each event of one row: those looked at most, the largest share first."""
    share = looks(model, row)[0][:-1]
    unread = len(row[TYPES][0]) - len(share)
    said = fitted.predict(row)
    place = None if "prediction" in said.values else int(_outcome(said))
    without = _told(fitted.predict(left_out(row)), place)
    before = np.cumsum(row[GAPS][0][::-1])[::-1][1:]
    for event in np.argsort(-share, kind="stable")[:EVENTS]:
        at = unread + int(event)
        yield (
            str(number),
            _named(row, at),
            f"{before[at] / _DAY_S:.1f}",
            f"{of_100(float(share[event]))}%",
            _told(said, place)[0],
            without[at],
        )


def _outcome(said: Answers) -> int:
    """The class that is told of: the one looked for of two, else the likeliest."""
    chances = said["probability"][0]
    return 1 if len(chances) == 2 else int(chances.argmax())


def _told(said: Answers, place: int | None) -> list[str]:
    if place is None:
        return [shown(float(one)) for one in said["prediction"]]
    return [f"{100 * one:.1f}%" for one in said["probability"][:, place].tolist()]


def _named(row: Table, event: int) -> str:
    """Type and item of an event, in the words of the file."""
    words: list[Any] = []
    for name in (TYPES, ITEMS):
        code, known = int(row[name][0][event]) - FIRST, row.column(name).classes
        words += [shown(known[code])] if 0 <= code < len(known) else []
    return " · ".join(words) or "–"
