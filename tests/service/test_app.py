from __future__ import annotations

import os
from pathlib import Path

import pytest

from pilothouse.store.keys import KeyRole, Keys
from small_shop import ROW, expected, serving, shipped

PREDICT = "/v1/use-cases/churn/predict"


def test_first_start_makes_keys_that_work(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 0.0)) as service, service.client(None) as client:
        folder = tmp_path / ".pilothouse" / "keys"
        for role in KeyRole:
            key = (folder / f"{role}.key").read_text().strip()
            reply = client.get("/v1/use-cases", headers={"Authorization": f"Bearer {key}"})
            assert (reply.status_code == 200) == (role is not KeyRole.INGEST)
        assert os.stat(folder).st_mode & 0o077 == 0
        made = len(Keys(service.state).all())
    with serving(tmp_path) as service:
        assert len(Keys(service.state).all()) == made + len(KeyRole)


def test_from_ship_to_answer_to_rollback(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 1.0, 2.0)) as service, service.client() as client:

        def ask() -> tuple[int, float]:
            reply = client.post(PREDICT, json={"rows": ROW}).json()
            return reply["release"], reply["answers"][0]["probability_leave"]

        assert ask() == (2, pytest.approx(expected(2.0), abs=1e-12))
        assert client.post("/v1/releases/churn/rollback", json={}).json()["number"] == 1
        assert ask() == (1, pytest.approx(expected(1.0), abs=1e-12))
        assert client.post("/v1/releases", json={"use_case": "churn", "run_id": "run-2"}).status_code == 201
        assert ask() == (3, pytest.approx(expected(2.0), abs=1e-12))


@pytest.mark.parametrize(
    ("language", "word"), [("zh-CN", "没有内容"), ("en", "nothing here"), ("fr", "nothing here")]
)
def test_errors_speak_the_clients_language(tmp_path: Path, language: str, word: str) -> None:
    with serving(shipped(tmp_path, 0.0)) as service, service.client() as client:
        reply = client.get("/v1/nothing", headers={"Accept-Language": language})
        assert word in reply.json()["error"]["message"]


def test_wrong_method_says_what_is_allowed(tmp_path: Path) -> None:
    with serving(shipped(tmp_path, 0.0)) as service, service.client() as client:
        reply = client.delete(PREDICT)
        assert reply.status_code == 405 and reply.headers["allow"] == "POST"
        assert reply.json()["error"]["code"] == "wrong_method"
