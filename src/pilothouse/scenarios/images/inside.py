"""Panels that only a network has: what spoke for an answer, what it takes for alike, its maps, its plane.

They tell how this network sees the pictures kept aside, not what makes a label true.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilothouse.guards.pictures import as_png
from pilothouse.messages import say
from pilothouse.models.inside.alike import nearest, plane
from pilothouse.models.inside.drawing import heat, sheet
from pilothouse.models.inside.gradients import integrated_gradients
from pilothouse.models.inside.layers import feature_maps
from pilothouse.models.pictures.frame import pictures_of
from pilothouse.models.pictures.network import PictureNetwork
from pilothouse.scenario import Panel, Picture
from pilothouse.types import Answers, Questions
from pilothouse.types.contest import Array

SHOWN, ALIKE, MAPS, ACROSS, POINTS = 5, 5, 16, 4, 1_000


def inside_panels(model: Any, questions: Questions, answers: Answers) -> list[Panel]:
    """Return the panels of a network; of other winners none."""
    if not isinstance(model, PictureNetwork):
        return []
    truth, told = np.asarray(questions.truth), answers["probability"].argmax(axis=1)
    wrong, right = np.flatnonzero(told != truth), np.flatnonzero(told == truth)
    rows = np.concatenate([wrong[: SHOWN - 2], right])[:SHOWN]
    vectors = model.features(questions.requests)
    return [
        _spoke(model, questions, told, rows),
        _alike(questions, vectors, rows),
        _maps(model, questions, rows),
        _plane(questions, vectors),
    ]


def _spoke(model: PictureNetwork, questions: Questions, told: Array, rows: Array) -> Panel:
    """Each pixel's part in the answer, by integrated gradients."""
    requests = questions.requests.take(rows)
    framed = model.tensor(requests)
    parts = integrated_gradients(model.network, framed, told[rows])
    shots = []
    for place, row in enumerate(rows.tolist()):
        shots.append(
            Picture(
                as_png(pictures_of(requests)[place]),
                say("images.looks_at", label=_name(questions, told[row])),
            )
        )
        seen = framed[place].numpy().transpose(1, 2, 0)
        shots.append(
            Picture(heat(seen[:, :, 0] if seen.shape[2] == 1 else seen, parts[place]), say("images.spoke"))
        )
    return Panel(say("images.panel_spoke"), say("images.panel_spoke_told"), tuple(shots))


def _alike(questions: Questions, vectors: Array, rows: Array) -> Panel:
    """Beside each picture those that the network can hardly tell from it."""
    pictures, truth = pictures_of(questions.requests), np.asarray(questions.truth)
    found, _ = nearest(vectors, vectors[rows], ALIKE + 1)
    shots = []
    for row, near in zip(rows.tolist(), found.tolist(), strict=True):
        for other in [row, *[n for n in near if n != row][:ALIKE]]:
            key = "images.this_one" if other == row else "images.like_it"
            shots.append(Picture(as_png(pictures[other]), say(key, label=_name(questions, truth[other]))))
    return Panel(say("images.panel_alike"), say("images.panel_alike_told"), tuple(shots))


def _maps(model: PictureNetwork, questions: Questions, rows: Array) -> Panel:
    """What the first and the last convolution make of one picture."""
    found = feature_maps(model.network, model.tensor(questions.requests.take(rows[-1:])).float() / 255.0)
    layers = list(found.values())
    shots = [
        Picture(sheet(list(maps[0][:MAPS]), ACROSS, 3), say(f"images.maps_{name}"))
        for name, maps in (("first", layers[0]), ("last", layers[-1]))
    ]
    return Panel(say("images.panel_maps"), say("images.panel_maps_told"), tuple(shots))


def _plane(questions: Questions, vectors: Array) -> Panel:
    """All pictures on one plane: near is alike to the network, colour is the true label."""
    points, shares = plane(vectors[:POINTS])
    labels = np.asarray(questions.truth)[:POINTS]
    values = [
        {"x": round(float(x), 3), "y": round(float(y), 3), "label": _name(questions, label)}
        for (x, y), label in zip(points, labels, strict=True)
    ]
    hidden = {"type": "quantitative", "axis": None, "scale": {"zero": False}}
    chart = {
        "height": 320,
        "data": {"values": values},
        "mark": {"type": "circle", "size": 22, "opacity": 0.7},
        "encoding": {
            "x": {"field": "x", **hidden},
            "y": {"field": "y", **hidden},
            "color": {"field": "label", "type": "nominal", "title": say("labels.label")},
        },
    }
    names = np.unique(labels)
    centres = [points[labels == label].mean(axis=0) for label in names]
    table = tuple(
        (_name(questions, label), str(int((labels == label).sum())), f"{x:.2f}", f"{y:.2f}")
        for label, (x, y) in zip(names, centres, strict=True)
    )
    told = say("images.panel_plane_told", share=f"{100 * shares.sum():.0f}")
    header = (say("labels.label"), say("images.pictures"), say("images.across"), say("images.up"))
    return Panel(say("images.panel_plane"), told, (), chart, header, table)


def _name(questions: Questions, label: Any) -> str:
    return questions.classes[int(label)]
