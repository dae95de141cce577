from __future__ import annotations

from pilothouse.report.picture import bars, people
from pilothouse.runs.record import Figure
from report.records import classes, no_go, number, pilot, ranking


def test_hundred_flagged_show_the_right_ones_of_both() -> None:
    picture = people(pilot())
    assert picture is not None
    assert [s["right"] for s in picture["sides"]] == [70, 59]
    assert "11 more" in picture["lead"].en
    assert "(likely 65–75)" in picture["sides"][0]["words"].en


def test_equal_hundreds_are_told_as_equal() -> None:
    picture = people(no_go())
    assert picture is not None
    assert "as many" in picture["lead"].en


def test_classes_show_those_answered_right() -> None:
    picture = people(classes())
    assert picture is not None
    assert [s["right"] for s in picture["sides"]] == [74, 55]


def test_nobody_flagged_gives_no_picture() -> None:
    record = pilot()
    assert record.flagged is not None
    for value in (None, float("nan")):
        flagged = record.flagged.model_copy(update={"winner": Figure(value=value)})
        assert people(record.model_copy(update={"flagged": flagged})) is None


def test_number_shows_two_bars_in_proportion() -> None:
    found = bars(number())
    assert found is not None
    assert [s["width"] for s in found["sides"]] == [65.1, 100.0]
    assert bars(pilot()) is None
    assert people(number()) is None


def test_lists_show_of_a_hundred_people_those_who_pick_something() -> None:
    picture = people(ranking())
    assert picture is not None
    assert [s["right"] for s in picture["sides"]] == [24, 20]
    assert "4 more pick something" in picture["lead"].en
    assert "(likely 22–26)" in picture["sides"][0]["words"].en
    assert bars(ranking()) is None


def test_lists_without_a_hit_rate_give_no_picture() -> None:
    record = ranking()
    for part in record.metrics.values():
        for side in part.values():
            side.pop("hit_rate")
    assert people(record) is None
