"""Replays of the evaluation: are the ranges as wide as they say, and are kept promises kept?

Each replay draws a file from a world, fits two quick stand-ins for a contest (a logistic
regression and the best single column), lays their answers out as a run does and lets the
product's own ``find`` compute every figure and the verdict. The truth is then looked up on
100,000 fresh rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.honesty.probing import stratified
from benchmarks.honesty.worlds import FRESH, World, data_of
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.findings import Findings, find
from pilothouse.pipeline.study import WINNER
from pilothouse.scenarios.predict import Predict, PredictOptions, PredictValue
from pilothouse.steps.evaluate.metrics_binary import auc
from pilothouse.types import Answers, Questions, Table
from pilothouse.types.evidence import Interval

VOLUME = 1_000
VALUE = {"true_positive": 100.0, "contact": 30.0, "effect": "not_needed", "volume": VOLUME}


@dataclass(frozen=True)
class Replay:
    """What one replay claimed and what is true: name -> (claimed range, truth); the verdict; d and true gain."""

    ranges: dict[str, tuple[Interval, float]]
    verdict: str
    kept: bool


class Quick:
    """A logistic regression on all columns (``only`` None) or on one."""

    def __init__(self, table: Table, only: int | None = None) -> None:
        from sklearn.linear_model import LogisticRegression

        self.only = only
        self.model = LogisticRegression(max_iter=200).fit(self._parts(table), truth_of(table))

    def answers(self, table: Table) -> Answers:
        """Probabilities, (n, 2)."""
        return Answers({"probability": self.model.predict_proba(self._parts(table))})

    def _parts(self, table: Table) -> np.ndarray:
        parts = dense(table)
        return parts if self.only is None else parts[:, [self.only]]


def dense(table: Table) -> np.ndarray:
    """Numbers, then one place for each level."""
    numbers = [table[c.name] for c in table.columns if c.name.startswith("number")]
    hot = [table[n] == level for n in ("plan", "region") for level in sorted(set(LEVELS[n]))]
    return np.stack([*numbers, *hot], axis=1).astype(float)


LEVELS = {"plan": ("basic", "plus", "pro"), "region": ("east", "north", "south", "west")}


def truth_of(table: Table) -> np.ndarray:
    """0 and 1, (n,)."""
    return (table["churned"] == "yes").astype(np.int64)


def replay(seed: int, draws: int = 2_000, fresh: int = FRESH) -> Replay:
    """Carry out one replay."""
    rng = np.random.default_rng(seed)
    world = World.make(seed)
    table = world.draw(int(rng.integers(1_500, 6_000)), seed)
    (train, aside), *_ = stratified(truth_of(table), 5, seed)
    scenario = Predict(PredictOptions(target="churned"), PredictValue.model_validate(VALUE))
    best = _best_column(table.take(train))
    exhibit, final = _exhibit(scenario, table, train, aside, best)
    findings = find(scenario, exhibit, seed, draws)
    return _judge(scenario, exhibit, findings, final, world.draw(fresh, seed + 1))


def _best_column(table: Table) -> int:
    parts, truth = dense(table), truth_of(table)
    scores = [abs(float(auc(truth, parts[:, k])) - 0.5) for k in range(parts.shape[1])]
    return int(np.argmax(scores))


def _exhibit(
    scenario: Predict, table: Table, train: np.ndarray, aside: np.ndarray, best: int
) -> tuple[Exhibit, dict[str, Quick]]:
    rows = table.rows
    truth = truth_of(table)
    fold = np.full(rows, -1, dtype=np.int64)
    entrants = {"rule": best, "linear": None}
    parts: dict[str, list[Any]] = {name: [] for name in entrants}
    for number, (_, inside) in enumerate(stratified(truth[train], 5, 7)):
        ask = train[inside]
        fold[ask] = number
        learn = np.setdiff1d(train, ask)
        for name, only in entrants.items():
            parts[name].append((ask, Quick(table.take(learn), only).answers(table.take(ask))))
    final = {name: Quick(table.take(train), only) for name, only in entrants.items()}
    test = {n: Answers.scatter([(aside, m.answers(table.take(aside)))], rows) for n, m in final.items()}
    test[WINNER] = test["linear"]
    questions = Questions(table.drop(["churned"]), truth, np.arange(rows), ("no", "yes"))
    assumptions = scenario.assumptions(questions, rows, "CNY")
    policy = scenario.policy(questions.take(train), assumptions)
    kept = np.zeros(rows, dtype=bool)
    kept[aside] = True
    facts = {
        "rows": rows, "currency": "CNY", "split": "stratified", "learn_rows": len(train) * 0.8,
        "ask_rows": len(train) / 5, "winner": "linear", "baseline": "rule",
        "policy": None if policy is None else vars(policy), "look": 1, "open_questions": [], "curve": None,
    }  # fmt: skip
    scattered = {n: Answers.scatter(p, rows) for n, p in parts.items()}
    return Exhibit(questions, np.arange(rows), fold, kept, scattered, test, facts), final


def _judge(
    scenario: Predict, exhibit: Exhibit, findings: Findings, final: dict[str, Quick], fresh: Table
) -> Replay:
    from pilothouse.steps.decide.flag import Policy

    truth = truth_of(fresh)
    said = {name: model.answers(fresh) for name, model in final.items()}
    scores = {name: float(auc(truth, a["probability"][:, 1])) for name, a in said.items()}
    questions = Questions(data_of(fresh).table, truth, np.arange(fresh.rows), ("no", "yes"))
    assumptions = scenario.assumptions(questions, exhibit.facts["rows"], "CNY")
    assert assumptions is not None and findings.stakes is not None
    rivals = scenario.rivals(questions, said["linear"], "rule", said["rule"])
    money = scenario.money(rivals, assumptions, Policy(**exhibit.facts["policy"]), 0, 1)
    claimed = findings.stakes.money
    ranges = {
        "AUC": (findings.test.score.interval, scores["linear"]),
        "AUC gain": (findings.test.gain.interval, scores["linear"] - scores["rule"]),
        "money gain": (claimed.gain.interval, money.gain.value),
    }
    return Replay(ranges, findings.ruling.code, money.gain.value > claimed.smallest_gain)
