"""The leak firewall: removed, asked about or noted, on training rows only.

*Removed* is proven: an image of the answer, or a column that nearly gives the
answer alone and whose removal costs much. *Asked* ("known when?") is kept out
until the user answers: removal costs more than one column usually brings, or a
time or name after the event with some effect behind it. *Noted* is the rest. No
list of names decides alone.

Beyond the plain rule, each because it missed planted leaks or alarmed on clean tables:

- Two leaks hide each other: leaving out one costs nothing while the other stays.
  So a column's loss is the larger of leaving it out alone and of leaving it out
  after its near-duplicates and the other strong columns have gone.
- Two halves of a leak, neither of which says anything alone, are asked about together.
- After something was taken out, the rest is looked at again.
- The loss of a *question* about a numeric target is counted in pairs put in the
  wrong order (the meaning of AUC), because in R2 every honest price per square
  metre would be asked about. A *removal* counts R2.
- A question needs a score of .82 (pairs in order) with the column in. Where few weak
  columns are all there is, the best of them costs .08 and more in many honest tables;
  such a column is noted and stays.

Not seen: leaks of many weak columns, and leaks of free text.

References
----------
Kapoor and Narayanan (2023), Leakage and the reproducibility crisis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pilothouse.messages import Message, say
from pilothouse.models.encoding import features
from pilothouse.steps.prepare.leaks.losing import Crowd, Names, lose_after_company, lose_alone
from pilothouse.steps.prepare.leaks.pairs import Pair, find_pairs
from pilothouse.steps.prepare.leaks.probe import Folds, LeakBudget, Loss, Prober, Probing, sample_folds
from pilothouse.steps.prepare.leaks.single import Facts, Rows, Truth, look
from pilothouse.steps.prepare.leaks.together import Formula, find_formula, same_story
from pilothouse.types import Data, Leak, Questions, Role

__all__ = ["LeakBudget", "LeakReport", "Probing", "find_leaks"]

PROVEN_AUC, PROVEN_R2, PROVEN_COST = 0.95, 0.85, 0.10
ASKED_COST, ASKED_LOW = 0.08, 0.05
ASKED_BEFORE = 0.82  # pairs in order with the column: below it the answer is hardly hidden in there
PAIR_COST = 0.04  # trees use only part of what a pair knows
STRONG_AUC, STRONG_R2 = 0.85, 0.75  # strong columns may hide each other; also what is noted
NAMED_COST, NAMED_AUC, NAMED_R2 = 0.02, 0.65, 0.10  # statistics that a suspicious name needs beside it
LATE_SHARE, LATE_GAIN = 0.05, 0.05
ROUNDS = 4

Out = Literal["removed", "asked"]
Scored = tuple[float | None, float | None]


@dataclass(frozen=True)
class LeakReport:
    """What the firewall found.

    Parameters
    ----------
    leaks
        Removed first, then asked, then noted.
    drop
        Columns that no candidate may see: removed, refused by the user, asked
        and not answered, and codes that name rows.
    open_questions
        Asked columns without an answer; while there are any, the verdict is at
        most ``pilot``.
    score_with, score_without
        Training-fold score of the probe, by the use case's primary metric, with
        every column and without ``drop``.
    """

    leaks: tuple[Leak, ...]
    drop: Names
    open_questions: tuple[str, ...]
    score_with: float
    score_without: float


def find_leaks(
    data: Data, questions: Questions, folds: Folds, probing: Probing, *, available: Mapping[str, bool]
) -> LeakReport:
    """Find answers hidden in the data.

    Parameters
    ----------
    data, questions
        Every row, with the same positions; only rows in ``folds`` are read.
    folds
        (learn, ask) positions inside the training part, two or more.
    probing
        The crew, the cheap candidate, the use case's measure, budget and seed.
    available
        The user's answers: True keeps a column in, False takes it out. Names
        that are no features of this table say nothing.

    Raises
    ------
    ValueError
        With fewer than two folds, or where the truth is not known.
    """
    if len(folds) < 2 or questions.truth is None:
        raise ValueError("the leak firewall needs the truth and two or more folds")
    used = sample_folds(folds, questions, probing.budget, probing.seed)
    search = _Search(_gather(data, questions, used), Prober(questions, used, probing), probing.budget)
    search.take_answers(available)
    search.take_images()
    search.take_codes()
    search.take_formula()
    search.ask_pairs()
    search.take_costly()
    search.ask_late()
    search.note_rest()
    return search.report()


def _shown(scores: tuple[float, float]) -> dict[str, str]:
    """Scores as people read them: three places, or none where they count money or pieces."""
    said = [f"{score:,.0f}" if abs(score) >= 100 else f"{score:.3f}" for score in scores]
    return {"score_with": said[0], "score_without": said[1]}


@dataclass(frozen=True)
class _Evidence:
    """What the columns say without any model."""

    truth: Truth
    facts: Mapping[str, Facts]
    company: Mapping[str, Names]
    formula: Formula | None
    pairs: tuple[Pair, ...]
    time_name: str = ""

    def is_strong(self, name: str) -> bool:
        """Tell whether a column says much alone."""
        return self.facts[name].best >= (STRONG_AUC if self.truth.classes else STRONG_R2)

    def level(self, name: str, loss: Loss) -> Literal["removed", "asked", "noted"] | None:
        """What the loss of a column means; None when nothing is to be said."""
        proven = PROVEN_AUC if self.truth.classes else PROVEN_R2
        if self.facts[name].best >= proven and loss.own_scale >= PROVEN_COST:
            return "removed"
        if loss.cost < ASKED_COST or loss.low <= ASKED_LOW:
            return None
        return "asked" if loss.before >= ASKED_BEFORE else "noted"


def _gather(data: Data, questions: Questions, folds: Folds) -> _Evidence:
    places = np.unique(np.concatenate([part for fold in folds for part in fold]))
    local = [(np.searchsorted(places, learn), np.searchsorted(places, ask)) for learn, ask in folds]
    assert questions.truth is not None
    truth = Truth(questions.truth[places], len(questions.classes))
    table = data.table
    times = [c.name for c in table.of_role(Role.TIME) if table[c.name].dtype.kind == "M"]
    rows = Rows(truth, places, local, table[times[0]][places] if times else None)
    names = [c.name for c in features(table) if c.name in questions.requests]
    values = {n: table[n][places] for n in names}
    facts = {n: look(table.column(n), values[n], rows) for n in names}
    plain = {n: v for n, v in values.items() if not facts[n].is_copy and not facts[n].is_code}
    formula = find_formula(plain, truth, local)
    pairs = find_pairs(plain, facts, truth, local)
    return _Evidence(truth, facts, same_story(values, truth), formula, pairs, times[0] if times else "")


@dataclass
class _Search:
    """The state of one search: which columns are still in, and what was found."""

    evidence: _Evidence
    prober: Prober
    budget: LeakBudget
    leaks: dict[str, Leak] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    probed: set[str] = field(default_factory=set)

    @property
    def base(self) -> Names:
        """Columns still in."""
        return frozenset(self.evidence.facts) - self.dropped

    @property
    def suspects(self) -> list[str]:
        """Columns still in that nobody vouched for, the strongest first."""
        facts = self.evidence.facts
        return sorted(self.base - self.confirmed, key=lambda n: (-facts[n].best, n))

    def _out(self, column: str, level: Out, reason: Message, scores: Scored = (None, None)) -> None:
        self.leaks[column] = Leak(column, level, reason, *scores)
        self.dropped.add(column)

    def take_answers(self, available: Mapping[str, bool]) -> None:
        """Do what the user said."""
        for name, known in available.items():
            if name not in self.evidence.facts:
                continue
            if known:
                self.confirmed.add(name)
                self.leaks[name] = Leak(name, "noted", say("leaks.confirmed", column=name))
            else:
                self._out(name, "removed", say("leaks.refused", column=name))

    def take_images(self) -> None:
        """Remove copies and one-to-one images of the answer; they need no score."""
        for name in self.suspects:
            facts = self.evidence.facts[name]
            if facts.is_copy:
                key = "leaks.copy" if facts.is_exact else "leaks.decides"
                self._out(name, "removed", say(key, column=name))
            elif facts.is_filled_with:
                self._out(name, "removed", say("leaks.filled_with", column=name))

    def take_codes(self) -> None:
        """Leave out what names rows: noted, not a question."""
        for name in self.suspects:
            if self.evidence.facts[name].is_code:
                self.leaks[name] = Leak(name, "noted", say("leaks.code", column=name))
                self.dropped.add(name)

    def take_formula(self) -> None:
        """Remove parts that add up to a numeric answer; ask where a formula gives it."""
        if self.evidence.formula is None:
            return
        parts, is_sum = self.evidence.formula.parts, self.evidence.formula.is_sum
        for name in parts:
            if name in self.base - self.confirmed:
                reason = say("leaks.sum" if is_sum else "leaks.formula", column=name, parts=" + ".join(parts))
                self._out(name, "removed" if is_sum else "asked", reason)

    def ask_pairs(self) -> None:
        """Ask about two columns that know the answer only together."""
        key = "leaks.pair" if self.evidence.truth.classes else "leaks.pair_number"
        for pair in self.evidence.pairs:
            both = frozenset({pair.first, pair.second})
            if not both <= self.base - self.confirmed:
                continue
            if self.prober.losses(self.base, [both], 0.0)[0].cost < PAIR_COST:
                continue
            scores = (self.prober.score(self.base), self.prober.score(self.base - both))
            for name, other in ((pair.first, pair.second), (pair.second, pair.first)):
                self._out(name, "asked", say(key, column=name, other=other, own=100 * pair.own), scores)

    def take_costly(self) -> None:
        """Leave columns out and look at the loss, again and again until nothing more is found."""
        for _ in range(ROUNDS):
            lost = lose_alone(self.prober, self._crowd(), self.budget.max_columns_probed)
            self.probed.update(lost.seen)
            found = self._judge(lost.losses)
            if not found:
                after = lose_after_company(self.prober, self._crowd(), self.budget.max_columns_probed)
                found = self._judge(after.losses)
            if not found:
                return

    def _crowd(self) -> Crowd:
        strong = frozenset(n for n in self.suspects if self.evidence.is_strong(n))
        return Crowd(self.base, tuple(self.suspects), strong, self.evidence.company)

    def _judge(self, losses: Mapping[str, tuple[Loss, Names]]) -> bool:
        """Remove or ask, all on the same base, so that no column depends on the order."""
        base, found = self.base, False
        for name, (loss, others) in losses.items():
            level = self.evidence.level(name, loss)
            if level is None:
                continue
            with_ = base - others if level == "noted" else base
            scores = (self.prober.score(with_), self.prober.score(base - others - {name}))
            reason = self._reason(name, level, others, scores)
            if level == "noted":
                self.leaks[name] = Leak(name, "noted", reason, *scores)
            else:
                found = True
                self._out(name, level, reason, scores)
        return found

    def _reason(self, name: str, level: str, others: Names, scores: tuple[float, float]) -> Message:
        told = {"column": name} | _shown(scores)
        if level == "removed":
            key = "leaks.proven" if self.evidence.truth.classes else "leaks.proven_number"
            return say(key, own=100 * self.evidence.facts[name].best, **told)
        if level == "noted":
            return say("leaks.matters", **told)
        if others:
            return say("leaks.together", others=", ".join(sorted(others)), **told)
        return say("leaks.costly", **told)

    def ask_late(self) -> None:
        """Ask about times after the event and about names that sound like it, given some effect."""
        facts, truth = self.evidence.facts, self.evidence.truth
        for name in self.suspects:
            fact, base = facts[name], self.base
            if fact.later >= LATE_SHARE and fact.best >= truth.nothing + LATE_GAIN:
                scores = (self.prober.score(base), self.prober.score(base - {name}))
                told = say("leaks.late", column=name, time=self.evidence.time_name, share=100 * fact.later)
                self._out(name, "asked", told, scores)
            elif fact.sounds_late and fact.best >= (NAMED_AUC if truth.classes else NAMED_R2):
                loss = self.prober.losses(base, [frozenset({name})], 0.0)[0]
                if loss.cost >= NAMED_COST and loss.low > 0:
                    scores = (self.prober.score(base), self.prober.score(base - {name}))
                    self._out(name, "asked", say("leaks.named", column=name, **_shown(scores)), scores)

    def note_rest(self) -> None:
        """Note strong columns that stay, and columns that were not left out one by one."""
        key = "leaks.strong" if self.evidence.truth.classes else "leaks.strong_number"
        for name in self.suspects:
            if name in self.leaks:
                continue
            if self.evidence.is_strong(name):
                told = say(key, column=name, own=100 * self.evidence.facts[name].best)
                self.leaks[name] = Leak(name, "noted", told)
            elif name not in self.probed:
                self.leaks[name] = Leak(name, "noted", say("leaks.not_probed", column=name))

    def report(self) -> LeakReport:
        """Put together what was found."""
        order = ("removed", "asked", "noted")
        leaks = sorted(self.leaks.values(), key=lambda k: (order.index(k.level), k.column))
        everything = frozenset(self.evidence.facts)
        return LeakReport(
            tuple(leaks),
            frozenset(self.dropped),
            tuple(k.column for k in leaks if k.level == "asked"),
            self.prober.score(everything),
            self.prober.score(self.base),
        )
