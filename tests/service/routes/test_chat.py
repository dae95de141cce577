"""The chat: cites or hands over, goes on, streams, and is as strict as every route."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.guards.ailabel import WORDS
from pilothouse.scenarios.answer.release import ServedAnswers
from pilothouse.store.keys import KeyRole
from small_answers import answering
from small_shop import Served, serving, shipped

URL = "/v1/use-cases/help/chat"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(answering(tmp_path_factory.mktemp("chat")), ServedAnswers.load) as served:
        yield served


def ask(service: Served, message: str, **more: Any) -> dict[str, Any]:
    with service.client(KeyRole.PREDICT) as client:
        reply = client.post(URL, json={"message": message, **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_an_answer_cites_and_says_that_a_machine_speaks(service: Served) -> None:
    found = ask(service, "what does a gift card cost")
    assert "25 euros" in found["answer"] and found["sources"][0]["place"] == "row 2"
    assert "machine" in found["notice"] and found["label"] == WORDS and "handover" not in found
    assert "机器" in ask(service, "信用卡丢失了怎么办")["notice"]


def test_a_conversation_goes_on_and_is_handed_over_whole(service: Served) -> None:
    first = ask(service, "what does a gift card cost")
    second = ask(service, "my number is 13912345678, bake bread?", conversation=first["conversation"])
    assert second["conversation"] == first["conversation"] and second["declined"]
    told = second["handover"]
    assert told["reason"] == "declined"
    assert [turn["who"] for turn in told["transcript"]] == ["user", "machine", "user", "machine"]
    assert "13912345678" not in json.dumps(told) and told["transcript"][1]["label"] == WORDS
    asked = ask(service, "how can I return an order", conversation=first["conversation"], person=True)
    assert not asked["declined"] and asked["handover"]["reason"] == "asked"
    assert len(asked["handover"]["transcript"]) == 6


def test_a_follow_up_is_understood_within_its_conversation_and_scope(service: Served) -> None:
    message = "And how much is it?"
    assert ask(service, message)["declined"] and ask(service, message)["understood"] is None
    first = ask(service, "I want to get a gift card", scope="one")["conversation"]
    found = ask(service, message, conversation=first, scope="one")
    assert "25 euros" in found["answer"] and found["understood"] == f"{message} (gift card)"
    assert found["question"] == message and f"Understood as: {message} (gift card)" in found["notice"]
    assert ask(service, message, conversation=first, scope="two")["declined"]
    other = ask(service, "how can I return an order")["conversation"]
    assert ask(service, message, conversation=other)["declined"]


def test_the_same_reply_comes_in_pieces(service: Served) -> None:
    whole = ask(service, "what does a gift card cost")
    with service.client(KeyRole.PREDICT) as client:
        reply = client.post(URL, json={"message": "what does a gift card cost", "stream": True})
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["x-content-type-options"] == "nosniff"
    events = [
        dict(line.split(": ", 1) for line in part.split("\n")) for part in reply.text.strip().split("\n\n")
    ]
    told = [(event["event"], json.loads(event["data"])) for event in events]
    assert told[0][0] == "begin" and told[0][1]["notice"] == whole["notice"] and told[0][1]["label"] == WORDS
    pieces = [value["text"] for kind, value in told if kind == "piece"]
    assert len(pieces) >= 2 and " ".join(pieces) == whole["answer"]
    assert told[-1][0] == "end" and told[-1][1]["sources"] == whole["sources"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": ""},
        {"message": "x" * 2_001},
        {"message": 5},
        {"message": "hi", "conversation": "unknown"},
        {"message": "hi", "conversation": "x" * 65},
        {"message": "hi", "scope": "x" * 201},
        {"message": "hi", "stream": "yes"},
        {"message": "hi", "role": "system"},
        {"rows": []},
    ],
)
def test_what_does_not_fit_is_refused(service: Served, body: dict[str, Any]) -> None:
    with service.client() as client:
        assert client.post(URL, json=body).status_code == 422


def test_the_description_has_every_maximum(service: Served) -> None:
    with service.client() as client:
        found = client.get("/openapi.json").json()["paths"]["/v1/use-cases/{name}/chat"]["post"]
    schema = found["requestBody"]["content"]["application/json"]["schema"]["properties"]
    for name in ("message", "conversation", "scope"):
        kinds = schema[name].get("anyOf", [schema[name]])
        assert all("maxLength" in kind for kind in kinds if kind["type"] == "string"), name


def test_a_release_that_does_not_answer_says_so(tmp_path: Any) -> None:
    with serving(shipped(tmp_path, 0.0)) as served, served.client() as client:
        reply = client.post("/v1/use-cases/churn/chat", json={"message": "hi"})
        assert reply.status_code == 422 and "does not answer" in reply.json()["error"]["problem"]["en"]


def test_predict_answers_too(service: Served) -> None:
    with service.client() as client:
        found = client.post(
            "/v1/use-cases/help/predict", json={"rows": {"question": "gift card cost"}}
        ).json()
        assert "25 euros" in found["answers"][0]["answer"]
        shown = client.get("/v1/use-cases/help").json()
    assert "question" in json.dumps(shown["request"]) and "declined" in json.dumps(shown["answer"])
