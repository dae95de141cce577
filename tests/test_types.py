"""Tables: equal lengths, cuts, and digests that tell contents apart."""

import numpy as np
import pytest

from pilothouse.types import Column, Data, Kind, Role, Table


def table(**columns):
    values = {
        n: np.asarray(v, dtype=object if isinstance(v[0], str | None) else float) for n, v in columns.items()
    }
    kinds = {n: Kind.CATEGORY if v.dtype == object else Kind.NUMBER for n, v in values.items()}
    return Table(tuple(Column(n, kinds[n]) for n in values), values)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        table(a=[1.0, 2.0], b=["x"])


def test_take_cuts_every_column_and_leaves_the_rest():
    cut = table(a=[1.0, 2.0, 3.0], b=["x", "y", "z"]).take(np.array([2, 0]))
    assert cut["a"].tolist() == [3.0, 1.0] and cut["b"].tolist() == ["z", "x"]


def test_put_replaces_or_adds_at_the_end():
    made = table(a=[1.0]).put(Column("b", Kind.NUMBER, Role.TARGET), np.array([2.0]))
    assert made.names == ("a", "b") and made.of_role(Role.TARGET)[0].name == "b"


@pytest.mark.parametrize("other", [{"a": [1.0, 3.0]}, {"b": [1.0, 2.0]}, {"a": ["1.0", "2.0"]}])
def test_digest_tells_values_names_and_kinds_apart(other):
    assert table(a=[1.0, 2.0]).digest() == table(a=[1.0, 2.0]).digest() != table(**other).digest()


def test_digest_tells_missing_from_empty():
    assert table(a=["x", None]).digest() != table(a=["x", ""]).digest()


def test_data_cuts_the_main_table_only():
    data = Data({"rows": table(a=[1.0, 2.0]), "items": table(i=["p", "q"])})
    cut = data.take(np.array([1]))
    assert cut.rows == 1 and cut.tables["items"].rows == 2
