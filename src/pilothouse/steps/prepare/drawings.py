"""Prepare pictures to be drawn: one size, copies out, some kept aside, an eye to judge with.

Each real picture that is kept aside, or asked by a fold, is one question: draw a picture
that could stand in its place. So as many are drawn as real ones are there to compare
with. Labels serve the eye alone; generators see pictures without them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.lazy import require
from pilothouse.messages import Message, say
from pilothouse.models.generators.eye import Eye
from pilothouse.models.generators.recall import Recall, as_array, as_cell
from pilothouse.steps.prepare.desensitise import PersonalTreatment
from pilothouse.types import Column, Data, Kind, Role, Split, Table
from pilothouse.types.contest import Index
from pilothouse.types.table import Values

PICTURE, SEED, PLACE, ASKED, REAL, EYE = "picture", "seed", "place", "asked", "real", "eye"
FEWEST = 60
_TEST_SHARE, _FOLDS = 0.2, 3
_MOST_TESTED, _MOST_ASKED = 2_000, 1_000
_MOST_LABELS, _FEWEST_OF_LABEL = 100, 5
_MEASURED = 4


@dataclass(frozen=True)
class DrawingWish:
    """What a use case wants: the largest side at which pictures are drawn, and the seed."""

    side: int = 32
    seed: int = 0


@dataclass(frozen=True)
class PreparedDrawings:
    """Pictures ready for the contest.

    Parameters
    ----------
    data
        "rows" with the column ``picture``, all of one size; "asked" with a seed for each
        question and the position of its real picture in "real"; "real" with features
        and gaps; "eye".
    """

    data: Data
    columns: tuple[Column, ...]
    split: Split
    ids: NDArray[np.object_] = field(repr=False)
    notes: tuple[Message, ...]
    id_name: str = "row"
    personal: tuple[PersonalTreatment, ...] = ()
    features: tuple[str, ...] = (PICTURE,)
    has_time: bool = False

    @property
    def learnable(self) -> Index:
        """Every picture."""
        return np.arange(self.data.rows, dtype=np.int64)

    def folds(self, train: Index, folds: int) -> tuple[tuple[Index, Index], ...]:
        """Return the contest's first ``folds`` folds, learning only from ``train``."""
        return tuple((np.intersect1d(learn, train), ask) for learn, ask in self.split.folds[:folds])


def prepare_drawings(table: Table, wish: DrawingWish) -> PreparedDrawings:
    """Make ``table``, with a column of pictures, ready.

    Raises
    ------
    MissingColumn
        When there is no column of pictures.
    UserFault
        With fewer than 60 different pictures.
    """
    pictured = [c for c in table.of_role(Role.IMAGE) if c.kind is Kind.PICTURE]
    if not pictured:
        raise MissingColumn(say("imagine.no_pictures"), say("imagine.no_pictures_fix"))
    given = table[pictured[0].name]
    kept, notes = _different(given), []
    if len(kept) < table.rows:
        notes.append(say("imagine.same_pictures", rows=table.rows - len(kept)))
    if len(kept) < FEWEST:
        problem = say("imagine.too_few", rows=len(kept), least=FEWEST)
        raise UserFault(problem, say("imagine.too_few_fix"))
    side, channels = size_of(given[kept], wish.side)
    pictures = as_array([fitted(cell, side, channels) for cell in given[kept]])
    split, places = _split(len(pictures), wish.seed)
    label = _labels(table, kept)
    train = split.train
    eye = Eye.trained(pictures[train], None if label is None else label[train], wish.seed)
    key = "imagine.eye_codes" if label is None else "imagine.eye_labels"
    notes += [say("imagine.drawn_at", side=side), say(key)]
    column = Column(PICTURE, Kind.PICTURE, Role.IMAGE, distinct=len(kept))
    rows = Table((column,), {PICTURE: _cells([as_cell(one) for one in pictures])})
    tables = {
        "rows": rows,
        ASKED: _asked(len(places), wish.seed),
        REAL: _real(pictures, places, split, eye),
        EYE: eye.table(),
    }
    return PreparedDrawings(
        data=Data(tables, "rows", ASKED),
        columns=table.columns,
        split=split,
        ids=np.array([str(place) for place in places.tolist()], dtype=object),
        notes=tuple(notes),
    )


