from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.models.labels.weighed import Weighed, WeighedModel
from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.target import Target
from pilothouse.types import Context, Data, Shape
from small_texts import REVIEWS, TICKETS, learn_ask, texts_table


@pytest.mark.parametrize("table", [TICKETS, REVIEWS])
def test_it_learns_and_comes_back(table: object, tmp_path: Path) -> None:
    learn, ask, target = learn_ask(table)  # type: ignore[arg-type]
    model = WeighedModel(target).fit(learn, Context())
    said = model.predict(ask, Context())["probability"]
    assert (said.argmax(axis=1) == target.truth(ask)).mean() > 0.9
    save_model(model, tmp_path)
    assert (load_model(tmp_path).predict(ask, Context())["probability"] == said).all()


def test_two_labels_are_mirrors() -> None:
    learn, ask, target = learn_ask(REVIEWS)
    margins = WeighedModel(target).fit(learn, Context()).margins(ask["text"].tolist())
    assert margins[:, 0] == pytest.approx(-margins[:, 1])


def test_a_label_without_texts_is_never_told_and_one_label_alone_always() -> None:
    table = texts_table(["good film", "bad film", "fine film", "poor film"], ["a", "b", "a", "b"])
    wide = Target("label", "classes", ("a", "b", "c"))
    said = WeighedModel(wide).fit(Data({"rows": table}), Context()).predict(table, Context())["probability"]
    assert (said[:, 2] < said[:, :2].max(axis=1)).all() and np.isfinite(said).all()
    alone = table.take(np.array([0, 2]))
    said = WeighedModel(wide).fit(Data({"rows": alone}), Context()).predict(table, Context())["probability"]
    assert (said.argmax(axis=1) == 0).all()


def test_many_labels_need_no_second_half() -> None:
    names = [f"l{i:02d}" for i in range(14)]
    texts = [f"word{n} number {k}" for n in names for k in range(4)]
    table = texts_table(texts, [n for n in names for _ in range(4)])
    model = WeighedModel(Target.of(table)).fit(Data({"rows": table}), Context())
    said = model.predict(table, Context())["probability"]
    assert (said.argmax(axis=1) == Target.of(table).truth(table)).all()


def test_cost_grows_with_rows_and_labels() -> None:
    candidate = Weighed(Target("label", "classes", ("a", "b")), 100.0)
    small, large = (candidate.cost(Shape(rows, 0, 1, labels)) for rows, labels in ((100, 2), (10_000, 100)))
    assert large.seconds > small.seconds and large.memory_mb > small.memory_mb
    assert candidate.feasible(Shape(10_000_000, 0, 1, 300), 60.0) is not None
