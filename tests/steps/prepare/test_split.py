from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import BadOption
from pilothouse.steps.prepare.split import SplitRules, inner_folds, make_split, outcomes
from pilothouse.types import Role, Split
from steps.prepare.tables import table, words


def shop(rows, seed=0, share=0.3, entities=0, days=0, copies=0):
    """A table of ``rows`` with, if asked for, repeating customers, days and copied rows."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    if copies:
        x[-copies:] = x[:copies]
    columns, roles = {"x": x, "z": np.zeros(rows)}, {}
    if entities:
        columns["who"] = [f"u{i}" for i in rng.integers(0, entities, rows)]
        roles["who"] = Role.GROUP
    if days:
        day = np.datetime64("2025-01-01", "us") + rng.integers(0, days, rows) * np.timedelta64(1, "D")
        columns["when"] = day
        roles["when"] = Role.TIME
    return table(roles=roles, **columns), (rng.random(rows) < share).astype(np.int64)


def pairs(split):
    return [*split.folds, *split.outer, *([(split.train, split.test)] if split.kind != "nested" else [])]


def test_outcomes_count_the_rarer_class_or_half_the_rows():
    assert outcomes(np.array([0, 0, 1]), "binary") == 1
    assert outcomes(np.array([0, 2, 2, 0, 0]), "classes") == 2
    assert outcomes(np.linspace(0, 1, 11), "number") == 5


def test_five_hundred_outcomes_make_a_holdout_and_fewer_nested_folds():
    for positives, kind in ((500, "holdout"), (499, "nested")):
        made, _ = shop(3000)
        truth = (np.arange(3000) < positives).astype(np.int64)
        split = make_split(made, truth, SplitRules("binary"))
        assert split.kind == kind
        assert len(split.folds) == 5
    assert make_split(made, np.arange(3000.0), SplitRules("number")).kind == "holdout"


@settings(max_examples=40)
@given(
    st.integers(20, 400),
    st.integers(0, 5),
    st.sampled_from([0, 15, 60]),
    st.sampled_from(["binary", "number"]),
)
def test_folds_are_disjoint_cover_and_keep_entities_and_twins_together(rows, seed, entities, kind):
    made, truth = shop(rows, seed, entities=entities, copies=rows // 5)
    truth[:10] = [0, 1] * 5
    truth = truth if kind == "binary" else truth + made["x"]
    split = make_split(made, truth, SplitRules(kind, seed, group="who" if entities else None))
    for learn, ask in pairs(split):
        assert not set(learn) & set(ask)
        assert len(learn) and len(ask)
        assert not set(split.unit[learn]) & set(split.unit[ask])
        if not entities:
            assert not set(made["x"][learn]) & set(made["x"][ask])
    for parts, whole in ((split.outer, split.test), (split.folds, split.train)):
        if parts:
            assert sorted(np.concatenate([ask for _, ask in parts])) == sorted(whole)
            assert all(len(learn) + len(ask) == len(whole) for learn, ask in parts)
    if split.kind == "nested":
        assert len(split.test) == rows


def test_folds_are_stratified_to_the_row():
    made, truth = shop(5000, share=0.2)
    split = make_split(made, truth, SplitRules("binary"))
    shares = [truth[ask].mean() for _, ask in split.folds] + [truth[split.test].mean()]
    assert max(shares) - min(shares) < 0.002
    assert len(split.test) == pytest.approx(1000, abs=2)
    value = np.random.default_rng(0).lognormal(size=5000)
    numeric = make_split(made, value, SplitRules("number"))
    tenths = np.searchsorted(np.quantile(value, np.arange(0.1, 1, 0.1)), value)
    counts = np.bincount(tenths[numeric.test], minlength=10)
    assert counts.max() - counts.min() <= 2


def test_entities_are_balanced_by_rows_and_outcomes():
    made, truth = shop(8000, share=0.2, entities=900)
    split = make_split(made, truth, SplitRules("binary", group="who"))
    assert len(split.test) == pytest.approx(1600, rel=0.05)
    assert truth[split.test].mean() == pytest.approx(truth.mean(), abs=0.01)
    assert split.unit_name == "who"


def test_same_seed_same_split_and_another_seed_another():
    made, truth = shop(3000)
    first, again, other = (make_split(made, truth, SplitRules("binary", seed)) for seed in (1, 1, 2))
    assert (first.test == again.test).all()
    assert all((a[1] == b[1]).all() for a, b in zip(first.folds, again.folds, strict=True))
    assert set(first.test) != set(other.test)
    share = len(set(first.test) & set(other.test)) / len(first.test)
    assert 0.12 < share < 0.28


def test_renaming_entities_and_ids_changes_nothing():
    made, truth = shop(2500, entities=700, copies=100)
    renamed = made.put(made.column("who"), words([f"{hash(v) % 10**9}-{v[::-1]}" for v in made["who"]]))
    rules = SplitRules("binary", group="who")
    assert (make_split(made, truth, rules).test == make_split(renamed, truth, rules).test).all()


def test_few_entities_make_few_folds():
    made, truth = shop(60, entities=3)
    split = make_split(made, truth, SplitRules("binary", group="who"))
    assert len(split.outer) == 3


def test_rare_outcome_stands_in_every_fold():
    made, _ = shop(100)
    truth = np.zeros(100, dtype=np.int64)
    truth[:5] = 1
    split = make_split(made, truth, SplitRules("binary"))
    assert [int(truth[ask].sum()) for _, ask in split.outer] == [1] * 5
    for learn, _ in split.outer:
        inner = inner_folds(made, truth, SplitRules("binary"), learn)
        assert [int(truth[ask].sum()) for _, ask in inner] == [1] * 4
        assert all(set(a) | set(b) == set(learn) for a, b in inner)


def test_holdout_over_time_keeps_the_last_fifth_with_ties_on_one_side():
    made, truth = shop(5000, days=40)
    split = make_split(made, truth, SplitRules("binary", time="when"))
    when = made["when"]
    assert split.kind == "time" and not split.outer and len(split.folds) == 3
    for learn, ask in pairs(split):
        assert when[learn].max() < when[ask].min()
    assert len(split.test) == pytest.approx(1000, abs=150)
    assert len(split.train) + len(split.test) == 5000
    assert all(set(learn) | set(ask) <= set(split.train) for learn, ask in split.folds)


def test_few_outcomes_over_time_make_rolling_windows():
    made, truth = shop(900, days=300)
    split = make_split(made, truth, SplitRules("binary", time="when"))
    assert split.kind == "time" and len(split.outer) == 3
    assert set(split.test) == set().union(*(ask for _, ask in split.outer))
    assert len(split.test) == pytest.approx(540, abs=30)
    for learn, ask in split.outer:
        assert made["when"][learn].max() < made["when"][ask].min()
        inner = inner_folds(made, truth, SplitRules("binary", time="when"), learn)
        assert all(set(a) | set(b) <= set(learn) for a, b in inner)


def test_gap_is_left_out_between_train_and_test():
    made, truth = shop(5000, days=100)
    rules = SplitRules("binary", time="when", gap=np.timedelta64(7, "D"))
    split = make_split(made, truth, rules)
    for learn, ask in pairs(split):
        assert made["when"][ask].min() - made["when"][learn].max() > np.timedelta64(7, "D")
    assert "prepare.split_gap" in [n.key for n in split.notes]
    with pytest.raises(BadOption, match="leaves no rows"):
        make_split(made, truth, replace(rules, gap=np.timedelta64(900, "D")))


def test_earlier_twins_of_rows_kept_aside_are_not_learnt_from():
    made, truth = shop(5000, days=200, copies=800)
    split = make_split(made, truth, SplitRules("binary", time="when"))
    for learn, ask in pairs(split):
        assert not set(made["x"][learn]) & set(made["x"][ask])
    note = next(n for n in split.notes if n.key == "prepare.split_twins")
    assert note.values["rows"] == 5000 - len(split.train) - len(split.test)


def test_known_entities_may_stand_on_both_sides_of_time():
    made, truth = shop(5000, entities=300, days=200)
    split = make_split(made, truth, SplitRules("binary", time="when", group="who"))
    assert set(split.unit[split.train]) & set(split.unit[split.test])
    assert split.unit_name == "who"


def test_rows_without_a_time_are_left_out_and_counted():
    made, truth = shop(5000, days=200)
    when = made["when"].copy()
    when[:70] = np.datetime64("NaT")
    made = made.put(made.column("when"), when)
    split = make_split(made, truth, SplitRules("binary", time="when"))
    assert min(split.train.min(), split.test.min()) >= 70
    assert next(n for n in split.notes if n.key == "prepare.split_no_time").values["rows"] == 70


def test_numbered_times_work_and_words_are_refused():
    rng = np.random.default_rng(0)
    made = table(roles={"step": Role.TIME, "month": Role.TIME}, x=rng.normal(size=3000),
                 step=rng.integers(0, 50, 3000).astype(float), month=["may"] * 3000)  # fmt: skip
    truth = (rng.random(3000) < 0.4).astype(np.int64)
    split = make_split(made, truth, SplitRules("binary", time="step", gap=2))
    assert made["step"][split.test].min() - made["step"][split.train].max() > 2
    with pytest.raises(BadOption, match="is no time"):
        make_split(made, truth, SplitRules("binary", time="month"))


def test_too_few_times_fall_back_to_chance_and_say_so():
    made, truth = shop(3000, days=2)
    split = make_split(made, truth, SplitRules("binary", time="when"))
    assert split.kind == "holdout"
    assert "prepare.split_few_moments" in [n.key for n in split.notes]


def test_test_part_is_capped_and_the_rest_is_learnt_from():
    rng = np.random.default_rng(0)
    made = table(x=rng.normal(size=600_000))
    truth = (rng.random(600_000) < 0.1).astype(np.int64)
    split = make_split(made, truth, SplitRules("binary"))
    assert 80_000 < len(split.test) <= 100_000
    assert len(split.train) + len(split.test) == 600_000
    assert [n.key for n in split.notes] == ["prepare.split_capped"]


def test_table_without_features_is_split_all_the_same():
    truth = np.tile([0, 1], 50)
    split = make_split(table(roles={"y": Role.TARGET}, y=["a", "b"] * 50), truth, SplitRules("binary"))
    assert split.kind == "nested" and len(split.outer) == 5


def test_models_that_learn_from_one_anothers_rows_spread_wider() -> None:
    rows = np.arange(100)
    folds = tuple((np.setdiff1d(rows, ask), ask) for ask in np.split(rows, 5))
    assert Split("nested", rows, rows, folds, rows, folds).spread == pytest.approx(1.5)
    assert Split("holdout", rows, rows, folds, rows).spread == 1.0
