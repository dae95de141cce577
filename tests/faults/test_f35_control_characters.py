"""F35: control, escape and bidirectional characters from a client, in the log and in answers."""

from __future__ import annotations

import io
import json
import logging
import time
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.service.log import LOGGER, Lines, printable, redacted
from small_shop import ROW, Served, serving, shipped

NASTY = [
    "\x1b[31mred",
    "a\r\nSet-Cookie: x=1",
    "a\nb",
    "\x00",
    "\x07",
    "\x9b31m",
    "\u202egnp",
    "\u2066x",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\x7f",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(shipped(tmp_path_factory.mktemp("f35"), 0.0)) as served:
        yield served


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Lines())
    logger = logging.getLogger(LOGGER)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def is_clean(text: str) -> bool:
    return all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)


def test_f35_log_and_answers_stay_clean(service: Served, log: io.StringIO) -> None:
    with service.client() as client:
        for nasty in NASTY:
            coded = quote(nasty, safe="")
            replies = [
                client.get(f"/v1/use-cases/{coded}"),
                client.get(f"/v1/runs/{coded}/{coded}/report"),
                client.get(f"/enter?ticket={coded}"),
                client.post("/v1/releases", json={"use_case": nasty, "run_id": nasty}),
                client.post("/v1/releases", json={nasty: 1}),
                client.post("/v1/use-cases/churn/predict", json={"rows": {**ROW, nasty: 1}}),
                client.post("/v1/use-cases/churn/predict", json={"rows": {**ROW, "monthly_fee": nasty}}),
                client.post("/v1/use-cases/churn/predict", json={"rows": {**ROW, "customer": nasty}}),
            ]
            for reply in replies:
                assert reply.status_code < 500
                assert is_clean(reply.text), reply.text
                assert "set-cookie" not in reply.headers
                message = (
                    reply.json()["error"]["message"]
                    if reply.status_code >= 400 and "json" in reply.headers["content-type"]
                    else ""
                )
                assert is_clean(message)
    deadline = time.monotonic() + 30  # the last line is written just after its reply was sent
    while log.getvalue().count("\n") < 8 * len(NASTY) and time.monotonic() < deadline:
        time.sleep(0.01)
    lines = log.getvalue().split("\n")
    assert lines.pop() == "" and len(lines) >= 8 * len(NASTY)
    for line in lines:
        assert is_clean(line)
        assert is_clean(json.loads(line)["path"])


@given(st.text())
def test_f35_printable_text_has_nothing_hidden(text: str) -> None:
    assert is_clean(printable(text)) and is_clean(redacted(text))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=100))
def test_f35_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert printable(text) == text
