from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pilothouse.steps.deploy.release import rollback, ship
from small_shop import ROW, Leavers, add_run, expected, serving, shipped

URL = "/v1/use-cases/churn/predict"


def test_every_answer_comes_from_one_release_while_releases_change(tmp_path: Path) -> None:
    product = shipped(tmp_path, 1.0)
    for number in range(2, 9):
        add_run(product, f"run-{number}", bias=float(number))
    answers: list[tuple[int, list[float]]] = []
    stop = threading.Event()
    with serving(product) as service:

        def ask() -> None:
            with service.client() as client:
                while not stop.is_set():
                    reply = client.post(URL, json={"rows": [ROW] * 12}).json()
                    answers.append((reply["release"], [a["probability_leave"] for a in reply["answers"]]))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(2, 9):
            ship(service.state, product, "churn", f"run-{number}")
            if number % 3 == 0:
                rollback(service.state, product, "churn")
        stop.set()
        for thread in threads:
            thread.join()
    assert len({release for release, _ in answers}) > 2
    for release, said in answers:
        assert said == [pytest.approx(expected(float(release)), abs=1e-12)] * 12


def test_a_release_is_loaded_once_however_many_ask_first(tmp_path: Path) -> None:
    loaded: list[Path] = []

    def load(folder: Path) -> Leavers:
        loaded.append(folder)
        return Leavers.load(folder)

    with serving(shipped(tmp_path, 1.0), load) as service:

        def ask() -> None:
            with service.client() as client:
                assert client.post(URL, json={"rows": ROW}).status_code == 200

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(loaded) == 1
