from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pilothouse.scenarios.classify.options import ClassifyOptions, ClassifyValue


def test_options_have_defaults_and_bounds() -> None:
    own = ClassifyOptions()
    assert own.target == "label" and own.text is None and own.to_label == 300
    assert ClassifyOptions(encoder="e").encoder == Path("e")  # type: ignore[arg-type]
    for wrong in ({"right_share": 1.0}, {"to_label": -1}, {"column": "text"}):
        with pytest.raises(ValidationError):
            ClassifyOptions(**wrong)  # type: ignore[arg-type]


def test_a_right_label_has_a_worth() -> None:
    assert ClassifyValue(right=2, wrong=[1, 2, 3]).assumptions(10, "CNY").likely() == {
        "right": 2.0,
        "wrong": 2.0,
    }
