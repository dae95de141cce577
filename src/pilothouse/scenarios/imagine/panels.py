"""What the report shows of drawn pictures: grids, nearest learnt ones, what lies between, the floor.

Every grid that holds a drawn picture is labelled as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.guards.ailabel import Origin, labelled
from pilothouse.messages import Message, say
from pilothouse.models.generators.drawing import Drawer, noise
from pilothouse.models.generators.recall import Bytes, as_cell
from pilothouse.models.generators.trained import TrainedModel, VaeModel
from pilothouse.scenario import Panel, Picture
from pilothouse.scenarios.imagine.release import PRODUCER, ServedDrawings
from pilothouse.steps.evaluate.metrics_pictures import RealPictures, frechet
from pilothouse.types import Answers

_SIDE, _PAIRS, _STEPS, _LINES = 8, 8, 9, 5
_REACH, _LOOKED_AT = 2.0, 2_000


def panels(
    served: ServedDrawings, real: RealPictures, answers: Mapping[str, Answers], seed: int
) -> list[Panel]:
    """Lay the panels out; ``answers`` hold the winner's first, then the baseline's."""
    seeds = np.arange(_SIDE * _SIDE, dtype=np.int64)
    shown = [
        Picture(_grid(drawer, drawer.draw(seeds), _SIDE, seed), say(f"imagine.grid_{who}"))
        for who, drawer in (("winner", served.winner), ("baseline", served.baseline))
    ]
    found = [
        Panel(say("imagine.drawn_title"), say("imagine.drawn_told"), tuple(shown)),
        Panel(say("imagine.nearest_title"), say("imagine.nearest_told"), (_pairs(served.winner, seed),)),
    ]
    if isinstance(served.winner, TrainedModel):
        between = Picture(_between(served.winner, seed), say("imagine.between_caption"))
        around = Picture(_around(served.winner, seed), say("imagine.around_caption"))
        found.append(Panel(say("imagine.space_title"), say("imagine.space_told"), (between, around)))
        found.append(_curves(served.winner.told["curves"]))
    return [*found, _floor(served.winner, real, answers)]


def _grid(drawer: Drawer, pictures: Bytes, wide: int, seed: int) -> bytes:
    """Lay pictures out line by line and label the whole."""
    cells = [np.pad(as_cell(one), [(1, 1), (1, 1)] + [(0, 0)] * (len(one) == 3)) for one in pictures]
    lines = [np.concatenate(cells[start : start + wide], axis=1) for start in range(0, len(cells), wide)]
    day = datetime.now(UTC).date().isoformat()
    return labelled(np.concatenate(lines), Origin(PRODUCER, f"{drawer.kind}-{seed}-{len(cells)}", day))


def _pairs(drawer: Drawer, seed: int) -> Picture:
    """Drawn pictures above, the nearest learnt ones below."""
    assert drawer.recall is not None
    drawn = drawer.draw(np.arange(_PAIRS, dtype=np.int64))
    near = drawer.recall.pictures[drawer.nearest(drawn)[0]]
    return Picture(_grid(drawer, np.concatenate([drawn, near]), _PAIRS, seed), say("imagine.pairs_caption"))


def _between(drawer: TrainedModel, seed: int) -> bytes:
    """Walk from one code to another at the length that codes have."""
    ends = noise(np.arange(2 * _LINES, dtype=np.int64) + 1_000, drawer.width)
    share = np.linspace(0.0, 1.0, _STEPS)[:, None] * np.pi / 2
    lines = [np.cos(share) * a + np.sin(share) * b for a, b in zip(ends[::2], ends[1::2], strict=True)]
    return _grid(drawer, drawer.decode(np.concatenate(lines)), _STEPS, seed)


def _around(drawer: TrainedModel, seed: int) -> bytes:
    """A plane of codes: along the two directions in which learnt pictures differ most, else any two."""
    first, second = _directions(drawer)
    steps = np.linspace(-_REACH, _REACH, _STEPS)
    codes = [row * first + column * second for row in steps for column in steps]
    return _grid(drawer, drawer.decode(np.array(codes)), _STEPS, seed)


def _directions(drawer: TrainedModel) -> NDArray[np.float64]:
    if not isinstance(drawer, VaeModel) or drawer.recall is None:
        square, _ = np.linalg.qr(noise(np.array([1, 2]), drawer.width).T)
        return np.asarray(square.T * np.sqrt(drawer.width) / _REACH)
    codes = drawer.codes(drawer.recall.pictures[:_LOOKED_AT])
    _, size, directions = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)
    lengths: NDArray[np.float64] = size[:2, None] / np.sqrt(len(codes)) * directions[:2]
    return lengths


def _curves(curves: Mapping[str, Any]) -> Panel:
    """Losses by epoch, as a chart and a table."""
    names = [name for name in curves if name not in ("epoch", "rate")]
    points = [
        {"epoch": epoch, "curve": name, "loss": curves[name][place]}
        for place, epoch in enumerate(curves["epoch"])
        for name in names
    ]
    chart = {
        "data": {"values": points},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "epoch", "type": "quantitative"},
            "y": {"field": "loss", "type": "quantitative", "scale": {"zero": False}},
            "color": {"field": "curve", "type": "nominal"},
        },
    }
    lines = zip(curves["epoch"], *(curves[name] for name in names), strict=True)
    rows = tuple((str(epoch), *(f"{value:.3f}" for value in values)) for epoch, *values in lines)
    return Panel(
        say("imagine.curves_title"),
        say("imagine.curves_told"),
        (),
        chart,
        (say("imagine.epoch"), *names),
        rows,
    )


def _floor(winner: Drawer, real: RealPictures, answers: Mapping[str, Answers]) -> Panel:
    """Distances, with what real pictures reach against real ones; and the bound where there is one."""
    half = len(real.features) // 2
    mine, theirs = (a["features"] for a in list(answers.values())[:2])
    floor = frechet(real.features[:half], real.features[half : 2 * half])
    rows: list[tuple[Message | str, ...]] = [
        (say("imagine.row_winner"), f"{frechet(mine, real.features):.2f}"),
        (say("imagine.row_baseline"), f"{frechet(theirs, real.features):.2f}"),
        (say("imagine.row_floor"), f"{floor:.2f}"),
    ]
    if "bound" in winner.told:
        rows.append((say("imagine.row_bound"), f"{winner.told['bound']:.1f}"))
    header = (say("imagine.row_figure"), say("imagine.row_value"))
    return Panel(say("imagine.floor_title"), say("imagine.floor_told"), (), None, header, tuple(rows))
