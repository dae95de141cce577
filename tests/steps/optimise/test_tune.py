from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pilothouse.steps.optimise.tune import tune
from pilothouse.steps.train.crew import make_crew
from pilothouse.types import Answers, Data, Fit
from steps.train.tiny import Tiny, ask, count_fits, inline, make_data, make_folds


class Fixed(Tiny):
    name = "fixed"

    def space(self, trial: Any) -> dict[str, Any]:
        return {}


class LogLoss:
    """Mean log likelihood of the truth; higher is better."""

    def __init__(self, data: Data) -> None:
        self.truth = ask(data).truth

    def __call__(self, answers: Answers, index: Any) -> float:
        said = answers["probability"][index, self.truth[index]]
        return float(np.log(said).mean())


def run(tmp_path: Path, name: str, workers: int = 1, trials: int = 10, tiny: Tiny | None = None) -> Any:
    data = make_data()
    with make_crew(data, ask, tmp_path / name, workers=workers) as crew:
        return tune(tiny or Tiny(), trials, make_folds(folds=3), LogLoss(data), crew, 1)


def mean_score(tmp_path: Path, parameters: dict[str, Any]) -> float:
    folds, score = make_folds(folds=3), LogLoss(make_data())
    answers = inline(tmp_path, [Fit(Tiny(), learn, asked, parameters, seed=1) for learn, asked in folds])
    laid = [Answers.scatter([(asked, a)], 200) for a, (_, asked) in zip(answers, folds, strict=True)]
    return float(np.mean([score(a, asked) for a, (_, asked) in zip(laid, folds, strict=True)]))


def test_tune_finds_parameters_that_beat_the_defaults(tmp_path: Path) -> None:
    found = run(tmp_path, "a")
    assert set(found) == {"ridge"}
    assert mean_score(tmp_path, found) > mean_score(tmp_path, {})


def test_tune_same_seed_same_parameters_whatever_the_workers(tmp_path: Path) -> None:
    assert run(tmp_path, "one") == run(tmp_path, "two", workers=2) == run(tmp_path, "one")


def test_tune_interrupted_and_resumed_is_the_same_and_repeats_nothing(tmp_path: Path) -> None:
    marked = Tiny(marks=str(tmp_path))
    whole = run(tmp_path, "kept", tiny=marked)
    assert count_fits(tmp_path) == 3 * (10 + 1)
    for path in sorted((tmp_path / "kept").glob("*.npz"))[:5]:
        path.unlink()
    assert run(tmp_path, "kept", tiny=marked) == whole
    assert count_fits(tmp_path) == 3 * (10 + 1) + 5


def test_tune_more_trials_repeat_the_first_ones(tmp_path: Path) -> None:
    marked = Tiny(marks=str(tmp_path))
    run(tmp_path, "kept", trials=8, tiny=marked)
    run(tmp_path, "kept", trials=12, tiny=marked)
    assert count_fits(tmp_path) == 3 * (12 + 1)


def test_tune_without_trials_or_space_keeps_the_defaults(tmp_path: Path) -> None:
    assert run(tmp_path, "none", trials=0) == {}
    assert run(tmp_path, "fixed", tiny=Fixed()) == {}


def test_tune_keeps_the_defaults_when_nothing_is_better(tmp_path: Path) -> None:
    data = make_data()
    with make_crew(data, ask, tmp_path, workers=1) as crew:
        assert tune(Tiny(), 4, make_folds(folds=3), lambda a, i: 1.0, crew, 0) == {}