def size_of(cells: Values, most: int) -> tuple[int, int]:
    """Side at which pictures are drawn, a multiple of 4, and channels: 1 where all are grey."""
    middle = float(np.median([max(cell.shape[:2]) for cell in cells]))
    side = int(np.clip(4 * np.ceil(middle / 4), 8, max(8, 4 * (most // 4))))
    return side, 3 if any(cell.ndim == 3 for cell in cells) else 1


def fitted(cell: NDArray[np.uint8], side: int, channels: int) -> NDArray[np.uint8]:
    """Bring a picture to ``side``: whole, in the middle, on the colour of its corners."""
    if cell.ndim == 2 and channels == 3:
        cell = np.repeat(cell[..., None], 3, axis=2)
    high, wide = cell.shape[:2]
    if high == wide == side:
        return cell
    scale = side / max(high, wide)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    image = require("PIL.Image", extra="deep")
    small = np.asarray(image.fromarray(np.ascontiguousarray(cell)).resize(size, image.Resampling.BOX))
    corners = cell[[0, 0, -1, -1], [0, -1, 0, -1]]
    ground = np.empty((side, side, *cell.shape[2:]), dtype=np.uint8)
    ground[:] = np.median(corners, axis=0).astype(np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    ground[top : top + size[1], left : left + size[0]] = small
    return ground


def _different(cells: Values) -> Index:
    """Positions of the first of each group of equal pictures."""
    seen: dict[bytes, int] = {}
    for place, cell in enumerate(cells):
        mark = hashlib.sha256(f"{cell.shape}".encode() + np.ascontiguousarray(cell).tobytes()).digest()
        seen.setdefault(mark, place)
    return np.array(list(seen.values()), dtype=np.int64)


def _labels(table: Table, kept: Index) -> NDArray[np.int64] | None:
    """Label numbers for the eye, where a column of few kinds says what each picture shows."""
    for column in table.columns:
        if column.kind is Kind.CATEGORY and column.role in (Role.FEATURE, Role.TARGET):
            words = table[column.name][kept]
            if not any(word is None for word in words):
                names, codes, counts = np.unique(words.astype(str), return_inverse=True, return_counts=True)
                if 2 <= len(names) <= _MOST_LABELS and counts.min() >= _FEWEST_OF_LABEL:
                    return codes.astype(np.int64)
    return None


def _split(rows: int, seed: int) -> tuple[Split, Index]:
    """Keep a part aside; return the split and the picture that each question stands for."""
    order = np.random.default_rng(seed).permutation(rows)
    tested = min(round(_TEST_SHARE * rows), _MOST_TESTED)
    test, train = np.sort(order[:tested]), np.sort(order[tested:])
    asked = min(len(train) // _FOLDS, _MOST_ASKED)
    shuffled = order[tested:]
    parts = [np.sort(shuffled[n * asked : (n + 1) * asked]) for n in range(_FOLDS)]
    places = np.concatenate([*parts, test])
    folds = tuple(
        (np.setdiff1d(train, part), np.arange(n * asked, (n + 1) * asked)) for n, part in enumerate(parts)
    )
    last = np.arange(_FOLDS * asked, len(places))
    unit = np.arange(len(places), dtype=np.int64)
    return Split(kind="holdout", train=train, test=last, folds=folds, unit=unit), places


def _asked(count: int, seed: int) -> Table:
    """A seed for each question, and the number of its real picture."""
    seeds = np.random.default_rng(seed + 1).integers(0, 2**31, count).astype(float)
    columns = (Column(SEED, Kind.NUMBER), Column(PLACE, Kind.NUMBER, Role.TARGET))
    return Table(columns, {SEED: seeds, PLACE: np.arange(count, dtype=float)}, ASKED)


def _real(pictures: NDArray[np.uint8], places: Index, split: Split, eye: Eye) -> Table:
    """Features of the real pictures, and their gaps to those that were learnt from beside them."""
    gaps = np.empty(len(places))
    for learn, ask in (*split.folds, (split.train, split.test)):
        gaps[ask] = Recall(pictures[learn]).nearest(pictures[places[ask]])[1]
    features = np.round(eye.features(pictures[places]), _MEASURED)
    columns = (Column("features", Kind.SEQUENCE), Column("gap", Kind.NUMBER))
    return Table(columns, {"features": _cells(features), "gap": np.round(gaps, 6)}, REAL)


def _cells(values: Iterable[NDArray[Any]]) -> Values:
    listed = list(values)
    held = np.empty(len(listed), dtype=object)
    for place, one in enumerate(listed):
        held[place] = one
    return held
