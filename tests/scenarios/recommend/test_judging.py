from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.scenarios.recommend import Recommend
from pilothouse.scenarios.recommend.options import RecommendOptions
from pilothouse.types import Answers, Column, Kind, Questions, Role, Table

TRUTH = ["0 1", "5", "3", "2 4"]
KNOWN = {"items": 10, "counts": [5, 5, 4, 3, 2, 1, 0, 0, 0, 0], "category": [0, 1] * 5}


def words(values: list[Any]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def asked(units: list[int] | None = None, **known: Any) -> Questions:
    columns = (
        Column("user", Kind.CATEGORY, Role.USER),
        Column("history", Kind.SEQUENCE, Role.ITEM),
        Column("city", Kind.CATEGORY),
        Column("age", Kind.NUMBER),
    )
    values = {
        "user": words(["a", "b", "c", "d"]),
        "history": words([np.empty(0, dtype=np.int64)] * 4),
        "city": words(["x", "y", "x", "y"]),
        "age": np.arange(4.0),
    }
    unit = np.arange(4) if units is None else np.array(units)
    return Questions(Table(columns, values), words(TRUTH), unit, known={**KNOWN, **known})


WINNER = Answers({"item": np.array([[0.0, 1, 2], [6, 5, 1], [0, 1, 2], [9, 8, 7]]), "score": np.ones((4, 3))})
BASELINE = Answers(
    {"item": np.array([[6.0, 7, 8], [6, 7, -1], [3, 1, 2], [9, 8, 2]]), "score": np.ones((4, 3))}
)


@pytest.fixture
def scenario() -> Recommend:
    return Recommend(RecommendOptions(k=2))


def test_ndcg_decides_and_lists_are_cut_to_what_is_shown(scenario: Recommend) -> None:
    scores = scenario.measure(asked(), WINNER)
    assert scores.primary == "ndcg"
    second = 1 / np.log2(3)
    assert scores.values["ndcg"] == pytest.approx((1 + second + 0 + 0) / 4)
    assert scores.values["hit_rate"] == pytest.approx(2 / 4)
    assert scenario.measure(asked(), scenario.kept(WINNER)).values == scores.values
    assert scenario.kept(WINNER)["item"].shape == (4, 2)
    assert set(scenario.kept(WINNER).values) == {"item"}


def test_catalogue_comes_from_what_is_known(scenario: Recommend) -> None:
    here = scenario.measure(asked(), WINNER).values
    there = scenario.measure(asked(counts=[0, 0, 0, 0, 0, 1, 2, 3, 4, 5], category=None), WINNER).values
    assert here["ndcg"] == there["ndcg"]
    assert here["popular_share"] != there["popular_share"] and here["novelty"] != there["novelty"]
    assert here["diversity"] != there["diversity"]


def test_figure_is_one_where_somebody_picks_something(scenario: Recommend) -> None:
    assert scenario.figure(asked(), WINNER).tolist() == [1, 1, 0, 0]
    assert scenario.figure(asked(), BASELINE).tolist() == [0, 0, 1, 0]


def test_people_are_counted_once_however_often_they_are_asked(scenario: Recommend) -> None:
    assert scenario.outcomes(asked()) == 4
    assert scenario.outcomes(asked([0, 0, 1, 1])) == 2


def test_groups_are_what_is_known_of_people(scenario: Recommend) -> None:
    assert scenario.slices(asked(), ("ignored",)) == ("city", "age")


def test_pairs_compare_the_lists_person_by_person(scenario: Recommend) -> None:
    pair = scenario.paired(asked(), WINNER, BASELINE)
    assert pair.winner.tolist() == pytest.approx([1, 1 / np.log2(3), 0, 0])
    assert pair.baseline.tolist() == pytest.approx([0, 0, 1, 0])
    assert pair.metric(pair.truth, pair.winner, np.array([0.0, 1, 0, 0])) == pytest.approx(1 / np.log2(3))
    rivals = scenario.rivals(asked(), WINNER, "popular", BASELINE)
    pictured = scenario.pictured(asked(), rivals)
    assert pictured.metric(pictured.truth, pictured.winner, None) == pytest.approx(0.5)
    assert pictured.metric(pictured.truth, pictured.baseline, None) == pytest.approx(0.25)
    assert pictured.higher_is_better
