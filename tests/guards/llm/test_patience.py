from __future__ import annotations

import time

from pilothouse.guards.llm.patience import Breaker, Patience


def test_waits_grow_differ_and_end() -> None:
    patience = Patience(tries=4)
    waits = [[patience.wait_s(attempt, None) for attempt in range(4)] for _ in range(50)]
    for first, second, third, last in waits:
        assert first is not None and second is not None and third is not None and last is None
        assert 0.25 <= first <= 0.5 and 0.5 <= second <= 1 and 1 <= third <= 2
    assert len({w[0] for w in waits}) > 40


def test_server_is_heard_within_reason() -> None:
    assert Patience().wait_s(0, 7.0) == 7.0
    assert Patience().wait_s(0, 31.0) is None
    assert (Patience().wait_s(0, 0.0) or 0) >= 0.25


def test_breaker_opens_after_five_faults_and_lets_one_try_later() -> None:
    breaker = Breaker(scale=0.005)
    for _ in range(5):
        assert breaker.may_ask()
        breaker.note(well=False)
    assert not breaker.may_ask()
    time.sleep(0.2)
    assert breaker.may_ask() and not breaker.may_ask()
    breaker.note(well=True)
    assert breaker.may_ask() and breaker.may_ask()


def test_success_between_faults_keeps_it_closed() -> None:
    breaker = Breaker()
    for _ in range(20):
        breaker.note(well=False)
        breaker.note(well=True)
    assert breaker.may_ask()
