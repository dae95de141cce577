import numpy as np
import pytest

from pilothouse.errors import BadTable, MissingColumn
from pilothouse.models.target import Target
from pilothouse.types import Column, Kind, Role, Table

LEAVES = Target("y", "binary", ("no", "yes"))


def test_encode_labels_numbers_in_the_order_of_classes():
    assert LEAVES.encode(np.array(["yes", "no", "yes"], dtype=object)).tolist() == [1, 0, 1]


@pytest.mark.parametrize("bad", [None, "maybe"])
def test_encode_unknown_or_missing_label_refused(bad):
    with pytest.raises(BadTable) as fault:
        LEAVES.encode(np.array(["yes", bad], dtype=object))
    assert "y" in fault.value.text("en") and "y" in fault.value.text("zh")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_encode_number_that_is_none_refused(bad):
    with pytest.raises(BadTable):
        Target("price", "number").encode(np.array([1.0, bad]))


def test_answers_of_one_probability_gives_both():
    assert LEAVES.answers(np.array([0.25]))["probability"].tolist() == [[0.75, 0.25]]


def test_answers_of_number_is_prediction():
    assert Target("price", "number").answers(np.array([3.0]))["prediction"].tolist() == [3.0]


def test_labels_go_back():
    assert LEAVES.labels(np.array([1, 0])).tolist() == ["yes", "no"]


@pytest.mark.parametrize(
    "target", [LEAVES, Target("价格", "number"), Target("z", "classes", ("a", "b", "c"))]
)
def test_state_round_trip(target):
    assert Target.restore(target.state()) == target


@pytest.mark.parametrize(
    ("kind", "classes", "expected"),
    [
        (Kind.NUMBER, (), "number"),
        (Kind.CATEGORY, ("n", "y"), "binary"),
        (Kind.CATEGORY, ("a", "b", "c"), "classes"),
    ],
)
def test_of_reads_the_column_that_prepare_left(kind, classes, expected):
    column = Column("y", kind, Role.TARGET, classes=classes)
    values = np.zeros(3) if kind is Kind.NUMBER else np.array(["n", "y", "n"], dtype=object)
    assert Target.of(Table((column,), {"y": values})) == Target("y", expected, classes)


def test_of_needs_exactly_one_target():
    column = Column("x", Kind.NUMBER)
    with pytest.raises(MissingColumn) as fault:
        Target.of(Table((column,), {"x": np.zeros(3)}))
    assert "0" in fault.value.text("zh")
