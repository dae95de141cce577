from __future__ import annotations

import json

from conftest import Done
from pilothouse import pipeline


def test_plan_is_the_plan_of_the_run_and_nothing_is_written(copied: Done) -> None:
    before = sorted(copied.product.folder.rglob("*"))
    foreseen = pipeline.foresee(copied.product, "churn")
    kept = json.loads((copied.folder.path / "plan.json").read_text(encoding="utf-8"))
    assert foreseen.plan.model_dump(mode="json") == kept
    assert sorted(copied.product.folder.rglob("*")) == before
    text = "\n".join(line.text("en") for line in foreseen.lines)
    assert "1,400 rows" in text
    assert all(line.text("zh") for line in foreseen.lines)
