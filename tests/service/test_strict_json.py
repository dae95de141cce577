from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults.malformed import MALFORMED
from pilothouse.errors import UserFault
from pilothouse.service.strict_json import MAX_DEPTH, parse

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize("name", MALFORMED)
def test_parse_refuses(name: str) -> None:
    with pytest.raises(UserFault):
        parse(MALFORMED[name])


@given(VALUES, st.booleans())
def test_parse_reads_all_strict_json(value: Any, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize(
    "text", ['"\\ud83d\\ude00"', '"\\\\u0000"', '"\\\\ud800"', "-0.0", "1e-400", "1e308"]
)
def test_parse_takes_what_only_looks_wrong(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


def test_parse_stops_at_the_declared_depth() -> None:
    def nested(levels: int) -> bytes:
        return b"[" * levels + b"1" + b"]" * levels

    assert parse(nested(MAX_DEPTH))
    with pytest.raises(UserFault, match="deep"):
        parse(nested(MAX_DEPTH + 1))
