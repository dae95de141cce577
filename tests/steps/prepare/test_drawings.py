"""Pictures made ready: one size, no copies, what is asked and what is learnt apart."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.scenarios.imagine.examples import examples
from pilothouse.steps.prepare.drawings import (
    ASKED,
    FEWEST,
    REAL,
    DrawingWish,
    fitted,
    prepare_drawings,
    size_of,
)
from pilothouse.types import Table

pytest.importorskip("torch", reason="needs the extra deep")

GREY, COLOUR = (example.table for example in examples())


@pytest.fixture(scope="module")
def ready():
    return prepare_drawings(GREY, DrawingWish(seed=4))


def doubled(table: Table) -> Table:
    return table.take(np.concatenate([np.arange(table.rows), np.arange(0, table.rows, 2)]))


def test_each_question_stands_for_one_picture_that_its_fit_did_not_see(ready) -> None:
    split, own = ready.split, ready.data.table["picture"]
    asked = ready.data.tables[ASKED]
    assert asked["place"].tolist() == list(range(asked.rows))
    assert len(set(ready.ids.tolist())) == asked.rows
    for learn, ask in (*split.folds, (split.train, split.test)):
        shown = {own[int(ready.ids[place])].tobytes() for place in ask}
        assert shown and not shown & {own[place].tobytes() for place in learn}
        assert len(learn) + len(ask) in (len(split.train), ready.data.rows)


def test_real_pictures_lie_apart_from_what_was_learnt(ready) -> None:
    assert (ready.data.tables[REAL]["gap"] > 0).all()


def test_equal_pictures_are_learnt_once(ready) -> None:
    more = prepare_drawings(doubled(GREY), DrawingWish(seed=4))
    assert more.data.rows == ready.data.rows
    assert "imagine.same_pictures" in {note.key for note in more.notes}


def test_the_eye_learns_labels_where_there_are_some(ready) -> None:
    assert "imagine.eye_labels" in {note.key for note in ready.notes}
    bare = prepare_drawings(GREY.drop(["label"]), DrawingWish(seed=4))
    assert "imagine.eye_codes" in {note.key for note in bare.notes}


def test_pictures_are_whole_in_the_middle_on_their_own_ground() -> None:
    tall = np.full((40, 10, 3), 200, np.uint8)
    tall[10:30, 3:7] = 10
    found = fitted(tall, 20, 3)
    assert found.shape == (20, 20, 3)
    assert (found[:, :7] == 200).all() and (found[:, -7:] == 200).all()
    assert found[9, 9].max() < 60
    grey = np.zeros((8, 8), np.uint8)
    assert fitted(grey, 8, 1) is grey and fitted(grey, 8, 3).shape == (8, 8, 3)


def test_side_is_a_multiple_of_four_within_the_wish() -> None:
    cells = np.empty(2, dtype=object)
    cells[:] = [np.zeros((30, 20), np.uint8), np.zeros((29, 30), np.uint8)]
    assert size_of(cells, 64) == (32, 1) and size_of(cells, 27) == (24, 1)
    cells[1] = np.zeros((30, 30, 3), np.uint8)
    assert size_of(cells, 64) == (32, 3)


def test_what_cannot_be_learnt_from_is_refused() -> None:
    with pytest.raises(MissingColumn):
        prepare_drawings(GREY.drop(["picture"]), DrawingWish())
    with pytest.raises(UserFault) as refused:
        prepare_drawings(doubled(COLOUR.take(slice(0, FEWEST - 1))), DrawingWish())
    assert refused.value.problem.values["rows"] == FEWEST - 1
