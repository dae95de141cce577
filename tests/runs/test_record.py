from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from conftest import Done
from pilothouse.runs.record import SCHEMA_VERSION, RunRecord

# The contract of run.json that other programs read.
PROMISED = {
    *("use_case", "scenario", "run_id", "started_at", "seconds", "peak_rss_mb", "rows", "data_hash", "seed"),
    *("split", "metric", "winner", "baseline", "test", "metrics", "leaks", "personal", "slices", "skipped"),
    *("learning_curve", "value", "looks", "interval_level", "verdict"),
}


def test_record_holds_every_promised_field() -> None:
    assert set(RunRecord.model_fields) >= PROMISED


def test_run_json_round_trips_without_loss(finished: Done) -> None:
    content = finished.folder.get_json("run.json")
    record = RunRecord.model_validate(content)
    assert json.loads(record.model_dump_json()) == content
    assert record.schema_version == SCHEMA_VERSION


def test_unknown_field_is_refused(finished: Done) -> None:
    content = finished.folder.get_json("run.json") | {"surprise": 1}
    with pytest.raises(ValidationError):
        RunRecord.model_validate(content)


def test_every_sentence_of_a_run_is_kept_in_both_languages(finished: Done) -> None:
    def sentences(value: object) -> list[dict[str, object]]:
        if isinstance(value, dict):
            own = [value] if {"key", "zh", "en"} <= set(value) else []
            return own + [s for v in value.values() for s in sentences(v)]
        return [s for v in value for s in sentences(v)] if isinstance(value, list) else []

    found = sentences(finished.folder.get_json("run.json"))
    assert len(found) > 30
    assert all(s["zh"] and s["en"] for s in found)
