"""F08: two promotions at once."""

from __future__ import annotations

import threading
from pathlib import Path

from pilothouse.errors import Conflict
from pilothouse.steps.deploy.release import ship, usable
from pilothouse.store.state import Release, State
from small_shop import add_run, serving, shipped


def test_f08_of_two_that_began_together_one_wins_and_is_named(tmp_path: Path) -> None:
    product = shipped(tmp_path, 0.0)
    seen = State(product / ".pilothouse" / "state.db").serving("churn")
    barrier = threading.Barrier(4)
    told: list[int | str] = []

    def promote(name: str) -> None:
        state = State(product / ".pilothouse" / "state.db")
        draft = Release("churn", 0, name, "hash", "2025", name)
        barrier.wait()
        try:
            told.append(state.promote(draft, lambda number: None, seen=seen).number)
        except Conflict as fault:
            told.append(fault.text("en"))
        state.close()

    threads = [threading.Thread(target=promote, args=(f"r{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [t for t in told if isinstance(t, int)] == [2]
    losers = [t for t in told if isinstance(t, str)]
    assert len(losers) == 3 and all("release 2 of churn" in loser for loser in losers)


def test_f08_over_http_losers_get_409_and_every_winner_is_whole(tmp_path: Path) -> None:
    product = shipped(tmp_path, 0.0)
    for number in range(10, 16):
        add_run(product, f"run-{number}", bias=float(number))
    replies = []
    barrier = threading.Barrier(6)
    with serving(product) as service:

        def ask(number: int) -> None:
            with service.client() as client:
                client.get("/healthz")
                barrier.wait()
                replies.append(
                    client.post("/v1/releases", json={"use_case": "churn", "run_id": f"run-{number}"})
                )

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(10, 16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = sorted(r.json()["number"] for r in replies if r.status_code == 201)
        lost = [r for r in replies if r.status_code == 409]
        assert won and len(won) + len(lost) == 6
        assert won == list(range(2, 2 + len(won)))
        assert all(r.json()["error"]["code"] == "conflict" for r in lost)
        assert usable(service.state, product, "churn").release.number == won[-1]


def test_f08_the_loser_leaves_no_folder(tmp_path: Path) -> None:
    product = shipped(tmp_path, 0.0)
    add_run(product, "run-2", bias=2.0)
    add_run(product, "run-3", bias=3.0)
    state, other = (State(product / ".pilothouse" / "state.db") for _ in range(2))
    stale = state.serving("churn")
    ship(other, product, "churn", "run-2")
    state.serving = lambda use_case: stale  # type: ignore[method-assign]
    try:
        ship(state, product, "churn", "run-3")
    except Conflict as fault:
        assert "release 2" in fault.text("en")
    else:
        raise AssertionError("the second promotion did not see the first")
    assert {p.name for p in (product / ".pilothouse" / "releases" / "churn").iterdir()} == {"1", "2"}
    state.close()
    other.close()
