"""Which past events the behaviour model looked at, and what it says without them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.models.behaviour import Behaviour  # noqa: E402
from pilothouse.models.fitted import Fitted, schema_of  # noqa: E402
from pilothouse.models.target import Target  # noqa: E402
from pilothouse.scenarios.predict.looking import EVENTS, looks_panel  # noqa: E402
from pilothouse.types import Context, Questions, Role, Table  # noqa: E402
from small_events import prepared  # noqa: E402


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    data = prepared(240).data
    built = Behaviour.of(data, 1e6).build({"width": 16, "blocks": 2, "epochs": 20, "places": 8})
    model = built.fit(data.take(np.arange(200)), Context())
    return Fitted(model.target, schema_of(data.table), model)


@pytest.fixture(scope="module")
def asked() -> Questions:
    table: Table = prepared(240).data.table.take(np.arange(200, 240)).drop(["left"])
    return Questions(table, None, np.arange(40), ("no", "yes"))


def test_each_line_names_an_event_its_share_and_the_answer_without_it(
    fitted: Fitted, asked: Questions
) -> None:
    figure = fitted.predict(asked.requests)["probability"][:, 1]
    (panel,) = looks_panel(fitted, asked, figure)
    assert [row[0] for row in panel.rows] == [str(n) for n in (1, 2, 3) for _ in range(EVENTS)]
    first = panel.rows[:EVENTS]
    shares = [float(str(row[3]).rstrip("%")) for row in first]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 101
    best = f"{100 * figure.max():.1f}%"
    assert {str(row[4]) for row in first} == {best} and len({str(row[5]) for row in first}) > 1
    assert all(str(row[1]).split(" · ")[0] in {"ask", "buy", "view"} for row in panel.rows)
    assert "no cause" in panel.told.text("en") and "不等于原因" in panel.told.text("zh")


def test_models_that_read_no_past_show_nothing(asked: Questions) -> None:
    data = prepared(240).data
    plain = Fitted(Target.of(data.table), schema_of(data.table), object())
    assert looks_panel(plain, asked, np.zeros(40)) == []


def test_a_past_that_was_taken_out_is_not_shown(fitted: Fitted, asked: Questions) -> None:
    blind = replace(fitted, schema=tuple(c for c in fitted.schema if c.role is not Role.PAST))
    assert looks_panel(blind, asked, np.zeros(40)) == []
