"""``predict``: who will click, buy, leave; which class; how much.

Two outcomes, several classes, or a number, from the columns of one table. It says who
competes, what is asked and how answers are measured and valued; the rest is shared.
A table "events" beside the rows becomes figures over windows, and pasts
that the behaviour model reads. It reads no free text (texts are left out and named).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.baselines import Everyone, Nothing, Today
from pilothouse.models.behaviour import Behaviour
from pilothouse.models.blend import Blend, blend_weights
from pilothouse.models.boosting import Boosting
from pilothouse.models.calibration import Corrected, fit_calibration
from pilothouse.models.linear import Linear
from pilothouse.models.network import Network
from pilothouse.models.pasts import has_past
from pilothouse.models.rule import Rule
from pilothouse.models.target import Target
from pilothouse.scenario import Example, Panel, Scenario
from pilothouse.scenarios.predict.examples import examples
from pilothouse.scenarios.predict.gaining import gain_panel
from pilothouse.scenarios.predict.looking import looks_panel
from pilothouse.scenarios.predict.options import PredictOptions, PredictValue
from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.decide.flag import Policy, choose_policy
from pilothouse.steps.decide.phrases import named_outcome
from pilothouse.steps.decide.value import Money, action_money, classes_money, number_money
from pilothouse.steps.deploy.contract import Servable
from pilothouse.steps.deploy.eventful import LENS, Eventful
from pilothouse.steps.deploy.served import Served
from pilothouse.steps.evaluate.metrics import measure_binary, measure_classes, measure_number
from pilothouse.steps.explain.learning import learning_panels
from pilothouse.steps.prepare.pasts import prepare_eventful
from pilothouse.steps.prepare.ready import Ready
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.types import Answers, Candidate, Data, Questions, Role, Scores, Table
from pilothouse.types.contest import Array

__all__ = ["Predict", "PredictOptions", "PredictValue"]


class Predict(Scenario):
    """See the module."""

    name: ClassVar[str] = "predict"
    question: ClassVar[Message] = say("predict.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.TARGET,)
    options_type: ClassVar[type[PredictOptions]] = PredictOptions
    value_type: ClassVar[type[PredictValue]] = PredictValue
    options: PredictOptions
    value: PredictValue | None

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """Four baselines, three models, a fourth where rows have a past, their blend."""
        target = Target.of(data.table)
        budget, backbone = self.options.time_budget_s, self.options.backbone
        past = (Behaviour.of(data, budget, backbone),) if has_past(data.table) else ()
        models = (Linear(target), Boosting(target), Network(target))
        today = (Today(target),) if data.table.of_role(Role.TODAY) else ()
        return (Nothing(target), Everyone(target), Rule(target), *today, *models, *past, Blend(models))

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Ready:
        """Make rows ready, with their past where a table of events stands beside them."""
        if "events" not in tables:
            return super().prepare(tables, pseudonyms, desensitise)
        options = self.options
        wish = Wish(options.target, options.positive, options.gap_days, desensitise, options.seed)
        return prepare_eventful(tables["rows"], tables["events"], wish, pseudonyms)

    def measure(self, questions: Questions, answers: Answers, weight: Any = None) -> Scores:
        """AUC first for two outcomes, macro AUC for classes, mean absolute error for a number.

        A row counts as flagged where its chance reaches the share of rows that have
        the outcome, so that precision and recall mean something on rare outcomes too.
        """
        assert questions.truth is not None
        if not questions.classes:
            return measure_number(questions.truth, answers["prediction"], weight)
        if len(questions.classes) > 2:
            return measure_classes(questions.truth, answers["probability"], weight)
        said = answers["probability"][:, 1]
        return measure_binary(questions.truth, said, _top(said, float(questions.truth.mean())), weight)

    def asks(self, questions: Questions) -> Message:
        """Name the outcome, the classes or the amount."""
        target = self.options.target
        if len(questions.classes) != 2:
            return say(f"predict.question_{'classes' if questions.classes else 'number'}", target=target)
        positive = questions.classes[1]
        named = named_outcome(target, positive)
        if named is None:
            return say("predict.question_binary", target=target, outcome=positive)
        return say("predict.question_named", target=target, positive=positive, outcome=named)

    def weights(self, questions: Questions, answers: dict[str, Answers]) -> dict[str, float]:
        """Blend by least log loss, or least absolute error."""
        return blend_weights(
            np.asarray(questions.truth), answers, "classes" if questions.classes else "number"
        )

    def calibrate(self, questions: Questions, answers: Answers) -> Corrected | None:
        """Map what models say to what happens; a number needs no map."""
        if not questions.classes:
            return None
        assert questions.truth is not None
        return Corrected(fit_calibration(questions.truth, answers["probability"], self.options.seed))

    def assumptions(self, questions: Questions, rows: int, currency: str) -> Assumptions | None:
        """What the user said about money, for this kind of target."""
        kinds = {0: "number", 2: "binary"}
        kind = kinds.get(len(questions.classes), "classes")
        return None if self.value is None else self.value.assumptions(kind, rows, currency)

    def policy(self, questions: Questions, assumptions: Assumptions | None) -> Policy | None:
        """How rows are flagged; None where nothing is flagged."""
        if len(questions.classes) != 2 or questions.truth is None:
            return None
        return choose_policy(assumptions, float(questions.truth.mean()))

    def rivals(self, questions: Questions, winner: Answers, name: str, baseline: Answers) -> Rivals:
        """Winner and the baseline called ``name`` on the same rows."""
        assert questions.truth is not None
        stands = self.figure(questions, baseline)
        if len(questions.classes) == 2 and name == "everyone":
            stands = np.ones(len(stands))
        idle = len(questions.classes) == 2 and name == "nothing"
        mine, unit = self.figure(questions, winner), questions.unit
        return Rivals(questions.truth, mine, None if idle else stands, unit, questions.spread)

    def money(
        self, rivals: Rivals, assumptions: Assumptions, policy: Policy | None, seed: int, draws: int
    ) -> Money:
        """Value of winner and baseline in one period."""
        if policy is not None:
            return action_money(rivals, assumptions, policy, seed, draws)
        if "error" in assumptions.ranges:
            return number_money(rivals, assumptions, seed, draws)
        return classes_money(rivals, assumptions, seed, draws)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """Which past events it looked at, and how its networks learnt."""
        fitted, figure = servable.fitted, self.figure(questions, next(iter(answers.values())))
        return [*looks_panel(fitted, questions, figure), *learning_panels(fitted.model)]

    def lessons(self, learn: Data) -> list[Panel]:
        """What reading pasts first is worth, where that was asked for."""
        options = self.options
        if not options.gain_at or not has_past(learn.table):
            return []
        return [gain_panel(learn, options.gain_at, options.time_budget_s, options.seed)]

    @classmethod
    def load(cls, folder: Path) -> Servable:
        """Load a shipped winner; with its lens where its rows have a past."""
        return Eventful.load(folder) if (folder / LENS).is_file() else Served.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """A churn table, an ordinal rating and a price, a few hundred rows each."""
        yield from examples()


def _top(said: Array, share: float) -> float:
    """Lowest chance among the top ``share`` of rows."""
    known = np.sort(said[np.isfinite(said)])[::-1]
    return float(known[min(len(known) - 1, max(0, int(np.ceil(share * len(known))) - 1))])
