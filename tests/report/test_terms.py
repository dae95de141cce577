from __future__ import annotations

import re

import pytest

from pilothouse.report.terms import glossary, metric_label, metrics_of
from pilothouse.runs.record import Figure
from report.records import SAMPLES, classes, number, pilot


def test_auc_is_told_with_the_readers_numbers() -> None:
    text = glossary(pilot())["auc"].text
    assert text.en.startswith("AUC 0.842: pick one of the leavers and one of the others; 84 times of 100")
    assert "流失客户" in text.zh
    assert "84 次" in text.zh


@pytest.mark.parametrize("name", SAMPLES)
def test_every_metric_and_every_sentence_is_whole(name: str) -> None:
    record = SAMPLES[name]()
    terms = glossary(record)
    assert set(metrics_of(record)) <= set(terms)
    for term in terms.values():
        for text in term.text:
            assert text
            assert not re.search(r"[{}]|None|nan|–：|–:", text), text


def test_brier_names_what_the_base_rate_alone_gives() -> None:
    assert "always saying 26% gives 0.195" in glossary(pilot())["brier"].text.en


def test_nested_split_is_told_as_such() -> None:
    split = pilot().split.model_copy(update={"kind": "nested"})
    text = glossary(pilot().model_copy(update={"split": split}))["kept_aside"].text.en
    assert "exactly once" in text


def test_unknown_metric_keeps_its_name_and_has_no_term() -> None:
    record = pilot()
    record.metrics["test"]["boosting"]["novelty"] = Figure(value=0.5)
    assert "novelty" not in glossary(record)
    assert metric_label("glamour") == ("glamour", "glamour")


def test_metric_without_a_value_is_left_out() -> None:
    record = number()
    for part in record.metrics.values():
        part["boosting"]["mape"] = Figure(value=None)
    assert "mape" not in glossary(record)


def test_primary_metric_comes_first() -> None:
    assert metrics_of(pilot())[0] == "auc"
    assert metrics_of(number())[0] == "mae"
    assert metrics_of(classes())[0] == "auc_macro"
