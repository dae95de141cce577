from __future__ import annotations

import json
import logging

import pytest

from pilothouse.service.log import Lines, describe, redacted


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key ph_0123abcd_" + "x" * 43, "key [KEY]"),
        ("Authorization: Bearer abc.def", "Authorization: [KEY]"),
        ("mail li.lei@example.cn now", "mail [EMAIL] now"),
        ("call 138 0013 8000", "call [NUMBER]"),
        ("could not convert 'Zhang San' to float", "could not convert [VALUE] to float"),
        ("postgres://admin:pw@db/shop", "postgres://[KEY]@db/shop"),
        ("row 12 of 400", "row 12 of 400"),
    ],
)
def test_redacted_hides_what_is_personal_or_secret(text: str, kept: str) -> None:
    assert redacted(text) == kept


def test_redacted_is_quick_on_a_long_hostile_text() -> None:
    for text in ("1-" * 500_000, "a@" * 500_000, "'" * 1_000_001, "Bearer " * 200_000, "://" * 300_000):
        assert len(redacted(text)) <= 1_000


def test_describe_keeps_places_and_no_values() -> None:
    secret = "canary-value"
    try:
        raise ValueError(f"bad {secret!r}")
    except ValueError as fault:
        told = describe(fault)
    assert told["fault"] == "ValueError" and told["text"] == "bad [VALUE]"
    assert any("test_log.py" in place for place in told["where"])


def test_lines_are_one_json_object_each() -> None:
    record = logging.LogRecord("uvicorn", logging.WARNING, "f", 1, "a\nb %s", ("\x1b[0m",), None)
    line = Lines().format(record)
    assert "\n" not in line and json.loads(line)["what"] == "a\\x0ab \\x1b[0m"
