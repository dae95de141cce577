"""Every candidate on shared draws: figures, ranges, and the winner's paired gain."""

import numpy as np
import pytest

from pilothouse.steps.evaluate.evidence import Part, gather_evidence
from pilothouse.steps.evaluate.metrics import measure_binary
from pilothouse.types import Answers, Questions, Table


def measure(questions, answers, weight=None):
    return measure_binary(questions.truth, answers["probability"][:, 1], 0.5, weight)


def answers(said):
    return Answers({"probability": np.stack([1 - said, said], axis=1)})


@pytest.fixture(scope="module")
def part():
    random = np.random.default_rng(11)
    chance = random.beta(2, 4, 900)
    truth = (random.random(900) < chance).astype(np.int64)
    dull = np.clip(chance + random.normal(0, 0.2, 900), 0.01, 0.99)
    questions = Questions(Table((), {}), truth, np.arange(900), ("no", "yes"))
    return Part(questions, {"model": answers(chance), "rule": answers(dull)}, "model", "rule")


def test_figures_equal_the_metrics_on_the_rows(part):
    found = gather_evidence(part, measure, seed=1, count=200)
    whole = measure(part.questions, part.answers["model"]).values
    assert {m: e.value for m, e in found.metrics["model"].items()} == pytest.approx(whole)
    assert found.primary == "auc" and found.higher_is_better


def test_every_figure_lies_within_its_own_range(part):
    found = gather_evidence(part, measure, seed=1, count=400)
    for metrics in found.metrics.values():
        for name, estimate in metrics.items():
            assert estimate.interval.low <= estimate.value <= estimate.interval.high, name


def test_gain_is_paired_and_signed(part):
    found = gather_evidence(part, measure, seed=1, count=400)
    apart = found.metrics["model"]["auc"].value - found.metrics["rule"]["auc"].value
    assert found.gain.value == pytest.approx(apart) and apart > 0
    turned = gather_evidence(Part(part.questions, part.answers, "rule", "model"), measure, seed=1, count=400)
    np.testing.assert_allclose(turned.gains, -found.gains)
    assert found.gain_at(0.99).low < found.gain.interval.low


def test_same_seed_gives_the_same_ranges(part):
    first, again = (gather_evidence(part, measure, seed=4, count=100) for _ in range(2))
    assert first.metrics == again.metrics
