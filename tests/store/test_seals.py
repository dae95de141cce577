from __future__ import annotations

import sqlite3

import pytest

from pilothouse.errors import Corrupt
from pilothouse.store.seals import seal, unsealed


def row_of(**values: object) -> sqlite3.Row:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    marks = ", ".join(f":{name} AS {name}" for name in values)
    row: sqlite3.Row = connection.execute(f"SELECT {marks}", values).fetchone()
    connection.close()
    return row


def test_unsealed_returns_the_values_that_were_sealed() -> None:
    values = {"use_case": "churn", "number": 3, "previous": None}
    assert unsealed("serving", row_of(**values, seal=seal("serving", values))) == values


@pytest.mark.parametrize("change", [{"number": 4}, {"use_case": "churm"}, {"previous": 1}])
def test_unsealed_refuses_a_changed_value(change: dict[str, object]) -> None:
    values = {"use_case": "churn", "number": 3, "previous": None}
    made = seal("serving", values)
    with pytest.raises(Corrupt):
        unsealed("serving", row_of(**{**values, **change}, seal=made))


def test_seal_of_one_table_does_not_fit_another() -> None:
    values = {"use_case": "churn"}
    with pytest.raises(Corrupt):
        unsealed("runs", row_of(**values, seal=seal("serving", values)))
