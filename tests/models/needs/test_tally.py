"""Who speaks of what, ranges, periods."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.models.needs.tally import before_of, drawn, mentions, periods, shares, slopes, span


def test_a_text_speaks_of_each_need_that_a_sentence_falls_under(topics: Any) -> None:
    texts = ["Room noise walls. Breakfast coffee buffet.", "Reception clerk queue."]
    seen = mentions(topics, texts, None)
    assert seen.spoken.sum(axis=1).tolist() == [2.0, 1.0]
    assert len(seen.sentences) == 3 and seen.owner.tolist() == [0, 0, 1]


def test_rating_speaks_where_sentences_do_not(topics: Any) -> None:
    texts = ["room noise walls window.", "breakfast coffee buffet bread."]
    seen = mentions(topics, texts, np.array([-1.0, 1.0]))
    assert seen.complains.any(axis=1).tolist() == [True, False]
    assert seen.praises.any(axis=1).tolist() == [False, True]


def test_a_mood_against_the_rating_is_not_counted_but_an_outright_complaint_is(topics: Any) -> None:
    texts = ["sad breakfast coffee buffet.", "breakfast coffee buffet too cold."]
    seen = mentions(topics, texts, np.array([1.0, 1.0]))
    assert seen.complains.any(axis=1).tolist() == [False, True]


def test_wishes_are_counted_apart(topics: Any) -> None:
    seen = mentions(topics, ["please add coffee to the breakfast buffet", "breakfast coffee buffet"], None)
    assert seen.asks.any(axis=1).tolist() == [True, False]


def test_whole_writers_are_drawn() -> None:
    weight = drawn(np.array([0, 0, 1, 2, 2, 2]), 0, 50)
    assert (weight[:, 0] == weight[:, 1]).all() and (weight[:, 3] == weight[:, 5]).all()
    assert weight.shape == (50, 6)


def test_ranges_of_shares_hold_the_truth_nine_times_of_ten() -> None:
    random, hits = np.random.default_rng(1), 0
    for seed in range(100):
        flags = (random.random((300, 1)) < 0.2).astype(float)
        low, high = span(shares(flags, drawn(np.arange(300), seed, 300))[:, 0])
        hits += low <= 0.2 <= high
    assert 82 <= hits <= 97


def test_periods_end_with_the_last_day_and_are_at_most_twelve() -> None:
    times = np.datetime64("2026-01-01", "us") + np.arange(100).astype("timedelta64[D]")
    found = periods(np.append(times, np.datetime64("NaT")))
    assert found is not None and found.days == 14 and found.count == 8
    assert found.of[-1] == -1 and found.of[-2] == 7 and (np.bincount(found.of[:-1])[1:] == 14).all()
    assert periods(times[:2]) is None


def test_slope_of_a_growing_share_is_found() -> None:
    of = np.repeat(np.arange(10), 400)
    random = np.random.default_rng(2)
    flags = (random.random(4000) < 0.05 + 0.02 * of).astype(float)[:, None]
    draws = slopes(flags, of, 10, drawn(np.arange(4000), 0, 200))[:, 0]
    low, high = span(draws)
    assert low <= 0.02 <= high and low > 0.015


def test_the_previous_period_is_the_earlier_half_or_before_a_day() -> None:
    times = np.array(["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "NaT"], dtype="datetime64[us]")
    assert before_of(times, None).tolist() == [True, True, False, False, False]
    assert before_of(times, "2026-03-15").tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("rated", [None, np.array([np.nan, np.nan])])
def test_without_a_rating_words_alone_decide(topics: Any, rated: Any) -> None:
    seen = mentions(topics, ["terrible breakfast coffee buffet.", "breakfast coffee bread."], rated)
    assert seen.complains.any(axis=1).tolist() == [True, False]
