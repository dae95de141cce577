from __future__ import annotations

import json

import numpy as np
import pytest

from pilothouse.steps.explain.background import FEWEST_ROWS, MOST, Background
from pilothouse.types import Column, Kind, Table

from .worlds import table


def test_background_holds_features_only_and_shares_sum_to_one() -> None:
    found = Background.of(table())
    assert [u.column for u in found.columns] == ["contract", "tenure", "joined", "idle"]
    for usual in found.columns:
        assert usual.shares.sum() == pytest.approx(1.0)
        assert len(usual.values) <= MOST + 1


def test_missing_is_a_usual_value_where_it_is_usual() -> None:
    tenure = Background.of(table()).columns[1]
    assert np.isnan(tenure.values).sum() == 1
    assert tenure.shares[np.isnan(tenure.values)][0] == pytest.approx(0.05, abs=0.02)


def test_background_survives_a_file() -> None:
    found = Background.of(table())
    again = Background.from_json(json.loads(json.dumps(found.as_json(), allow_nan=False)))
    for one, other in zip(found.columns, again.columns, strict=True):
        assert one.values.dtype == other.values.dtype
        assert np.array_equal(one.values, other.values, equal_nan=one.values.dtype != object)
        assert np.array_equal(one.shares, other.shares)


def test_rare_words_never_enter() -> None:
    words = np.array(["usual"] * 50 + ["rare"] * (FEWEST_ROWS - 1), dtype=object)
    found = Background.of(Table((Column("note", Kind.CATEGORY),), {"note": words}))
    assert found.columns[0].values.tolist() == ["usual"]


def test_an_empty_column_has_no_usual_value() -> None:
    empty = Table((Column("x", Kind.NUMBER),), {"x": np.full(3, np.nan)})
    assert Background.of(empty).columns == ()
