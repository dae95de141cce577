from __future__ import annotations

import json

import pytest

from pilothouse.report import charts
from pilothouse.report.figures import score
from pilothouse.report.wording import in_language
from pilothouse.runs.record import DriverRecord, Figure, RunRecord
from report.records import SAMPLES, no_go, pilot

WHOLE = ("contest", "folds", "calibration", "drivers", "learning", "groups")


def drawn(record: RunRecord) -> list[charts.Chart]:
    found = [getattr(charts, name)(record) for name in WHOLE]
    told = record.explanation.drivers if record.explanation else []
    found += [charts.bend(d, k, is_share=True) for k, d in enumerate(told)]
    return [c for c in found if c is not None]


@pytest.mark.parametrize("name", SAMPLES)
def test_each_chart_is_plain_json_in_both_languages_with_a_table(name: str) -> None:
    for chart in drawn(SAMPLES[name]()):
        for language in ("en", "zh"):
            spec = json.loads(json.dumps(in_language(chart.spec, language), allow_nan=False))
            assert spec["$schema"].endswith("vega-lite/v6.json")
            assert spec["description"]
            assert "url" not in json.dumps(spec).replace("$schema", "")
        assert chart.rows
        assert {len(row) for row in chart.rows} == {len(chart.header)}


def test_contest_holds_the_figures_of_the_record() -> None:
    record = pilot()
    chart = charts.contest(record)
    assert chart is not None
    points = chart.spec["data"]["values"]
    kept = record.metrics["out_of_fold"]
    assert [p["value"] for p in points] == [kept[c.name]["auc"].value for c in record.candidates]
    assert [row[1] for row in chart.rows] == [score(kept[c.name]["auc"].value) for c in record.candidates]
    assert [p["standing"] for p in points] == ["other", "other", "baseline", "other", "winner", "other"]


def test_learning_draws_no_reach_where_it_cannot_tell() -> None:
    sure, unsure = charts.learning(pilot()), charts.learning(no_go())
    assert sure is not None
    assert unsure is not None
    assert len(sure.spec["layer"]) == len(unsure.spec["layer"]) + 4
    reach = sure.spec["layer"][4]["data"]["values"]
    assert reach[-1]["rows"] == pytest.approx(2 * 5634)
    assert reach[-1]["score"] == pytest.approx(0.852 - 1.05 * (2 * 5634) ** -0.58)


def test_bend_reads_values_and_groups_under_either_name() -> None:
    importance = Figure(value=0.1, low=0.0, high=0.2)
    words = DriverRecord(
        column="c",
        importance=importance,
        bends=[{"group": "x", "mean": 0.4}, {"group": "y", "mean": 0.1}, {"group": None, "mean": 0.1}],
    )
    bars = charts.bend(words, 0, is_share=True)
    assert bars is not None
    assert bars.spec["mark"]["type"] == "bar"
    assert bars.rows == [("x", "40%"), ("y", "10%")]
    line = charts.bend(
        words.model_copy(update={"bends": [{"value": k, "answer": k} for k in (1, 2)]}), 1, is_share=False
    )
    assert line is not None
    assert line.spec["mark"]["type"] == "line"


def test_nothing_to_draw_gives_no_chart() -> None:
    record = no_go(metrics={}, fold_scores={}, learning_curve=None)
    assert drawn(record) == []
