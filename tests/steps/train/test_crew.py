from __future__ import annotations

import os
from pathlib import Path

import pytest

from pilothouse.errors import BadOption
from pilothouse.steps.train.crew import Progress, make_crew
from pilothouse.types import Fit
from steps.train.tiny import (
    LABEL,
    Tiny,
    alive,
    ask,
    count_fits,
    equal,
    inline,
    make_data,
    make_fits,
    pids,
)


def test_answers_two_processes_equal_this_process(tmp_path: Path) -> None:
    fits = make_fits(Tiny())
    with make_crew(make_data(), ask, tmp_path / "two", workers=2) as crew:
        two = crew.answers(fits, LABEL)
    assert equal(two, inline(tmp_path, fits))
    assert [len(a) for a in two] == [40] * 5


def test_answers_finished_fits_are_not_repeated(tmp_path: Path) -> None:
    fits = make_fits(Tiny(marks=str(tmp_path)))
    first = inline(tmp_path, fits)
    again = inline(tmp_path, fits)
    assert count_fits(tmp_path) == 5
    assert equal(first, again)


def test_answers_same_fit_twice_runs_once(tmp_path: Path) -> None:
    (fit,) = make_fits(Tiny(marks=str(tmp_path)), 5)[:1]
    answers = inline(tmp_path, [fit, fit, fit])
    assert count_fits(tmp_path) == 1
    assert equal(answers[:1], answers[2:])


def test_answers_columns_change_what_is_learnt(tmp_path: Path) -> None:
    whole = make_fits(Tiny())[0]
    part = Fit(whole.candidate, whole.learn, whole.ask, columns=("a",), seed=whole.seed)
    answers = inline(tmp_path, [whole, part])
    assert not equal(answers[:1], answers[1:])


@pytest.mark.parametrize("damage", [b"", b"not a zip", None])
def test_answers_damaged_file_is_done_again(tmp_path: Path, damage: bytes | None) -> None:
    fits = make_fits(Tiny(marks=str(tmp_path)))
    first = inline(tmp_path, fits)
    path = sorted((tmp_path / "inline").glob("*.npz"))[2]
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    assert equal(inline(tmp_path, fits), first)
    assert count_fits(tmp_path) == 6


def test_answers_other_data_is_not_mixed_up(tmp_path: Path) -> None:
    fits = make_fits(Tiny())
    first = inline(tmp_path, fits)
    with make_crew(make_data(seed=1), ask, tmp_path / "inline", workers=1) as crew:
        assert not equal(crew.answers(fits, LABEL), first)


def test_answers_no_fits_gives_no_answers(tmp_path: Path) -> None:
    assert inline(tmp_path, []) == []


def test_progress_counts_to_the_end_with_time_left(tmp_path: Path) -> None:
    seen: list[Progress] = []
    with make_crew(make_data(), ask, tmp_path, workers=1, on_progress=seen.append) as crew:
        crew.answers(make_fits(Tiny(pause_s=0.02)), LABEL)
    assert [(e.done, e.total) for e in seen] == [(n, 5) for n in range(6)]
    left = [e.eta_s for e in seen]
    assert all(e is not None and e > 0 for e in left[:-1])
    assert left[-1] == 0
    assert 0.05 < (left[1] or 0) < 2  # four fits of 0.02 s, judged by the first one's pace


def test_progress_resumed_job_starts_where_it_was(tmp_path: Path) -> None:
    fits = make_fits(Tiny())
    seen: list[Progress] = []
    inline(tmp_path, fits[:3])
    with make_crew(make_data(), ask, tmp_path / "inline", workers=1, on_progress=seen.append) as crew:
        crew.answers(fits, LABEL)
        assert set(crew.seconds) == {"tiny"}
    assert [e.done for e in seen] == [3, 4, 5]


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupt_leaves_finished_work_and_no_process(tmp_path: Path, workers: int) -> None:
    fits = make_fits(Tiny(pause_s=0.1, marks=str(tmp_path)), 10)

    def press(event: Progress) -> None:
        if event.done == 3:
            raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        make_crew(make_data(), ask, tmp_path / "keep", workers=workers, on_progress=press) as crew,
    ):
        crew.answers(fits, LABEL)
    assert len(list((tmp_path / "keep").glob("*.npz"))) == 3
    assert not list((tmp_path / "keep").glob("*.part"))
    assert alive(pids(tmp_path) - {os.getpid()}) == set()


def test_crew_can_be_used_after_an_interrupt(tmp_path: Path) -> None:
    fits = make_fits(Tiny(pause_s=0.05), 10)
    presses = iter([True])

    def press(event: Progress) -> None:
        if event.done == 2 and next(presses, False):
            raise KeyboardInterrupt

    with make_crew(make_data(), ask, tmp_path / "keep", workers=2, on_progress=press) as crew:
        with pytest.raises(KeyboardInterrupt):
            crew.answers(fits, LABEL)
        assert equal(crew.answers(fits, LABEL), inline(tmp_path, fits))


def test_unknown_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="spark"):
        make_crew(make_data(), ask, tmp_path, engine="spark")
