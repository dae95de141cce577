from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.errors import UserFault
from pilothouse.service.query import Query, attributes, flag, id_list, id_text, whole

QUERY = Query(
    {
        "user": id_text("Who."),
        "k": whole(1, 100, 10, "How many."),
        "only": id_list(3, None, "Which."),
        "personalized": flag(True, "Whether."),
        "context": attributes(50, "What else."),
    }
)
DEFAULTS = {"k": 10, "only": None, "personalized": True, "context": {}}


def test_what_is_not_given_has_its_declared_value() -> None:
    assert QUERY.read(b"user=a") == {**DEFAULTS, "user": "a"}


def test_every_parameter_is_read() -> None:
    raw = b"user=%E7%8E%8B+x&k=7&only=a%2Cb,c&personalized=false&context=%7B%22a%22:1%7D"
    read = {"user": "王 x", "k": 7, "only": ("a", "b", "c"), "personalized": False, "context": {"a": 1}}
    assert QUERY.read(raw) == read
    assert QUERY.read(b"user=a&only=")["only"] == ()


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (b"", "user"),
        (b"user=", "200"),
        (b"user=a&k=0", "1 to 100"),
        (b"user=a&k=%D9%A3", "1 to 100"),
        (b"user=a&only=a,b,c,d", "3 ids"),
        (b"user=a&personalized=1", "true or false"),
        (b"user=a&context=[]", "JSON object"),
        (b"user=a&user=a", "twice"),
        (b"user=a&personalised=false", "personalized"),
        (b"user=a&zzz=1", "zzz"),
        (b"user=%ff", "query"),
        (b"user=a" + b"&k=1" * 200, "query"),
    ],
)
def test_fault_names_what_is_wrong(raw: bytes, word: str) -> None:
    with pytest.raises(UserFault) as caught:
        QUERY.read(raw)
    assert word in caught.value.text("en") and caught.value.text("zh")


@given(raw=st.binary(max_size=60) | st.text(max_size=30).map(lambda t: quote(t, safe="=&%").encode()))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read: dict[str, Any] = QUERY.read(raw)
    except UserFault:
        return
    assert set(read) == set(QUERY.parameters)


def test_description_declares_each_maximum() -> None:
    for parameter in QUERY.described()["parameters"]:
        schema = parameter["schema"]
        assert "maxLength" in schema or {"minimum", "maximum"} <= set(schema)
        assert parameter["in"] == "query" and parameter["required"] == (parameter["name"] == "user")
