"""``imagine``: new pictures like those of the product.

What is asked is a picture for a seed; what is learnt from are the product's own pictures.
It says who competes and how what they draw is measured; the rest is shared. A generator
that copies cannot win, and no figure alone yields ``go``: whether a picture may be shown
is for a person to say who has looked at it. Every picture that leaves is labelled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.generators.baselines import Copier, Gaussian
from pilothouse.models.generators.recall import as_array
from pilothouse.models.generators.trained import Gan, Vae
from pilothouse.scenario import Example, Panel, Scenario
from pilothouse.scenarios.imagine.examples import examples
from pilothouse.scenarios.imagine.options import ImagineOptions
from pilothouse.scenarios.imagine.panels import panels
from pilothouse.scenarios.imagine.release import ServedDrawings
from pilothouse.steps.decide.assumptions import Rivals
from pilothouse.steps.evaluate.bootstrap import Pairing
from pilothouse.steps.evaluate.metrics_pictures import (
    RealPictures,
    measure_pictures,
    nearness,
    passing,
)
from pilothouse.steps.evaluate.pairs import gain_pair
from pilothouse.steps.prepare.drawings import PICTURE, PLACE, REAL, DrawingWish, prepare_drawings
from pilothouse.types import Answers, Candidate, Data, Questions, Role, Scores, Table
from pilothouse.types.contest import Array

__all__ = ["Imagine", "ImagineOptions"]

_SHARES = 10
"""A generator trains at most this part of the time budget in one fit."""


class Imagine(Scenario):
    """See the module."""

    name: ClassVar[str] = "imagine"
    question: ClassVar[Message] = say("imagine.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.IMAGE,)
    options_type: ClassVar[type[ImagineOptions]] = ImagineOptions
    extra: ClassVar[str | None] = "deep"
    rows_are_asked: ClassVar[bool] = False
    columns_are_clues: ClassVar[bool] = False
    counted: ClassVar[Message | None] = say("imagine.counted")
    options: ImagineOptions

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Any:
        """Bring pictures to one size, keep some aside, train the eye."""
        return prepare_drawings(tables["rows"], DrawingWish(self.options.side, self.options.seed))

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """Two baselines and two networks, as long as the time budget allows."""
        cells = as_array(list(data.table[PICTURE][:1])).size
        own_s = self.options.time_budget_s / _SHARES
        networks = (one.within(data.rows, own_s) for one in (Vae(cells), Gan(cells)))
        return (Gaussian(), Copier(), *networks)

    def questions(self, part: Data) -> Questions:
        """One seed for each real picture that is kept aside or asked by a fold."""
        asked, real = part.tables[part.asked or ""], part.tables[REAL]
        known = {
            "kind": "pictures",
            "features": [one.tolist() for one in real["features"]],
            "gap": real["gap"].tolist(),
            "near": nearness(real["gap"]),
        }
        unit = np.arange(asked.rows, dtype=np.int64)
        return Questions(asked.drop([PLACE]), asked[PLACE], unit, known=known)

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """Score Frechet distance first, infinite for copying; then realism, variety and copies."""
        return measure_pictures(real_of(questions), answers["features"], answers["gap"], weight)

    def figure(self, questions: Questions, answers: Answers) -> Array:
        """How well each picture passes for real: about 1 in the middle for real ones, 0 for a copy."""
        known = np.isfinite(answers["gap"])
        found = np.full(len(known), np.nan)
        own = questions.take(np.flatnonzero(known))
        found[known] = passing(real_of(own), answers["features"][known], answers["gap"][known])
        return found

    def outcomes(self, questions: Questions) -> int:
        """Count the real pictures to compare with."""
        return len(questions.unit)

    def slices(self, questions: Questions, columns: tuple[str, ...]) -> tuple[str, ...]:
        """A seed belongs to no group."""
        return ()

    def paired(self, questions: Questions, winner: Answers, baseline: Answers) -> Pairing:
        """Of 100 drawn pictures, how many pass for real and are no copies."""
        mine, theirs = self.figure(questions, winner), self.figure(questions, baseline)
        return gain_pair(questions, mine, theirs)

    def pictured(self, questions: Questions, rivals: Rivals) -> Pairing:
        """Return the same."""
        assert rivals.baseline is not None
        return gain_pair(questions, rivals.winner, rivals.baseline)

    def release(self, winner: Any, baseline: Any, prepared: Any) -> ServedDrawings:
        """Join winner and baseline with how near real pictures lie to each other."""
        return ServedDrawings.of(winner, baseline, prepared.data.tables[REAL]["gap"])

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """Show drawn pictures, their nearest learnt ones, what lies between two, and the floor."""
        return panels(servable, real_of(questions), answers, self.options.seed)

    @classmethod
    def load(cls, folder: Path) -> ServedDrawings:
        """Load a shipped generator."""
        return ServedDrawings.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Grey bars and crosses; discs in colour."""
        yield from examples()


def real_of(questions: Questions) -> RealPictures:
    """The real pictures that ``questions`` stand for."""
    known, place = questions.known, np.asarray(questions.truth).astype(np.int64)
    features, gap = np.array(known["features"], dtype=float), np.array(known["gap"], dtype=float)
    return RealPictures(features[place], gap[place], known["near"])
