from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.models.labels import means
from pilothouse.models.labels.means import Embedded, EmbeddedModel, Means, MeansModel
from pilothouse.models.shelf import load_model, save_model
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
    monkeypatch.setattr(means, "embedder", lambda name: Letters())
    model = EmbeddedModel(TARGET, "letters", how).fit(LEARN, Context())
    said = model.predict(ASK, Context())["probability"]
    assert (said.argmax(axis=1) == TARGET.truth(ASK)).mean() > 0.6
    save_model(model, tmp_path)
    assert (load_model(tmp_path).predict(ASK, Context())["probability"] == said).all()


def test_means_decline_many_texts_and_embeddings_decline_their_cost() -> None:
    assert Means(TARGET, 50.0).feasible(Shape(5_000, 0, 1, 3), 60.0) is not None
    assert Means(TARGET, 50.0).feasible(Shape(100, 0, 1, 3), 60.0) is None
    dear = Embedded(TARGET, 300.0).feasible(Shape(10_000, 0, 1, 3), 60.0)
    assert dear is not None and "60" in dear.text("en")
