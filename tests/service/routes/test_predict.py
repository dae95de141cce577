from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pilothouse.guards.modelfile import load_file
from pilothouse.store.keys import KeyRole
from pilothouse.types import Answers, Table
from small_shop import ROW, Leavers, Served, expected, serving, shipped

URL = "/v1/use-cases/churn/predict"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("predict"), 0.5)) as served:
        yield served


def test_predict_answers_one_row_with_its_raw_id(service: Served) -> None:
    with service.client(KeyRole.PREDICT) as client:
        reply = client.post(URL, json={"rows": ROW})
    leave = pytest.approx(expected(0.5), abs=1e-12)
    answer = {"customer": "00123", "prediction": "leave", "probability_leave": leave}
    assert reply.json()["use_case"] == "churn" and reply.json()["release"] == 1
    assert {k: reply.json()["answers"][0][k] for k in answer} == answer


@pytest.mark.parametrize("rows", [1, 8, 9, 300])
def test_predict_answers_in_order_however_many(service: Served, rows: int) -> None:
    sent = [{**ROW, "customer": str(i), "monthly_fee": i, "套餐": None} for i in range(rows)]
    with service.client(KeyRole.PREDICT) as client:
        answers = client.post(URL, json={"rows": sent}).json()["answers"]
    assert [a["customer"] for a in answers] == [str(i) for i in range(rows)]
    wanted = [pytest.approx(expected(0.5, fee=i, family=False), abs=1e-12) for i in range(rows)]
    assert [a["probability_leave"] for a in answers] == wanted


def test_predict_gives_reasons_only_on_demand_and_in_the_readers_language(service: Served) -> None:
    with service.client(KeyRole.PREDICT) as client:
        assert "reasons" not in client.post(URL, json={"rows": ROW, "reasons": False}).json()["answers"][0]
        for language, word in (("zh", "数字"), ("en", "number")):
            reply = client.post(
                URL, json={"rows": [ROW, ROW], "reasons": True}, headers={"Accept-Language": language}
            )
            assert [word in a["reasons"][0] for a in reply.json()["answers"]] == [True, True]


def test_show_use_case_describes_the_columns(service: Served) -> None:
    with service.client(KeyRole.PREDICT) as client:
        shown = client.get("/v1/use-cases/churn").json()
        row = shown["request"]["$defs"]["Row"]
        assert set(row["properties"]) == set(ROW) and row["additionalProperties"] is False
        assert set(row["required"]) == set(ROW) - {"customer"}
        assert "probability_leave" in shown["answer"]["properties"]
        assert client.get("/v1/use-cases/other").status_code == 404


def test_one_row_costs_little_more_than_an_empty_route(service: Served) -> None:
    def median(ask: object) -> float:
        times = []
        for _ in range(300):
            began = time.perf_counter()
            ask()  # type: ignore[operator]
            times.append(time.perf_counter() - began)
        return sorted(times)[150]

    with service.client(KeyRole.PREDICT) as client:
        empty = median(lambda: client.get("/healthz"))
        asked = median(lambda: client.post(URL, json={"rows": ROW}))
    # The aim is 1 ms; the bound leaves room for a busy machine.
    assert asked - empty < 0.004


class Slow(Leavers):
    """Answers once somebody else was answered."""

    takes_long = True
    asked, others = threading.Event(), threading.Event()

    @staticmethod
    def load(folder: Path) -> Slow:
        return Slow(load_file(folder / "weights.json", "json"))

    def predict(self, requests: Table) -> Answers:
        self.asked.set()
        assert self.others.wait(20)
        return super().predict(requests)


def test_who_takes_long_keeps_nobody_waiting(tmp_path: Path) -> None:
    with (
        serving(shipped(tmp_path, 0.5), Slow.load) as served,
        served.client(KeyRole.PREDICT) as client,
        served.client(None) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        reply = pool.submit(client.post, URL, json={"rows": ROW})
        assert Slow.asked.wait(20)
        assert other.get("/healthz").status_code == 200
        Slow.others.set()
        assert reply.result().json()["answers"][0]["customer"] == "00123"
