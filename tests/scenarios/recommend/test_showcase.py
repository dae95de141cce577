from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.messages import Message
from pilothouse.scenarios.recommend.because import worded
from pilothouse.scenarios.recommend.options import RecommendOptions
from pilothouse.scenarios.recommend.showcase import showcase
from pilothouse.types import Answers, Column, Kind, Questions, Role, Table
from scenarios.recommend.conftest import Films


class Named:
    """Says of each item its number, and the last of the history as the reason."""

    def names_of(self, codes: list[int]) -> list[str]:
        return [f"item {code}" for code in codes]

    def why(self, asked: Table, codes: list[int]) -> list[Message]:
        assert asked.rows == 1
        last = asked["history"][0][-1]
        return [worded([f"item {last}"]) for _ in codes]


def objects(values: list[Any]) -> Any:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def asked(histories: list[list[int]], truth: list[str]) -> Questions:
    columns = (Column("user", Kind.CATEGORY, Role.USER), Column("history", Kind.SEQUENCE, Role.ITEM))
    values = {
        "user": objects([f"p{n}" for n in range(len(truth))]),
        "history": objects([np.array(h, dtype=np.int64) for h in histories]),
    }
    return Questions(Table(columns, values), objects(truth), np.arange(len(truth)))


def answers(lists: list[list[float]]) -> Answers:
    return Answers({"item": np.array(lists)})


HISTORIES = [[1], [1, 2], [1, 2, 3, 4, 5, 6], []]
MINE = answers([[7, 8], [9, 8], [7, -1], [7, 9]])
THEIRS = answers([[8, 7], [7, 8], [7, 9], [8, 9]])


def shown(truth: list[str], histories: list[list[int]] = HISTORIES):
    found = showcase(Named(), asked(histories, truth), {"w": MINE, "b": THEIRS}, RecommendOptions(k=2))
    return {case.group.key: case for case in found}


def test_cases_are_who_gains_most_who_loses_most_and_somebody_new() -> None:
    cases = shown(["7", "7", "9", "8"])
    assert {k: c.who for k, c in cases.items()} == {
        "recommend.case_helps": "p0",
        "recommend.case_fails": "p1",
        "recommend.case_new": "p3",
    }
    helps = cases["recommend.case_helps"]
    assert [name for name, _ in helps.winner] == ["item 7", "item 8"]
    assert helps.baseline == ("item 8", "item 7") and helps.took == ("item 7",) and helps.has == ("item 1",)
    assert [why.text("en") for _, why in helps.winner if why] == ["Because you took item 1."] * 2


def test_newcomer_gets_no_reasons_and_has_nothing() -> None:
    new = shown(["7", "7", "9", "8"])["recommend.case_new"]
    assert new.has == () and [why for _, why in new.winner] == [None, None]


def test_places_that_hold_no_item_are_not_shown_and_long_histories_are_cut() -> None:
    helps = shown(["1", "9", "7", "8"], [[], [], [1, 2, 3, 4, 5, 6], []])["recommend.case_helps"]
    assert [name for name, _ in helps.winner] == ["item 7"]
    assert helps.has == tuple(f"item {code}" for code in range(2, 7))


@pytest.mark.parametrize(("histories", "groups"), [([[1]] * 4, {"helps", "fails"}), ([[]] * 4, {"new"})])
def test_groups_without_anybody_are_left_out(histories: list[list[int]], groups: set[str]) -> None:
    assert set(shown(["7", "7", "9", "8"], histories)) == {f"recommend.case_{g}" for g in groups}


def test_cases_of_a_run_are_pseudonyms_with_lists_as_long_as_shown(films: Films) -> None:
    assert films.record.explanation is not None
    cases = films.record.explanation.cases
    assert {c.group.key for c in cases} >= {"recommend.case_helps", "recommend.case_fails"}
    for case in cases:
        assert case.who in films.served.histories.places and case.who not in films.raw
        assert len(case.winner) == len(case.baseline) == 5
        assert not {i.item for i in case.winner} & set(case.has)
