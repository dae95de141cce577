"""What all writers share: learn counts, answer figures, come back from disk, read the same row the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pilothouse.models.shelf import load_model, save_model
from pilothouse.models.writing.checks import CHECKS
from pilothouse.models.writing.rulemade import GrammarModel, OwnModel, PlainModel
from pilothouse.models.writing.rules import Rules
from pilothouse.models.writing.writer import Writer, figures_of, items_in
from pilothouse.types import Column, Context, Data, Kind, Role, Table

RULES = Rules(language="zh", template="{name}：{颜色}。")


@pytest.fixture(scope="module")
def table() -> Table:
    names = np.array([f"杯子{n}号" for n in range(30)], dtype=object)
    colours = np.array(["米白", "国家级红"] * 15, dtype=object)
    columns = (
        Column("name", Kind.TEXT, Role.ITEM),
        Column("颜色", Kind.CATEGORY),
        Column("价格(元)", Kind.NUMBER),
    )
    return Table(columns, {"name": names, "颜色": colours, "价格(元)": np.arange(30.0)})


@pytest.mark.parametrize("kind", [PlainModel, OwnModel, GrammarModel])
def test_a_writer_learns_counts_and_comes_back(kind: type[Writer], table: Table, tmp_path: Path) -> None:
    model = kind(RULES).fit(Data({"rows": table}), Context())
    assert model.rows == 30 and model.common["颜色"] == {"米白": 15, "国家级红": 15}
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert again == model
    assert [t.text for t in again.write(items_in(table), Context())] == [
        t.text for t in model.write(items_in(table), Context())
    ]


def test_figures_are_those_of_each_text(table: Table) -> None:
    answers = PlainModel(RULES).fit(Data({"rows": table}), Context()).predict(table, Context())
    assert len(answers) == 30 and answers["features"].shape == (30, 32)
    assert answers["passed"].tolist() == [1.0, 0.0] * 15 == answers["ok_words"].tolist()
    assert all(answers[f"ok_{name}"].mean() == 1.0 for name in CHECKS if name != "words")
    assert all(np.isfinite(v).all() for v in answers.values.values())
    assert len(figures_of([])) == 0
