import numpy as np
import pytest

from pilothouse.errors import BadOption, MissingColumn, UserFault
from pilothouse.steps.prepare.target import check_target, says_yes, target_kind
from pilothouse.types import Kind, Role
from steps.prepare.tables import table, words


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (words(["yes", "no", None]), "binary"),
        (np.array([1.0, 2.0, np.nan]), "binary"),
        (words(["a", "b", "c"]), "classes"),
        (np.array([1.0, 2.0, 3.0, 4.0, 5.0]), "classes"),
        (np.arange(11.0), "number"),
        (np.array([0.5, 1.5, 2.5]), "number"),
        (np.array([1000.0, 2000.0, 3000.0]), "number"),
        (words([str(i / 2) for i in range(21)]), "number"),
        (words([f"c{i}" for i in range(21)]), "classes"),
    ],
)
def test_values_decide_what_is_asked(values, kind):
    assert target_kind(values) == kind


@pytest.mark.parametrize(
    ("yes", "no"),
    [("Yes", "No"), ("1", "0"), ("True", "False"), ("是", "否"), ("流失", "未流失"), (">50K", "<=50K"),
     ("Attrited Customer", "Existing Customer"), ("已购买", "未购买"), ("churned", "stayed"), ("有", "无"),
     ("1", "-1"), ("subscribed", "not subscribed"), ("default", "no default")],
)  # fmt: skip
def test_outcome_looked_for_is_the_one_that_says_yes(yes, no):
    chosen = check_target(table(y=[no] * 10 + [yes] * 30), "y")
    assert chosen.classes == (no, yes)
    assert chosen.positive == yes


@pytest.mark.parametrize("pair", [("1", "2"), ("A", "B"), ("男", "女"), ("churn", "left")])
def test_where_no_word_decides_the_rarer_is_looked_for(pair):
    for rare, common in (pair, pair[::-1]):
        assert check_target(table(y=[rare] * 8 + [common] * 20), "y").positive == rare


@pytest.mark.parametrize("value", ["no", "0", "1", "未流失", "not churned", "<=5", "stayed", "2", "否", ""])
def test_says_yes_is_not_said_of_a_no(value):
    assert not says_yes(value, "3")


def test_binary_target_becomes_class_numbers_and_rows_without_outcome_go():
    made = check_target(table(y=["yes", None, "no", " "] * 10, x=np.arange(40.0)), "y")
    assert made.kind == "binary"
    assert made.truth.tolist() == [1, 0] * 10
    assert made.kept.tolist() == [i for i in range(40) if i % 2 == 0]
    column = made.table.column("y")
    assert (column.kind, column.role) == (Kind.CATEGORY, Role.TARGET)
    assert made.notes[0].key == "prepare.target_dropped" and made.notes[0].values["rows"] == 20


def test_zero_and_one_read_as_numbers_stay_words():
    made = check_target(table(y=np.array([0.0, 1.0] * 15)), "y")
    assert made.classes == ("0", "1")
    assert set(made.table["y"]) == {"0", "1"}


def test_classes_are_in_order_and_rare_ones_are_left_out_with_a_note():
    made = check_target(table(y=["10", "9", "2"] * 10 + ["77"] * 4), "y")
    assert made.classes == ("2", "9", "10")
    assert made.table.rows == 30
    assert any(n.key == "prepare.rare_dropped" and n.values["rows"] == 4 for n in made.notes)


def test_written_numbers_become_a_number():
    made = check_target(table(y=[str(i * 1.5) for i in range(30)]), "y")
    assert made.kind == "number" and made.table.column("y").kind is Kind.NUMBER
    assert made.truth[:3].tolist() == [0.0, 1.5, 3.0]


def test_user_may_choose_the_outcome_and_the_kind():
    assert check_target(table(y=["yes", "no"] * 10), "y", positive="no").positive == "no"
    assert check_target(table(y=np.tile(np.arange(1.0, 6.0), 6)), "y", kind="number").kind == "number"
    with pytest.raises(BadOption, match="maybe"):
        check_target(table(y=["yes", "no"] * 10), "y", positive="maybe")
    with pytest.raises(BadOption):
        check_target(table(y=["a", "b", "c"] * 10), "y", positive="a")
    with pytest.raises(BadOption, match="should be a number"):
        check_target(table(y=["a", "b", "c"] * 10), "y", kind="number")


def test_missing_target_names_the_nearest_column():
    made = table(Churned=["yes", "no"] * 10, age=np.arange(20.0))
    with pytest.raises(MissingColumn, match="Did you mean Churned"):
        check_target(made, "churn")
    with pytest.raises(MissingColumn, match="Churned, age"):
        check_target(made, "收入")


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ([None] * 30, "prepare.target_missing"),
        (["yes"] * 30, "prepare.one_outcome"),
        (["yes", "no"], "prepare.too_few_rows"),
        (["yes"] * 4 + ["no"] * 30, "prepare.outcome_too_rare"),
        ([f"c{i}" for i in range(30)], "prepare.too_many_classes"),
    ],
)
def test_hopeless_target_is_refused_with_a_reason_and_a_next_step(values, key):
    with pytest.raises(UserFault) as raised:
        check_target(table(y=values), "y")
    assert raised.value.problem.key == key
    assert raised.value.text("zh") and raised.value.fix is not None


def test_number_targets_are_refused_alike():
    for values in (np.full(30, 2.5), np.array([1.5, 2.5]), np.full(30, np.nan)):
        with pytest.raises(UserFault):
            check_target(table(y=values), "y")
    with pytest.raises(UserFault, match="date"):
        check_target(table(y=np.array(["2025-01-01"] * 30, dtype="datetime64[us]")), "y")
