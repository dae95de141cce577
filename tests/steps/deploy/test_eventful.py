"""A release that reads pasts: each row's own events, or a table of them beside the rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from pilothouse.errors import MissingColumn
from pilothouse.models.boosting import Boosting
from pilothouse.models.fitted import Fitted, schema_of
from pilothouse.models.target import Target
from pilothouse.steps.deploy.contract import to_table
from pilothouse.steps.deploy.eventful import Eventful
from pilothouse.steps.deploy.served import Served
from pilothouse.steps.explain.background import Background
from pilothouse.types import Context
from small_events import START, events, prepared, town

LINES = [
    ("K0000", 1.0, "buy", "I1", 5.0),
    ("K0000", 3.0, "ask", None, 2.0),
    ("K0001", 2.0, "view", "I1", 1.0),
]


@pytest.fixture(scope="module")
def release() -> Eventful:
    made = prepared()
    target = Target.of(made.data.table)
    model = Boosting(target).build({"trees": 40}).fit(made.data, Context())
    fitted = Fitted(target, schema_of(made.data.table), model)
    assert made.lens is not None
    return Eventful.of(Served("predict", fitted, Background.of(made.data.table), made.id_name), made.lens)


def row(name: str, lines: list[Any], asked_at: str | None = "2025-01-05T00:00:00") -> dict[str, Any]:
    listed = [
        {"at": str(START + np.timedelta64(round(at * 24), "h")), "action": a, "sku": s, "amount": v}
        for who, at, a, s, v in lines
        if who == name
    ]
    return {"customer": name, "age": 40.0, "asked_at": asked_at, "events": listed}


def said(release: Eventful, *rows: dict[str, Any]) -> list[float]:
    checked = TypeAdapter(list[release.request_type]).validate_python(list(rows))  # type: ignore[name-defined]
    table = to_table(release.schema, checked)
    return [a["probability_yes"] for a in release.shape(table, release.predict(table))]


def test_own_events_and_a_table_beside_give_the_same(release: Eventful) -> None:
    over_http = said(release, row("K0000", LINES, None), row("K0001", LINES, "2025-01-04T00:00:00.000001"))
    beside = release.beside(events(LINES))
    told, _ = town(2)
    rows = told.drop(["left"])
    rows["age"][:] = 40.0
    batch = beside.predict(rows)["probability"][:, 1]
    np.testing.assert_allclose(over_http, batch, atol=1e-12)
    assert [c.name for c in beside.schema] == ["customer", "age"]


def test_rows_do_not_see_each_others_events(release: Eventful) -> None:
    one, other = row("K0000", LINES), row("K0001", LINES)
    assert said(release, one, other) == [*said(release, one), *said(release, other)]


def test_a_row_without_events_is_answered(release: Eventful) -> None:
    assert 0 < said(release, row("K0007", LINES, None))[0] < 1
    assert len(said(release, row("K0007", LINES), row("K0000", LINES))) == 2


def test_an_event_after_the_moment_changes_nothing(release: Eventful) -> None:
    late = [*LINES, ("K0000", 4.0, "buy", "I1", 9.0)]
    assert said(release, row("K0000", late)) == said(release, row("K0000", LINES))
    assert said(release, row("K0000", late, "2025-01-06T00:00:00")) != said(release, row("K0000", LINES))


@pytest.mark.parametrize(
    "wrong", [{"events": None}, {"events": [{"at": "2025-01-01"}]}, {"events": "x"}, {"more": 1}]
)
def test_other_requests_are_refused(release: Eventful, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        said(release, {**row("K0000", LINES), **wrong})


def test_a_table_without_a_column_is_refused(release: Eventful) -> None:
    with pytest.raises(MissingColumn):
        release.beside(events(LINES).drop(["amount"]))


def test_what_is_loaded_says_the_same(release: Eventful, tmp_path: Path) -> None:
    release.save(tmp_path)
    again = Eventful.load(tmp_path)
    assert again.lens == release.lens
    assert said(again, row("K0000", LINES)) == said(release, row("K0000", LINES))
    table = to_table(release.schema, [row("K0000", LINES)])
    assert [len(r) for r in again.reasons(table)] == [len(r) for r in release.reasons(table)]
