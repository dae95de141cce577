"""What a line out does besides refusing (see faults F15 and F33): it carries, counts and keeps time."""

from __future__ import annotations

import time

import pytest

from pilothouse.errors import Refused
from pilothouse.guards.egress import Limits, Line, addresses
from small_llm import serving

HERE = ("127.0.0.1",)
QUESTION = b'{"messages": []}'


def test_line_carries_body_and_headers_to_the_path_below_its_base() -> None:
    with serving(lambda _: "hello") as server:
        line = Line(server.url + "/", HERE)
        answer = line.post("/chat/completions", QUESTION, {"X-Word": "blue"}, Limits())
        assert answer.status == 200 and b"hello" in answer.body and "content-length" in answer.headers
        assert server.got[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
        assert b"x-word: blue" in server.got[0].lower() and server.got[0].endswith(QUESTION)


@pytest.mark.parametrize("manner", ["hang", "drip head", "drip body"])
def test_nothing_outlasts_the_limit(manner: str) -> None:
    with serving(manner=manner) as server, pytest.raises(TimeoutError):
        Line(server.url, HERE).post("/x", QUESTION, {}, Limits(1.0, 0.3))


def test_name_server_that_hangs_is_not_waited_for() -> None:
    line = Line("https://models.example.com", resolve=lambda *_: time.sleep(3) or [])
    with pytest.raises(TimeoutError):
        line.post("/x", QUESTION, {}, Limits(0.2, 5.0))


def test_reply_longer_than_the_limit_is_broken_off() -> None:
    with serving(lambda _: "x" * 5_000) as server, pytest.raises(ConnectionError):
        Line(server.url, HERE).post("/x", QUESTION, {}, Limits(body_bytes=1_000))


def test_second_address_is_tried_where_the_first_does_not_answer() -> None:
    with serving() as server:
        port = server.server_address[1]
        line = Line(f"http://llm.corp:{port}", ("llm.corp",), resolve=lambda *_: ["127.0.0.3", "127.0.0.1"])
        assert line.post("/x", QUESTION, {}, Limits()).status == 200


def test_header_that_would_break_the_request_is_not_sent() -> None:
    with serving() as server:
        with pytest.raises(ConnectionError):
            Line(server.url, HERE).post("/x", QUESTION, {"Authorization": "a\r\nX: y"}, Limits())
        assert not server.got


@pytest.mark.parametrize(
    ("base", "stays"), [("http://127.0.0.1:9", True), ("http://[::1]:9", True), ("http://10.0.0.1", False)]
)
def test_line_knows_whether_it_leaves_this_machine(base: str, stays: bool) -> None:
    assert Line(base, ("127.0.0.1", "[::1]:9", "10.0.0.1")).stays_here is stays


def test_local_name_has_a_local_address() -> None:
    assert set(addresses("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_list_of_hosts_is_exact() -> None:
    with pytest.raises(Refused):
        Line("http://127.0.0.1:9", ("127.0.0.1:8",))
    assert Line("http://127.0.0.1:8", ("127.0.0.1:8",)).port == 8
