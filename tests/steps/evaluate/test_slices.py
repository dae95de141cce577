from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pilothouse.steps.evaluate import metrics_binary as binary
from pilothouse.steps.evaluate.bootstrap import Pairing, paired_gain
from pilothouse.steps.evaluate.slices import (
    Group,
    _group_scores,
    benjamini_hochberg,
    find_groups,
    judge_slices,
    shrink,
)
from pilothouse.types.table import Column, Kind, Table


def table(**values):
    kind = {"f": Kind.NUMBER, "O": Kind.CATEGORY, "M": Kind.TIME}
    return Table(tuple(Column(k, kind[v.dtype.kind]) for k, v in values.items()), values)


def shop(seed=0, rows=3000, weak=False):
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < 0.3).astype(np.int64)
    city = rng.choice(["北京", "上海", "深圳", "tiny"], rows, p=[0.4, 0.3, 0.28, 0.02]).astype(object)
    strength = np.where((city == "深圳") & weak, -0.4, 1.2)
    winner = rng.normal(strength * truth, 1.0)
    baseline = rng.normal(0.5 * truth, 1.0)
    columns = table(
        city=city, age=rng.normal(40, 10, rows), other=rng.choice(["a", "b"], rows).astype(object)
    )
    return columns, Pairing(truth, winner, baseline, np.arange(rows), binary.auc)


def test_groups_are_named_only_with_enough_rows_of_each_class():
    columns, pairing = shop()
    groups = find_groups(columns, columns.names, pairing.truth, 2)
    assert {g.label for g in groups if g.column == "city"} == {"北京", "上海", "深圳"}
    assert len([g for g in groups if g.column == "age"]) == 4
    ages = np.concatenate([g.index for g in groups if g.column == "age"])
    assert sorted(ages) == list(range(3000))
    rare = pairing.truth.copy()
    rare[np.flatnonzero(rare)[19:]] = 0
    assert find_groups(columns, columns.names, rare, 2) == []


def test_groups_of_missing_values_and_of_one_value_stand():
    values = np.r_[np.full(150, np.nan), np.full(150, 7.0)]
    groups = find_groups(table(x=values), ["x"], np.tile([0, 1], 150), 2)
    assert [(g.label, len(g.index)) for g in groups] == [("", 150), ("7", 150)]


def test_planted_weak_group_is_the_first_and_loses_to_the_baseline():
    columns, pairing = shop(weak=True)
    found = judge_slices(find_groups(columns, columns.names, pairing.truth, 2), pairing, 0)
    assert (found[0].column, found[0].group) == ("city", "深圳")
    assert found[0].worse and found[0].loses
    assert found[0].gain.interval.high < 0
    assert not any(s.loses for s in found[1:])


def test_groups_that_differ_by_luck_alone_are_seldom_named():
    named = 0
    for seed in range(30):
        columns, pairing = shop(seed, rows=1200)
        found = judge_slices(find_groups(columns, columns.names, pairing.truth, 2), pairing, seed, 100)
        named += any(s.worse or s.loses for s in found)
    assert named <= 6


def test_shrinking_pulls_luck_all_the_way_and_a_real_difference_little():
    errors = np.full(8, 0.05)
    luck = 0.05 * np.array([1, -1, 0.5, -0.5, 0.2, -0.2, 0.8, -0.8])
    assert np.allclose(shrink(luck, errors, 0.0)[0], 0.0)
    real = luck.copy()
    real[0] = -0.6
    means, spread = shrink(real, errors, 0.0)
    assert -0.6 < means[0] < -0.5 and (spread < errors).all()


def test_benjamini_hochberg_equals_scipy():
    p = np.random.default_rng(0).random(40) ** 3
    assert (benjamini_hochberg(p, 0.1) == (stats.false_discovery_control(p) <= 0.1)).all()
    assert benjamini_hochberg(np.array([]), 0.1).tolist() == []


def test_worse_reads_errors_downwards():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=1000)
    group = np.array(["hard", "easy"] * 500, dtype=object)
    winner = truth + rng.normal(0, np.where(group == "hard", 3.0, 0.5))
    mae = lambda t, p, w: np.abs(t - p).mean() if w is None else w @ np.abs(t - p) / w.sum(-1)  # noqa: E731
    pairing = Pairing(truth, winner, np.zeros(1000), np.arange(1000), mae, False)
    found = judge_slices(find_groups(table(g=group), ["g"], truth, 0), pairing, 0)
    assert [(s.group, s.worse, s.loses) for s in found] == [("hard", True, True), ("easy", False, False)]
    assert found[0].score.value == pytest.approx(2.4, abs=0.3)


def test_error_of_a_large_group_is_that_of_some_rows_scaled():
    columns, pairing = shop(rows=30_000)
    whole = np.arange(30_000)
    found = judge_slices([Group("all", "all", whole), Group("all", "again", whole)], pairing, 0)[0].score
    gain = paired_gain(pairing, 1, 300).score.interval
    assert found.interval.high - found.interval.low <= 1.25 * (gain.high - gain.low)
    assert _group_scores(Group("all", "all", whole), pairing, 0, 200)[2] == pytest.approx(
        (gain.high - gain.low) / 2 / 1.645, rel=0.2
    )
