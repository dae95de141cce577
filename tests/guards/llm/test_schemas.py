from __future__ import annotations

from typing import Any

import pytest

from pilothouse.guards.llm.schemas import check_schema, fault_in, read_json

SCHEMA = {
    "type": "object",
    "properties": {
        "label": {"enum": ["a", "b", 1]},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "words": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2},
        "more": {"type": ["object", "null"], "additionalProperties": {"type": "integer"}},
    },
    "required": ["label"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {"label": "a"},
        {"label": 1, "score": 0.5, "words": ["x"], "more": None},
        {"label": "b", "more": {"k": 1}},
    ],
)
def test_value_of_the_schema_has_no_fault(value: Any) -> None:
    check_schema(SCHEMA)
    assert fault_in(value, SCHEMA) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "type object"),
        ({}, "lacks 'label'"),
        ({"label": "c"}, "one of"),
        ({"label": True}, "one of"),
        ({"label": "a", "x": 1}, "not asked for"),
        ({"label": "a", "score": True}, "type number"),
        ({"label": "a", "score": 1.5}, "maximum"),
        ({"label": "a", "score": -1}, "minimum"),
        ({"label": "a", "words": ["long"]}, r"words\[0\] breaks maxLength"),
        ({"label": "a", "words": ["a", "b", "c"]}, "maxItems"),
        ({"label": "a", "more": {"k": "x"}}, "type integer"),
    ],
)
def test_fault_is_named(value: Any, said: str) -> None:
    import re

    assert re.search(said, fault_in(value, SCHEMA) or "")


@pytest.mark.parametrize(
    "schema",
    [1, {"pattern": "x"}, {"type": "date"}, {"items": {"$ref": "#"}}, {"properties": {"a": {"oneOf": []}}}],
)
def test_schema_that_is_not_checked_in_full_is_refused(schema: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_schema(schema)


def test_json_may_stand_in_a_fence() -> None:
    assert read_json('```json\n{"a": [1, 2.5, null]}\n```') == {"a": [1, 2.5, None]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "[Infinity]",
        "1e999",
        "[" * 99_999,
        '{"a":1,"a":2}',
        "9" * 99,
        '{"a": 1} x',
        "[" * 30 + "]" * 30,
    ],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)
