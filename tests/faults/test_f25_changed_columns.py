"""F25: columns renamed, missing, added or of another kind at predict time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from small_shop import ROW, SCHEMA, Served, serving, shipped

URL = "/v1/use-cases/churn/predict"
NEEDED = [name for name in ROW if name != "customer"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f25"), 0.0)) as served:
        yield served


def refuse(service: Served, row: Any, language: str = "en") -> dict[str, Any]:
    with service.client() as client:
        reply = client.post(URL, json={"rows": [ROW, row]}, headers={"Accept-Language": language})
    assert reply.status_code == 422
    error: dict[str, Any] = reply.json()["error"]
    return error


@pytest.mark.parametrize("name", NEEDED)
def test_f25_missing_column_is_named(service: Served, name: str) -> None:
    error = refuse(service, {k: v for k, v in ROW.items() if k != name})
    assert error["code"] == "missing_column"
    assert f'Row 2: column "{name}" is missing' in error["message"]
    assert f"“{name}”" in error["problem"]["zh"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("monthly_fee", "monthlyFee"),
        ("monthly_fee", "Monthly_Fee"),
        ("joined", "join_ed"),
        ("套餐", "套餐名"),
        ("note", "notes"),
    ],
)
def test_f25_renamed_column_is_named_with_the_nearest(service: Served, old: str, new: str) -> None:
    error = refuse(service, {new if k == old else k: v for k, v in ROW.items()})
    assert f'"{old}" is missing' in error["message"] and f'"{new}"' in error["message"]
    chinese = refuse(service, {new if k == old else k: v for k, v in ROW.items()}, "zh-CN")
    assert f"缺少列“{old}”" in chinese["message"] and f"“{new}”" in chinese["message"]


def test_f25_extra_column_is_named_with_the_nearest(service: Served) -> None:
    error = refuse(service, {**ROW, "monthly_fees": 1})
    assert '"monthly_fees" is not known' in error["message"] and '"monthly_fee"' in error["message"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_f25_any_change_of_the_columns_is_refused(service: Served, data: st.DataObject) -> None:
    row = dict(ROW)
    name = data.draw(st.sampled_from(NEEDED))
    other = data.draw(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(
            lambda n: n not in ROW and "\0" not in n
        )
    )
    change = data.draw(st.sampled_from(["drop", "rename", "add", "kind"]))
    if change in ("drop", "rename"):
        value = row.pop(name)
        if change == "rename":
            row[other] = value
    elif change == "add":
        row[other] = data.draw(st.sampled_from([None, 1, "x"]))
    else:
        row[name] = data.draw(st.sampled_from([True, [], {}, [1]]))
    assert refuse(service, row)["code"] in ("missing_column", "user_fault")


def test_f25_every_kind_names_what_it_wants(service: Served) -> None:
    for column, wrong, word in [
        ("monthly_fee", "59", "number"),
        ("套餐", 5, "text"),
        ("note", True, "text"),
        ("joined", 5, "text"),
    ]:
        error = refuse(service, {**ROW, column: wrong})
        assert f'"{column}"' in error["message"] and word in error["message"]
    assert {column.name for column in SCHEMA} == set(ROW)
