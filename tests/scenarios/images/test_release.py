from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from pilothouse.models.fitted import Fitted, schema_of
from pilothouse.models.pictures.simple import Nearest
from pilothouse.models.target import Target
from pilothouse.scenarios.images.release import ServedPictures
from pilothouse.types import Context, Data
from small_pictures import SHAPES, labelled

TABLE = labelled(SHAPES)
LIMIT = 0.999_999


@pytest.fixture(scope="module")
def served() -> ServedPictures:
    model = Nearest(Target.of(TABLE)).build({}).fit(Data({"rows": TABLE}), Context())
    return ServedPictures(Fitted(Target.of(TABLE), schema_of(TABLE), model, threshold=LIMIT), "file")


def test_it_tells_a_label_or_that_it_does_not_know(served: ServedPictures) -> None:
    answers = served.predict(TABLE)
    rows = served.rows(TABLE, answers)
    assert served.header == (
        "file",
        "label",
        "probability_bar",
        "probability_cross",
        "probability_ring",
        "abstained",
    )
    for row, said in zip(rows, answers["probability"], strict=True):
        assert row[5] == (said.max() < LIMIT) and (row[1] is None) == row[5]
        assert row[5] or row[1] == ("bar", "cross", "ring")[said.argmax()]
    assert any(row[5] for row in rows) and not all(row[5] for row in rows)
    shaped: Any = served.shape(TABLE, answers)
    for one in shaped:
        TypeAdapter(served.answer_type).validate_python(one)


def test_pictures_without_an_id_keep_their_file_or_number(served: ServedPictures) -> None:
    bare = TABLE.select(["picture"]).take(slice(0, 3))
    assert [row[0] for row in served.rows(bare, served.predict(bare))] == [None] * 3
    numbered = ServedPictures(served.fitted, "row")
    assert [row[0] for row in numbered.rows(bare, numbered.predict(bare), 5)] == ["5", "6", "7"]
    assert len(numbered.schema) == 1


def test_release_comes_back(served: ServedPictures, tmp_path: Path) -> None:
    served.save(tmp_path)
    again = ServedPictures.load(tmp_path)
    assert again.schema == served.schema and again.fitted.threshold == LIMIT
    assert np.array_equal(again.predict(TABLE)["probability"], served.predict(TABLE)["probability"])
