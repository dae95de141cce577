from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.store.keys import KeyRole
from pilothouse.store.state import Run
from small_shop import ROW, Served, serving, shipped


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("pages"), 0.5)) as served:
        yield served


def test_pages_load_nothing_and_run_nothing(service: Served) -> None:
    with service.client() as client:
        for path in ("/", "/docs", "/enter"):
            page = client.get(path).text
            assert not re.search(r"<script|<link|<img|<iframe|src=|@import|url\(|https?://", page), path


def test_docs_list_every_operation_in_both_languages_without_columns(service: Served) -> None:
    with service.client(None) as client:
        for language, word in (("en", "Ask the serving release"), ("zh", "向正在服务的发布提问")):
            page = client.get("/docs", headers={"Accept-Language": language}).text
            assert word in page and "POST /v1/use-cases/{name}/predict" in page
            assert not any(name in page for name in ROW) and "churn" not in page


def test_openapi_types_each_use_case(service: Served) -> None:
    with service.client(KeyRole.PREDICT) as client:
        described: dict[str, Any] = client.get("/openapi.json").json()
    operation = described["paths"]["/v1/use-cases/churn/predict"]["post"]
    row = operation["requestBody"]["content"]["application/json"]["schema"]["$defs"]["Row"]
    assert set(row["properties"]) == set(ROW)
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert "probability_leave" in answer["properties"]["answers"]["items"]["properties"]
    assert all(op["summary"] for ops in described["paths"].values() for op in ops.values())


def test_front_shows_names_as_text(service: Served) -> None:
    service.state.record_run(Run("churn", "x", "2025", "done", "<script>alert(1)</script>"))
    with service.client() as client:
        page = client.get("/").text
    assert "<script>" not in page and "&lt;script&gt;" in page
