"""``recommend``: the right ten things for each person.

What is asked is one list a person and window of time; what is learnt from is who took
what. It says who competes, how lists are measured and valued, and what is shown; the
rest is shared. It knows no prices of attention: a hit kept aside is a person who found
the item anyway, so no offline figure alone yields ``go``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse import lazy
from pilothouse.errors import BadOption
from pilothouse.guards.personal import Pseudonyms
from pilothouse.messages import Message, say
from pilothouse.models.pretraining.items import read_items
from pilothouse.models.rankers.attention import Attention, AttentionModel, Started
from pilothouse.models.rankers.ease import Ease
from pilothouse.models.rankers.factors import Als, Bpr
from pilothouse.models.rankers.mixture import Mixture
from pilothouse.models.rankers.neighbours import Neighbours
from pilothouse.models.rankers.popularity import Lately, Popular
from pilothouse.models.rankers.towers import Towers
from pilothouse.models.rankers.transitions import Transitions
from pilothouse.scenario import Case, Example, Listing, Panel
from pilothouse.scenarios.recommend.examples import examples
from pilothouse.scenarios.recommend.judging import JudgedLists
from pilothouse.scenarios.recommend.lists import NO_RULES
from pilothouse.scenarios.recommend.options import RecommendOptions, RecommendValue
from pilothouse.scenarios.recommend.release import ServedLists
from pilothouse.scenarios.recommend.showcase import showcase
from pilothouse.scenarios.recommend.truths import told_truths
from pilothouse.steps.decide.assumptions import Assumptions, Rivals
from pilothouse.steps.decide.facts import Plain, Stakes
from pilothouse.steps.decide.flag import Policy
from pilothouse.steps.decide.trial import Trial, design_showing
from pilothouse.steps.decide.value import Money, hits_money
from pilothouse.steps.deploy.shortlist import Rules, check, first_part
from pilothouse.steps.explain.learning import learning_panels
from pilothouse.steps.prepare.interactions import InteractionWish, prepare_interactions
from pilothouse.steps.train.fitting import shape_of
from pilothouse.types import Answers, Candidate, Column, Context, Data, Kind, Questions, Role, Table
from pilothouse.types.contest import Array

__all__ = ["Recommend", "RecommendOptions", "RecommendValue"]

ASKED, TRUTH, BEFORE = "asked", "truth", "items_before"
_LISTED = 10_000
_NAMES_OF_CATEGORY = 100
_NAMED = 10
_SHARES = 10
"""The sequence model trains at most this part of the time budget in one fit."""


class Recommend(JudgedLists):
    """See the module."""

    name: ClassVar[str] = "recommend"
    question: ClassVar[Message] = say("recommend.question")
    needs: ClassVar[tuple[Role, ...]] = (Role.USER, Role.ITEM)
    options_type: ClassVar[type[RecommendOptions]] = RecommendOptions
    value_type: ClassVar[type[RecommendValue]] = RecommendValue
    rows_are_asked: ClassVar[bool] = False
    options: RecommendOptions
    value: RecommendValue | None

    def prepare(self, tables: Mapping[str, Table], pseudonyms: Pseudonyms, desensitise: bool) -> Any:
        """Interactions as codes, windows kept aside, and one question a person and window."""
        options = self.options
        wish = InteractionWish(
            seed=options.seed,
            relevant_from=options.relevant_from,
            repeats=options.repeats,
            desensitise=desensitise,
        )
        made = prepare_interactions(tables, wish, pseudonyms)
        unheard = check(self.rules, made.data.tables["items"])  # before anything is learnt
        if unheard:
            note = say("recommend.unheard", names=", ".join(unheard[:_NAMED]), count=len(unheard))
            made = replace(made, notes=(*made.notes, note))
        if self.rules != NO_RULES:
            made = replace(made, notes=(*made.notes, say("recommend.before_rules")))
        asked = made.asked.put(Column(BEFORE, Kind.CATEGORY), _before(made.asked))
        asked = asked.put(Column(TRUTH, Kind.CATEGORY, Role.TARGET), told_truths(made))
        return replace(made, data=Data({**made.data.tables, ASKED: asked}, made.data.main, ASKED))

    def candidates(self, data: Data) -> Sequence[Candidate]:
        """Three baselines, factorisations, sequences, texts, and their mixture; from a backbone if named."""
        items, repeats = data.tables["items"].rows, self.options.repeats
        described = len(data.tables["items"].columns) > 1
        popular, neighbours = Popular(items, repeats), Neighbours(items, repeats)
        late = (Lately(items, repeats),) if "time" in data.table else ()
        shallow = (Transitions(items, repeats), Ease(items, repeats))
        als = Als(items, repeats)
        sequences = self._sequences(data)
        members = (popular, *late, *shallow, *((als,) if lazy.installed("implicit") else ()))
        return (
            popular,
            *late,
            neighbours,
            *(*shallow, als, Bpr(items, repeats)),
            *(Towers(items, repeats, described), *sequences),
            Mixture(items, repeats, members),
        )

    def _sequences(self, data: Data) -> list[Attention]:
        """The sequence model, and the same from the backbone that is named; each in its share of time.

        Raises
        ------
        BadOption
            See ``read_items``; or when one is to be kept, and this job is too large for it.
        """
        options, items, shape = self.options, data.tables["items"], shape_of(data.table)
        found = [Attention(items.rows, options.repeats)]
        if options.backbone is not None:
            words = [str(one) for one in items[items.names[0]].tolist()]
            start = read_items(options.backbone, words, data.table["item"].astype(np.int64))
            found.append(Started(items.rows, options.repeats, start=start))
        found = [one.within(shape, options.time_budget_s / _SHARES) for one in found]
        if options.keep_backbone:
            lazy.require("torch", extra="deep")
            reason = found[-1].feasible(shape, options.time_budget_s)
            if reason is not None:
                raise BadOption(reason, say("rankers.keep_backbone_fix"))
        return found

    def questions(self, part: Data) -> Questions:
        """One list for each row of the questions' table."""
        asked = part.tables[ASKED]
        truth = asked[TRUTH]
        return Questions(
            asked.drop([TRUTH]), truth, np.arange(asked.rows, dtype=np.int64), known=self._known(part)
        )

    def _known(self, part: Data) -> dict[str, Any]:
        """Popularity and categories of the catalogue, as plain values."""
        items = part.tables["items"]
        counts = np.bincount(part.table["item"].astype(np.int64), minlength=items.rows)
        columns = (items[c.name].tolist() for c in items.columns[1:] if c.kind is Kind.CATEGORY)
        sorts = ([first_part(v) for v in values] for values in columns)
        words = next((own for own in sorts if _few(own)), None)
        codes = None
        if words is not None:
            levels = {v: i for i, v in enumerate(sorted(set(words) - {None}))}
            codes = [levels.get(v, -1) for v in words]
        return {"items": items.rows, "counts": counts.tolist(), "category": codes}

    def assumptions(self, questions: Questions, rows: int, currency: str) -> Assumptions | None:
        """What the user said a hit is worth."""
        return None if self.value is None else self.value.assumptions(self.outcomes(questions), currency)

    def money(
        self, rivals: Rivals, assumptions: Assumptions, policy: Policy | None, seed: int, draws: int
    ) -> Money:
        """Hits of a period times what a hit is worth."""
        return hits_money(rivals, assumptions, seed, draws)

    def trial(self, plain: Plain, stakes: Stakes | None) -> Trial | None:
        """Half of the people see its list, half the baseline's: people that tell the hit rates apart."""
        volume = None if stakes is None else stakes.assumptions.volume
        return design_showing(plain.baseline.value, plain.winner.value, volume)

    def release(self, winner: Any, baseline: Any, prepared: Any) -> ServedLists:
        """Join the models with histories, items and the rules of the product manager."""
        served = ServedLists.of(winner, baseline, prepared, self.options.k, self.rules)
        if not self.options.keep_backbone or isinstance(winner, AttentionModel):  # which is one itself
            return served
        data = prepared.data.take(prepared.learnable)
        model = self._sequences(data)[-1].build({}).fit(data, Context(seed=self.options.seed))
        return replace(served, backbone=model.backbone())

    @property
    def rules(self) -> Rules:
        """What the product manager wants of every list."""
        given = self.options.model_dump(include=set(Rules.model_fields))
        return Rules.model_validate(given)

    def showcase(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Case]:
        """Show three people's lists: where it helps, where it fails, and somebody new."""
        return showcase(servable, questions, answers, self.options)

    def panels(self, servable: Any, questions: Questions, answers: Mapping[str, Answers]) -> list[Panel]:
        """How a network learnt, where one won."""
        return learning_panels(servable.winner)

    def lists(self, servable: Any, prepared: Any) -> Listing | None:
        """Everybody's list, the latest people first where there are many."""
        return servable.listing(prepared.user_ids, _LISTED)  # type: ignore[no-any-return]

    @classmethod
    def load(cls, folder: Path) -> ServedLists:
        """Load a shipped recommender."""
        return ServedLists.load(folder)

    @classmethod
    def examples(cls) -> Iterator[Example]:
        """Films with times and tastes; purchases without times."""
        yield from examples()


def _before(asked: Table) -> Array:
    """Group people by how much they took before: nothing, up to the middle, more."""
    sizes = np.array([len(h) for h in asked["history"]])
    middle = int(np.median(sizes[sizes > 0])) if (sizes > 0).any() else 1
    words = np.array(["0", f"1–{middle}", f"{middle + 1}+"], dtype=object)
    return np.asarray(words[np.digitize(sizes, [1, middle + 1])])


def _few(words: list[Any]) -> bool:
    return 1 < len(set(words) - {None}) <= min(_NAMES_OF_CATEGORY, len(words) // 2)
