import numpy as np

from pilothouse.steps.collect import guess_roles, scan_table
from pilothouse.types import Column, Kind, Role, Table

NEEDS = {"predict": (Role.TARGET,), "recommend": (Role.USER, Role.ITEM)}


def made():
    words = np.array(["a", "b", None, "a", "b", None] * 10, dtype=object)
    numbers = np.array([1.0, 2.0, np.nan, 1.0, 2.0, np.nan] * 10)
    ids = np.array([f"k{i}" for i in range(60)], dtype=object)
    same = np.array(["x"] * 60, dtype=object)
    values = {
        "key": ids,
        "w": words,
        "n": numbers,
        "same": same,
        "churn": np.array(["0", "1"] * 30, dtype=object),
    }
    counts = {"key": 60, "w": 2, "n": 2, "same": 1, "churn": 2}
    columns = tuple(Column(k, Kind.NUMBER if k == "n" else Kind.CATEGORY, distinct=counts[k]) for k in values)
    return Table(columns, values)


def test_scan_says_what_is_there_and_what_lacks():
    found = scan_table(guess_roles(made()), NEEDS)
    assert found.rows == 60
    assert found.constant == ("same",)
    assert [name for name, _ in found.targets] == ["churn"]
    assert [(s.scenario, s.is_ready, s.lacks) for s in found.supports] == [
        ("predict", True, ()),
        ("recommend", False, (Role.USER, Role.ITEM)),
    ]


def test_duplicates_leave_ids_out():
    # Six kinds of rows but for the key: everything after the first six repeats.
    assert scan_table(guess_roles(made()), NEEDS).duplicates == 54
    assert scan_table(made(), NEEDS).duplicates == 0


def test_set_target_leaves_nothing_to_guess():
    found = scan_table(guess_roles(made(), target="churn"), NEEDS)
    assert found.targets == () and found.supports[0].is_ready
