from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pilothouse.errors import MissingColumn, UserFault
from pilothouse.guards.personal import Pseudonyms
from pilothouse.steps.prepare.pictures import prepare_pictures
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.types import Column, Kind, Role, Table
from small_pictures import SHAPES, TILES

KEY = Pseudonyms(b"a key for checks")


def prepare(table: Table, **wish: Any) -> Any:
    return prepare_pictures(table, Wish(target="label", **wish), KEY)


def beside(name: str, values: list[Any], role: Role) -> tuple[Column, Any]:
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return Column(name, Kind.CATEGORY, role, distinct=len(set(values))), held


def test_models_see_the_picture_alone_and_ids_are_pseudonyms() -> None:
    table = SHAPES.put(*beside("camera", [f"c{n % 3}" for n in range(SHAPES.rows)], Role.FEATURE))
    made = prepare(table)
    assert made.features == ("picture",)
    assert made.data.table.column("camera").role is Role.IGNORE
    assert set(made.raw_ids) == set(SHAPES["file"]) and not set(made.ids) & set(SHAPES["file"])


def test_copies_stay_on_one_side() -> None:
    pictures = SHAPES["picture"].copy()
    pictures[60:] = pictures[:72]
    made = prepare(SHAPES.put(SHAPES.column("picture"), pictures))
    for learn, ask in (*made.split.outer, *made.split.folds, *made.folds(np.arange(100), 3)):
        seen = {made.data.table["picture"][row].tobytes() for row in learn}
        assert not any(made.data.table["picture"][row].tobytes() in seen for row in ask)
    assert any(note.key == "prepare.same_pictures" for note in made.notes)
    assert any(note.key == "prepare.pictures_disagree" for note in made.notes)


def test_groups_stay_together_and_are_the_unit() -> None:
    made = prepare(SHAPES.put(*beside("shop", [f"s{n // 6}" for n in range(SHAPES.rows)], Role.GROUP)))
    assert made.split.unit_name == "shop" and len(np.unique(made.split.unit)) == 22
    for learn, ask in made.split.outer:
        assert not set(made.split.unit[learn]) & set(made.split.unit[ask])


def test_two_labels_are_no_outcome_looked_for() -> None:
    assert not [n for n in prepare(TILES).notes if n.key.startswith("prepare.positive")]


def test_many_pictures_need_one_test_part() -> None:
    many = TILES.take(np.arange(1_200) % TILES.rows)
    noisy = np.empty(many.rows, dtype=object)
    for row, picture in enumerate(many["picture"]):
        noisy[row] = (picture.astype(int) + row % 251).astype(np.uint8)
    made = prepare(many.put(many.column("picture"), noisy).drop(["file"]))
    assert made.split.kind == "holdout" and made.id_name == "row"
    assert prepare(TILES).split.kind == "nested"


def test_pictures_without_a_label_wait() -> None:
    labels = SHAPES["label"].copy()
    labels[:5] = None
    made = prepare(SHAPES.put(SHAPES.column("label"), labels))
    assert made.waiting.rows == 5 and made.waiting_ids.tolist() == SHAPES["file"][:5].tolist()


def test_what_cannot_be_learnt_is_refused() -> None:
    with pytest.raises(MissingColumn):
        prepare(SHAPES.drop(["picture"]))
    one = SHAPES.put(replace(SHAPES.column("label")), np.full(SHAPES.rows, "x", dtype=object))
    with pytest.raises(UserFault):
        prepare(one)
