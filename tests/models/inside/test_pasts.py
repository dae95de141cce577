"""Where the behaviour model looks."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.models.behaviour import Behaviour, BehaviourModel  # noqa: E402
from pilothouse.models.inside.pasts import looks  # noqa: E402
from pilothouse.models.pasts import lengths  # noqa: E402
from pilothouse.types import Context  # noqa: E402
from small_events import prepared  # noqa: E402


def test_looks_are_shares_over_the_events_read_and_the_mark() -> None:
    data = prepared(60).data
    built = Behaviour.of(data, 1e6).build({"width": 8, "blocks": 2, "epochs": 2, "places": 8})
    assert isinstance(built, BehaviourModel)
    with pytest.raises(RuntimeError):
        looks(built, data.table)
    found = looks(built.fit(data, Context()), data.table)
    read = np.minimum(lengths(data.table), 8)
    assert [len(one) - 1 for one in found] == read.tolist()
    np.testing.assert_allclose([one.sum() for one in found], 1.0, atol=1e-5)
    assert np.ptp(found[0]) > 0
