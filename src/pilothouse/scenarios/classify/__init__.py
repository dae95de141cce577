"""``classify``: what is each text about?

Labels for texts: sentiment, intent, topic, moderation. It says who competes, what is
asked and how answers are measured, when it says nothing, and what the report shows; the
rest is shared. It tells one label a text, and marks no places in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.errors import BadOption
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.blend import Blend, blend_weights
from pilothouse.models.labels.asked import Asked, AskedByExample
from pilothouse.models.labels.encoder import FineTuned
from pilothouse.models.labels.means import Embedded, EmbeddedMeans, Embeddings, Means
from pilothouse.models.labels.network import CORPUS, Attentive, Recurrent, WellRead, mean_tokens
from pilothouse.models.labels.simple import Commonest, Keywords, texts_of
from pilothouse.models.labels.weighed import Weighed
from pilothouse.models.target import Target
from pilothouse.scenario import Example, Listing, Panel, Scenario
from pilothouse.scenarios.classify.examples import examples
from pilothouse.scenarios.classify.labelling import merged, to_label
from pilothouse.scenarios.classify.options import ClassifyOptions, ClassifyValue
from pilothouse.scenarios.classify.release import ServedTexts
from pilothouse.scenarios.classify.showing import confusion_panel, mistakes_panel, words_panels
from pilothouse.scenarios.classify.strangers import least_sureness, strangers_panel
from pilothouse.steps.evaluate.labels import JudgesLabels
from pilothouse.steps.evaluate.metrics_classes import top_label
from pilothouse.steps.explain.labels import abstaining_panel, labels_panel
from pilothouse.steps.explain.learning import learning_panels
from pilothouse.steps.prepare.supervise import Wish
from pilothouse.steps.prepare.texts import FEWEST_IN_HOLDOUT, FEWEST_OF_A_LABEL, prepare_texts
from pilothouse.types import Answers, Candidate, Data, Questions, Role, Table

__all__ = ["Classify", "ClassifyOptions", "ClassifyValue"]

_CORES, _START_S = 1.7, 6.0
_FITS_HOLDOUT, _FITS_NESTED = 7.0, 26.0
_EMBEDS_HOLDOUT, _EMBEDS_NESTED = 3.4, 14.0
"""How often the fits of a run go over all rows: folds, curve, opening."""
_SHARES = {"recurrent": 0.15, "transformer": 0.15, "pretrained": 0.3}
"""Part of the time that a network's fits may take; fewer epochs where they would take more."""
_MEASURED = 500


def _is_held_out(target: Target, data: Data) -> bool:
    """Whether one part is kept aside, and not one in turn, which takes many more fits."""
    counts = np.bincount(target.truth(data.table))
    return data.rows >= FEWEST_IN_HOLDOUT and bool(counts[counts > 0].min() >= FEWEST_OF_A_LABEL)


