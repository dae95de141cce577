"""Tiny pictures and an eye."""

from __future__ import annotations

import numpy as np
import pytest

from pilothouse.scenarios.imagine.examples import examples
from pilothouse.steps.prepare.drawings import DrawingWish, PreparedDrawings, prepare_drawings

pytest.importorskip("torch", reason="needs the extra deep")


@pytest.fixture(scope="package")
def bars() -> PreparedDrawings:
    return prepare_drawings(next(iter(examples())).table, DrawingWish())


@pytest.fixture(scope="package")
def pictures(bars: PreparedDrawings) -> np.ndarray:
    return np.stack(list(bars.data.table["picture"]))[:, None]
