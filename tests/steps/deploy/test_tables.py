from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.guards.modelfile import load_file, save_file
from pilothouse.steps.deploy.tables import table_arrays, table_of
from pilothouse.types import Column, Kind, Role, Table

COLUMNS = (
    Column("film", Kind.CATEGORY, Role.ITEM),
    Column("price", Kind.NUMBER, Role.VALUE),
    Column("since", Kind.TIME),
    Column("plot", Kind.TEXT, Role.TEXT),
)


def objects(values: list[Any]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def films() -> Table:
    values = {
        "film": objects(["00123", "茶壶", "a,b\n'\"", " x "]),
        "price": np.array([1.5, np.nan, -0.0, np.inf]),
        "since": np.array(
            ["2024-03-01T10:11:12.123456", "NaT", "1970-01-01", "2100-01-01"], "datetime64[us]"
        ),
        "plot": objects([None, "", "long " * 400, "None"]),
    }
    return Table(COLUMNS, values)


def test_table_comes_back_from_a_file_without_objects(tmp_path: Path) -> None:
    save_file(tmp_path / "items.npz", table_arrays(films()), "arrays")
    arrays = load_file(tmp_path / "items.npz", "arrays")
    assert all(a.dtype != object for a in arrays.values())
    back = table_of(COLUMNS, arrays)
    assert back.digest() == films().digest() and back.columns == COLUMNS
    assert all(type(v) is str for v in back["film"].tolist())


def test_missing_word_is_told_apart_from_an_empty_one() -> None:
    back = table_of(COLUMNS, table_arrays(films()))
    assert back["plot"].tolist()[:2] == [None, ""] and back["plot"].tolist()[3] == "None"


def test_table_without_rows_or_columns_comes_back() -> None:
    empty = films().take(np.empty(0, dtype=np.int64))
    back = table_of(COLUMNS, table_arrays(empty))
    assert back.rows == 0 and back.digest() == empty.digest()
    assert table_of((), table_arrays(films().select(()))).columns == ()


def test_columns_of_any_name_are_kept_apart() -> None:
    columns = (Column("../a", Kind.NUMBER), Column("there_0", Kind.CATEGORY), Column("column_1", Kind.NUMBER))
    values = {"../a": np.array([1.0]), "there_0": objects(["x"]), "column_1": np.array([2.0])}
    table = Table(columns, values)
    assert set(table_arrays(table)) == {"column_0", "column_1", "there_1", "column_2"}
    assert table_of(columns, table_arrays(table)).digest() == table.digest()
