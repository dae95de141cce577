"""A release: one text over HTTP, a file of texts, personal values, disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from pilothouse.errors import TooLarge
from pilothouse.guards.modelfile import check_manifest
from pilothouse.messages import Message
from pilothouse.scenarios.needs.release import HEADER, ServedNeeds
from pilothouse.steps.deploy.contract import to_table


def asked(served: ServedNeeds, *texts: str) -> Any:
    return to_table(served.schema, [{served.text_name: text} for text in texts])


def test_one_text_is_put_under_its_need(served: ServedNeeds) -> None:
    table = asked(served, "battery drains and the phone gets hot", "the export to Excel is missing", "zzz")
    battery, export, nothing = served.shape(table, served.predict(table))
    assert "battery" in battery["need"] and battery["rank"] >= 1
    assert "export" in export["need"] and battery["need"] != export["need"]
    assert nothing["need"] is None and nothing["rank"] is None and nothing["score"] == 0.0
    json.dumps([battery, export, nothing], allow_nan=False)
    for said in (battery, export, nothing):
        TypeAdapter(served.answer_type).validate_python(said)


def test_a_request_is_strict(served: ServedNeeds) -> None:
    request = TypeAdapter(served.request_type)
    request.validate_python({served.text_name: "a text"})
    for wrong in ({served.text_name: 12}, {}, {served.text_name: "a", "more": 1}):
        with pytest.raises(ValidationError):
            request.validate_python(wrong)


def test_a_file_is_counted_by_needs(served: ServedNeeds) -> None:
    table = asked(served, *["battery drains in the background"] * 6, *["export to Excel is easy"] * 2, "zzz")
    rows = served.rows(table, served.predict(table))
    assert all(len(row) == len(HEADER) for row in rows)
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))
    battery = next(row for row in rows if "battery" in str(row[1]))
    assert battery[2] == 6 and battery[3] > 0 and "battery" in battery[4]
    assert isinstance(rows[-1][1], Message) and rows[-1][2] == 1


def test_a_file_of_several_batches_is_refused(served: ServedNeeds) -> None:
    table = asked(served, "battery drains")
    with pytest.raises(TooLarge):
        served.rows(table, served.predict(table), 100_001)


def test_personal_values_of_a_request_come_back_nowhere(served: ServedNeeds) -> None:
    table = asked(served, "battery drains, call 13800138000 or mail jane.roe@example.com")
    rows = served.rows(table, served.predict(table))
    assert "13800138000" not in str(rows) and "jane.roe" not in str(rows)


def test_reasons_name_words_of_the_text(served: ServedNeeds) -> None:
    ((why,), none) = served.reasons(asked(served, "battery drains in the background", "zzz"))
    assert "battery" in why.text("en") and none == []


def test_whole_comes_back_from_disk(served: ServedNeeds, tmp_path: Path) -> None:
    served.save(tmp_path)
    check_manifest(tmp_path)
    again = ServedNeeds.load(tmp_path)
    table = asked(served, "battery drains", "please add export")
    assert again.shape(table, again.predict(table)) == served.shape(table, served.predict(table))
    assert again.read == served.read
    assert np.array_equal(
        again.baseline.predict(table, None)["need"], served.baseline.predict(table, None)["need"]
    )
