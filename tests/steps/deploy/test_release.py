from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pilothouse.errors import Corrupt, NotFound, Refused
from pilothouse.steps.deploy.release import folder_hash, rollback, ship, usable
from pilothouse.store.state import State
from small_shop import Leavers, add_run


@pytest.fixture
def product(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        add_run(tmp_path, f"run-{number}", bias=float(number))
    return tmp_path


@pytest.fixture
def state(product: Path) -> Iterator[State]:
    made = State(product / ".pilothouse" / "state.db")
    yield made
    made.close()


def release_folder(product: Path, number: int) -> Path:
    return product / ".pilothouse" / "releases" / "churn" / str(number)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_ship_copies_the_model_and_lets_it_serve(state: State, product: Path) -> None:
    release = ship(state, product, "churn", "run-1", made_by="test")
    model = product / ".pilothouse" / "runs" / "churn" / "run-1" / "model"
    ready = usable(state, product, "churn")
    assert (release.number, release.run_id, release.made_by) == (1, "run-1", "test")
    assert ready.release == release and ready.wanted == 1
    assert folder_hash(ready.folder) == folder_hash(model) == release.folder_hash
    assert Leavers.load(ready.folder)
    assert {p.name for p in ready.folder.parent.iterdir()} == {"1"}


def test_ship_leaves_the_release_alone_when_the_run_changes(state: State, product: Path) -> None:
    ship(state, product, "churn", "run-1")
    damage(product / ".pilothouse" / "runs" / "churn" / "run-1" / "model" / "weights.json")
    assert usable(state, product, "churn").wanted == 1


def test_ship_of_a_damaged_model_changes_nothing(state: State, product: Path) -> None:
    ship(state, product, "churn", "run-1")
    damage(product / ".pilothouse" / "runs" / "churn" / "run-2" / "model" / "weights.json")
    with pytest.raises(Corrupt):
        ship(state, product, "churn", "run-2")
    assert usable(state, product, "churn").release.number == 1
    assert {p.name for p in release_folder(product, 1).parent.iterdir()} == {"1"}


def test_ship_says_what_is_missing(state: State, product: Path) -> None:
    with pytest.raises(NotFound):
        ship(state, product, "churn", "run-9")
    with pytest.raises(Refused):
        ship(state, product, "churn", "../churn/run-1")
    with pytest.raises(NotFound):
        usable(state, product, "churn")


def test_ship_replaces_a_folder_that_no_release_owns(state: State, product: Path) -> None:
    orphan = release_folder(product, 1)
    orphan.mkdir(parents=True)
    (orphan / "half.json").write_text("{")
    ship(state, product, "churn", "run-1")
    assert not (orphan / "half.json").exists()
    assert usable(state, product, "churn").release.number == 1


def test_rollback_returns_to_the_release_before(state: State, product: Path) -> None:
    for number in (1, 2):
        ship(state, product, "churn", f"run-{number}")
    assert rollback(state, product, "churn").number == 1
    with pytest.raises(NotFound):
        rollback(state, product, "churn")
    assert ship(state, product, "churn", "run-3").number == 3
    # Release 2 was taken back: the one before 3 is 1.
    assert rollback(state, product, "churn").number == 1
    assert rollback(state, product, "churn", 2).number == 2


def test_rollback_to_a_damaged_release_changes_nothing(state: State, product: Path) -> None:
    for number in (1, 2):
        ship(state, product, "churn", f"run-{number}")
    damage(release_folder(product, 1) / "weights.json")
    with pytest.raises(Corrupt):
        rollback(state, product, "churn")
    assert usable(state, product, "churn").release.number == 2


def test_usable_falls_back_to_what_served_before(state: State, product: Path) -> None:
    for number in (1, 2, 3):
        ship(state, product, "churn", f"run-{number}")
    damage(release_folder(product, 3) / "weights.json")
    ready = usable(state, product, "churn")
    assert (ready.release.number, ready.wanted) == (2, 3)
    assert [p.name[:10] for p in ready.folder.parent.iterdir() if "damaged" in p.name] == ["3.damaged-"]
    damage(release_folder(product, 2) / "more" / "notes.json")
    assert usable(state, product, "churn").release.number == 1
    (release_folder(product, 1) / "weights.json").unlink()
    with pytest.raises(Corrupt):
        usable(state, product, "churn")


def test_usable_sees_a_model_swapped_with_a_manifest_that_fits(state: State, product: Path) -> None:
    ship(state, product, "churn", "run-1")
    ship(state, product, "churn", "run-2")
    other = product / ".pilothouse" / "runs" / "churn" / "run-3" / "model"
    for name in ("weights.json", "manifest.json"):
        (release_folder(product, 2) / name).write_bytes((other / name).read_bytes())
    assert usable(state, product, "churn").release.number == 1
