from types import SimpleNamespace

import numpy as np
import pytest

from pilothouse.scenarios.recommend.truths import FEW, told_truths
from pilothouse.steps.evaluate.metrics_ranking import codes_of
from pilothouse.types import Column, Data, Kind, Role, Split, Table


def objects(values):
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def prepared(value=None):
    """Item 0 is learnt from nine times, item 1 five times, item 2 never; users 0 and 9 are asked."""
    user = np.array([*range(9), *range(1, 6), 0, 0, 9])
    item = np.array([0] * 9 + [1] * 5 + [1, 2, 0])
    columns = [Column("user", Kind.NUMBER, Role.USER), Column("item", Kind.NUMBER, Role.ITEM)]
    values = {"user": user.astype(float), "item": item.astype(float)}
    if value is not None:
        columns.append(Column("value", Kind.NUMBER, Role.VALUE))
        values["value"] = value
    sides = {
        name: Table((Column("id", Kind.CATEGORY),), {"id": objects([f"{name}{n}" for n in range(size)])})
        for name, size in (("users", 10), ("items", 3))
    }
    split = Split("holdout", np.arange(14), np.array([0, 1]), (), np.array([0, 9]))
    held = objects([np.array([14, 15]), np.array([16])])
    data = Data({"rows": Table(tuple(columns), values), **sides})
    return SimpleNamespace(data=data, split=split, truth=objects(["1 2", "0"]), held=held)


def test_items_hardly_learnt_from_are_marked_as_new():
    made = told_truths(prepared())
    assert FEW == 5
    assert made.tolist() == ["1 2|1 2|", "0||"]
    assert [codes_of(one) for one in made] == [["1", "2"], ["0"]]


def test_errors_of_ratings_are_summed_for_each_question():
    value = np.array([4.0, 3.0, 2.0] * 3 + [5.0, 3.0, 5.0, 3.0, 4.0] + [5.0, 1.0, 3.0])
    made = told_truths(prepared(value))
    count, square, size, plain_square, plain_size = map(float, made[0].split("|")[2].split())
    mean = value[:14].mean()
    assert count == 2
    assert plain_square == pytest.approx((5 - mean) ** 2 + (1 - mean) ** 2, abs=1e-5)
    assert plain_size == pytest.approx(5 - 1)
    assert square > 0 and size > 0 and (square, size) != (plain_square, plain_size)


def test_one_value_for_all_is_no_rating():
    assert told_truths(prepared(np.ones(17))).tolist() == ["1 2|1 2|", "0||"]
