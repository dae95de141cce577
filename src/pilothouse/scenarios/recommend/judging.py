"""How lists are measured: against what each person took afterwards, person by person."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pilothouse.scenario import Scenario
from pilothouse.scenarios.recommend.options import RecommendOptions
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.metrics_ranking import Catalogue, hits, measure_ranking, per_question
from pilothouse.steps.evaluate.pairs import gain_pair
from pilothouse.types import Answers, Kind, Questions, Role, Scores
from pilothouse.types.contest import Array


class JudgedLists(Scenario):
    """The part of a scenario that measures lists of items."""

    options: RecommendOptions

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Score lists: nDCG first, then hit rate, recall, precision, MAP, MRR, and what they show."""
        known = questions.known
        catalogue = _catalogue(known["items"], tuple(known["counts"]), _tuple(known["category"]))
        return measure_ranking(
            np.asarray(questions.truth), answers["item"], self.options.k, catalogue, weight
        )

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """1 where the person picked at least one item of the list."""
        return hits(np.asarray(questions.truth), answers["item"], self.options.k)

    def outcomes(self, questions: Questions) -> int:
        """Count the people."""
        return len(np.unique(questions.unit))

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """What is known of the person, and how much they took before."""
        kinds = (Kind.CATEGORY, Kind.NUMBER)
        return tuple(c.name for c in questions.requests.of_role(Role.FEATURE) if c.kind in kinds)

    def kept(self, answers: Answers) -> Answers:
        """Keep the items that are shown."""
        return Answers({"item": answers["item"][:, : self.options.k]})

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Compare nDCG person by person."""
        truth, k = np.asarray(questions.truth), self.options.k
        mine, theirs = (per_question(truth, a["item"], k)["ndcg"] for a in (winner, baseline))
        return gain_pair(questions, mine, theirs)

    def pictured(self, questions: Questions, rivals: Rivals) -> Pairing:
        """Of 100 people, how many pick something."""
        assert rivals.baseline is not None
        return gain_pair(questions, rivals.winner, rivals.baseline)

    def rivals(self, questions: Questions, winner: Answers, name: str, baseline: Answers) -> Rivals:
        """Hits of both."""
        mine, theirs = self.figure(questions, winner), self.figure(questions, baseline)
        return Rivals(np.zeros(len(mine)), mine, theirs, questions.unit)


def _tuple(codes: list[int] | None) -> tuple[int, ...] | None:
    return None if codes is None else tuple(codes)


@lru_cache(maxsize=8)
def _catalogue(items: int, counts: tuple[int, ...], category: tuple[int, ...] | None) -> Catalogue:
    told = np.array(counts, dtype=np.float64)
    codes = None if category is None else np.array(category, dtype=np.int64)
    return Catalogue(items, told / max(1.0, told.sum()), codes)
