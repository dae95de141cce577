"""Counting before a moment, against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.steps.prepare.eventwindows import DAY, Stream, count

DAYS = (1, 7, 30)


def drawn(events: int = 400, users: int = 6, seed: int = 0) -> Stream:
    random = np.random.default_rng(seed)
    value = random.gamma(2.0, 5.0, events)
    value[::7] = np.nan
    return Stream.sorted(
        random.integers(0, users, events),
        random.integers(0, 60 * DAY, events),
        random.integers(-1, 3, events),
        random.integers(-1, 9, events),
        value,
    )


def test_figures_equal_a_plain_loop() -> None:
    stream, random = drawn(), np.random.default_rng(1)
    user, moment = random.integers(-1, 7, 50), random.integers(0, 70 * DAY, 50)
    moment[:6] = stream.time[::60][:6]  # at the very microsecond of an event
    found = count(stream, user, moment, DAYS, 3)
    for row in range(50):
        before = (stream.user == user[row]) & (stream.time < moment[row])
        for j, days in enumerate((*DAYS, 10_000)):
            inside = before & (stream.time >= moment[row] - days * DAY)
            items = stream.item[inside]
            assert found.events[row, j] == inside.sum()
            assert found.items[row, j] == len(set(items[items >= 0].tolist()))
            assert found.total[row, j] == pytest.approx(np.nansum(stream.value[inside]), abs=1e-9)
            assert found.kinds[row, j].tolist() == [int((stream.kind[inside] == k).sum()) for k in range(3)]
        if not before.any():
            assert np.isnan([found.last[row], found.first[row]]).all()
            continue
        times = (moment[row] - stream.time[before]) / DAY
        assert found.last[row] == pytest.approx(times.min()) and found.first[row] == pytest.approx(
            times.max()
        )
        of_kind = stream.time[before & (stream.kind == 1)]
        known = pytest.approx((moment[row] - of_kind.max()) / DAY if len(of_kind) else np.nan, nan_ok=True)
        assert found.last_of[row, 1] == known


def test_the_order_in_which_events_came_changes_no_digit() -> None:
    stream, order = drawn(), np.random.default_rng(3).permutation(400)
    again = Stream.sorted(*(getattr(stream, n)[order] for n in ("user", "time", "kind", "item", "value")))
    user, moment = np.arange(6), np.full(6, 50 * DAY)
    one, other = count(stream, user, moment, DAYS, 3), count(again, user, moment, DAYS, 3)
    for name in ("events", "items", "total", "kinds", "last", "first", "last_of"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True), name


def test_nobody_and_no_events_give_nothing() -> None:
    empty = Stream.sorted(*(np.empty(0, dtype=np.int64) for _ in range(4)), np.empty(0))
    found = count(empty, np.array([-1, 0]), np.array([5, 5]), DAYS, 0)
    assert not found.events.any() and not found.items.any() and not found.total.any()
    assert np.isnan(found.last).all() and found.kinds.shape == (2, 4, 0)
