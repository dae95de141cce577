"""From answers to figures to a verdict: a pure function of an exhibit.

``run`` calls it once; ``verify`` calls it again on what the run folder kept and
compares. Nothing here fits a model or looks at a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilothouse.messages import Message
from pilothouse.pipeline.exhibit import Exhibit
from pilothouse.pipeline.study import WINNER
from pilothouse.scenario import Scenario
from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.decide.facts import Plain, Stakes
from pilothouse.steps.decide.flag import Flagged, Policy, count_flagged
from pilothouse.steps.decide.rules import Case, Ruling
from pilothouse.steps.decide.rules import judge as rule
from pilothouse.steps.decide.trial import Trial, design_trial
from pilothouse.steps.decide.value import break_even
from pilothouse.steps.evaluate import metrics_classes
from pilothouse.steps.evaluate.bootstrap import Pairing, interval_level, paired_gain
from pilothouse.steps.evaluate.calibration import Calibration, calibrate_check
from pilothouse.steps.evaluate.comparison import corrected_p
from pilothouse.steps.evaluate.curve import fit_curve, price
from pilothouse.steps.evaluate.evidence import Evidence, Part, gather_evidence
from pilothouse.steps.evaluate.slices import find_groups, judge_slices
from pilothouse.types import Answers, Curve, Questions, Slice
from pilothouse.types.contest import Index

SMALLEST_SHARE, SMALLEST_AUC = 0.05, 0.01


@dataclass(frozen=True)
class Findings:
    """Every figure of a run, and the verdict that follows."""

    fold_scores: dict[str, list[float]]
    out_of_fold: Evidence
    test: Evidence
    p_corrected: float
    windows_won: tuple[bool, ...]
    calibration: Calibration | None
    flagged: Flagged | None
    plain: Plain
    stakes: Stakes | None
    slices: list[Slice]
    curve: Curve | None
    price: Message | None
    trial: Trial | None
    level: float
    outcomes: int
    positives: int
    rows_kept: int
    ruling: Ruling


def find(scenario: Scenario, exhibit: Exhibit, seed: int, draws: int) -> Findings:
    """Compute every figure.

    Parameters
    ----------
    seed, draws
        Of the resampling; from the work plan.
    """
    facts = exhibit.facts
    name = facts["baseline"]
    oof, test = _parts(exhibit)
    measured = [gather_evidence(part, scenario.measure, seed, draws) for part in (oof, test)]
    questions, winner, baseline = test.questions, test.answers[WINNER], test.answers[name]
    rivals = scenario.rivals(questions, winner, name, baseline)
    policy = None if facts["policy"] is None else Policy(**facts["policy"])
    assumptions = scenario.assumptions(exhibit.questions, facts["rows"], facts["currency"])
    flagged = None if policy is None else count_flagged(rivals, policy, seed, draws)
    stakes = _stakes(scenario, rivals, assumptions, policy, flagged, (seed, draws))
    slices = _slices(questions, scenario.paired(questions, winner, baseline), seed)
    curve = _curve(exhibit, measured[1].higher_is_better, seed)
    folds = _folds(scenario, exhibit, measured[1])
    counted = scenario.outcomes(questions)
    plain = Plain.of(flagged) if flagged else _plain(scenario.pictured(questions, rivals), seed, draws)
    losing = tuple(f"{s.column} = {s.group}" for s in slices if s.loses)
    ruling = rule(_case(scenario, exhibit, measured, stakes, curve, (folds, counted, losing)))
    return Findings(
        fold_scores=folds.scores,
        out_of_fold=measured[0],
        test=measured[1],
        p_corrected=folds.p,
        windows_won=folds.windows_won,
        calibration=_calibration(questions, winner, seed, draws),
        flagged=flagged,
        plain=plain,
        stakes=stakes,
        slices=slices,
        curve=curve,
        price=_price(ruling, facts["rows"]),
        trial=_trial(flagged, stakes, assumptions) if flagged else scenario.trial(plain, stakes),
        level=interval_level(facts["look"]),
        outcomes=counted,
        positives=int((np.asarray(questions.truth) == 1).sum()) if questions.kind == "binary" else 0,
        rows_kept=len(questions.unit),
        ruling=ruling,
    )


@dataclass(frozen=True)
class _Folds:
    """Scores by fold, and what they say of the winner against the baseline."""

    scores: dict[str, list[float]]
    p: float
    windows_won: tuple[bool, ...]


def _folds(scenario: Scenario, exhibit: Exhibit, evidence: Evidence) -> _Folds:
    facts = exhibit.facts
    scores = _fold_scores(scenario, exhibit, evidence)
    sign = 1.0 if evidence.higher_is_better else -1.0
    pairs = zip(scores[facts["winner"]], scores[facts["baseline"]], strict=True)
    gains = [sign * (mine - theirs) for mine, theirs in pairs]
    won = tuple(gain > 0 for gain in gains) if facts["split"] == "time" else ()
    return _Folds(scores, corrected_p(gains, facts["learn_rows"], facts["ask_rows"]), won)


def _parts(exhibit: Exhibit) -> tuple[Part, Part]:
    """The rows that the contest's folds asked, and those kept aside."""
    facts = exhibit.facts
    inside, aside = np.flatnonzero(exhibit.fold >= 0), np.flatnonzero(exhibit.kept_aside)
    return (
        _part(exhibit, exhibit.out_of_fold, inside, facts["winner"], facts["baseline"]),
        _part(exhibit, exhibit.test, aside, WINNER, facts["baseline"]),
    )


