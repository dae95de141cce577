from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.steps.train.contest import contest
from pilothouse.steps.train.crew import make_crew
from pilothouse.types import Candidate
from steps.train.tiny import Tiny, ask, make_data, make_folds


@dataclass(frozen=True)
class Entrant:
    candidate: Candidate
    parameters: dict[str, Any] = field(default_factory=dict)


class Other(Tiny):
    name = "other"


def test_contest_answers_every_asked_row_out_of_fold(tmp_path: Path) -> None:
    data = make_data()
    folds = make_folds()[:4]
    with make_crew(data, ask, tmp_path, workers=1) as crew:
        answers = contest([Entrant(Tiny()), Entrant(Other(), {"ridge": 50.0})], folds, ask(data), crew, 3)
    assert list(answers) == ["tiny", "other"]
    asked = np.concatenate([a for _, a in folds])
    for held in answers.values():
        assert held["probability"].shape == (200, 2)
        assert np.isfinite(held["probability"][asked]).all()
        assert np.isnan(np.delete(held["probability"], asked, axis=0)).all()
    assert not np.array_equal(answers["tiny"]["probability"][asked], answers["other"]["probability"][asked])


def test_contest_no_row_is_answered_by_a_fit_that_saw_it(tmp_path: Path) -> None:
    """Flipping one row's outcome must not move that row's own answer."""
    data = make_data()
    flipped = data.table["y"].copy()
    flipped[17] = "1" if flipped[17] == "0" else "0"
    other = data.with_table(data.table.put(data.table.column("y"), flipped))
    held = []
    for name, each in (("a", data), ("b", other)):
        with make_crew(each, ask, tmp_path / name, workers=1) as crew:
            held.append(contest([Entrant(Tiny())], make_folds(), ask(each), crew, 0)["tiny"]["probability"])
    assert np.array_equal(held[0][17], held[1][17])
    assert not np.array_equal(held[0], held[1])


def test_contest_two_entrants_of_one_name_are_refused(tmp_path: Path) -> None:
    data = make_data()
    with make_crew(data, ask, tmp_path, workers=1) as crew, pytest.raises(ValueError, match="one name"):
        contest([Entrant(Tiny()), Entrant(Tiny(seconds=2))], make_folds(), ask(data), crew, 0)
