"""F09: bytes of state.db and of releases flipped or cut; never a wrong answer."""

from __future__ import annotations

import contextlib
import random
import shutil
from pathlib import Path

import pytest

from pilothouse.errors import Corrupt, PilothouseError
from pilothouse.steps.deploy.release import usable
from pilothouse.store.state import State
from small_shop import ROW, add_run, expected, serving, shipped

SEED = 20_260
BODY = {"rows": ROW}


def truth(state: State) -> object:
    return (
        state.all_serving(),
        state.releases(),
        state.runs(),
        state.look("d", "t", "a"),
        state.look("d", "t", "b"),
    )


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shipped(tmp_path_factory.mktemp("f09"), 1.0, 2.0)
    state = State(folder / ".pilothouse" / "state.db")
    state.look("d", "t", "a")
    state.look("d", "t", "b")
    state.close()
    return folder


def test_f09_flipped_or_cut_state_is_found_or_makes_no_difference(product: Path, tmp_path: Path) -> None:
    sound = product / ".pilothouse" / "state.db"
    content = sound.read_bytes()
    state = State(sound)
    wanted = truth(state)
    state.close()
    chance = random.Random(SEED)
    used = [i for i, byte in enumerate(content) if byte]
    places = [*range(100), *chance.sample(used, 500)]
    found = 0
    for number, place in enumerate(places):
        path = tmp_path / f"{number}" / "state.db"
        path.parent.mkdir()
        damaged = bytearray(content)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        state = State(path, wait_s=0.2)
        try:
            assert truth(state) == wanted, f"seed {SEED}, byte {place}"
        except PilothouseError:
            found += 1
        finally:
            state.close()
            shutil.rmtree(path.parent)
    assert found > 200
    for size in sorted([0, *chance.sample(range(len(content)), 40)]):
        path = tmp_path / "state.db"
        path.write_bytes(content[:size])
        state = State(path, wait_s=0.2)
        # What is cut off an empty page is not missed.
        with contextlib.suppress(PilothouseError):
            assert truth(state) == wanted, size
        state.close()
        path.unlink()


def test_f09_every_damaged_release_file_is_found_before_it_is_loaded(product: Path, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    names = [
        p.relative_to(product) for p in (product / ".pilothouse/releases/churn/2").rglob("*") if p.is_file()
    ]
    assert len(names) == 3
    for name in names:
        content = (product / name).read_bytes()
        for trial in range(20):
            copy = tmp_path / f"{name.stem}-{trial}"
            shutil.copytree(product, copy)
            place = chance.randrange(len(content))
            kept = bytearray(content)
            kept[place] ^= 1 << chance.randrange(8)
            (copy / name).write_bytes(kept if trial % 4 else content[:place])
            state = State(copy / ".pilothouse" / "state.db")
            ready = usable(state, copy, "churn")
            assert (ready.release.number, ready.wanted) == (1, 2), (name, place)
            state.close()
            shutil.rmtree(copy)


def test_f09_last_good_release_keeps_answering(tmp_path: Path) -> None:
    product = shipped(tmp_path, 1.0, 2.0, 3.0)
    releases = product / ".pilothouse" / "releases" / "churn"
    with serving(product) as service, service.client() as client:
        answer = client.post("/v1/use-cases/churn/predict", json=BODY).json()
        assert answer["release"] == 3
        (releases / "2" / "weights.json").write_bytes(b'{"bias":9,"fee":0,"family":0}')
        refused = client.post("/v1/releases/churn/rollback", json={"number": 2})
        assert refused.status_code == 503 and refused.json()["error"]["code"] == "corrupt"
        (releases / "3" / "weights.json").write_bytes(b"{")
        assert client.post("/v1/use-cases/churn/predict", json=BODY).json() == answer
    # A fresh start: 3 is broken, 2 is broken, 1 is whole.
    with serving(product) as service, service.client() as client:
        reply = client.post("/v1/use-cases/churn/predict", json=BODY).json()
        assert reply["release"] == 1
        assert reply["answers"][0]["probability_leave"] == pytest.approx(expected(1.0), abs=1e-12)
        assert client.get("/readyz").json() == {"status": "degraded"}
        entry = client.get("/v1/use-cases").json()["use_cases"][0]
        assert (entry["release"], entry["damaged"]) == (1, 3)
        assert sum("damaged" in p.name for p in releases.iterdir()) == 2
        # Shipping anew mends it.
        add_run(product, "run-9", bias=9.0)
        assert (
            client.post("/v1/releases", json={"use_case": "churn", "run_id": "run-9"}).json()["number"] == 4
        )
        assert client.post("/v1/use-cases/churn/predict", json=BODY).json()["release"] == 4
        assert client.get("/readyz").json() == {"status": "ready"}


def test_f09_with_no_whole_release_it_says_so(tmp_path: Path) -> None:
    product = shipped(tmp_path, 1.0)
    (product / ".pilothouse" / "releases" / "churn" / "1" / "weights.json").unlink()
    with serving(product) as service, service.client() as client:
        reply = client.post("/v1/use-cases/churn/predict", json=BODY)
        assert reply.status_code == 503 and reply.json()["error"]["code"] == "corrupt"
        assert client.get("/readyz").status_code == 503 and client.get("/healthz").status_code == 200
    state = State(product / ".pilothouse" / "state.db")
    with pytest.raises(Corrupt):
        usable(state, product, "churn")
    state.close()
