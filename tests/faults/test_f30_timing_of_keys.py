"""F30: how long a wrong key takes tells nothing about how much of it is right."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np

from pilothouse.store.keys import KeyRole, Keys
from pilothouse.store.state import State

ROUNDS = 4_000


def chance_of_being_slower(one: list[float], other: list[float]) -> float:
    """Mann and Whitney's statistic: .5 when the two cannot be told apart."""
    order = np.argsort(np.argsort(one + other)) + 1
    return float((order[: len(one)].sum() - len(one) * (len(one) + 1) / 2) / (len(one) * len(other)))


def test_f30_no_prefix_and_no_id_can_be_told_by_time(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    keys = Keys(state)
    good = keys.make(KeyRole.ADMIN)
    head, secret = good[:12], good[12:]
    other = "B" if secret[-1] == "A" else "A"
    tried = {
        "nothing right": f"{head}{'-' * 43}".encode(),
        "all but the last": f"{head}{secret[:-1]}{other}".encode(),
        "half": f"{head}{secret[:20]}{'-' * 23}".encode(),
    }
    times: dict[str, list[float]] = {name: [] for name in tried}
    chance = random.Random(30)
    for _ in range(ROUNDS):
        for name in chance.sample(list(tried), len(tried)):
            began = time.perf_counter_ns()
            role = keys.role(tried[name])
            times[name].append(time.perf_counter_ns() - began)
            assert role is None
    state.close()
    for name in ("all but the last", "half"):
        assert abs(chance_of_being_slower(times["nothing right"], times[name]) - 0.5) < 0.04, name
