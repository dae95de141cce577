from __future__ import annotations

from pathlib import Path

import pytest

from pilothouse.guards.llm.access import Access


def test_cost_is_for_a_million_tokens() -> None:
    access = Access("m", Path("x"), price_in=2.0, price_out=8.0)
    assert access.cost(1_000_000, 500_000) == 6.0 and not access.is_free
    assert Access("m", Path("x")).is_free


def test_call_is_paid_by_the_day_and_by_its_run() -> None:
    access = Access("m", Path("x"), run_budget=1.0, day_budget=2.0, timezone="Asia/Shanghai")
    (day,) = access.purses(None)
    assert day.startswith("llm day 20") and access.purses("a/b") == {day: 2.0, "llm run a/b": 1.0}


def test_secret_is_not_part_of_it() -> None:
    assert "MY_KEY" not in repr(Access("m", Path("x"), key="MY_KEY"))
    with pytest.raises(TypeError):
        Access("m", Path("x"), secret="x")  # type: ignore[call-arg]
