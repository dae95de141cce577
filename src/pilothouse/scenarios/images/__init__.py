"""``images``: what is in each picture?

Pictures by label. It says who competes, what is asked and how answers are measured,
when it says nothing, and what the report shows; the rest is shared. It tells one label a
picture and finds no places in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.pictures.frame import Frame
from pilothouse.models.pictures.network import Convolution, Residual
from pilothouse.models.pictures.simple import Commonest, Nearest, Pixels
from pilothouse.models.pictures.transfer import Prototypes, Transfer
from pilothouse.models.target import Target
from pilothouse.scenario import Example, Panel, Scenario
from pilothouse.scenarios.images.examples import examples
from pilothouse.scenarios.images.inside import inside_panels
from pilothouse.scenarios.images.options import ImagesOptions, ImagesValue
from pilothouse.scenarios.images.release import ServedPictures
from pilothouse.scenarios.images.showing import confusion_panel, looking_panel
from pilothouse.steps.evaluate.labels import JudgesLabels
from pilothouse.steps.evaluate.metrics_classes import top_label
from pilothouse.steps.explain.labels import abstaining_panel, labels_panel
from pilothouse.steps.explain.learning import learning_panels
from pilothouse.steps.prepare.pictures import FEWEST_IN_HOLDOUT, prepare_pictures
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.types import Answers, Candidate, Data, Questions, Role, Table

__all__ = ["Images", "ImagesOptions", "ImagesValue"]

_CORES, _START_S = 1.7, 6.0
_FITS_HOLDOUT, _FITS_NESTED = 7.0, 26.0
_SHARES = {"convolution": 0.4, "residual": 0.2}
"""Part of the time that a network's fits may take; fewer epochs where they would take more."""


class Images(JudgesLabels, Scenario):
    """See the module."""

    name: ClassVar[str] = "images"
    question: ClassVar[Message] = say("images.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.IMAGE, Role.TARGET)
    options_type: ClassVar[type[ImagesOptions]] = ImagesOptions
    value_type: ClassVar[type[ImagesValue]] = ImagesValue
    extra: ClassVar[str | None] = "deep"
    columns_are_clues: ClassVar[bool] = False
    counted: ClassVar[Message | None] = say("images.counted")
    options: ImagesOptions
    value: ImagesValue | None

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Any:
        """Labels, copies, split."""
        wish = Wish(target=self.options.target, desensitise=desensitise, seed=self.options.seed)
        return prepare_pictures(tables["rows"], wish, pseudonyms)

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """Two baselines, nearest means, a backbone where one is named, two networks."""
        target, frame, rows = Target.of(data.table), Frame.of(data.table), data.rows
        budget = self.options.time_budget_s
        fits = _FITS_HOLDOUT if rows >= FEWEST_IN_HOLDOUT else _FITS_NESTED
        fit_s = {n: s * max(budget - _START_S, budget / 2) * _CORES / fits for n, s in _SHARES.items()}
        named = self.options.backbone
        learnt = round(rows * 0.6)
        return (
            Commonest(target),
            Pixels(target),
            Nearest(target),
            *(() if named is None else (Prototypes.of(target, named), Transfer.of(target, named))),
            Convolution(target, frame).within(learnt, fit_s["convolution"]),
            Residual(target, frame, mirror=self.options.mirror).within(learnt, fit_s["residual"]),
        )

    def questions(self, part: Data) -> Questions:
        """One question a picture; no label is looked for more than another."""
        return replace(super().questions(part), even=True)

    def asks(self, questions: Questions) -> Message:
        """Name the labels where they are few."""
        names = questions.classes
        listed = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        return say("images.asks", target=self.options.target, labels=listed)

    def servable(self, fitted: Any, background: Any, id_name: str) -> ServedPictures:
        """Wrap the winner."""
        return ServedPictures(fitted, id_name)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """Mistakes, labels, silence, where it looks, what is inside, how it learnt."""
        winner, model = next(iter(answers.values())), servable.fitted.model
        right, sure = top_label(np.asarray(questions.truth), winner["probability"])
        what = say("labels.pictures")
        return [
            confusion_panel(questions, winner),
            labels_panel(questions, winner, what),
            abstaining_panel(right, sure, servable.fitted.threshold, what),
            looking_panel(model, questions, winner),
            *inside_panels(model, questions, winner),
            *learning_panels(model),
        ]

    @classmethod
    def load(cls, folder: Path) -> ServedPictures:
        """Load a shipped winner."""
        return ServedPictures.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Grey shapes, coloured tiles."""
        yield from examples()
