"""The panels of ``images`` alone: mistakes as pictures, and where it looks."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.guards.pictures import as_png
from pilothouse.messages import say
from pilothouse.models.pictures.frame import pictures_of
from pilothouse.scenario import Panel, Picture
from pilothouse.scenarios.images.looking import looked_at, overlaid
from pilothouse.steps.explain.labels import confusion, surest_mistakes
from pilothouse.types import Answers, Context, Questions, Table
from pilothouse.types.contest import Array

MISTAKES, LOOKS = 12, 6


def confusion_panel(questions: Questions, answers: Answers) -> Panel:
    """Which labels are taken for which, with the mistakes that it was surest of."""
    truth, said, classes = np.asarray(questions.truth), answers["probability"], questions.classes
    mistakes = surest_mistakes(questions, answers, MISTAKES)
    pictures = pictures_of(questions.requests)
    chart, header, rows = confusion(questions, answers)
    said_of = "labels.panel_mistakes_told" if len(mistakes) else "labels.panel_no_mistakes"
    return Panel(
        say("labels.panel_mistakes"),
        say(said_of, rows=len(truth), what=say("labels.pictures")),
        tuple(
            Picture(
                as_png(pictures[row]),
                say(
                    "images.mistake",
                    truth=classes[truth[row]],
                    told=classes[int(said[row].argmax())],
                    sure=f"{100 * said[row].max():.0f}",
                ),
            )
            for row in mistakes.tolist()
        ),
        chart,
        header,
        rows,
    )


def looking_panel(model: Any, questions: Questions, answers: Answers) -> Panel:
    """Where it looks: for a few pictures, what holds the answer up; right ones first, then wrong ones."""
    truth, said = np.asarray(questions.truth), answers["probability"]
    told = said.argmax(axis=1)
    right, wrong = np.flatnonzero(told == truth), np.flatnonzero(told != truth)
    chosen = [*_one_a_label(truth, right)[: LOOKS - min(2, len(wrong))], *wrong[:2].tolist()][:LOOKS]
    pictures = pictures_of(questions.requests)
    name = next(c.name for c in questions.requests.columns if c.kind == "picture")
    column = questions.requests.column(name)

    def ask(some: list[Any]) -> Array:
        held = np.empty(len(some), dtype=object)
        for place, one in enumerate(some):
            held[place] = one
        return np.asarray(model.predict(Table((column,), {name: held}), Context())["probability"])

    shots = []
    for row in chosen:
        picture = pictures[row]
        label = questions.classes[told[row]]
        shots.append(Picture(as_png(picture), say("images.looks_at", label=label)))
        shots.append(Picture(as_png(overlaid(picture, looked_at(picture, ask))), say("images.looks_here")))
    return Panel(say("images.panel_looks"), say("images.panel_looks_told"), tuple(shots))


def _one_a_label(truth: Array, rows: Array) -> list[int]:
    """Rows of as many labels as there are, the first of each."""
    _, first = np.unique(truth[rows], return_index=True)
    return [int(rows[place]) for place in np.sort(first)]
