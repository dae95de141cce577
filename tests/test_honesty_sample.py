from __future__ import annotations

import pytest
from benchmarks.honesty import closed, replays
from benchmarks.honesty.__main__ import SAMPLE, SEEDS, Line, report, run


def test_money_matches_its_closed_forms() -> None:
    assert max(closed.differences().values()) <= 1e-6
    assert max(closed.monte_carlo().values()) <= 0.01


def test_sample_of_noise_never_gets_go_and_too_small_never_gets_a_pilot() -> None:
    lines = run(SAMPLE, ("noise", "too small"))
    assert [line.held for line in lines] == [True, True]


def test_replays_claim_ranges_about_the_truth() -> None:
    found = [replays.replay(SEEDS["replays"] + i, draws=SAMPLE.draws, fresh=SAMPLE.fresh) for i in range(6)]
    for name in ("AUC", "AUC gain", "money gain"):
        inside = [claimed.low <= truth <= claimed.high for claimed, truth in (r.ranges[name] for r in found)]
        assert sum(inside) >= 4
    assert all(one.kept for one in found if one.verdict == "go")


def test_a_replay_is_the_same_twice() -> None:
    first, again = (replays.replay(5, draws=100, fresh=2_000) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(("held", "word"), [(True, "held"), (False, "MISSED"), (None, "too few")])
def test_report_says_whether_a_bar_held(held: bool | None, word: str) -> None:
    assert word in report([Line("x", "1", "2 of 3", "<= 1", held)])
