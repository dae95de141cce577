"""Makes lists: for a person, for nobody in particular, around an item.

Scores come from a fitted ranker, histories from what everybody had and did since, and
the order of a list from the rules of the product manager.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilothouse.messages import Message
from pilothouse.models.ranking import NOTHING, Ranker, best
from pilothouse.scenario import Listing
from pilothouse.scenarios.recommend.because import because, worded
from pilothouse.scenarios.recommend.histories import Histories
from pilothouse.steps.deploy.asking import LISTS_FILE, Ask, no_such_item
from pilothouse.steps.deploy.shortlist import Rules, apply, mask, within_reach
from pilothouse.types import Answers, Kind, Role, Table

HEADER = ("user", "rank", "item", "score", "reason")
_PEOPLE = 4_000
_POOL = 200
NO_RULES = Rules.model_validate({})


@dataclass(frozen=True)
class Lister:
    """See the module.

    Parameters
    ----------
    winner, baseline
        Fitted rankers over the same items; the baseline's list is the one that is not personal.
    items
        Id and attributes of each item, by code.
    histories
        What everybody had.
    k
        Items in a list, where nobody says otherwise.
    """

    winner: Ranker
    baseline: Ranker
    items: Table
    histories: Histories
    k: int
    rules: Rules

    def recommend(self, ask: Ask) -> list[dict[str, Any]]:
        """List items, best first; see ``steps.deploy.asking``."""
        since = [(self.codes[i], t, v) for i, t, v in ask.since if i in self.codes]
        model = self.winner if ask.personalized else self.baseline
        asked = self.histories.request(ask.user if ask.personalized else None, since, ask.context)
        allowed = self.allowed
        if ask.only is not None or ask.exclude:
            wanted = Rules.model_validate({"only": ask.only, "exclude": ask.exclude})
            allowed = allowed & mask(wanted, self.items)
        answers = Answers(self.lists(model, asked, ask.k, allowed))
        codes = [code for _, code, _ in self.shown(answers, 0)]
        why: Sequence[Message | None] = [None] * len(codes)
        if ask.reasons and ask.personalized:
            why = self.why(asked, codes)
        return [
            {**entry, "reason": None if reason is None else reason.text(ask.language)}
            for entry, reason in zip(self.entries(answers, 0), why, strict=True)
        ]

    def similar(self, item: str, k: int) -> list[dict[str, Any]]:
        """List what suits somebody who has ``item`` alone."""
        if item not in self.codes:
            raise no_such_item()
        asked = self.histories.request(None, [(self.codes[item], None, None)], {})
        scores = np.array(self.winner.scores(asked), dtype=np.float32)
        scores[:, ~self.allowed] = -np.inf
        scores[0, self.codes[item]] = -np.inf
        answers = Answers(best(scores, k))
        return self.entries(answers, 0)

    def audience(self, item: str, k: int) -> list[dict[str, Any]]:
        """List those whom ``item`` suits best among the latest people, who do not have it yet."""
        if item not in self.codes:
            raise no_such_item()
        code = self.codes[item]
        people = self.histories.latest(_PEOPLE)
        asked = self.histories.requests(people)
        away = np.concatenate([_away(self.winner.scores(part), code) for part in _parts(asked)])
        if not self.winner.repeats:
            away[[code in history for history in asked["history"]]] = -np.inf
        order = np.argsort(-away, kind="stable")[:k]
        return [
            {"rank": rank, "user": people[place], "score": float(away[place])}
            for rank, place in enumerate(order.tolist(), 1)
            if np.isfinite(away[place])
        ]

    def listing(self, user_ids: NDArray[Any], most: int) -> Listing:
        """Lists of the latest people under their own ids."""
        order = self.histories.latest_codes(most)
        return Listing(LISTS_FILE, HEADER[:-1], self._lines(user_ids, order))

    def _lines(self, user_ids: NDArray[Any], order: Sequence[int]) -> Iterator[list[Any]]:
        people = [self.histories.users[code] for code in order]
        for start in range(0, len(people), 1_000):
            asked = self.histories.requests(people[start : start + 1_000])
            answers = Answers(self.lists(self.winner, asked, self.k, self.allowed))
            for row in range(asked.rows):
                own = user_ids[order[start + row]]
                for rank, code, score in self.shown(answers, row):
                    yield [own, rank, self.ids[code], f"{score:.4f}"]

    def names_of(self, codes: Sequence[int]) -> list[str]:
        """What a reader calls these items: their title where there is one, else their id."""
        return [self._titles[code] for code in codes]

    def lists(
        self, model: Ranker, asked: Table, k: int, allowed: NDArray[np.bool_]
    ) -> dict[str, NDArray[Any]]:
        """List the best ``k`` of the allowed items for each request: ``item`` and ``score``, both (n, k)."""
        found = [self._list(model, part, k, allowed) for part in _parts(asked)]
        return {name: np.concatenate([one[name] for one in found]) for name in ("item", "score")}

    def _list(
        self, model: Ranker, asked: Table, k: int, allowed: NDArray[np.bool_]
    ) -> dict[str, NDArray[Any]]:
        scores = np.array(model.scores(asked), dtype=np.float32)
        if not allowed.all():
            scores[:, ~allowed] = -np.inf
        if not model.repeats:
            for row, history in enumerate(asked["history"]):
                scores[row, history] = -np.inf
        if self.rules == NO_RULES:
            return best(scores, k)
        pool = within_reach(self.rules, scores, self.items, min(_POOL, self.items.rows))
        item, score = apply(self.rules, *pool, self.items, k)
        return {"item": item, "score": score}

    def shown(self, answers: Answers, row: int) -> list[tuple[int, int, float]]:
        """Rank, code and score of one list."""
        codes, scores = answers["item"][row].tolist(), answers["score"][row].tolist()
        listed = ((int(c), float(s)) for c, s in zip(codes, scores, strict=True) if c != NOTHING)
        return [(rank, code, score) for rank, (code, score) in enumerate(listed, 1)]

    def entries(self, answers: Answers, row: int) -> list[dict[str, Any]]:
        """One list as JSON objects, under the items' own ids."""
        return [
            {"rank": rank, "item": self.ids[code], "score": score}
            for rank, code, score in self.shown(answers, row)
        ]

    def why(self, asked: Table, codes: list[int]) -> list[Message]:
        """Why each of ``codes`` suits the one request."""
        return [worded(self.names_of(found)) for found in because(self.winner, asked, codes)]

    @cached_property
    def ids(self) -> list[str]:
        """The items' own ids, by code."""
        return [str(v) for v in self.items[self.items.names[0]].tolist()]

    @cached_property
    def codes(self) -> dict[str, int]:
        """Code of each own id."""
        return {name: code for code, name in enumerate(self.ids)}

    @cached_property
    def _titles(self) -> list[str]:
        column = _title(self.items)
        if column is None:
            return self.ids
        told = self.items[column].tolist()
        return [own if name is None else str(name) for own, name in zip(self.ids, told, strict=True)]

    @cached_property
    def allowed(self) -> NDArray[np.bool_]:
        """Which items the rules let into lists at all."""
        return mask(self.rules, self.items)


def _parts(asked: Table) -> Iterator[Table]:
    for start in range(0, asked.rows, 500):
        yield asked.take(slice(start, start + 500))


def _away(scores: NDArray[np.float32], code: int) -> NDArray[np.float64]:
    """How far an item stands above the middle of each person's scores, in their own spread."""
    middle, spread = scores.mean(axis=1), scores.std(axis=1)
    return np.asarray((scores[:, code] - middle) / np.maximum(spread, 1e-9), dtype=np.float64)


def _title(items: Table) -> str | None:
    """The first text, or the first column of words of which nearly every item has its own."""
    for column in items.columns[1:]:
        if column.kind is Kind.TEXT or column.role is Role.TEXT:
            return column.name
    for column in items.columns[1:]:
        if column.kind is Kind.CATEGORY and len(set(items[column.name].tolist())) > 0.8 * items.rows:
            return column.name
    return None
