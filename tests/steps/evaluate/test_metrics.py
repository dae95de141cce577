"""Values against scikit-learn, with ties, weights and draws."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn import metrics as peer

from pilothouse.steps.evaluate import metrics_binary as binary
from pilothouse.steps.evaluate import metrics_classes as classes
from pilothouse.steps.evaluate import metrics_labels as labels
from pilothouse.steps.evaluate import metrics_number as number
from pilothouse.steps.evaluate.metrics import measure_binary, measure_classes, measure_number


def table(rows=400, seed=0, ties=True):
    rng = np.random.default_rng(seed)
    truth = (rng.random(rows) < 0.3).astype(np.int64)
    score = np.clip(0.3 + 0.2 * truth + rng.normal(0, 0.15, rows), 0.01, 0.99)
    return truth, np.round(score, 1 if ties else 12), rng.integers(0, 4, (3, rows)).astype(float)


BINARY = {
    "auc": (binary.auc, lambda t, p, w: peer.roc_auc_score(t, p, sample_weight=w)),
    "average_precision": (
        binary.average_precision,
        lambda t, p, w: peer.average_precision_score(t, p, sample_weight=w),
    ),
    "log_loss": (binary.log_loss, lambda t, p, w: peer.log_loss(t, p, sample_weight=w)),
    "brier": (binary.brier, lambda t, p, w: peer.brier_score_loss(t, p, sample_weight=w)),
}
FLAGS = {
    "accuracy": (labels.accuracy, peer.accuracy_score),
    "precision": (labels.precision, peer.precision_score),
    "recall": (labels.recall, peer.recall_score),
    "f1": (labels.f1, peer.f1_score),
}


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("name", BINARY)
def test_binary_metric_equals_scikit_learn(name, ties):
    ours, theirs = BINARY[name]
    truth, score, weights = table(ties=ties)
    assert ours(truth, score) == pytest.approx(theirs(truth, score, None), abs=1e-12)
    assert ours(truth, score, weights[0]) == pytest.approx(theirs(truth, score, weights[0]), abs=1e-12)
    expected = [theirs(truth, score, w) for w in weights]
    assert ours(truth, score, weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", FLAGS)
def test_flag_metric_equals_scikit_learn(name):
    ours, theirs = FLAGS[name]
    truth, score, weights = table()
    flag = score >= 0.4
    assert ours(truth, flag) == pytest.approx(theirs(truth, flag), abs=1e-12)
    expected = [theirs(truth, flag, sample_weight=w) for w in weights]
    assert ours(truth, flag, weights) == pytest.approx(expected, abs=1e-12)


def test_flag_metrics_are_zero_when_nothing_is_flagged():
    truth, flag = np.array([0, 1, 1]), np.zeros(3, dtype=bool)
    assert (labels.precision(truth, flag), labels.recall(truth, flag), labels.f1(truth, flag)) == (0, 0, 0)


def test_auc_of_one_class_is_not_a_number():
    truth, score = np.array([1, 0, 1]), np.array([0.1, 0.2, 0.3])
    assert np.isnan(binary.auc(np.ones(3), score))
    assert np.isnan(binary.auc(truth, score, np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]))).tolist() == [
        True,
        False,
    ]


def test_class_metrics_equal_scikit_learn():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 4, 500)
    p = rng.dirichlet(np.ones(4), 500) * 0.5 + 0.5 * np.eye(4)[truth] * rng.random((500, 1))
    p /= p.sum(axis=1, keepdims=True)
    weights = rng.integers(0, 3, (2, 500)).astype(float)
    answer = p.argmax(axis=1)
    for w in (None, weights[0], weights[1]):
        found = measure_classes(truth, p, w).values
        assert found["auc_macro"] == pytest.approx(
            np.mean([peer.roc_auc_score(truth == c, p[:, c], sample_weight=w) for c in range(4)])
        )
        assert found["log_loss"] == pytest.approx(peer.log_loss(truth, p, sample_weight=w))
        for name, theirs in (
            ("precision", peer.precision_score),
            ("recall", peer.recall_score),
            ("f1", peer.f1_score),
        ):
            assert found[name] == pytest.approx(theirs(truth, answer, average="macro", sample_weight=w))
        assert found["brier"] == pytest.approx(np.average(((p - np.eye(4)[truth]) ** 2).sum(1), weights=w))
    drawn = measure_classes(truth, p, weights)
    assert drawn.primary == "auc_macro"
    for name, values in drawn.values.items():
        assert values == pytest.approx([measure_classes(truth, p, w).values[name] for w in weights]), name


def test_auc_macro_leaves_out_a_class_that_a_draw_lacks():
    truth = np.array([0, 0, 1, 1, 2, 2])
    p = np.eye(3)[truth] * 0.8 + 0.2 / 3
    weights = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=float)
    assert classes.auc_macro(truth, p, weights).tolist() == [1.0, 1.0]


def test_number_metrics_equal_scikit_learn():
    rng = np.random.default_rng(2)
    truth = rng.gamma(3.0, 50.0, 300) + 1e6
    told = truth + rng.normal(0, 20, 300)
    weights = rng.integers(0, 3, (2, 300)).astype(float)
    for w in (None, weights[0]):
        found = measure_number(truth, told, w).values
        assert found["mae"] == pytest.approx(peer.mean_absolute_error(truth, told, sample_weight=w))
        assert found["rmse"] == pytest.approx(peer.root_mean_squared_error(truth, told, sample_weight=w))
        assert found["r2"] == pytest.approx(peer.r2_score(truth, told, sample_weight=w))
        assert found["mape"] == pytest.approx(
            peer.mean_absolute_percentage_error(truth, told, sample_weight=w)
        )
    drawn = measure_number(truth, told, weights).values
    assert drawn["r2"] == pytest.approx([peer.r2_score(truth, told, sample_weight=w) for w in weights])


def test_mape_with_a_zero_truth_is_not_a_number():
    assert np.isnan(number.mape(np.array([0.0, 1.0]), np.array([1.0, 1.0])))


def test_ece_of_a_planted_shift_is_the_shift():
    rng = np.random.default_rng(3)
    p = rng.uniform(0.2, 0.7, 200_000)
    truth = (rng.random(200_000) < p + 0.1).astype(int)
    assert binary.ece(truth, p) == pytest.approx(0.1, abs=0.005)


def test_ece_bins_hold_a_tenth_each_and_keep_ties_together():
    p = np.random.default_rng(4).random(1000)
    assert np.bincount(binary.mass_bins(p)).tolist() == [100] * 10
    assert len(np.unique(binary.mass_bins(np.full(50, 0.3)))) == 1
    tied = np.round(p, 1)
    assert all(len(np.unique(binary.mass_bins(tied)[tied == v])) == 1 for v in np.unique(tied))


def test_ece_of_integer_weights_equals_repeated_rows_of_the_same_bins():
    truth, p, weights = table(ties=False)
    bins, w = binary.mass_bins(p), weights[0]
    expected = sum(abs((w * (p - truth))[bins == b].sum()) for b in range(10)) / w.sum()
    assert binary.ece(truth, p, weights)[0] == pytest.approx(expected, abs=1e-12)


def test_directions_say_which_way_is_better():
    truth, p, _ = table()
    scores = measure_binary(truth, p)
    assert scores.primary == "auc"
    lower = {"log_loss", "ece", "brier"}
    assert {k for k, up in scores.higher_is_better.items() if not up} == lower
    assert measure_number(truth.astype(float), p).primary == "mae"


def test_2000_draws_together_cost_far_less_than_one_by_one():
    truth, p, _ = table(1409, ties=False)
    weights = np.random.default_rng(0).integers(0, 3, (2000, 1409)).astype(float)

    def seconds(drawn):
        start = time.process_time()
        for one in drawn:
            measure_binary(truth, p, 0.4, one)
        return time.process_time() - start

    alone = 100 * seconds(weights[:20])
    assert any(seconds([weights]) < 0.7 * alone for _ in range(3))  # a busy machine may slow a try
