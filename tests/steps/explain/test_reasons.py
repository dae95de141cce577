from __future__ import annotations

import time

import numpy as np
import pytest

from pilothouse.steps.explain.background import Background
from pilothouse.steps.explain.reasons import Asking, effects, reasons, what_if
from pilothouse.types import Context

from .worlds import Known, one, table

USUAL = Background.of(table())
BINARY = Asking(Known(), USUAL, ("stay", "leave"))


def test_reasons_name_what_moves_the_answer_and_by_how_much() -> None:
    said = reasons(BINARY, one("monthly", 3.0))[0]
    assert said[0].text("en") == "contract is monthly: raises the chance by 34 in 100"
    assert said[1].text("en").startswith("tenure is 3: raises the chance by 2")
    assert said[0].text("zh") == "contract为 monthly：可能性提高 34 个百分点"
    assert len(said) == 2


def test_reasons_that_lower_are_told_too() -> None:
    said = [m.text("en") for m in reasons(BINARY, one("yearly", 60.0))[0]]
    assert said[0] == "contract is yearly: lowers the chance by 16 in 100"


def test_a_missing_value_is_called_so() -> None:
    said = [m.text("en") for m in reasons(BINARY, one(None, np.nan))[0]]
    assert any(text.startswith("contract is not filled in: lowers") for text in said)


def test_many_rows_give_what_each_row_gives() -> None:
    rows = table(3, 40)
    together = reasons(BINARY, rows)
    assert together == [reasons(BINARY, rows.take(np.array([i])))[0] for i in range(40)]


def test_effects_are_the_known_ones() -> None:
    moved, outcome = effects(BINARY, one("monthly", 60.0))
    shares = dict(zip(USUAL.columns[0].values, USUAL.columns[0].shares, strict=True))
    assert moved[0, 0] == pytest.approx(0.5 * (1 - shares["monthly"]))
    assert moved[0, 2:].tolist() == [0.0, 0.0]
    assert outcome.tolist() == [1]


def test_a_number_is_told_in_its_unit_and_classes_by_name() -> None:
    number = reasons(Asking(Known("number"), USUAL), one("monthly", 60.0))[0]
    assert number[0].text("en").startswith("contract is monthly: adds about 34")
    classes = Asking(Known("classes"), USUAL, ("gone", "here", "idle"))
    assert "the chance of gone by" in reasons(classes, one("monthly", 3.0))[0][0].text("en")


def test_what_if_finds_the_smallest_change_and_warns() -> None:
    said = [m.text("en") for m in what_if(BINARY, one("monthly", 60.0), threshold=0.5)]
    assert len(said) == 2
    assert (
        said[0].startswith("If contract is ") and "would not be flagged: 10 in 100 instead of 60" in said[0]
    )
    assert "only an experiment can tell" in said[1]


def test_what_if_takes_the_nearest_number() -> None:
    said = what_if(BINARY, one("yearly", 60.0), threshold=0.35)
    tenure = [m for m in said if m.values.get("now") == "60"]
    values = USUAL.columns[1].values
    nearest = max(v for v in values[~np.isnan(values)] if v < 20)
    assert tenure[0].values["what"].values["value"] == f"{nearest:.0f}"


def test_what_if_says_when_nothing_helps_and_is_silent_for_numbers() -> None:
    assert [m.key for m in what_if(BINARY, one("yearly", 60.0), threshold=0.95)] == ["explain.no_single"]
    assert what_if(Asking(Known("number"), USUAL), one("yearly", 60.0)) == []
    with pytest.raises(ValueError, match="one row"):
        what_if(BINARY, table(1, 2))


def test_a_row_that_is_like_all_others_gets_a_sentence() -> None:
    class Flat(Known):
        def chance(self, requests):
            return np.full(requests.rows, 0.2)

    assert [m.key for m in reasons(Asking(Flat(), USUAL, ("a", "b")), one("yearly", 5.0))[0]] == [
        "explain.usual"
    ]


def test_one_row_asks_the_model_twice() -> None:
    class Counting(Known):
        calls = 0

        def predict(self, requests, context):
            Counting.calls += 1
            return super().predict(requests, context)

    started = time.perf_counter()
    reasons(Asking(Counting(), USUAL, ("stay", "leave"), Context()), one("monthly", 3.0))
    assert Counting.calls == 2
    assert time.perf_counter() - started < 1.0
