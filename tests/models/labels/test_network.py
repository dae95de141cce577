from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.models.labels.network import CORPUS, Recurrent, TextNetwork, WellRead, usual_epochs
from pilothouse.models.shelf import load_model, save_model
from pilothouse.steps.explain.learning import learning_panels
from pilothouse.types import Context, Data, Shape
from small_texts import TICKETS, learn_ask

LEARN, ASK, TARGET = learn_ask(TICKETS)
SMALL = {"width": 24, "epochs": 12, "rate": 5e-3}


@pytest.mark.parametrize("maker", ["recurrent", "transformer"])
def test_it_learns_alone_or_in_a_batch_and_comes_back(maker: str, tmp_path: Path) -> None:
    model = TextNetwork(TARGET, maker, SMALL).fit(LEARN, Context())
    said = model.predict(ASK, Context())["probability"]
    assert (said.argmax(axis=1) == TARGET.truth(ASK)).mean() > 0.7
    assert model.trained.epochs == 12 and model.read.epochs == 0
    alone = model.predict(ASK.take(slice(3, 4)), Context())["probability"]
    assert alone == pytest.approx(said[3:4], abs=1e-6)
    save_model(model, tmp_path)
    for again in (load_model(tmp_path), pickle.loads(pickle.dumps(model))):  # as a crew sends it
        assert (again.predict(ASK, Context())["probability"] == said).all()


def test_reading_first_uses_texts_without_a_label() -> None:
    corpus = ASK.select(["text"])
    data = Data({"rows": LEARN.table, CORPUS: replace(corpus, name=CORPUS)})
    settings = {**SMALL, "epochs": 3, "reads_first": True}
    model = TextNetwork(TARGET, "transformer", settings).fit(data, Context())
    assert model.read.epochs == 3 and model.trained.epochs == 3
    assert model.read.learning[-1] < model.read.learning[0]
    bare = TextNetwork(TARGET, "transformer", settings).fit(LEARN, Context())
    assert model.vocabulary is not None and bare.vocabulary is not None
    assert model.vocabulary.size >= bare.vocabulary.size


def test_what_was_read_is_gone_on_from() -> None:
    begun = TextNetwork(TARGET, "transformer", {**SMALL, "reads_first": True, "epochs": 2})
    read = begun.reading(LEARN.table["text"].tolist(), Context())
    assert read.weights and read.network is None
    fitted = read.fit(LEARN.take(np.arange(10)), Context())
    assert fitted.vocabulary is read.vocabulary and fitted.read.epochs == 2
    word = "network.word.weight"
    assert not np.array_equal(fitted.weights[word], read.weights[word])
    scratch = replace(read, weights={}).fit(LEARN.take(np.arange(10)), Context())
    assert not np.array_equal(fitted.weights[word], scratch.weights[word])


def test_patience_ends_reading_and_learning_at_a_rate_that_stays() -> None:
    settings = {"width": 24, "epochs": 40, "rate": 5e-2, "reads_first": True, "patience": 2}
    model = TextNetwork(TARGET, "transformer", settings).fit(LEARN, Context())
    for one in model.taught:
        assert one.trained.epochs == min(40, one.trained.best_epoch + 2)
        assert len(set(one.trained.rates)) == 1
    assert model.trained.epochs < 40
    titles = [panel.title.text("en") for panel in learning_panels(model)]
    assert len(titles) == 3 and "masked" in titles[0] and "pre-trained" in titles[1]


def test_epochs_follow_from_the_budget() -> None:
    rich, poor = (Recurrent(TARGET, 20.0).within(5_000, budget) for budget in (1e6, 5.0))
    assert not rich.cut_short and poor.cut_short and poor.epochs == 3
    shape = Shape(5_000, 0, 1, 3)
    assert (
        WellRead(TARGET, 20.0, 1_000).cost(shape).seconds
        > rich.cost(shape).seconds
        > poor.cost(shape).seconds
    )
    assert usual_epochs(20) == 40 and usual_epochs(100_000) == 10
