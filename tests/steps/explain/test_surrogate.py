from __future__ import annotations

import numpy as np

from pilothouse.steps.explain.surrogate import surrogate
from pilothouse.types import Context

from .worlds import Known, table

ROWS = table(2, 2_000)
CHANCE = Known().predict(ROWS, Context())["probability"][:, 1]


def test_a_simple_model_is_imitated_and_told() -> None:
    tree = surrogate(ROWS, CHANCE >= 0.55)
    assert tree is not None and tree.agreement == 1.0
    assert tree.rules[0].text("en") == "contract is monthly: 100 of 100 are flagged (32 % of all)"
    assert tree.rules[-1].text("zh") == "contract不是 monthly：100 个里标出 0 个（占全部 68%）"


def test_missing_values_are_named_on_the_side_they_go() -> None:
    tree = surrogate(ROWS, CHANCE >= 0.85)
    said = [rule.text("en") for rule in tree.rules]
    assert said[0].startswith("tenure is at most 19.5 and contract is monthly: 100 of 100")
    assert any("tenure is above 19.5 (or not filled in)" in text for text in said)


def test_agreement_is_measured_on_rows_not_fitted() -> None:
    noise = np.random.default_rng(0).random(2_000) < 0.5
    tree = surrogate(ROWS, noise, max_leaves=30)
    assert tree is not None and tree.agreement < 0.6


def test_flags_that_no_fitted_row_bears_make_no_tree() -> None:
    for row in range(40):  # wherever the one flagged row lands: a tree that knows both answers, or none
        flags = np.zeros(60, dtype=bool)
        flags[row] = True
        tree = surrogate(ROWS.take(np.arange(60)), flags)
        assert tree is None or 0 <= tree.agreement <= 1


def test_leaves_stay_within_the_limit_and_seeds_repeat() -> None:
    flags = np.random.default_rng(1).random(2_000) < CHANCE
    one, other = (surrogate(ROWS, flags, max_leaves=4, seed=5) for _ in range(2))
    assert one == other and len(one.rules) <= 4


def test_numbers_are_imitated_as_thirds_and_classes_by_name() -> None:
    number = surrogate(ROWS, 1000 * np.asarray(CHANCE) + ROWS["idle"])
    assert any("mostly high (above " in rule.text("en") for rule in number.rules)
    classes = surrogate(ROWS, (CHANCE > 0.5).astype(np.int64), ("stays", "leaves"))
    assert any("mostly leaves, 100 of 100" in rule.text("en") for rule in classes.rules)


def test_between_is_said_once() -> None:
    tenure = ROWS["tenure"]
    said = [rule.text("en") for rule in surrogate(ROWS, (tenure > 20) & (tenure <= 40)).rules]
    assert any("tenure is between 20.5 and 40.5" in text for text in said)


def test_the_same_answer_everywhere_has_no_tree() -> None:
    assert surrogate(ROWS, np.ones(2_000, dtype=bool)) is None
    assert surrogate(ROWS.take(slice(0, 20)), (CHANCE >= 0.55)[:20]) is None