class Classify(JudgesLabels, Scenario):
    """See the module."""

    name: ClassVar[str] = "classify"
    question: ClassVar[Message] = say("classify.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.TEXT, Role.TARGET)
    options_type: ClassVar[type[ClassifyOptions]] = ClassifyOptions
    value_type: ClassVar[type[ClassifyValue]] = ClassifyValue
    columns_are_clues: ClassVar[bool] = False
    counted: ClassVar[Message | None] = say("classify.counted")
    options: ClassifyOptions
    value: ClassifyValue | None

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Any:
        """Labels of another file, personal data, copies, split."""
        own, table, notes = self.options, tables["rows"], list[Message]()
        if own.labels is not None:
            table, notes = merged(table, own.target, own.labels, own.text)
        wish = Wish(target=own.target, desensitise=desensitise, seed=own.seed)
        prepared = prepare_texts(table, wish, pseudonyms, own.text)
        self._stranger(Target.of(prepared.data.table).classes)
        return replace(prepared, notes=(*notes, *prepared.notes))

    def _stranger(self, classes: tuple[str, ...]) -> int | None:
        """Place of the label of strangers among the classes, or None."""
        named = self.options.out_of_scope
        if named is not None and named not in classes:
            raise BadOption(
                say("classify.no_stranger", label=named),
                say("classify.labels_are", labels=", ".join(classes[:20])),
            )
        return None if named is None else classes.index(named)

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """Two baselines, then models from the quick to the dear."""
        target, texts = Target.of(data.table), texts_of(data.table)
        length = float(np.mean([len(text) for text in texts]))
        folder = self.options.vectors if self.options.vectors.is_absolute() else None
        shared = _EMBEDS_HOLDOUT if _is_held_out(target, data) else _EMBEDS_NESTED
        embeddings = Embeddings.of(texts, shared, folder)
        models = (
            Means(target, length),
            Weighed(target, length),
            Embedded(target, embeddings),
            EmbeddedMeans(target, embeddings),
            *self._networks(target, data),
            *self._tuned(target, length),
        )
        asked = (kind(target).priced(self.llm, texts) for kind in (Asked, AskedByExample))
        return (Commonest(target), Keywords(target, length), *models, Blend(models), *asked)

    def _networks(self, target: Target, data: Data) -> tuple[Candidate, ...]:
        """Networks with the epochs that their part of the time holds."""
        fits = _FITS_HOLDOUT if _is_held_out(target, data) else _FITS_NESTED
        budget, learnt = self.options.time_budget_s, round(data.rows * 0.6)
        each = max(budget - _START_S, budget / 2) * _CORES / fits
        waiting = data.tables[CORPUS].rows if CORPUS in data.tables else 0
        length = mean_tokens(texts_of(data.table)[:_MEASURED])
        kinds = (Recurrent, Attentive, WellRead)
        return tuple(
            kind(target, length, waiting).within(learnt, _SHARES[kind.name] * each) for kind in kinds
        )

    def _tuned(self, target: Target, length: float) -> tuple[Candidate, ...]:
        """The user's own encoder, where one is named."""
        named = self.options.encoder
        return () if named is None else (FineTuned.of(target, named, length),)

    def questions(self, part: Data) -> Questions:
        """One question a text; no label is looked for more than another."""
        return replace(super().questions(part), even=True)

    def asks(self, questions: Questions) -> Message:
        """Name the labels where they are few."""
        names = questions.classes
        listed = ", ".join(names[:6]) + (", …" if len(names) > 6 else "")
        return say("classify.asks", target=self.options.target, labels=listed)

    def confidence(self, questions: Questions, answers: Answers) -> float:
        """Below it, a text is left to a person."""
        place = self._stranger(questions.classes)
        if place is None or self.options.right_share is not None:
            return super().confidence(questions, answers)
        return least_sureness(questions, answers, place)

    def weights(self, questions: Questions, answers: dict[str, Answers]) -> Mapping[str, float]:
        """Find blend weights on out-of-fold answers."""
        return blend_weights(np.asarray(questions.truth), answers, "classes")

    def servable(self, fitted: Any, background: Any, id_name: str) -> ServedTexts:
        """Wrap the winner."""
        return ServedTexts(fitted, id_name, self.options.out_of_scope)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """Mistakes, labels, silence, words that decided, how it learnt."""
        winner, model = next(iter(answers.values())), servable.fitted.model
        right, sure = top_label(np.asarray(questions.truth), winner["probability"])
        limit, place = servable.fitted.threshold, self._stranger(questions.classes)
        what = say("labels.texts")
        doubt = (
            abstaining_panel(right, sure, limit, what)
            if place is None
            else strangers_panel(questions, winner, place, limit)
        )
        return [
            confusion_panel(questions, winner),
            *mistakes_panel(questions, winner),
            labels_panel(questions, winner, what),
            doubt,
            *words_panels(model, questions, winner),
            *learning_panels(model),
        ]

    def lists(self, servable: Any, prepared: Any) -> Listing | None:
        """Texts to label next, with a page to label them on."""
        return to_label(servable, prepared, self.options.target, self.options.to_label)

    @classmethod
    def load(cls, folder: Path) -> ServedTexts:
        """Load a shipped winner."""
        return ServedTexts.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """English tickets, Chinese reviews."""
        yield from examples()
