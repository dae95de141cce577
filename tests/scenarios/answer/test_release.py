"""A release cites or declines, in the language of the question, and comes back from disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.retrieval.test_phrasing import Speaker
from pilothouse.guards.ailabel import WORDS
from pilothouse.messages import LANGUAGES
from pilothouse.models.retrieval.answerer import AnswerModel, How
from pilothouse.pipeline.releases import servable_in
from pilothouse.scenarios.answer.release import ServedAnswers, masked
from pilothouse.steps.deploy.contract import to_table


def said(served: ServedAnswers, question: str) -> dict[str, Any]:
    asked = to_table(served.schema, [{"question": question}])
    return served.shape(asked, served.predict(asked))[0]


def test_an_answer_is_a_passages_own_words_with_its_source(served: ServedAnswers) -> None:
    found = said(served, "please, what does the swimming pool cost")
    assert not found["declined"] and found["made"] == "extract"
    (cited,) = found["sources"]
    assert found["answer"] in cited["passage"] and "swimming pool" in cited["title"] and cited["place"]
    assert found["label"] == WORDS and json.loads(found["aigc"])["Label"] == "1" and found["notice"]


@pytest.mark.parametrize("question", ["Will it rain in Oslo?", "明天会下雨吗？", "", "?", None])
def test_what_nothing_answers_is_declined(served: ServedAnswers, question: str | None) -> None:
    asked = to_table(served.schema, [{"question": question}])
    found = served.shape(asked, served.predict(asked))[0]
    assert found["declined"] and not found["sources"]
    assert ("转" in found["answer"]) == (question == "明天会下雨吗？")


def test_lines_of_a_file_have_the_columns_that_were_promised(served: ServedAnswers) -> None:
    assert served.header == ("question", "answer", "declined", "sources", "score")
    asked = to_table(served.schema, [{"question": "How do I cancel the meal box?"}, {"question": "sing"}])
    lines = served.rows(asked, served.predict(asked))
    assert [line[2] for line in lines] == [False, True]
    assert "meal box" in lines[0][3] and lines[1][3] == "" and 0 <= lines[0][4] <= 1


def test_personal_values_are_masked_before_anything_looks(served: ServedAnswers) -> None:
    asked = to_table(served.schema, [{"question": "call me at 13912345678 about the data plan"}])
    assert "13912345678" not in masked(asked, "")["question"][0]


def test_reasons_speak_both_languages(served: ServedAnswers) -> None:
    asked = to_table(served.schema, [{"question": "How do I cancel the data plan?"}])
    ((reason,),) = served.reasons(asked)
    assert all("%" in reason.text(language) for language in LANGUAGES)


def test_it_comes_back_from_disk(served: ServedAnswers, tmp_path: Path) -> None:
    served.save(tmp_path)
    again = servable_in(tmp_path)
    assert isinstance(again, ServedAnswers)
    question = "How long until the travel insurance is delivered?"
    assert said(again, question) == said(served, question)


def test_a_language_model_words_within_the_passage_only(served: ServedAnswers) -> None:
    model = replace(served.winner, how=replace(served.winner.how, phrased=True))
    question = "What does the printer cost?"
    extract = said(served, question)["answer"]
    inside, beyond = extract.split(",")[0] + ".", "The printer costs 1 euro."
    assert isinstance(model, AnswerModel) and isinstance(model.how, How)
    for text, made in ((inside, "phrased"), (beyond, "extract")):
        door = Speaker({"answered": True, "answer": text})
        found = said(ServedAnswers(model, served.baseline).with_llm(door), question)
        assert found["made"] == made and "1 euro." not in found["answer"]
        assert (WORDS in found["answer"]) == (made == "phrased")
    silent = ServedAnswers(model, served.baseline).with_llm(Speaker({"answered": False, "answer": ""}))
    assert said(silent, question)["declined"]
    assert served.with_llm(Speaker(None)).llm is None  # it words nothing


def test_a_message_is_taken_for_what_the_conversation_makes_of_it(served: ServedAnswers) -> None:
    message, before = "and how much does it cost?", ["How can I order a printer?"]
    assert served.talk(message, None)["declined"] and served.talk(message, None)["understood"] is None
    found = served.talk(message, None, before)
    assert "printer costs" in found["answer"] and found["understood"] == f"{message} (printer)"
    assert found["question"] == message and "(printer)" in found["notice"]
    assert served.talk("and will it rain in Oslo?", None, before)["declined"]
