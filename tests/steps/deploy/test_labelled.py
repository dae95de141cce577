from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from pilothouse.guards.modelfile import load_file
from pilothouse.models.fitted import Fitted, schema_of
from pilothouse.models.labels.weighed import WeighedModel
from pilothouse.steps.deploy.labelled import ServedLabels
from pilothouse.types import Context
from small_texts import TICKETS, learn_ask

LEARN, ASK, TARGET = learn_ask(TICKETS)
MODEL = WeighedModel(TARGET).fit(LEARN, Context())


class Served(ServedLabels):
    scenario: ClassVar[str] = "test"


def test_below_its_threshold_it_abstains() -> None:
    served = Served(Fitted(TARGET, schema_of(LEARN.table), MODEL, threshold=0.9), "row")
    answers = served.predict(ASK)
    for row, said in zip(served.rows(ASK, answers, 5), answers["probability"], strict=True):
        assert row[-1] == (said.max() < 0.9) and (row[1] is None) == row[-1]
    assert [row[0] for row in served.rows(ASK, answers, 5)][:2] == ["5", "6"]
    assert served.header == ("row", "label", *(f"probability_{c}" for c in TARGET.classes), "abstained")


def test_it_comes_back_with_its_scenario(tmp_path: Path) -> None:
    served = Served(Fitted(TARGET, schema_of(LEARN.table), MODEL, threshold=0.4), "ticket")
    served.save(tmp_path)
    again = Served.load(tmp_path)
    assert again.id_name == "ticket" and again.fitted.threshold == 0.4
    assert (again.predict(ASK)["probability"] == served.predict(ASK)["probability"]).all()
    assert load_file(tmp_path / "serving.json", "json")["scenario"] == "test"
    assert again.ids(ASK, 1) == [None] * ASK.rows and np.all([c.name for c in again.schema][0] == "ticket")
