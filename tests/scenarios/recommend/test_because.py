"""Reasons are true to the model: taken from the history, what is cited lowers the item's score."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from pilothouse.models.ranking import Matrix, Ranker, history_matrix
from pilothouse.scenarios.recommend.because import LOOKED_AT, because, worded
from pilothouse.types import Column, Context, Data, Kind, Role, Table
from scenarios.recommend.conftest import Learnt

HISTORY_SAYS_NOTHING = {"popular", "lately"}


def without(request: Table, cited: list[int]) -> Table:
    """Leave every event of the cited items out; not as ``because`` does it."""
    history = request["history"][0]
    kept = ~np.isin(history, cited)
    values: dict[str, Any] = dict(request.values)
    for column in request.columns:
        if column.kind is Kind.SEQUENCE:
            values[column.name] = np.empty(1, dtype=object)
            values[column.name][0] = request[column.name][0][kept]
    return Table(request.columns, values)


def test_reasons_are_true_to_every_model(learnt: Learnt) -> None:
    """At least 95 of 100 reasons lower the score when they are taken away; nearly every item has one."""
    requests = learnt.scenario.questions(learnt.prepared.data).requests
    asked = [r for r in range(requests.rows) if len(requests["history"][r])][::12]
    assert len(asked) >= 25
    told = {}
    for name, model in learnt.models.items():
        held = []
        for row in asked:
            request = requests.take(np.array([row]))
            codes = [int(c) for c in model.predict(request, Context())["item"][0, :5]]
            before = model.scores(request)[0]
            for code, cited in zip(codes, because(model, request, codes), strict=True):
                assert set(cited) <= set(request["history"][0].tolist()) and len(cited) <= 2
                if cited:
                    held.append(model.scores(without(request, cited))[0, code] < before[code])
        told[name] = (len(held) / (5 * len(asked)), float(np.mean(held)) if held else None)
    assert set(told) >= {"popular", "neighbours", "ease", "transitions", "mixture"}
    for name, (share, true) in told.items():
        if name not in HISTORY_SAYS_NOTHING:
            assert share >= 0.6, (name, told)
        assert true is None or true >= 0.95, (name, told)
    assert told["popular"] == (0.0, None)


@dataclass(frozen=True)
class Plain(Ranker):
    """Adds up what each item of the history brings; ``lift`` is (history item, item)."""

    lift: Any = None
    kind: ClassVar[str] = "plain"

    def fit(self, data: Data, context: Context) -> Plain:
        return self

    def scores(self, requests: Table) -> Matrix:
        taken = history_matrix(requests, self.items).toarray()
        return np.asarray(taken @ self.lift, dtype=np.float32)

    def save(self, folder: Path) -> None:
        raise NotImplementedError

    @classmethod
    def load(cls, folder: Path) -> Plain:
        raise NotImplementedError


def request(*history: int) -> Table:
    held = np.empty(1, dtype=object)
    held[0] = np.array(history, dtype=np.int64)
    return Table((Column("history", Kind.SEQUENCE, Role.ITEM),), {"history": held})


def test_strongest_lifts_are_cited_first_and_at_most_two() -> None:
    lift = np.zeros((60, 60))
    lift[1, 9], lift[2, 9], lift[3, 9], lift[4, 9] = 1.0, 3.0, 2.0, -5.0
    model = Plain(60, False, lift)
    assert because(model, request(1, 2, 3, 4), [9, 8]) == [[2, 3], []]
    assert because(model, request(4, 1), [9]) == [[1]]


def test_nothing_is_cited_without_a_history_or_an_item() -> None:
    model = Plain(60, False, np.ones((60, 60)))
    assert because(model, request(), [9, 8]) == [[], []]
    assert because(model, request(1), []) == []


def test_only_the_latest_of_a_long_history_are_looked_at() -> None:
    lift = np.zeros((60, 60))
    lift[0, 50], lift[1, 50] = 9.0, 1.0
    long = [0, 1, *range(2, 1 + LOOKED_AT)]
    assert len(long) == LOOKED_AT + 1
    assert because(Plain(60, False, lift), request(*long), [50]) == [[1]]


def test_two_that_stand_in_for_each_other_are_not_both_cited_where_the_score_would_rise() -> None:
    """Each alone is missed, both together are not: then only the stronger one is said."""

    class Odd(Plain):
        def scores(self, requests: Table) -> Matrix:
            taken = history_matrix(requests, self.items).toarray()
            score = np.zeros_like(taken)
            score[:, 9] = np.select(
                [taken[:, 1] * taken[:, 2] > 0, taken[:, 1] > 0, taken[:, 2] > 0], [5, 4, 3], 6
            )
            return score

    assert because(Odd(60, False), request(1, 2), [9]) == [[1]]


def test_words_name_what_is_cited() -> None:
    assert worded([]).key == "recommend.because_popular"
    assert worded(["Tea"]).text("en") == "Because you took Tea."
    assert worded(["Tea", "Tea"]).text("en") == "Because you took Tea."
    assert worded(["Tea", "Cup"]).text("zh") == "因为您选过《Tea》和《Cup》。"
