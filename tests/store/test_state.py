from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilothouse.errors import Conflict, NotFound
from pilothouse.store.state import Release, Run, Serving, State


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "state.db")
    yield made
    made.close()


def draft(run_id: str = "r1", use_case: str = "churn") -> Release:
    return Release(use_case, 0, run_id, "hash", "2025-01-01T00:00:00+00:00", "test")


def promote(state: State, run_id: str = "r1", use_case: str = "churn") -> Release:
    return state.promote(draft(run_id, use_case), lambda number: None, seen=state.serving(use_case))


def test_look_counts_plans_and_not_repeats(state: State) -> None:
    assert [state.look("d", "t", plan) for plan in ("a", "a", "b", "a", "c")] == [1, 1, 2, 1, 3]
    assert state.look("other", "t", "a") == 1
    assert state.look("d", "another", "b") == 1


def test_look_survives_reopening(tmp_path: Path) -> None:
    first = State(tmp_path / "state.db")
    first.look("d", "t", "a")
    first.close()
    again = State(tmp_path / "state.db")
    assert again.look("d", "t", "b") == 2
    again.close()


@settings(max_examples=20)
@given(plans=st.lists(st.sampled_from("abcdef"), max_size=12))
def test_look_numbers_follow_first_appearance(
    tmp_path_factory: pytest.TempPathFactory, plans: list[str]
) -> None:
    state = State(tmp_path_factory.mktemp("s") / "state.db")
    numbers = {plan: state.look("d", "t", plan) for plan in plans}
    assert numbers == {plan: i for i, plan in enumerate(dict.fromkeys(plans), 1)}
    state.close()


def test_record_run_keeps_the_latest_word(state: State) -> None:
    state.record_run(Run("churn", "r1", "2025-01-01", "running"))
    state.record_run(Run("churn", "r1", "2025-01-01", "done", "pilot", "abc"))
    state.record_run(Run("price", "r2", "2025-01-02", "done"))
    assert state.run("churn", "r1") == Run("churn", "r1", "2025-01-01", "done", "pilot", "abc")
    assert [r.run_id for r in state.runs()] == ["r2", "r1"]
    assert [r.run_id for r in state.runs("churn")] == ["r1"]
    with pytest.raises(NotFound):
        state.run("churn", "r9")


def test_promote_numbers_releases_for_each_use_case(state: State) -> None:
    assert [promote(state, f"r{i}").number for i in range(3)] == [1, 2, 3]
    assert promote(state, use_case="price").number == 1
    serving = state.serving("churn")
    assert serving is not None and (serving.number, serving.previous, serving.turn) == (3, 2, 3)
    assert [s.use_case for s in state.all_serving()] == ["churn", "price"]
    assert [r.number for r in state.releases("churn")] == [3, 2, 1]


def test_promote_whose_folder_fails_changes_nothing(state: State) -> None:
    promote(state)

    def fail(number: int) -> None:
        raise OSError(number)

    with pytest.raises(OSError):
        state.promote(draft("r2"), fail, seen=state.serving("churn"))
    serving = state.serving("churn")
    assert serving is not None and serving.number == 1
    assert len(state.releases()) == 1


def test_promote_after_somebody_else_names_the_winner(state: State) -> None:
    seen = state.serving("churn")
    promote(state)
    with pytest.raises(Conflict, match="release 1"):
        state.promote(draft("r2"), lambda number: None, seen=seen)


def test_point_goes_back_and_refuses_what_never_was(state: State) -> None:
    promote(state, "r1")
    promote(state, "r2")
    back = state.point("churn", 1, seen=state.serving("churn"))
    assert (back.number, back.previous) == (1, 2)
    assert state.serving("churn") == back
    with pytest.raises(NotFound):
        state.point("churn", 9, seen=back)
    with pytest.raises(Conflict):
        state.point("churn", 2, seen=Serving("churn", 2, 1, 2, ""))


def test_release_that_never_was_is_not_found(state: State) -> None:
    assert state.serving("churn") is None
    with pytest.raises(NotFound):
        state.release("churn", 1)
