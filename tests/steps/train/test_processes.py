from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from pilothouse.errors import PilothouseError, UserFault
from pilothouse.steps.train.crew import make_crew
from steps.train.tiny import (
    LABEL,
    Tiny,
    ask,
    count_fits,
    equal,
    inline,
    make_data,
    make_fits,
    pids,
)


@pytest.mark.parametrize("workers", [1, 2])
def test_failing_candidate_shows_its_own_error(tmp_path: Path, workers: int) -> None:
    with (
        pytest.raises((ValueError, RuntimeError), match="the model's own words"),
        make_crew(make_data(), ask, tmp_path, workers=workers) as crew,
    ):
        crew.answers(make_fits(Tiny(fails="the model's own words")), LABEL)


@pytest.mark.parametrize("workers", [1, 2])
def test_out_of_memory_says_how_much_was_needed(tmp_path: Path, workers: int) -> None:
    with (
        pytest.raises(UserFault, match=r"needed about 64\.0 GB"),
        make_crew(make_data(), ask, tmp_path, workers=workers) as crew,
    ):
        crew.answers(make_fits(Tiny(eats_gb=64)), LABEL)


def test_worker_killed_by_the_system_is_reported_not_awaited(tmp_path: Path) -> None:
    good, bad = make_fits(Tiny(), 5), make_fits(Tiny(kills=signal.SIGKILL), 4)
    started = time.monotonic()
    with (
        pytest.raises(UserFault, match="GB of memory"),
        make_crew(make_data(), ask, tmp_path, workers=2) as crew,
    ):
        crew.answers([*good, *bad], LABEL)
    assert time.monotonic() - started < 60


def test_worker_that_stops_otherwise_is_our_fault(tmp_path: Path) -> None:
    with (
        pytest.raises(PilothouseError, match=r"stopped \(code -11\)") as caught,
        make_crew(make_data(), ask, tmp_path, workers=2) as crew,
    ):
        crew.answers(make_fits(Tiny(kills=signal.SIGSEGV), 2), LABEL)
    assert caught.value.exit_code == 70


def test_worker_killed_once_costs_no_figure(tmp_path: Path) -> None:
    fits = make_fits(Tiny(pause_s=0.3, marks=str(tmp_path)), 6)

    def shoot() -> None:
        while not pids(tmp_path):
            time.sleep(0.02)
        os.kill(next(iter(pids(tmp_path))), signal.SIGKILL)

    shooter = threading.Thread(target=shoot)
    shooter.start()
    with make_crew(make_data(), ask, tmp_path / "keep", workers=2) as crew:
        answers = crew.answers(fits, LABEL)
    shooter.join()
    assert count_fits(tmp_path) == 7
    assert equal(answers, inline(tmp_path, fits))
