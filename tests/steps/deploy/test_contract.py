from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from pilothouse.errors import UserFault
from pilothouse.steps.deploy.contract import row_type, to_table
from small_shop import ROW, SCHEMA

ADAPTER: TypeAdapter[Any] = TypeAdapter(row_type(SCHEMA))


def test_row_type_takes_a_row_and_leaves_it_as_it_is() -> None:
    assert ADAPTER.validate_python(ROW) == ROW
    assert ADAPTER.validate_python({**ROW, "monthly_fee": None, "套餐": None, "customer": 7})["customer"] == 7
    without_id = {name: value for name, value in ROW.items() if name != "customer"}
    assert ADAPTER.validate_python(without_id) == without_id


@pytest.mark.parametrize(
    "change",
    [
        {"monthly_fee": "59.5"},
        {"monthly_fee": True},
        {"monthly_fee": [1]},
        {"monthly_fee": float("nan")},
        {"monthly_fee": float("inf")},
        {"套餐": 1},
        {"套餐": False},
        {"套餐": "x" * 1_001},
        {"joined": 20240301},
        {"note": {"a": 1}},
        {"note": "x" * 100_001},
        {"customer": 1.5},
        {"customer": True},
        {"extra": 1},
        {"customer": "x" * 201},
    ],
    ids=lambda c: next(iter(c)),
)
def test_row_type_is_strict(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({**ROW, **change})


@pytest.mark.parametrize("name", ["monthly_fee", "套餐", "joined", "note"])
def test_row_type_wants_every_column(name: str) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python({k: v for k, v in ROW.items() if k != name})


def test_to_table_keeps_values_and_gaps() -> None:
    gaps = {"monthly_fee": None, "套餐": None, "joined": None, "note": None}
    table = to_table(SCHEMA, [ROW, gaps, {**ROW, "monthly_fee": 3, "customer": 9007199254740993}])
    assert table.names == tuple(column.name for column in SCHEMA) and table.rows == 3
    np.testing.assert_array_equal(table["monthly_fee"], [59.5, np.nan, 3.0])
    assert list(table["customer"]) == ["00123", None, "9007199254740993"]
    assert list(table["套餐"]) == ["家庭", None, "家庭"]
    assert table["joined"].dtype == "datetime64[us]" and np.isnat(table["joined"][1])
    assert table["joined"][0] == np.datetime64("2024-03-01")


@pytest.mark.parametrize("text", ["now", "NaT", "2024", "2024-13-01", "1/2/2024", "2024-03-01T00:00:00Z", ""])
def test_to_table_guesses_no_time(text: str) -> None:
    with pytest.raises(UserFault, match='Row 2.*"joined"'):
        to_table(SCHEMA, [ROW, {**ROW, "joined": text}])
