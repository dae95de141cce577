"""F46: every answer says that a machine made it: in a reply, in pieces, in a file, when handed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.retrieval.test_phrasing import Speaker
from pilothouse.guards.ailabel import WORDS
from pilothouse.guards.markup import write_csv
from pilothouse.scenarios.answer.release import ServedAnswers
from pilothouse.steps.deploy.contract import to_table
from small_answers import answerer, answering
from small_shop import Served, serving

ASKED = ["What does a gift card cost?", "信用卡丢失了怎么办？", "Will it rain tomorrow?", "明天会下雨吗？"]
FIELDS = {
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(answering(tmp_path_factory.mktemp("f46")), ServedAnswers.load) as served:
        yield served


@pytest.mark.parametrize("question", ASKED)
def test_f46_every_answer_is_labelled_for_eyes_and_machines(question: str) -> None:
    served = answerer("")
    asked = to_table(served.schema, [{"question": question}])
    found = served.shape(asked, served.predict(asked))[0]
    mark = json.loads(found["aigc"])
    assert found["label"] == WORDS and set(mark) == FIELDS and mark["Label"] == "1"
    assert ("机器" in found["notice"]) == any(c > "\u4e00" for c in question)
    again = served.shape(asked, served.predict(asked))[0]
    assert json.loads(again["aigc"])["ProduceID"] == mark["ProduceID"]


def test_f46_words_of_a_model_carry_the_label_in_the_text_itself(tmp_path: Path) -> None:
    plain = answerer("")
    winner = replace(plain.winner, how=replace(plain.winner.how, phrased=True))
    speaking = ServedAnswers(winner, plain.baseline).with_llm(
        Speaker({"answered": True, "answer": "A gift card costs 25 euros."})
    )
    asked = to_table(speaking.schema, [{"question": ASKED[0]}])
    (line,) = speaking.rows(asked, speaking.predict(asked))
    write_csv(tmp_path / "answers.csv", speaking.header, [line], bom=True)
    copied = (tmp_path / "answers.csv").read_text("utf-8-sig")
    assert WORDS in copied  # a file, a copy, a paste: the words go along


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("question", ASKED)
def test_f46_a_chat_says_what_it_is_before_it_says_anything_else(
    service: Served, question: str, stream: bool
) -> None:
    with service.client() as client:
        reply = client.post(
            "/v1/use-cases/help/chat", json={"message": question, "stream": stream, "person": True}
        )
    if not stream:
        found = reply.json()
    else:
        parts = [part.split("\ndata: ", 1) for part in reply.text.strip().split("\n\n")]
        assert parts[0][0] == "event: begin"
        found = json.loads(parts[0][1]) | json.loads(parts[-1][1])
    assert found["label"] == WORDS and found["notice"] and json.loads(found["aigc"])["Label"] == "1"
    told = [turn for turn in found["handover"]["transcript"] if turn["who"] == "machine"]
    assert told and all(turn["label"] == WORDS for turn in told)
