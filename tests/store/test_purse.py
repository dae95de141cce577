from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from pilothouse.errors import Corrupt
from pilothouse.store.database import Database
from pilothouse.store.purse import Purses


@pytest.fixture
def database(tmp_path: Path):
    made = Database(tmp_path / "state.db")
    yield made
    made.close()


def test_amount_is_taken_from_every_purse_or_from_none(database: Database) -> None:
    purses = Purses(database)
    assert purses.set_aside(2.0, {"day": 5.0, "run": 3.0}) is None
    assert purses.set_aside(2.0, {"day": 5.0, "run": 3.0}) == "run"
    assert (purses.spent("day"), purses.spent("run"), purses.spent("other")) == (2.0, 2.0, 0.0)


def test_what_was_not_spent_comes_back(database: Database) -> None:
    purses, limits = Purses(database), {"day": 1.0}
    for _ in range(100):
        assert purses.set_aside(0.5, limits) is None
        purses.settle(0.5, 0.0001, limits)
    assert purses.spent("day") == pytest.approx(0.01, abs=1e-9)


def test_a_server_that_claims_more_than_was_set_aside_is_believed(database: Database) -> None:
    purses, limits = Purses(database), {"day": 1.0}
    purses.set_aside(0.5, limits)
    purses.settle(0.5, 3.0, limits)
    assert purses.spent("day") == 3.0 and purses.set_aside(0.001, limits) == "day"


def test_budget_can_be_spent_to_the_last_and_no_further(database: Database) -> None:
    purses = Purses(database)
    taken = sum(purses.set_aside(0.1, {"day": 1.0}) is None for _ in range(20))
    assert taken == 10 and purses.set_aside(1e-12, {"day": 1.0}) == "day"


def test_crowd_takes_no_more_than_there_is(tmp_path: Path) -> None:
    took: list[bool] = []

    def take() -> None:
        own = Database(tmp_path / "state.db", wait_s=30)
        took.extend(Purses(own).set_aside(1.0, {"day": 10.0}) is None for _ in range(5))
        own.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(took) == 10


def test_what_one_spent_can_be_counted_as_anothers(database: Database) -> None:
    purses = Purses(database)
    purses.set_aside(2.0, {"before": 5.0})
    purses.set_aside(1.0, {"run": 5.0})
    purses.hand_over("before", "run")
    assert purses.spent("run") == 3.0 and purses.spent("before") == 0
    purses.hand_over("before", "run")
    assert purses.spent("run") == 3.0


def test_flipped_digit_is_seen(tmp_path: Path, database: Database) -> None:
    Purses(database).set_aside(2.0, {"day": 5.0})
    database.close()
    raw = sqlite3.connect(tmp_path / "state.db")
    raw.execute("UPDATE purses SET spent = 1")
    raw.commit()
    raw.close()
    with pytest.raises(Corrupt):
        Purses(database).set_aside(1.0, {"day": 5.0})
