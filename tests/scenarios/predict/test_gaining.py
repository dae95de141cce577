"""What learning without labels is worth, on a town where only the order of events tells."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from pilothouse.scenarios.predict import Predict, PredictOptions  # noqa: E402
from pilothouse.types import Column, Kind, Role  # noqa: E402
from small_events import prepared  # noqa: E402

OPTIONS = PredictOptions(target="left", gain_at=(20, 60), time_budget_s=60)


def test_the_panel_tells_each_number_of_labels_with_its_range() -> None:
    (panel,) = Predict(OPTIONS).lessons(prepared(120).data)
    assert [row[0] for row in panel.rows] == ["20", "60"]
    for row in panel.rows:
        gain, low, high = (float(x.strip("(),")) for x in str(row[3]).split())
        assert low <= gain <= high
        assert gain == pytest.approx(float(str(row[2])) - float(str(row[1])), abs=2e-3)
    assert panel.chart is not None and len(panel.chart["data"]["values"]) == 4
    proven = [row[0] for row in panel.rows if float(str(row[3]).split()[1].strip("(),")) > 0]
    assert panel.told.key == ("behaviour.gain_shown" if proven else "behaviour.gain_none")


def test_it_is_measured_only_where_it_was_asked_for() -> None:
    data = prepared(60).data
    assert Predict(PredictOptions(target="left")).lessons(data) == []
    number = data.with_table(
        data.table.put(Column("left", Kind.NUMBER, Role.TARGET, distinct=60), np.linspace(0.0, 9.0, 60))
    )
    (panel,) = Predict(PredictOptions(target="left", gain_at=(20,))).lessons(number)
    assert float(str(panel.rows[0][1])) < 0  # a negative error
