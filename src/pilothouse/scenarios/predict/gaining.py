"""What learning without labels is worth here: with and without it, at several numbers of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.models.behaviour import Behaviour, BehaviourModel
from pilothouse.models.pretraining import Gain, gain_over_scratch
from pilothouse.models.target import Target
from pilothouse.scenario import Panel
from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.types import Context, Data
from pilothouse.types.contest import Array

_ASKED_SHARE, _MOST_ASKED = 0.3, 2_000


def gain_panel(data: Data, counts: Sequence[int], budget_s: float, seed: int) -> Panel:
    """Measure the gain inside the rows learnt from, a part of which is asked.

    Parameters
    ----------
    data
        Rows to learn from, with their pasts.
    counts
        Numbers of labels.
    budget_s
        The run's: epochs are the contest's.
    """
    target = Target.of(data.table)
    truth = target.truth(data.table)
    order = np.random.default_rng(seed).permutation(data.rows)
    asked = order[: min(_MOST_ASKED, round(_ASKED_SHARE * data.rows))]
    known = order[len(asked) :]
    learn, requests = data.take(known), data.table.take(asked).drop([target.name])
    unfitted = Behaviour.of(data, budget_s).build({})
    assert isinstance(unfitted, BehaviourModel)
    backbone = unfitted.learn_backbone(learn, Context(seed=seed))

    def answer(rows: Array, pretrained: bool, draw: int) -> Array:
        how = {**unfitted.parameters, "scratch": not pretrained}
        model = replace(unfitted, parameters=how, start=backbone if pretrained else None)
        said = model.fit(learn.take(rows), Context(seed=seed + draw)).predict(requests, Context())
        return np.asarray(said["prediction"] if target.is_number else said["probability"])

    gains = gain_over_scratch((truth[known], truth[asked]), counts, answer, _score(target), level=0.9)
    return _panel(gains, say(f"behaviour.gain_{_kind(target)}"))


def _kind(target: Target) -> str:
    return "number" if target.is_number else target.kind


def _score(target: Target) -> Any:
    """AUC of two outcomes, accuracy of classes, the negative mean absolute error of a number."""
    if target.is_number:
        return lambda truth, said: -float(np.abs(truth - said).mean())
    if target.kind == "binary":
        return lambda truth, said: float(auc(truth, said[:, 1]))
    return lambda truth, said: float((said.argmax(axis=1) == truth).mean())


def _panel(gains: Sequence[Gain], metric: Message) -> Panel:
    proven = [one.labels for one in gains if one.is_proven]
    told = say("behaviour.gain_shown", labels=", ".join(f"{n:,}" for n in proven))
    points = [
        {"labels": one.labels, "score": score, "way": say(f"behaviour.{way}")}
        for one in gains
        for way, score in (("scratch", one.scratch), ("pretrained", one.pretrained))
    ]
    place = {"field": "labels", "type": "quantitative", "scale": {"type": "log"}}
    chart = {
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {**place, "title": say("behaviour.gain_labels")},
            "y": {"field": "score", "type": "quantitative", "scale": {"zero": False}, "title": metric},
            "color": {"field": "way", "type": "nominal", "title": None},
        },
    }
    return Panel(
        say("behaviour.gain_title"),
        told if proven else say("behaviour.gain_none"),
        chart=chart,
        header=(
            say("behaviour.gain_labels"),
            say("behaviour.scratch"),
            say("behaviour.pretrained"),
            say("behaviour.gain_range"),
        ),
        rows=tuple(
            (
                f"{one.labels:,}",
                f"{one.scratch:.3f}",
                f"{one.pretrained:.3f}",
                f"{one.gain.value:+.3f} ({one.gain.interval.low:+.3f}, {one.gain.interval.high:+.3f})",
            )
            for one in gains
        ),
    )