def _price(ruling: Ruling, rows: int) -> Message | None:
    """What the rows that are missing cost."""
    return None if ruling.more_rows is None else price(max(1, round(rows * (ruling.more_rows - 1))))


def smallest_metric_gain(scenario: Scenario, evidence: Evidence, baseline: str) -> float:
    """D in the metric: the user's, else .01 of AUC-like metrics, else 5 % of the baseline's error."""
    given = getattr(scenario.options, "smallest_gain", None)
    if given is not None:
        return float(given)
    if evidence.higher_is_better:
        return SMALLEST_AUC
    return SMALLEST_SHARE * abs(evidence.metrics[baseline][evidence.primary].value)


def _part(exhibit: Exhibit, answers: dict[str, Answers], rows: Index, winner: str, baseline: str) -> Part:
    return Part(exhibit.questions.take(rows), {n: a.take(rows) for n, a in answers.items()}, winner, baseline)


def _fold_scores(scenario: Scenario, exhibit: Exhibit, evidence: Evidence) -> dict[str, list[float]]:
    """Primary score of each candidate on each fold of the contest."""
    found: dict[str, list[float]] = {}
    for number in range(int(exhibit.fold.max()) + 1):
        rows = np.flatnonzero(exhibit.fold == number)
        asked = exhibit.questions.take(rows)
        for name, answers in exhibit.out_of_fold.items():
            values = scenario.measure(asked, answers.take(rows)).values
            found.setdefault(name, []).append(float(values[evidence.primary]))
    return found


def _slices(questions: Questions, pairing: Pairing, seed: int) -> list[Slice]:
    table = questions.requests
    groups = find_groups(table, table.names, pairing.truth, len(questions.classes))
    return judge_slices(groups, pairing, seed)


def _plain(pairing: Pairing, seed: int, draws: int) -> Plain:
    """What a person can picture, of both."""
    gain = paired_gain(pairing, seed, draws)
    return Plain(gain.score, gain.baseline, gain.gain)


def _stakes(
    scenario: Scenario,
    rivals: Rivals,
    assumptions: Assumptions | None,
    policy: Policy | None,
    flagged: Flagged | None,
    resampling: tuple[int, int],
) -> Stakes | None:
    if assumptions is None:
        return None
    money = scenario.money(rivals, assumptions, policy, *resampling)
    likely = assumptions.likely()
    even = None
    if flagged is not None and likely.get("contact"):
        even = break_even(flagged.winner.value, likely["true_positive"], likely["contact"])
    return Stakes(money, assumptions, even)


def _trial(flagged: Flagged, stakes: Stakes | None, assumptions: Assumptions | None) -> Trial | None:
    if not np.isfinite(flagged.winner.value) or flagged.winner.value <= 0:
        return None
    likely = {} if assumptions is None else assumptions.likely()
    per_period = likely.get("capacity")
    if per_period is None and assumptions is not None:
        per_period = flagged.share * assumptions.volume
    return design_trial(
        flagged.winner.value, likely.get("success"), None if stakes is None else stakes.break_even, per_period
    )


def _curve(exhibit: Exhibit, higher_is_better: bool, seed: int) -> Curve | None:
    points = exhibit.curve
    if points is None:
        return None
    return fit_curve(points.sizes, np.array(points.scores), points.baseline, higher_is_better, seed)


def _calibration(questions: Questions, winner: Answers, seed: int, draws: int) -> Calibration | None:
    if not questions.classes:
        return None
    truth, said = np.asarray(questions.truth), winner["probability"]
    if questions.kind == "binary":
        return calibrate_check(truth, said[:, 1], questions.unit, seed, draws)
    right, sure = metrics_classes.top_label(truth, said)
    return calibrate_check(right, sure, questions.unit, seed, draws)


def _case(
    scenario: Scenario,
    exhibit: Exhibit,
    measured: list[Evidence],
    stakes: Stakes | None,
    curve: Curve | None,
    counted: tuple[_Folds, int, tuple[str, ...]],
) -> Case:
    oof, test = measured
    folds, events, losing = counted
    facts = exhibit.facts
    in_metric = smallest_metric_gain(scenario, test, facts["baseline"])
    level = interval_level(facts["look"])
    if stakes is None:
        gain, bounds, smallest = test.gain.value, test.gain_at(level), in_metric
    else:
        gain, bounds = stakes.money.gain.value, stakes.money.at(level)
        smallest = stakes.money.smallest_gain
    ahead = None if curve is None or curve.gain_at_double is None else curve.gain_at_double.interval.high
    return Case(
        gain=gain,
        low=bounds.low,
        high=bounds.high,
        smallest=smallest,
        rows=int(exhibit.kept_aside.sum()),
        outcomes=events,
        p_corrected=folds.p,
        low_99_fold=oof.gain_at(0.99).low,
        low_99_test=test.gain_at(0.99).low,
        value_low=None if stakes is None else stakes.money.lowest,
        curve_high=ahead,
        curve_smallest=in_metric,
        look=facts["look"],
        effect="assumed" if stakes is None else stakes.assumptions.effect,
        open_questions=tuple(facts["open_questions"]),
        losing_slices=losing,
        windows_won=folds.windows_won,
    )
