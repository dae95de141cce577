"""Coherence of needs on new texts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pilothouse.models.needs.coherence import _mean_npmi, coherence


def test_words_that_stand_together_score_above_scattered_ones(topics: Any, keyed: Any, fresh: Any) -> None:
    assert coherence(topics, fresh[0]) > 0.2


def test_npmi_has_its_published_ends() -> None:
    always = np.array([[1, 1], [0, 0], [1, 1], [0, 0]], dtype=float)
    never = np.array([[1, 0], [0, 1], [1, 0], [0, 1]], dtype=float)
    apart = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=float)
    assert _mean_npmi(always) == pytest.approx(1.0)
    assert _mean_npmi(never) == -1.0
    assert _mean_npmi(apart) == pytest.approx(0.0)
