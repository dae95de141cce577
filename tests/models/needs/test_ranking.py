"""Ranked needs: RICE, Kano-style reading, trend, change, plain form."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pilothouse.models.needs.ranking import LEAST_IMPACT, MOST_IMPACT, Beside, Need, Read, read_needs

DAY = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def read(topics: Any, told: Any) -> Read:
    """Rooms are blamed and grow, food is praised, desks are both."""
    texts, about = told
    feelings = np.array([{"room": -1.0, "food": 1.0}.get(a, (-1.0) ** i) for i, a in enumerate(about)])
    order = {"room": 100, "food": 0, "desk": 50}
    days = [order[a] + i % 60 for i, a in enumerate(about)]
    times = np.datetime64("2026-01-01", "us") + np.array(days) * DAY
    return read_needs(topics, texts, Beside(feelings, times), 0)


def of(read: Read, word: str) -> Need:
    return next(need for need in read.needs if any(word in told.split() for told in need.words))


def test_the_blamed_stand_first_and_the_praised_last(read: Read) -> None:
    assert read.needs[0] == of(read, "room") and read.needs[-1] == of(read, "breakfast")


def test_score_is_reach_times_impact_times_confidence(read: Read) -> None:
    for need in read.needs:
        assert need.score == pytest.approx(need.reach.value * need.impact * need.confidence)
        assert LEAST_IMPACT <= need.impact <= MOST_IMPACT and 0 <= need.confidence <= 1
        assert need.share.low <= need.share.value <= need.share.high
        assert need.volume >= max(need.complaints, need.praises)


def test_reading_follows_volume_and_feeling(read: Read) -> None:
    assert of(read, "room").kano == "must_be"
    assert of(read, "breakfast").kano == "delight"
    assert of(read, "reception").kano == "performance"


def test_nobody_praises_means_feeling_cannot_tell(topics: Any, told: Any) -> None:
    silent = read_needs(topics, told[0], Beside(np.full(len(told[0]), -1.0)))
    assert {need.kano for need in silent.needs} == {"cannot_tell"}


def test_trend_and_change_have_the_sign_of_what_was_planted(read: Read) -> None:
    room, food = of(read, "room"), of(read, "breakfast")
    assert room.trend is not None and room.trend.low > 0 and food.trend is not None and food.trend.high < 0
    assert room.change is not None and room.change.low > 0 and room.settled
    assert room.after == pytest.approx(room.before + room.change.value)
    assert len(room.by_period) == len(read.starts) >= 3


def test_what_did_not_change_is_not_settled(topics: Any, told: Any) -> None:
    times = np.datetime64("2026-01-01", "us") + np.arange(len(told[0])) * DAY
    even = read_needs(topics, told[0], Beside(None, times), 0)
    assert not any(need.settled for need in even.needs)


def test_without_times_there_is_no_trend(topics: Any, told: Any) -> None:
    plain = read_needs(topics, told[0], Beside())
    assert all(need.trend is None and need.change is None for need in plain.needs) and plain.cut is None


def test_plain_form_comes_back_from_json(read: Read) -> None:
    assert Read.of_plain(json.loads(json.dumps(read.as_plain()))) == read
